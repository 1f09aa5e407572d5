// Package aper keeps application state in step across a network by state machines.
//
// # The model
//
// A state machine is a Go value, the state, together with the transitions it accepts. A transition is a value too: it
// names one possible change and carries the rule of that change, a pure method Apply. When the rule forbids the change
// in some state, Apply returns a conflict.
//
// Any number of copies of a state machine can be kept in step. One side, the authority, decides in which order
// transitions happen and whether each is valid; an accepted transition is an event, numbered by its seq. Every other
// copy is a replica. It holds the confirmed state (the state at the last seq it knows), its own pending transitions,
// and the optimistic state: the pending ones applied to the confirmed one, which is what its user sees. When news comes
// from the authority the replica rebases: it applies the pending transitions again to the newer confirmed state. Each
// transition gets one outcome, confirmed or rejected.
//
// Because Apply runs on both sides, and again on every rebase, it must depend on nothing but its arguments and change
// none of them. States and transitions are therefore plain values without slices, maps or pointers, and Meta brings what
// a rule may need from outside: who, when, new IDs, random numbers. Because the authority orders everything, a rule may
// be anything that can be computed: a move between two lists, the turn order of a game, an account that cannot be
// overdrawn.
//
// # Writing one
//
// Declare a state type, one type with an Apply method for each transition, and constants of type Conflict:
//
//	type Counter struct{ Value int64 }
//
//	type Decrement struct{ By int64 }
//
//	const ErrNegative = aper.Conflict("the counter cannot go below zero")
//
//	func (t Decrement) Apply(c Counter, m *aper.Meta) (Counter, error) {
//		if c.Value < t.By {
//			return c, ErrNegative
//		}
//		c.Value -= t.By
//		return c, nil
//	}
//
// Then run the generator (go tool apergen), which writes the methods that make them travel: encoded as deterministic
// CBOR, shown as JSON. The package compiles, and its rules can be tested, before the generator has run.
//
// A machine can hold others: its state has fields that are states, and a transition that carries one of theirs applies it
// there and adds the path to what conflicts (In). All makes one transition of several.
//
// # What a state may have besides
//
// A state that has the method NextTimer has timers: the authority makes its transition an event when the time has come.
// One with Join and Leave is told who is there. One with Reanchor has transitions that mean something relative to what
// their author saw, such as positions in a text. One with View hides information: every session is shown its own view.
// Package engine describes them (Timed, Attended, Anchored, Secretive). What only the authority may do refuses every other
// author: its events have Meta.Client 0.
//
// # This package
//
// Here are the words that all other packages share, and nothing that moves: package engine holds the two sides of the
// protocol as plain values, server and client run them over a network, data has the immutable containers that states
// are made of.
package aper
