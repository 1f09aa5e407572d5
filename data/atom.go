package data

import "github.com/aper-go/aper"

// An Atom is one plain value that is replaced as a whole. Of two replacements that happen at once the later one stays. A
// plain field of a derived struct does the same by itself; an Atom is for where a machine is asked for, such as the values
// of a Map.
//
// T is a truth value, a number, a string, or a type with generated methods. An Atom is encoded as its value, and is that in
// JSON.
type Atom[T any] struct{ value T }

// NewAtom returns an atom that holds v.
func NewAtom[T any](v T) Atom[T] { return Atom[T]{v} }

// Value returns the value.
func (s Atom[T]) Value() T { return s.value }

// String returns the value as Go or JSON would write it.
func (s Atom[T]) String() string { return string(appendValue(nil, s.value)) }

// Set returns the transition that replaces the value.
func (Atom[T]) Set(to T) aper.Transition[Atom[T]] { return AtomSet[T]{to} }

// AtomSet replaces the value.
type AtomSet[T any] struct{ To T }

// SetAtom returns the transition that replaces the value of an Atom.
func SetAtom[T any](to T) aper.Transition[Atom[T]] { return AtomSet[T]{to} }

// Apply never conflicts.
func (t AtomSet[T]) Apply(Atom[T], *aper.Meta) (Atom[T], error) { return Atom[T]{t.To}, nil }

// Code encodes or decodes the atom, as its value.
func (s Atom[T]) Code(c *aper.Coder) Atom[T] { return Atom[T]{aper.CodeValue(c, s.value)} }

// Code encodes or decodes the transition.
func (t AtomSet[T]) Code(c *aper.Coder) AtomSet[T] {
	if c.Variant(1, "Set", 1) {
		t.To = aper.CodeValue(c.Field("to"), t.To)
		c.End()
	}
	return t
}

var atomTransitions = []string{"Set"}

// CodeTransition encodes or decodes a transition.
func (Atom[T]) CodeTransition(c *aper.Coder, t aper.Transition[Atom[T]]) aper.Transition[Atom[T]] {
	if c.Choice("data.Atom", atomTransitions) == 1 {
		return AtomSet[T]{}.Code(c)
	}
	if t, ok := t.(AtomSet[T]); ok {
		t.Code(c)
	} else {
		c.Unknown()
	}
	return t
}

// A Constant is one plain value that no transition changes. It is set where it is made, as part of what is put into a
// container. It is encoded as its value, and is that in JSON.
type Constant[T any] struct{ value T }

// NewConstant returns a constant that holds v.
func NewConstant[T any](v T) Constant[T] { return Constant[T]{v} }

// Value returns the value.
func (s Constant[T]) Value() T { return s.value }

// String returns the value as Go or JSON would write it.
func (s Constant[T]) String() string { return string(appendValue(nil, s.value)) }

// Code encodes or decodes the constant, as its value.
func (s Constant[T]) Code(c *aper.Coder) Constant[T] {
	return Constant[T]{aper.CodeValue(c, s.value)}
}

var constantTransitions = []string{} // not nil, which means something else to Choice

// CodeTransition refuses everything, because there are no transitions.
func (Constant[T]) CodeTransition(c *aper.Coder, t aper.Transition[Constant[T]]) aper.Transition[Constant[T]] {
	c.Choice("data.Constant", constantTransitions)
	c.Unknown()
	return t
}
