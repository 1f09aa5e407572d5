package data

import "github.com/aper-go/aper"

// A Counter is a number that several people change at once: increments add up in whatever order they happen, where
// setting would lose some. It holds a value of 64 bits; a sum beyond them is the conflict ErrOverflow. Everything takes
// O(1).
//
// It is encoded as its number, and is a number in JSON, or a string where JavaScript's numbers would lose digits.
type Counter struct{ value int64 }

// ErrOverflow is the conflict of a transition after which a Counter would not hold the number.
const ErrOverflow = aper.Conflict("the counter cannot hold a number so large")

// NewCounter returns a counter that begins at n.
func NewCounter(n int64) Counter { return Counter{n} }

// Value returns the number.
func (s Counter) Value() int64 { return s.value }

// String returns the number.
func (s Counter) String() string { return signedText(s.value) }

// CounterAdd adds By, which may be negative.
type CounterAdd struct{ By int64 }

// CounterSubtract takes By away, which may be negative.
type CounterSubtract struct{ By int64 }

// CounterSet replaces the number. Of two that happen at once the later one stays; use the others to count.
type CounterSet struct{ To int64 }

// Increment returns the transition that adds by.
func (Counter) Increment(by int64) aper.Transition[Counter] { return CounterAdd{by} }

// Decrement returns the transition that takes by away.
func (Counter) Decrement(by int64) aper.Transition[Counter] { return CounterSubtract{by} }

// Set returns the transition that replaces the number.
func (Counter) Set(to int64) aper.Transition[Counter] { return CounterSet{to} }

// Increment returns the transition that adds by.
func Increment(by int64) aper.Transition[Counter] { return CounterAdd{by} }

// Decrement returns the transition that takes by away.
func Decrement(by int64) aper.Transition[Counter] { return CounterSubtract{by} }

// SetCounter returns the transition that replaces the number.
func SetCounter(to int64) aper.Transition[Counter] { return CounterSet{to} }

// Apply returns ErrOverflow when the sum does not fit.
func (t CounterAdd) Apply(s Counter, _ *aper.Meta) (Counter, error) {
	sum := s.value + t.By
	if (sum < s.value) != (t.By < 0) {
		return s, ErrOverflow
	}
	return Counter{sum}, nil
}

// Apply returns ErrOverflow when the difference does not fit.
func (t CounterSubtract) Apply(s Counter, _ *aper.Meta) (Counter, error) {
	rest := s.value - t.By
	if (rest > s.value) != (t.By < 0) {
		return s, ErrOverflow
	}
	return Counter{rest}, nil
}

// Apply never conflicts.
func (t CounterSet) Apply(Counter, *aper.Meta) (Counter, error) { return Counter{t.To}, nil }

// Code encodes or decodes the counter, as its number.
func (s Counter) Code(c *aper.Coder) Counter { return Counter{c.Int64(s.value)} }

// Code encodes or decodes the transition.
func (t CounterAdd) Code(c *aper.Coder) CounterAdd {
	if c.Variant(1, "Add", 1) {
		t.By = c.Field("by").Int64(t.By)
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t CounterSet) Code(c *aper.Coder) CounterSet {
	if c.Variant(2, "Set", 1) {
		t.To = c.Field("to").Int64(t.To)
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t CounterSubtract) Code(c *aper.Coder) CounterSubtract {
	if c.Variant(3, "Subtract", 1) {
		t.By = c.Field("by").Int64(t.By)
		c.End()
	}
	return t
}

var counterTransitions = []string{"Add", "Set", "Subtract"}

// CodeTransition encodes or decodes a transition.
func (Counter) CodeTransition(c *aper.Coder, t aper.Transition[Counter]) aper.Transition[Counter] {
	switch c.Choice("data.Counter", counterTransitions) {
	case 1:
		return CounterAdd{}.Code(c)
	case 2:
		return CounterSet{}.Code(c)
	case 3:
		return CounterSubtract{}.Code(c)
	}
	switch t := t.(type) {
	case CounterAdd:
		t.Code(c)
	case CounterSet:
		t.Code(c)
	case CounterSubtract:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}
