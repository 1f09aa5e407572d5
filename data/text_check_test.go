package data_test

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
	"github.com/aper-go/aper/data"
)

func TestTextMachine(t *testing.T) {
	apertest.Check(t, data.NewText("añ🙂"), data.InsertText(1, "xé"), data.DeleteText(0, 2), data.InsertText(0, "\xff"),
		data.EditText(data.TextEdit{At: 1, Delete: 1, Insert: "y"}),
		data.EditText(data.TextEdit{At: 0, Insert: "z"}, data.TextEdit{At: 1, Delete: 2}),
		data.AddAnchor(1, data.StickRight), data.AddAnchor(2, data.StickLeft),
		data.RemoveAnchor(aper.ID{Client: 1, Seq: 1, N: 1}),
		data.TextRestoreAnchor{ID: aper.ID{Client: 1, Seq: 1, N: 1}, At: 1})
}
