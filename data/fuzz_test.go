package data

import (
	"cmp"
	"testing"

	"github.com/aper-go/aper"
)

// Whatever bytes arrive, decoding neither panics nor accepts what is not the one encoding of a state.

func FuzzMapDecode(f *testing.F) {
	f.Add(encode(f, apply(f, Map[string, tally]{}, Put("a", tally{}), Put("b", apply(f, tally{}, Put("", Counter{}))))))
	f.Add([]byte("\x9a\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		checkDecode[Map[string, tally]](t, b)
		checkDecode[Map[int16, Atom[point]]](t, b)
		checkDecode[Set[uint64]](t, b)
		if s, err := aper.Decode[Set[string]](b); err == nil && s.keys.check(cmp.Compare[string]) != nil {
			t.Fatal(s.keys.check(cmp.Compare[string]))
		}
	})
}

func FuzzVectorDecode(f *testing.F) {
	f.Add(encode(f, repeat(int64(1), 70)))
	f.Add([]byte("\x9a\xff\xff\xff\xff\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		checkDecode[Vector[int64]](t, b)
		checkDecode[Vector[string]](t, b)
		if s, err := aper.Decode[Vector[int64]](b); err == nil && s.check() != nil {
			t.Fatal(s.check())
		}
	})
}

func FuzzGridDecode(f *testing.F) {
	f.Add(encode(f, NewGrid(7, 9, int64(1))))
	f.Add([]byte("\x82\x81\x01\x81\x02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		checkDecode[Grid[int64]](t, b)
		checkDecode[Grid[point]](t, b)
		if s, err := aper.Decode[Grid[int64]](b); err == nil && s.cells.check() != nil {
			t.Fatal(s.cells.check())
		}
	})
}

// Transitions arrive from peers too.
func FuzzTransition(f *testing.F) {
	f.Add([]byte("\x83\x03\x61a\x82\x01\x05"))
	f.Add([]byte("\x82\x00\x81\x83\x01\x61a\x05"))
	f.Fuzz(func(t *testing.T, b []byte) {
		tryTransition(t, b, apply(t, tally{}, Put("a", NewCounter(1))))
		tryTransition(t, b, NewSet("a"))
		tryTransition(t, b, NewVector("a"))
		tryTransition(t, b, NewGrid(2, 2, int64(1)))
		tryTransition(t, b, Map[string, Constant[int64]]{}.With("a", NewConstant(int64(1))))
	})
}

func tryTransition[S aper.StateMachine[S]](t *testing.T, b []byte, s S) {
	c := &aper.Coder{}
	c.DecodeFrom(b)
	transition := aper.CodeTransition[S](c, nil)
	if _, err := c.Finish(); err != nil {
		return
	}
	if next, err := transition.Apply(s, &aper.Meta{}); err == nil {
		checkDecode[S](t, encode(t, next))
	}
}
