package engine_test

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/internal/sim/arena"
	"github.com/aper-go/aper/internal/sim/line"
	"github.com/aper-go/aper/wire"
)

// A seen is an event with the state that followed it.
type seen[S any] struct {
	event aper.Event[S]
	state S
}

// review returns all there is to see in a journal.
func review[S aper.StateMachine[S]](t *testing.T, journal []*wire.Record) (list []seen[S]) {
	t.Helper()
	a := engine.New[S](engine.Options{})
	for _, record := range journal {
		before := len(list)
		err := a.Review(record, func(e aper.Event[S], state S) bool {
			list = append(list, seen[S]{e, state})
			return true
		})
		if err != nil || len(list)-before != record.Events.Len() {
			t.Fatalf("%d of %d events are seen: %v", len(list)-before, record.Events.Len(), err)
		}
	}
	return list
}

// applyAgain checks that each event, applied to the state before it, gives the state after it: rule S1.
func applyAgain[S aper.StateMachine[S]](t *testing.T, state S, list []seen[S]) {
	t.Helper()
	for i, at := range list {
		meta := at.event.Meta
		if meta.Drew() || meta.Seq != aper.Seq(i+1) {
			t.Errorf("event %d: %+v", i+1, meta)
		}
		next, err := at.event.Transition.Apply(state, &meta)
		if err != nil {
			t.Fatal(err)
		}
		if !same(t, next, at.state) {
			t.Errorf("event %d, %+v, gives %+v, want %+v", i+1, at.event, next, at.state)
		}
		state = at.state
	}
}

func same[S aper.StateMachine[S]](t *testing.T, one, other S) bool {
	t.Helper()
	a, err := aper.Encode(one)
	if err != nil {
		t.Fatal(err)
	}
	b, err := aper.Encode(other)
	if err != nil {
		t.Fatal(err)
	}
	return string(a) == string(b)
}

// Rule S1, with joins, timers, dice and IDs.
func TestReview(t *testing.T) {
	s := newStage(t, arena.Arena{}, engine.Options{})
	_, r := s.join(engine.Peer{User: "ann"})
	for range 5 {
		s.now += 1000
		s.round()
	}
	for _, do := range []aper.Transition[arena.Arena]{arena.Begin{}, arena.Make{}, aper.All[arena.Arena](arena.Take{}, arena.Make{})} {
		r.Push(do, s.now) // the last one conflicts
		s.round()
	}
	list := review[arena.Arena](t, s.journal)
	applyAgain(t, arena.Arena{}, list)
	if n := len(list); n < 8 || !same(t, list[n-1].state, r.Confirmed()) {
		t.Errorf("%d events are seen, the last of which gives %+v", n, list[n-1].state)
	}
	authors := map[string]int{}
	for _, at := range list {
		authors[at.event.Meta.User]++
		if own := at.event.Meta.Client == r.Client(); own != (at.event.Meta.User == "ann") {
			t.Errorf("session %d is of %q", at.event.Meta.Client, at.event.Meta.User)
		}
	}
	if authors["ann"] != 2 || authors[""] < 6 {
		t.Errorf("authors: %v", authors)
	}
}

// Rules S1 and B1: bases and floors are seen as well.
func TestReviewWithBases(t *testing.T) {
	s := newStage(t, line.Line{}, engine.Options{KeepBehind: 2})
	_, r := s.join(engine.Peer{})
	_, other := s.join(engine.Peer{})
	for range 6 {
		r.Push(line.Insert{Text: "ab"}, s.now)
		s.push(other, line.Insert{Text: "c"})
	}
	applyAgain(t, line.Line{}, review[line.Line](t, s.journal))
}

// Who has seen enough stops in the middle of a record.
func TestReviewStops(t *testing.T) {
	s := newStage(t, arena.Arena{}, engine.Options{})
	s.join(engine.Peer{})
	s.now += 10_000
	s.round()
	a, count := engine.New[arena.Arena](engine.Options{}), 0
	for _, record := range s.journal {
		events := record.Events.Len()
		err := a.Review(record, func(e aper.Event[arena.Arena], state arena.Arena) bool {
			count++
			return count < 3
		})
		if err != nil {
			t.Fatal(err)
		}
		if count == 3 {
			if events < 3 {
				t.Fatalf("the record has %d events, want more", events)
			}
			return
		}
	}
	t.Error("it does not stop")
}

// A record that cannot be replayed cannot be reviewed.
func TestReviewFails(t *testing.T) {
	s := newStage(t, arena.Arena{}, engine.Options{})
	s.join(engine.Peer{})
	s.now += 2000
	s.round()
	a := engine.New[arena.Arena](engine.Options{})
	err := a.Review(s.journal[len(s.journal)-1], func(aper.Event[arena.Arena], arena.Arena) bool { return false })
	if _, ok := err.(*engine.ReplayError); !ok {
		t.Errorf("the second record alone: %v", err)
	}
}
