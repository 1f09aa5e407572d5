package data

import "github.com/aper-go/aper"

// An invertible transition has an inverse, as the documentation of the package says.
type invertible[S any] interface {
	Inverse(before, now S, m *aper.Meta) (aper.Transition[S], error)
}

// ErrOverwritten is the conflict of taking back what somebody has changed since.
const ErrOverwritten = aper.Conflict("somebody has changed this since")

// Inverse returns the transition that takes back in now what t did when it was applied to before with m, or nil when t has no
// inverse. Machines that hold others call it from the methods Inverse of their own transitions; generated code does.
func Inverse[S any](t aper.Transition[S], before, now S, m *aper.Meta) (aper.Transition[S], error) {
	if t, ok := t.(invertible[S]); ok {
		meta := *m
		return t.Inverse(before, now, &meta)
	}
	return nil, nil
}

// Overwritten returns ErrOverwritten when t, applied to now once more, would change something. It is what an Inverse asks
// whose transition says what is to hold afterwards, as one that sets a value does.
func Overwritten[S aper.StateMachine[S]](t aper.Transition[S], now S, m *aper.Meta) error {
	meta := *m
	again, err := t.Apply(now, &meta)
	if err == nil && same(again, now) {
		return nil
	}
	return ErrOverwritten
}

// same compares two states at the cost of what differs.
func same[S aper.StateMachine[S]](one, other S) bool {
	same := true
	aper.Diff(one, other, func(aper.Change) bool {
		same = false
		return false
	})
	return same
}

// nothing returns the inverse of a transition that changed nothing.
func nothing[S any]() (aper.Transition[S], error) { return aper.All[S](), nil }
