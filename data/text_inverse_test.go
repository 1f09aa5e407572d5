package data

import (
	"errors"
	"strings"
	"testing"

	"github.com/aper-go/aper"
)

// A pad is a text and what happened to it, each event seen by who made the next.
type pad struct {
	*testing.T
	text Text
	seq  aper.Seq
}

// does accepts what somebody does, and returns what is needed to take it back.
func (h *pad) does(client aper.ClientID, do aper.Transition[Text]) (before Text, m aper.Meta) {
	h.Helper()
	m = aper.Meta{Seq: h.seq + 1, Client: client, ClientSeq: aper.ClientSeq(h.seq + 1), Base: h.seq}
	before, meta := h.text, m
	next, err := do.Apply(h.text, &meta)
	if err != nil {
		h.Fatalf("%#v: %v", do, err)
	}
	h.text, h.seq = next, m.Seq
	return before, m
}

// inverse returns what takes back what was done.
func (h *pad) inverse(do aper.Transition[Text], before Text, m aper.Meta) aper.Transition[Text] {
	h.Helper()
	inverse, err := Inverse(do, before, h.text, &m)
	if inverse == nil || err != nil {
		h.Fatalf("%#v: %#v, %v", do, inverse, err)
	}
	return inverse
}

func TestInverseOfText(t *testing.T) {
	for _, c := range []struct {
		name, text string
		do         aper.Transition[Text]
		since      []aper.Transition[Text]
		want       string
	}{
		{"insert", "ab", InsertText(1, "XYZ"), nil, "ab"},
		{"insert, others around", "ab", InsertText(1, "XYZ"), list(InsertText(0, "<"), InsertText(6, ">")), "<ab>"},
		{"insert, another in it", "ab", InsertText(1, "XYZ"), list(InsertText(2, "bob")), "abobb"},
		{"insert, partly deleted", "ab", InsertText(1, "XYZ"), list(DeleteText(0, 2)), "b"},
		{"insert, all deleted", "ab", InsertText(1, "XYZ"), list(DeleteText(0, 5)), ""},
		{"delete", "añ🙂b", DeleteText(1, 2), nil, "añ🙂b"},
		{"delete, others around", "abcdefghij", DeleteText(4, 2), list(InsertText(0, "<"), InsertText(9, ">")), "<abcdefghij>"},
		{"delete, another there", "abcd", DeleteText(1, 2), list(InsertText(1, "X")), "abcXd"},
		{"delete, neighbours deleted", "abcd", DeleteText(1, 2), list(DeleteText(0, 2)), "bc"},
		{"replace", "my cat!", EditText(TextEdit{3, 3, "dog"}), list(InsertText(7, "!")), "my cat!!"},
		{"replace all", "abc", EditText(TextEdit{0, 3, "x"}), nil, "abc"},
		{"several", "abcdef", EditText(TextEdit{0, 1, "X"}, TextEdit{5, 1, "Y"}, TextEdit{2, 2, ""}), list(InsertText(0, "<")), "<abcdef"},
		{"typed and deleted", "ab", EditText(TextEdit{1, 0, "XY"}, TextEdit{0, 2, ""}), nil, "ab"},
		{"nothing", "ab", EditText(), list(InsertText(0, "<")), "<ab"},
		{"group", "ab", aper.All(InsertText(2, "X"), DeleteText(0, 2), InsertText(1, "Y")), list(InsertText(2, ">")), "ab>"},
	} {
		h := &pad{T: t, text: NewText(c.text)}
		before, m := h.does(ann, c.do)
		for _, other := range c.since {
			h.does(bob, other)
		}
		inverse := h.inverse(c.do, before, m)
		undone := h.text
		before, m = h.does(ann, inverse)
		if got := h.text.String(); got != c.want {
			t.Errorf("%s: taken back it is %q, want %q", c.name, got, c.want)
		}
		if h.does(ann, h.inverse(inverse, before, m)); h.text.String() != undone.String() {
			t.Errorf("%s: done again it is %q, want %q", c.name, h.text, undone)
		}
	}
	m := aper.Meta{}
	if inverse, err := Inverse(InsertText(9, "x"), NewText("ab"), NewText("ab"), &m); inverse != nil || !errors.Is(err, ErrRange) {
		t.Errorf("of what conflicts: %v, %v", inverse, err)
	}
}

// Whatever one does, all alone, is taken back exactly, from the last to the first.
func TestInverseOfTextLeadsBack(t *testing.T) {
	random := newRandom(t)
	for range 50 {
		h := &pad{T: t, text: NewText("añ🙂 to begin with")}
		type deed struct {
			do     aper.Transition[Text]
			before Text
			m      aper.Meta
		}
		var deeds []deed
		for range 20 {
			length := h.text.Len()
			do := EditText(randomEdits(random, length, func(e TextEdit) int {
				length += len([]rune(e.Insert)) - e.Delete
				return length
			})...)
			if random.IntN(4) == 0 {
				do = aper.All(do, EditText(randomEdits(random, length, func(e TextEdit) int { return 0 })[:1]...))
			}
			before, m := h.does(ann, do)
			deeds = append(deeds, deed{do, before, m})
		}
		for len(deeds) > 0 {
			d := deeds[len(deeds)-1]
			deeds = deeds[:len(deeds)-1]
			if h.does(ann, h.inverse(d.do, d.before, d.m)); h.text.String() != d.before.String() {
				t.Fatalf("%#v taken back leads to %q, want %q", d.do, h.text, d.before)
			}
		}
	}
}

func TestInverseOfTextAnchors(t *testing.T) {
	h := &pad{T: t, text: NewText("abcd")}
	before, m := h.does(ann, AddAnchor(2, StickRight))
	id := aper.ID{Client: ann, Seq: 1, N: 1}
	at := func(want int) {
		t.Helper()
		got, ok := h.text.Anchor(id)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("the anchor is at %d, want %d", got, want)
		}
	}
	added := h.inverse(AddAnchor(2, StickRight), before, m)
	before, m = h.does(ann, added)
	at(-1)
	h.does(bob, InsertText(0, "<<"))
	restored := h.inverse(added, before, m)
	if restored != (TextRestoreAnchor{id, 4, StickRight}) {
		t.Errorf("the inverse of removing it is %#v", restored)
	}
	before, m = h.does(ann, restored)
	at(4)
	if _, err := restored.Apply(h.text, &aper.Meta{}); !errors.Is(err, ErrRestored) {
		t.Errorf("restored twice: %v", err)
	}
	if _, err := (TextRestoreAnchor{}).Apply(h.text, &aper.Meta{}); !errors.Is(err, ErrRestored) {
		t.Errorf("restored without an ID: %v", err)
	}
	h.does(ann, h.inverse(restored, before, m))
	at(-1)
	if _, err := Inverse(restored, before, h.text, &m); !errors.Is(err, ErrOverwritten) {
		t.Errorf("removed twice: %v", err)
	}
	again, err := h.text.Reanchor(TextRestoreAnchor{id, 2, StickLeft}, &aper.Meta{Client: cy}, h.seq)
	if err != nil || again != (TextRestoreAnchor{id, 4, StickLeft}) {
		t.Errorf("said anew it is %#v, %v", again, err)
	}
}

// What is typed letter by letter, and deleted so, is one edit, whichever way it goes.
func TestJoinText(t *testing.T) {
	letters := func(at int, back bool) (typed []aper.Transition[Text]) {
		for i, r := range "hello" {
			if back {
				i, r = 0, rune("olleh"[i])
			}
			typed = append(typed, InsertText(at+i, string(r)))
		}
		return typed
	}
	delete := func(at ...int) (deleted []aper.Transition[Text]) {
		for _, at := range at {
			deleted = append(deleted, DeleteText(at, 1))
		}
		return deleted
	}
	for name, c := range map[string]struct {
		list []aper.Transition[Text]
		want aper.Transition[Text]
	}{
		"typed":             {letters(2, false), InsertText(2, "hello")},
		"typed backwards":   {letters(2, true), InsertText(2, "hello")},
		"deleted":           {delete(2, 2, 2), DeleteText(2, 3)},
		"deleted backwards": {delete(4, 3, 2), DeleteText(2, 3)},
		"deleted and typed": {append(delete(2), letters(2, false)...), EditText(TextEdit{2, 1, "hello"})},
	} {
		joined := c.list[0]
		for _, next := range c.list[1:] {
			var ok bool
			if joined, ok = Join(joined, next); !ok {
				t.Fatalf("%s: %#v is not one with %#v", name, next, joined)
			}
		}
		if joined != c.want {
			t.Errorf("%s: got %#v, want %#v", name, joined, c.want)
		}
	}
	if _, ok := Join(InsertText(1, "x"), RemoveAnchor(aper.ID{})); ok {
		t.Error("an edit is one with what is none")
	}
	if _, ok := Join(aper.Transition[Counter](Increment(1)), Increment(1)); ok {
		t.Error("a counter's transitions are one")
	}
	first := EditText(TextEdit{0, 0, "a"}, TextEdit{1, 0, "b"})
	if _, ok := Join(first, EditText()); !ok || first.(TextEdits).Edits()[0] != (TextEdit{0, 0, "a"}) {
		t.Errorf("joining changed %#v", first)
	}
}

// Joined or not, two transitions lead to the same text, and in containers, too.
func TestJoinMeansTheSame(t *testing.T) {
	random := newRandom(t)
	type notes = Map[string, Text]
	joined := 0
	for range 500 {
		s := notes{}.With("a", NewText("añ🙂 to begin with")).With("b", NewText(strings.Repeat("b", 40)))
		pair := [2]aper.Transition[notes]{}
		for i := range pair {
			key := string("ab"[random.IntN(2)])
			edits := randomEdits(random, 8, func(e TextEdit) int { return 8 })
			pair[i] = Change(key, EditText(edits...))
		}
		one, ok := Join(pair[0], pair[1])
		if !ok {
			if pair[0].(MapChange[string, Text]).Key == pair[1].(MapChange[string, Text]).Key {
				t.Fatalf("%#v are not one", pair)
			}
			continue
		}
		joined++
		m := aper.Meta{Client: ann}
		want, err := aper.All(pair[:]...).Apply(s, &m)
		got, same := one.Apply(s, &m)
		if toJSON(t, got) != toJSON(t, want) || !errors.Is(same, err) {
			t.Fatalf("%#v: %s, %v, want %s, %v", one, toJSON(t, got), same, toJSON(t, want), err)
		}
	}
	if joined == 0 {
		t.Error("the test means nothing")
	}
}
