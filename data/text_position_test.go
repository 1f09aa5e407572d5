package data

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/aper-go/aper"
)

func TestTextLengths(t *testing.T) {
	s := NewText("aé🙂")
	if s.Len() != 3 || s.Units() != 4 || s.Bytes() != 7 {
		t.Errorf("got %d, %d, %d", s.Len(), s.Units(), s.Bytes())
	}
}

// Every number is translated, from anywhere in a large text and from beyond it.
func TestTextPositionsTranslate(t *testing.T) {
	random := newRandom(t)
	for _, text := range []string{"", "a", "🙂", "aé🙂z", strings.Repeat("plain, ", 3000), strings.Repeat("é🙂a—", 3000)} {
		s := NewText(text)
		s = apply(t, s, DeleteText(0, s.Len()/3)) // which leaves something remembered
		runes := []rune(s.String())
		for range 200 {
			at := random.IntN(len(runes) + 1)
			before := string(runes[:at])
			units := len(utf16.Encode(runes[:at]))
			if s.ByteAt(at) != len(before) || s.UnitAt(at) != units {
				t.Fatalf("position %d: byte %d, unit %d, want %d, %d", at, s.ByteAt(at), s.UnitAt(at), len(before), units)
			}
			size, wide := 0, 0
			if at < len(runes) {
				size, wide = len(string(runes[at]))-1, len(utf16.Encode(runes[at:at+1]))-1
			}
			for more := 0; more <= size; more++ { // the middle of a character is its beginning
				if got := s.FromByte(len(before) + more); got != at {
					t.Fatalf("byte %d: position %d, want %d", len(before)+more, got, at)
				}
			}
			for more := 0; more <= wide; more++ {
				if got := s.FromUnit(units + more); got != at {
					t.Fatalf("unit %d: position %d, want %d", units+more, got, at)
				}
			}
		}
		for _, f := range []func(int) int{s.ByteAt, s.UnitAt, s.FromByte, s.FromUnit} {
			if f(-1) != 0 || f(-1<<63) != 0 || f(1<<63-1) != f(len(text)+1) {
				t.Error("what is beyond an end is not that end")
			}
		}
	}
}

func TestTextUnitEdit(t *testing.T) {
	s := NewText("a🙂b🙂c")
	for _, c := range []struct {
		at, deleted int
		want        TextEdit
	}{
		{0, 0, TextEdit{0, 0, "x"}},
		{3, 1, TextEdit{2, 1, "x"}},
		{1, 5, TextEdit{1, 3, "x"}},
		{2, 1, TextEdit{1, 1, "x"}}, // from the middle of a pair on
		{1, 1, TextEdit{1, 0, "x"}}, // half of one
		{7, 1, TextEdit{5, 0, "x"}},
		{1, -1, TextEdit{1, 0, "x"}},
		{-1, 1<<63 - 1, TextEdit{0, 5, "x"}},
		{2, 1<<63 - 1, TextEdit{1, 0, "x"}}, // more than there are numbers
	} {
		if got := s.UnitEdit(c.at, c.deleted, "x"); got != c.want {
			t.Errorf("%d, %d: %v, want %v", c.at, c.deleted, got, c.want)
		}
	}
}

// A cursor stands behind the character on its left, or where that was.
func TestTextLocateFindsCursors(t *testing.T) {
	d := newDesk(t, "abcdef")
	locate := func(position int, want int) {
		t.Helper()
		if now, ok := d.text.Locate(position, d.looked[ann], ann); now != want || !ok {
			t.Errorf("the cursor at %d is at %d, %v, want %d in %q", position, now, ok, want, d.text)
		}
	}
	d.does(bob, InsertText(3, "XY"))
	locate(2, 2) // before it
	locate(3, 3) // it stays behind the c
	locate(4, 6)
	locate(6, 8)
	d.does(bob, DeleteText(0, 2))
	locate(1, 0) // where the a was
	locate(3, 1)
	d.does(ann, InsertText(3, "me")) // she sees "abcmedef"
	d.does(cy, InsertText(3, "Z"))   // she sees "abcdef"
	d.want("cZmeXYdef")
	locate(5, 4)
	locate(3, 2) // before what she typed herself, where she would go on
	locate(99, 9)
	if _, ok := d.text.Locate(-1, 0, ann); ok {
		t.Error("there is no position -1")
	}
	if now, ok := (Text{}).Locate(3, 0, ann); now != 0 || !ok {
		t.Errorf("in an empty text it is at %d, %v", now, ok)
	}
}

// Where a cursor is found, there goes what its owner types.
func TestTextLocateIsWhereItsOwnerTypes(t *testing.T) {
	random := newRandom(t)
	for range 300 {
		d := newDesk(t, "a beginning")
		for range random.IntN(20) {
			who := ann + aper.ClientID(random.IntN(3))
			if random.IntN(3) == 0 {
				d.look(who)
			}
			d.does(who, d.busy(random, who))
		}
		at := random.IntN(len(d.sees(ann)) + 1)
		now, ok := d.text.Locate(at, d.looked[ann], ann)
		d.does(ann, InsertText(at, "|"))
		if want := d.text.FromByte(strings.Index(d.text.String(), "|")); !ok || now != want {
			t.Fatalf("the cursor was at %d, and typed at %d in %q", now, want, d.text)
		}
	}
}
