package aper

// A Transition is one possible change of an S, and carries the rule of that change.
type Transition[S any] interface {
	// Apply returns the state that follows s, or the conflict that forbids the change; the state returned with a
	// conflict is ignored.
	//
	// Apply is a pure function. It depends on nothing but s, the transition and m, and leaves s as it was: no clock, no
	// randomness and no table of its own (m brings them), no iteration over a Go map, no keeping of m. The authority and
	// every replica run it, some of them many times, and must all come to the same result.
	Apply(s S, m *Meta) (S, error)
}

// A StateMachine is a state type whose states and transitions can travel. The engine, rooms and clients ask for it.
// Both methods are written by the generator (go tool apergen).
type StateMachine[S any] interface {
	// Code encodes the state, or decodes and returns one, as c says.
	Code(c *Coder) S
	// CodeTransition encodes t, or decodes and returns a transition, as c says. Its receiver is not looked at.
	// Call the function CodeTransition instead: it knows All too.
	CodeTransition(c *Coder, t Transition[S]) Transition[S]
}

// An Event is an accepted transition with its meta: one entry of a room's log.
type Event[S any] struct {
	Meta       Meta
	Transition Transition[S]
}

// Seq is the position of an event in a room's log, from 1. The state at seq n is the fold of events 1 to n.
type Seq uint64

// ClientID numbers the sessions of a room, from 1. Zero is the authority itself.
type ClientID uint64

// ClientSeq numbers the transitions of one session, densely from 1.
type ClientSeq uint64

// Time is a moment in milliseconds since 1970-01-01 00:00 UTC, by the authority's clock. time.UnixMilli(int64(t))
// converts it. States hold Time where a program would hold a time.Time, because that one has pointers and a monotonic
// reading inside.
type Time int64
