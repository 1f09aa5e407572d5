package apertest

import (
	"bytes"
	"math/rand/v2"
	"slices"

	"github.com/aper-go/aper"
)

// A step is a transition with the meta that it is applied with.
type step[S any] struct {
	transition aper.Transition[S]
	meta       aper.Meta
}

// A place is a state and the way to it.
type place[S aper.StateMachine[S]] struct {
	past   []step[S]
	states []S      // all on the way, from the start to the state here
	codes  [][]byte // their encodings when they were new
}

func (p place[S]) state() S     { return p.states[len(p.states)-1] }
func (p place[S]) code() []byte { return p.codes[len(p.codes)-1] }

// then returns the place that a step leads to, unless it conflicts or panics.
func (p place[S]) then(s step[S]) (place[S], bool) {
	got := apply(p.state(), s)
	if !got.accepted() {
		return p, false
	}
	return place[S]{
		past:   append(slices.Clip(p.past), s),
		states: append(slices.Clip(p.states), got.state),
		codes:  append(slices.Clip(p.codes), got.code),
	}, true
}

// A start is the state that was given to Check.
type start[S aper.StateMachine[S]] struct {
	state  S
	code   []byte
	source string
}

// newStart takes down what the state looks like before any rule can change it.
func newStart[S aper.StateMachine[S]](state S) start[S] {
	code, _ := encode(codeState[S], state) // an error is the first thing that the rules find
	return start[S]{state: state, code: code, source: goSource(state)}
}

// place is where histories begin: with the state as it was given, because a decoded one lacks what Code forgets. Once
// a rule has changed that state, copies have to do.
func (s start[S]) place() place[S] {
	if now, _ := encode(codeState[S], s.state); bytes.Equal(now, s.code) {
		return s.at(s.state)
	}
	state, _ := decode(codeState[S], s.code)
	return s.at(state)
}

func (s start[S]) at(state S) place[S] { return place[S]{states: []S{state}, codes: [][]byte{s.code}} }

// follow repeats a history. Like the authority, it goes on after a step that conflicts.
func (p place[S]) follow(past []step[S]) place[S] {
	for _, s := range past {
		p, _ = p.then(s)
	}
	return p
}

// users are the authors of all transitions, as clients 1, 2 and 3.
var users = [...]string{"ann", "bob", "cy"}

// inventMeta returns a meta that the authority could give to the transition after those of past.
func inventMeta[S any](random *rand.Rand, past []step[S]) aper.Meta {
	const longAgo = 1_000_000_000_000 // in September 2001
	author := random.IntN(len(users))
	m := aper.Meta{
		Seq:       aper.Seq(len(past) + 1),
		Client:    aper.ClientID(author + 1),
		User:      users[author],
		ClientSeq: 1,
		Time:      longAgo,
		Entropy:   random.Uint64(),
	}
	for _, s := range past {
		m.Time = s.meta.Time
		if s.meta.Client == m.Client {
			m.ClientSeq++
		}
	}
	m.Time += aper.Time(random.IntN(10_000))
	return m
}
