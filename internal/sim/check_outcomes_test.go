package sim

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
)

// An audience has pushed what counterLog says about session 1: 10, then something that is rejected, then 1.
type audience struct {
	*outcomes[counter.Counter]
	replica *engine.Replica[counter.Counter]
}

func newAudience(t *testing.T) *audience {
	t.Helper()
	a := &audience{newOutcomes(counterLog(t)), joined(t, 1, 0, 0, 0).replica}
	for i, pushed := range []aper.Transition[counter.Counter]{
		counter.Increment{By: 10}, counter.Decrement{By: 99}, counter.Increment{By: 1},
	} {
		wantNone(t, a.Pushed(0, a.replica, engine.PushID(i+1), pushed, nil))
	}
	wantNone(t, a.Pushed(0, a.replica, 0, counter.Decrement{By: 1}, counter.ErrNegative)) // nothing happened
	return a
}

func (a *audience) tell(told ...engine.Outcome) (err error) {
	return a.Stepped(0, a.replica, &engine.ReplicaReady{Outcomes: told})
}

var (
	first  = engine.Outcome{ID: 1, Seq: 1}
	second = engine.Outcome{ID: 2, Seq: 2, Conflict: counter.ErrNegative}
	third  = engine.Outcome{ID: 3, Seq: 3}
)

func TestI2I3OneOutcomeForEachPush(t *testing.T) {
	a := newAudience(t)
	wantNone(t, a.tell(first))
	wantNone(t, a.tell(second, third))
	wantNone(t, a.Settled(nil))
}

func TestI2I3WrongOutcomes(t *testing.T) {
	tests := []struct {
		name string
		told []engine.Outcome
		want string
	}{
		{"told twice", []engine.Outcome{first, first}, "I2"},
		{"never made", []engine.Outcome{{ID: 4, Seq: 3}}, "I2"},
		{"unknown", []engine.Outcome{{ID: 1, Unknown: true}}, "I2"},
		{"confirmed, and rejected in the log", []engine.Outcome{first, {ID: 2, Seq: 2}}, "I3"},
		{"rejected, and in the log", []engine.Outcome{{ID: 1, Seq: 1, Conflict: counter.ErrNegative}}, "I3"},
		{"rejected for another reason", []engine.Outcome{{ID: 2, Seq: 2, Conflict: engine.ErrTooLarge}}, "I3"},
		{"rejected on another state", []engine.Outcome{{ID: 2, Seq: 1, Conflict: counter.ErrNegative}}, "I3"},
		{"confirmed by the event of somebody else", []engine.Outcome{{ID: 1, Seq: 2}}, "I3"},
		{"confirmed by another event", []engine.Outcome{{ID: 1, Seq: 3}}, "I3"},
		{"confirmed where no log goes", []engine.Outcome{{ID: 1, Seq: 4}}, "I3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wantBreach(t, test.want, newAudience(t).tell(test.told...)) })
	}
}

func TestI2NotEveryPushHasAnOutcome(t *testing.T) {
	a := newAudience(t)
	wantNone(t, a.tell(first, second))
	wantBreach(t, "I2", a.Settled(nil))
}

func TestI3AnEventThatNobodyWasTold(t *testing.T) {
	a := newAudience(t)
	a.clients.of(0).order = a.clients.of(0).order[:2] // as if it had never pushed the third
	wantNone(t, a.tell(first, second))
	wantBreach(t, "I3", a.Settled(nil))
}

func TestI2WhatIsForgottenMayBeUnknown(t *testing.T) {
	a := newAudience(t)
	wantNone(t, a.Forgot(0, "its store was set back"))
	wantNone(t, a.tell(engine.Outcome{ID: 1, Unknown: true}))
	wantNone(t, a.Settled(nil))
	wantNone(t, a.Pushed(0, a.replica, 4, counter.Increment{By: 2}, nil))
	wantBreach(t, "I2", a.Settled(nil)) // what is pushed later gets an outcome
}

func TestI4OutcomesInTheOrderOfPushes(t *testing.T) {
	o := newOutcomes(newHistory[counter.Counter]())
	d := newDraft[counter.Counter](t)
	wantNone(t, told(t, o.log, nil, d.genesis(counter.Counter{}), d.events(add(1, 1, 5)), d.events(add(1, 2, 5))))
	r := joined(t, 1, 0, 0, 0).replica
	for id := range engine.PushID(2) {
		wantNone(t, o.Pushed(0, r, id+1, counter.Increment{By: 5}, nil))
	}
	swapped := engine.ReplicaReady{Outcomes: []engine.Outcome{{ID: 2, Seq: 1}, {ID: 1, Seq: 2}}}
	wantBreach(t, "I4", o.Stepped(0, r, &swapped))
	for _, outcome := range swapped.Outcomes {
		ready := engine.ReplicaReady{Outcomes: []engine.Outcome{outcome}}
		wantNone(t, o.Stepped(0, r, &ready))
	}
	wantBreach(t, "I4", o.Settled(nil))
}

// What was told about decisions that are gone with a log is told.
func TestI3EachHistoryByItself(t *testing.T) {
	a := newAudience(t)
	wantNone(t, a.tell(first, second, third))
	wantNone(t, a.log.Restored(2))
	wantNone(t, a.Settled(nil))
}
