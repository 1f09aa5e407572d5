package data

import (
	"fmt"
	"testing"

	"github.com/aper-go/aper"
)

// What is stored of a text, byte by byte. Rooms and journals are made of it: what changes here needs another way out than to
// change this test.
func TestTextGoldenBytes(t *testing.T) {
	type step struct {
		m  aper.Meta
		do aper.Transition[Text]
	}
	typed := []step{
		{aper.Meta{Seq: 1, Client: ann}, InsertText(1, "x")},
		{aper.Meta{Seq: 2, Client: ann, Base: 1}, InsertText(2, "y")},
	}
	for _, c := range []struct {
		name  string
		steps []step
		want  string
	}{
		{"untouched", nil, "84006361c3b18080"},
		{"typed into", typed, "840065617879c3b185010205010180"},
		{"deleted by two", append(typed, step{aper.Meta{Seq: 3, Client: bob, Base: 2}, DeleteText(0, 2)}, step{aper.Meta{Seq: 5, Client: cy, Base: 2}, DeleteText(0, 1)}), "84006379c3b193000118420203010300010301010203000101010280"},
		{"speculative", []step{{aper.Meta{Client: ann}, InsertText(0, "z")}}, "8400647a61c3b185000101010080"},
		{"forgotten", append(typed, step{aper.Meta{Seq: 2000, Client: bob, Base: 1999, Floor: 1990}, EditText()}), "841903de65617879c3b18080"},
		{"anchors", []step{{aper.Meta{Seq: 1, Client: ann, ClientSeq: 7}, AddAnchor(1, StickRight)}, {aper.Meta{Seq: 2, Client: bob, ClientSeq: 1}, AddAnchor(2, StickLeft)}}, "84006361c3b18082838301070101f5838302010102f4"},
	} {
		s := NewText("añ")
		for _, step := range c.steps {
			next, err := step.do.Apply(s, &step.m)
			if err != nil {
				t.Fatal(err)
			}
			s = next
		}
		if got := fmt.Sprintf("%x", encode(t, s)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// Transitions are what the log of a room is made of.
func TestTextTransitionsTravel(t *testing.T) {
	id := aper.ID{Client: 7, Seq: 3, N: 1}
	for _, c := range []struct {
		do         aper.Transition[Text]
		json, want string
	}{
		{InsertText(3, "é"), `{"Insert":{"at":3,"text":"é"}}`, "83010362c3a9"},
		{DeleteText(3, 2), `{"Delete":{"at":3,"count":2}}`, "83020302"},
		{EditText(TextEdit{3, 2, "é"}), `{"Replace":{"at":3,"count":2,"text":"é"}}`, "8403030262c3a9"},
		{EditText(TextEdit{3, 0, "é"}, TextEdit{0, 1, ""}), `{"Edits":{"edits":[{"at":3,"delete":0,"insert":"é"},{"at":0,"delete":1,"insert":""}]}}`, "82048283030062c3a983000160"},
		{AddAnchor(3, StickRight), `{"AddAnchor":{"at":3,"right":true}}`, "830503f5"},
		{RemoveAnchor(id), `{"RemoveAnchor":{"id":"7-3-1"}}`, "820683070301"},
		{TextRestoreAnchor{id, 3, StickRight}, `{"RestoreAnchor":{"id":"7-3-1","at":3,"right":true}}`, "84078307030103f5"},
	} {
		text, encoded := codeTransition(t, c.do)
		if text != c.json {
			t.Errorf("in JSON %s, want %s", text, c.json)
		}
		if got := fmt.Sprintf("%x", encoded); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.json, got, c.want)
		}
	}
	if InsertText(1, "x") != (Text{}).Insert(1, "x") || DeleteText(1, 2) != (Text{}).Delete(1, 2) ||
		AddAnchor(1, StickRight) != (Text{}).AddAnchor(1, StickRight) || RemoveAnchor(id) != (Text{}).RemoveAnchor(id) {
		t.Error("a method returns another transition than the function")
	}
}

// codeTransition returns a transition in JSON and encoded, having seen that it comes back from both.
func codeTransition(t *testing.T, do aper.Transition[Text]) (text string, encoded []byte) {
	t.Helper()
	code := func(c *aper.Coder, do aper.Transition[Text]) []byte {
		aper.CodeTransition(c, do)
		b, err := c.Finish()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	c := &aper.Coder{}
	c.EncodeTo(nil)
	encoded = code(c, do)
	c.DecodeFrom(encoded)
	decoded := aper.CodeTransition[Text](c, nil)
	c.JSONTo(nil)
	text = string(code(c, decoded))
	c.JSONFrom([]byte(text))
	read := aper.CodeTransition[Text](c, nil)
	c.EncodeTo(nil)
	if again := code(c, read); string(again) != string(encoded) {
		t.Errorf("%x comes back from JSON as %x", encoded, again)
	}
	return text, encoded
}

func TestTextSchema(t *testing.T) {
	const want = "data.Text{ reach uint64 text text marks [ uint64] anchors [ data.Anchor{ id id{ client uint64 seq uint64 n uint64}" +
		" at int64 right bool}]} data.Text transitions{ 1 Insert{ at int64 text text} 2 Delete{ at int64 count int64}" +
		" 3 Replace{ at int64 count int64 text text} 4 Edits{ edits [ data.TextEdit{ at int64 delete int64 insert text}]}" +
		" 5 AddAnchor{ at int64 right bool} 6 RemoveAnchor{ id id{ client uint64 seq uint64 n uint64}}" +
		" 7 RestoreAnchor{ id id{ client uint64 seq uint64 n uint64} at int64 right bool}}"
	if got := aper.Schema[Text](); got != want {
		t.Errorf("got  %s\nwant %s\nRooms are stored by it: add transitions at the end.", got, want)
	}
}

// JSON is for people and thin clients: the text, and nothing of what is remembered.
func TestTextJSON(t *testing.T) {
	s := apply(t, NewText("a\"é"), InsertText(1, "🙂"), AddAnchor(1, StickLeft))
	if got := toJSON(t, s); got != `"a🙂\"é"` {
		t.Errorf("got %s", got)
	}
	back, err := aper.FromJSON[Text]([]byte(toJSON(t, s)))
	if err != nil || !aper.Equal(back, NewText("a🙂\"é")) {
		t.Errorf("it comes back as %q, %v", back, err)
	}
}
