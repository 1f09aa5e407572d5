package data

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

func TestAtom(t *testing.T) {
	var s Atom[string]
	wantJSON(t, s, `""`)
	next := apply(t, s, s.Set("a"), SetAtom("b"))
	if next.Value() != "b" || s.Value() != "" {
		t.Errorf("got %v and %v", next, s)
	}
	wantJSON(t, next, `"b"`)
	wantJSON(t, NewAtom(1.5), `1.5`)
	wantJSON(t, NewAtom(true), `true`)
	wantJSON(t, NewAtom(point{1, 2}), `{"x":1,"y":2}`)
	checkDiff(t, NewAtom(point{1, 2}), NewAtom(point{1, 3}))
	sameTransition(t, s.Set("x"), SetAtom("x"), `{"Set":{"to":"x"}}`)
	sameTransition(t, Atom[point]{}.Set(point{1, 2}), SetAtom(point{1, 2}), `{"Set":{"to":{"x":1,"y":2}}}`)
	damaged(t, NewAtom(point{1, 1000}))
}

func TestAtomRules(t *testing.T) {
	apertest.Check(t, NewAtom("a"), SetAtom("b"), SetAtom(""), SetAtom("水"))
	apertest.Check(t, NewAtom(point{}), SetAtom(point{1, 2}), SetAtom(point{-1, 1 << 60}))
}

// A change of a constant cannot be written by anyone, so it cannot arrive.
func TestConstantCannotBeChanged(t *testing.T) {
	s := NewConstant("fixed")
	wantJSON(t, s, `"fixed"`)
	if s.Value() != "fixed" || s.String() != `"fixed"` {
		t.Errorf("got %v", s)
	}
	for _, text := range []string{`{"Set":{"to":"x"}}`, `{"":{}}`, `{"Put":{}}`} {
		c := &aper.Coder{}
		c.JSONFrom([]byte(text))
		if got := aper.CodeTransition[Constant[string]](c, nil); got != nil || !c.Failed() {
			t.Errorf("%s is accepted: %v", text, got)
		}
	}
	for number := range byte(24) {
		c := &aper.Coder{}
		if c.DecodeFrom([]byte{0x82, number, 0x61, 'x'}); aper.CodeTransition[Constant[string]](c, nil) != nil {
			t.Errorf("variant %d is accepted", number)
		}
	}
	c := &aper.Coder{}
	c.EncodeTo(nil)
	aper.CodeTransition[Constant[string]](c, overwrite{})
	if _, err := c.Finish(); err == nil {
		t.Error("a transition from elsewhere is encoded")
	}
	apertest.Check(t, s, aper.All[Constant[string]]())
}

type overwrite struct{}

func (overwrite) Apply(Constant[string], *aper.Meta) (Constant[string], error) {
	return NewConstant("changed"), nil
}
