package editor_test

import (
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/examples/editor"
)

// Two people change a text at once. Both saw what was there at first, so that is their base, and both edits find their place.
func Example() {
	text := editor.Editor{Body: data.NewText("The tea was good.")}
	edit := func(seq aper.Seq, client aper.ClientID, base aper.Seq, do aper.Transition[data.Text]) {
		next, err := editor.EditorBody{Do: do}.Apply(text, &aper.Meta{Seq: seq, Client: client, ClientSeq: 1, Base: base})
		if err != nil {
			fmt.Println("conflict:", err)
			return
		}
		text = next
	}
	edit(1, 1, 0, data.InsertText(4, "green "))
	edit(2, 2, 0, data.EditText(data.TextEdit{At: 12, Delete: 4, Insert: "cold"}))
	fmt.Println(text.Body)
	edit(3, 2, 2, data.DeleteText(3, 100))
	// Output:
	// The green tea was cold.
	// conflict: Body: no such place
}
