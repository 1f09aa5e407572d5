package data

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
)

// at lets somebody put an anchor and returns its ID.
func (d *desk) anchor(client aper.ClientID, at int, side Side) aper.ID {
	d.t.Helper()
	d.does(client, AddAnchor(at, side))
	return aper.ID{Client: client, Seq: d.number, N: 1}
}

func (d *desk) wantAnchor(id aper.ID, position int) {
	d.t.Helper()
	if got, ok := d.text.Anchor(id); got != position || !ok {
		d.t.Errorf("anchor %v is at %d, %v, want %d in %q", id, got, ok, position, d.text)
	}
}

func TestTextAnchorSticksToItsSide(t *testing.T) {
	d := newDesk(t, "abc")
	left, right := d.anchor(ann, 1, StickLeft), d.anchor(ann, 1, StickRight)
	d.does(bob, InsertText(1, "XY"))
	d.wantAnchor(left, 1)
	d.wantAnchor(right, 3)
	d.does(bob, InsertText(0, "é"), DeleteText(2, 1))
	d.wantAnchor(left, 2)
	d.wantAnchor(right, 3)
	d.does(bob, InsertText(5, "Z"))
	d.wantAnchor(right, 3)
}

// The beginning sticks to the left and the end to the right; the other sides stick to characters.
func TestTextAnchorsAtTheEnds(t *testing.T) {
	d := newDesk(t, "")
	begin, end := d.anchor(ann, 0, StickLeft), d.anchor(ann, 0, StickRight)
	d.does(bob, InsertText(0, "abc"))
	d.wantAnchor(begin, 0)
	d.wantAnchor(end, 3)
	first, last := d.anchor(bob, 0, StickRight), d.anchor(bob, 3, StickLeft)
	d.does(bob, InsertText(0, "<"), InsertText(4, ">"))
	d.wantAnchor(begin, 0)
	d.wantAnchor(first, 1)
	d.wantAnchor(last, 4)
	d.wantAnchor(end, 5)
	d.does(bob, DeleteText(0, 5))
	for _, id := range []aper.ID{begin, first, last, end} {
		d.wantAnchor(id, 0)
	}
}

// An anchor goes to what its author saw, which others have moved meanwhile.
func TestTextAnchorGoesWhereItsAuthorSawIt(t *testing.T) {
	d := newDesk(t, "abc")
	d.does(bob, InsertText(0, ">> "), InsertText(5, "X"))
	d.want(">> abXc")
	d.wantAnchor(d.anchor(ann, 2, StickLeft), 5)
	d.wantAnchor(d.anchor(ann, 2, StickRight), 6)
	d.wantAnchor(d.anchor(ann, 0, StickLeft), 0)
	d.wantAnchor(d.anchor(ann, 0, StickRight), 3)
	d.wantAnchor(d.anchor(ann, 3, StickRight), 7)
	d.does(bob, DeleteText(3, 3)) // abX
	d.wantAnchor(d.anchor(ann, 2, StickLeft), 3)
}

// What is deleted around an anchor leaves it where that was, between what others typed there.
func TestTextAnchorStaysWhereItsSurroundingsWere(t *testing.T) {
	d := newDesk(t, "abcdef")
	id := d.anchor(ann, 3, StickLeft)
	d.does(bob, InsertText(2, "X"), InsertText(5, "Y"))
	d.want("abXcdYef")
	d.wantAnchor(id, 4)
	d.does(ann, DeleteText(0, 6))
	d.want("XY")
	d.wantAnchor(id, 1)
	d.does(bob, InsertText(0, "again "))
	d.wantAnchor(id, 7)
}

func TestTextAnchorIsRemoved(t *testing.T) {
	d := newDesk(t, "abc")
	one, two := d.anchor(ann, 1, StickLeft), d.anchor(ann, 1, StickLeft)
	before := d.text
	d.does(bob, RemoveAnchor(one))
	d.wantAnchor(two, 1)
	if _, ok := d.text.Anchor(one); ok {
		t.Error("it is still there")
	}
	if _, ok := before.Anchor(one); !ok {
		t.Error("it is gone from the old version")
	}
	if _, err := RemoveAnchor(one).Apply(d.text, d.meta(ann)); !errors.Is(err, ErrNoAnchor) {
		t.Errorf("removing it again: %v", err)
	}
}

func TestTextAnchorsHaveALimit(t *testing.T) {
	d := newDesk(t, "abc")
	for i := range MaxAnchors - 1 { // one by one this would copy all before it, again and again
		d.text.anchors = append(d.text.anchors, textAnchor{at: 0, side: StickLeft, id: aper.ID{Client: 99, Seq: aper.ClientSeq(i + 1), N: 1}})
	}
	first := d.anchor(ann, 2, StickLeft)
	if _, err := AddAnchor(0, StickLeft).Apply(d.text, d.meta(ann)); !errors.Is(err, ErrManyAnchors) {
		t.Errorf("one more: %v", err)
	}
	full := encode(t, d.text)
	if _, err := aper.Decode[Text](full); err != nil {
		t.Error(err)
	}
	d.does(bob, RemoveAnchor(first))
	d.anchor(bob, 1, StickRight)
}

// Each anchor stays beside the character that it sticks to while that is alive, whoever does what, however late, and anchors come in order.
func TestTextAnchorsStayBesideTheirCharacters(t *testing.T) {
	random := newRandom(t)
	for range rounds(40) {
		d := newDesk(t, "abcdefghijklmnopqrstuvwxyz")
		beside := map[aper.ID]rune{}
		for range 60 {
			who := ann + aper.ClientID(random.IntN(3))
			if random.IntN(3) == 0 {
				d.look(who)
			}
			if view := d.sees(who); len(view) > 0 && random.IntN(3) == 0 {
				i, side := random.IntN(len(view)), Side(random.IntN(2) == 0)
				at := i
				if side == StickLeft {
					at++
				}
				if strings.ContainsRune(d.text.String(), view[i]) {
					beside[d.anchor(who, at, side)] = view[i]
				}
			}
			d.does(who, d.busy(random, who))
			checkAnchors(t, d.text, beside)
		}
	}
}

func checkAnchors(t *testing.T, s Text, beside map[aper.ID]rune) {
	t.Helper()
	runes := []rune(s.String())
	for _, a := range s.anchors {
		i := slices.Index(runes, beside[a.id])
		switch {
		case i < 0:
			delete(beside, a.id) // it may come again by undoing
		case a.side == StickLeft && a.at != i+1, a.side == StickRight && a.at != i:
			t.Fatalf("%v is not beside %q in %q", a, beside[a.id], s)
		}
	}
	roundTripText(t, s)
	last := 0
	for _, at := range s.AllAnchors() {
		if at < last || at > s.Len() {
			t.Fatalf("an anchor at %d after one at %d", at, last)
		}
		last = at
	}
}

// roundTripText sees that a text comes back from its encoding.
func roundTripText(t *testing.T, s Text) {
	t.Helper()
	again, err := aper.Decode[Text](encode(t, s))
	if err != nil || !aper.Equal(s, again) || !slices.Equal(s.anchors, again.anchors) {
		t.Fatalf("it comes back as %q %v, %v", again, again.anchors, err)
	}
}

// What a replica restates puts the anchor where the original would have.
func TestTextReanchorOfAnchorsMeansTheSame(t *testing.T) {
	random := newRandom(t)
	for range 200 {
		d := newDesk(t, "some text to begin with")
		for range random.IntN(15) {
			who := ann + aper.ClientID(random.IntN(3))
			d.does(who, d.busy(random, who))
		}
		original := AddAnchor(random.IntN(len(d.sees(ann))+1), Side(random.IntN(2) == 0))
		restated, err := d.text.Reanchor(original, &aper.Meta{Client: ann}, d.seq)
		if err != nil {
			t.Fatal(err)
		}
		one, err := original.Apply(d.text, &aper.Meta{Client: ann, Seq: d.seq + 1})
		if err != nil {
			t.Fatal(err)
		}
		two, err := restated.Apply(d.text, &aper.Meta{Client: ann, Seq: d.seq + 1, Base: d.seq})
		if err != nil || !aper.Equal(one, two) {
			t.Fatalf("%v is restated as %v, %v", original, restated, err)
		}
	}
	remove := RemoveAnchor(aper.ID{Client: 1, Seq: 2, N: 1})
	if again, err := (Text{}).Reanchor(remove, &aper.Meta{}, 5); err != nil || again != remove {
		t.Errorf("a removal is restated as %v, %v", again, err)
	}
}

// Anchors that no text can have are refused.
func TestTextRefusesBadAnchors(t *testing.T) {
	one, two := aper.ID{Client: 1, Seq: 1, N: 1}, aper.ID{Client: 1, Seq: 2, N: 1}
	s := NewText("abc")
	for name, list := range map[string]textAnchors{
		"beyond the end":    {{4, StickLeft, one}},
		"before the text":   {{-1, StickLeft, one}},
		"out of order":      {{2, StickLeft, one}, {1, StickLeft, two}},
		"sides in disorder": {{2, StickRight, one}, {2, StickLeft, two}},
		"IDs in disorder":   {{2, StickLeft, two}, {2, StickLeft, one}},
		"twice":             {{1, StickLeft, one}, {2, StickLeft, one}},
		"without an ID":     {{1, StickLeft, aper.ID{}}},
		"too many":          slices.Repeat(textAnchors{{1, StickLeft, one}}, MaxAnchors+1),
	} {
		s.anchors = list
		if _, err := aper.Decode[Text](encode(t, s)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A rule puts an anchor and learns its ID.
func TestTextWithAnchor(t *testing.T) {
	m := aper.Meta{Client: ann, ClientSeq: 5}
	s, id, err := NewText("abc").WithAnchor(2, StickLeft, &m)
	if want := (aper.ID{Client: ann, Seq: 5, N: 1}); err != nil || id != want {
		t.Errorf("got %v, %v", id, err)
	}
	if at, ok := s.Anchor(id); at != 2 || !ok {
		t.Errorf("it is at %d, %v", at, ok)
	}
	if without := s.WithoutAnchor(id); !aper.Equal(without, NewText("abc")) {
		t.Error("it is not as it was")
	}
}

func BenchmarkTextInsertBesideAnchors(b *testing.B) {
	s := NewText(strings.Repeat("0123456789", 10_000))
	for i := range MaxAnchors {
		s, _, _ = s.WithAnchor(i*10, StickLeft, &aper.Meta{Client: 1, ClientSeq: aper.ClientSeq(i + 1)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := InsertText(500, "x").Apply(s, &aper.Meta{Seq: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
