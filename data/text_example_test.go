package data_test

import (
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// A page is a text with what an engine knows: how many events there were.
type page struct {
	text data.Text
	seq  aper.Seq
}

// accept applies what somebody does who has seen the page as it was after the event base.
func (p *page) accept(client aper.ClientID, base aper.Seq, t aper.Transition[data.Text]) {
	p.seq++
	next, err := t.Apply(p.text, &aper.Meta{Seq: p.seq, Client: client, ClientSeq: aper.ClientSeq(p.seq), Base: base})
	if err != nil {
		fmt.Println("conflict:", err)
		return
	}
	p.text = next
}

// Positions mean what their author saw.
func ExampleText() {
	const ann, bob = 1, 2
	p := page{text: data.NewText("The cat sleeps.")}

	// Bob types at the end while Ann, who does not see it, types at the beginning; her second edit counts with her first.
	p.accept(ann, 0, data.InsertText(4, "grey "))
	p.accept(bob, 0, data.InsertText(14, " well"))
	p.accept(ann, 0, data.InsertText(4, "old "))
	fmt.Println(p.text)

	// Both replace the same word. Both mean what they type.
	p.accept(ann, p.seq, data.EditText(data.TextEdit{At: 4, Delete: 3, Insert: "young"}))
	p.accept(bob, p.seq-1, data.EditText(data.TextEdit{At: 4, Delete: 3, Insert: "wise "}))
	fmt.Println(p.text)
	// Output:
	// The old grey cat sleeps well.
	// The wise young grey cat sleeps well.
}

// What an editor applies to what it shows, so that its cursor stays where it is.
func ExampleText_Changes() {
	p := page{text: data.NewText("one two three")}
	shown := p.text
	p.accept(1, 0, data.EditText(data.TextEdit{At: 4, Delete: 3, Insert: "2"}))
	for e := range p.text.Changes(shown) {
		fmt.Printf("at %d delete %d, insert %q\n", e.At, e.Delete, e.Insert)
	}
	// Output:
	// at 4 delete 3, insert "2"
}

// A comment stays at what it is about.
func ExampleText_AddAnchor() {
	p := page{text: data.NewText("The cat sleeps.")}
	p.accept(1, 0, p.text.AddAnchor(4, data.StickRight))
	p.accept(2, 0, p.text.Insert(0, "Look! "))
	for id, position := range p.text.AllAnchors() {
		fmt.Println(id, "is before", p.text.Slice(position, position+3))
	}
	// Output:
	// 1-1-1 is before cat
}

// A cursor that came with a presence, of somebody who has not seen the newest.
func ExampleText_Locate() {
	p := page{text: data.NewText("The cat sleeps.")}
	p.accept(1, 0, p.text.Insert(0, "Look! "))
	now, ok := p.text.Locate(4, 0, 2) // Bob, who is client 2, says: 4, as of event 0
	fmt.Println(now, ok)
	// Output:
	// 10 true
}

// An editor in JavaScript counts units of UTF-16.
func ExampleText_UnitEdit() {
	s := data.NewText("🙂 hello")
	fmt.Println(s.Len(), s.Units(), s.UnitEdit(3, 5, "bye"))
	// Output:
	// 7 8 {2 5 bye}
}

// What one did is taken back, and nothing of what others did. An editor leaves that to client.Undo.
func ExampleInverse_text() {
	const ann, bob = 1, 2
	p := page{text: data.NewText("The cat sleeps.")}
	replace := data.EditText(data.TextEdit{At: 4, Delete: 3, Insert: "dog"})
	before, m := p.text, aper.Meta{Seq: 1, Client: ann}
	p.accept(ann, 0, replace)
	p.accept(bob, 1, data.InsertText(14, " on the sofa"))
	fmt.Println(p.text)
	inverse, err := data.Inverse(replace, before, p.text, &m)
	p.accept(ann, 2, inverse)
	fmt.Println(p.text, err)
	// Output:
	// The dog sleeps on the sofa.
	// The cat sleeps on the sofa. <nil>
}
