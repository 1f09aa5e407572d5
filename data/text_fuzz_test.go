package data

import (
	"testing"

	"github.com/aper-go/aper"
)

// Whatever bytes arrive as a text, decoding neither panics nor accepts what is not its one encoding, and what is accepted can
// be edited by anybody. Nor does what arrives as a transition do harm.
func FuzzTextDecoded(f *testing.F) {
	s := NewText("A beginning — with é and 🙂.")
	for i, t := range []aper.Transition[Text]{
		InsertText(0, "ab"), InsertText(2, "c"), DeleteText(1, 4), DeleteText(3, 9), EditText(TextEdit{2, 1, "🙂"}, TextEdit{0, 0, "x"}),
	} {
		s, _ = t.Apply(s, &aper.Meta{Seq: aper.Seq(i + 1), Client: aper.ClientID(1 + i%2)})
		f.Add(encode(f, s))
	}
	f.Add(encode(f, Text{}))
	anchored, err := AddAnchor(1, StickRight).Apply(s, &aper.Meta{Seq: 9, Base: 5, Client: bob, ClientSeq: 2})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(encode(f, anchored))
	f.Add([]byte("\x84\x00\x60\x85\x00\x1a\x7f\xff\xff\xff\x02\x01\x01\x80"))                                     // 2,147,483,647 deleted characters
	f.Add([]byte("\x84\x00\x61a\x85\x00\x1a\x7f\xff\xff\xff\x01\x01\x01\x80"))                                    // as many alive ones, of which one is there
	f.Add([]byte("\x84\x00\x60\x8a\x00\x1a\x7f\xff\xff\xff\x02\x01\x01\x00\x1a\x7f\xff\xff\xff\x02\x01\x01\x80")) // twice as many
	f.Fuzz(func(t *testing.T, b []byte) {
		tryTransition(t, b, anchored)
		s, err := aper.Decode[Text](b)
		if err != nil {
			return
		}
		checkDecode[Text](t, b)
		if err := s.check(); err != nil {
			t.Fatal(err)
		}
		for base := range aper.Seq(4) {
			for client := range aper.ClientID(3) {
				editDecoded(t, s, aper.Meta{Seq: s.reach + 9, Base: s.reach + base, Client: client, Floor: s.reach + 2})
			}
		}
	})
}

// editDecoded makes edits as one author, here and there.
func editDecoded(t *testing.T, s Text, m aper.Meta) {
	n := s.seen(perspective{m.Base, m.Client})
	if n < 0 || n > 1<<40 {
		t.Fatalf("the author sees %d characters", n)
	}
	for _, at := range []int{0, n / 2, n} {
		count := min(n-at, 3)
		for _, e := range []TextEdit{{at, 0, "é"}, {at, count, ""}, {at, n - at, "b"}} {
			next, err := EditText(e).Apply(s, &m)
			if err != nil {
				continue
			}
			if err := next.check(); err != nil {
				t.Fatalf("after %v: %v", e, err)
			}
			checkDecode[Text](t, encode(t, next))
		}
	}
}
