package apertest_test

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
	"github.com/aper-go/aper/data"
)

// A text alone, and texts in a container, converge under all faults.
func TestTextsConverge(t *testing.T) {
	edits := []aper.Transition[data.Text]{
		data.InsertText(0, "ab"), data.InsertText(3, "c"), data.DeleteText(1, 2), data.EditText(data.TextEdit{At: 2, Delete: 1, Insert: "é🙂"}),
		data.EditText(data.TextEdit{At: 0, Insert: "x"}, data.TextEdit{At: 4, Delete: 1}),
	}
	apertest.Converge(t, data.NewText("plain text"), edits...)

	var inMap []aper.Transition[data.Map[string, data.Text]]
	for i, edit := range edits {
		key := []string{"one", "two"}[i%2]
		inMap = append(inMap, data.Put(key, data.NewText("fresh")), data.Change(key, edit))
	}
	apertest.Converge(t, data.Map[string, data.Text]{}, inMap...)
}
