package sim

import (
	"testing"

	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// A resender pushes 5 in session 1, and sends it again in session 2, as after a loss of the journal.
func resender(t *testing.T) (*once[counter.Counter], *screenplay, *draft[counter.Counter]) {
	t.Helper()
	o := newOnce(newHistory[counter.Counter]())
	d := newDraft[counter.Counter](t)
	wantNone(t, told(t, o.log, o, d.genesis(counter.Counter{})))
	p := joined(t, 1, 0, 0, 0)
	p.push(o, 5)
	wantNone(t, p.show(o))
	p.replica.Connect()
	wantNone(t, p.show(o))
	again := welcomeTo(2)
	again.Mode = wire.Forked
	p.step(again, snapshotOf(0, 0, 0))
	wantNone(t, p.show(o))
	return o, p, d
}

func TestI3APushHasOneEffect(t *testing.T) {
	o, _, d := resender(t)
	wantNone(t, told(t, o.log, o, d.events(add(2, 1, 5)), d.events(add(3, 1, 5))))
}

func TestI3APushHasTwoEffects(t *testing.T) {
	o, _, d := resender(t)
	wantBreach(t, "I3", told(t, o.log, o, d.events(add(1, 1, 5)), d.events(add(2, 1, 5))))
}

func TestI3WhatIsGoneHappensAgain(t *testing.T) {
	o, _, d := resender(t)
	wantNone(t, told(t, o.log, o, d.events(add(1, 1, 5))))
	wantNone(t, o.log.Restored(1))
	wantNone(t, o.Restored(1))
	d.lsn, d.next = 1, 1
	again := d.events(add(2, 1, 5))
	again.Tag = 0x999
	wantNone(t, told(t, o.log, o, again))
}

// The pushes of a store are the same after it was set back; those of a copy are not.
func TestI3APushOfAStoreThatWasSetBack(t *testing.T) {
	for _, test := range []struct {
		client Client
		want   bool // a breach
	}{{0, true}, {1, false}} {
		o, p, d := resender(t)
		wantNone(t, o.Began(test.client, 0, p.replica))
		show := func() {
			ready := p.replica.Ready()
			wantNone(t, o.Stepped(test.client, p.replica, &ready))
		}
		p.replica.Connect()
		show()
		again := welcomeTo(3)
		again.Mode = wire.Forked
		p.step(again, snapshotOf(0, 0, 0))
		show()
		if err := told(t, o.log, o, d.events(add(2, 1, 5)), d.events(add(3, 1, 5))); test.want {
			wantBreach(t, "I3", err)
		} else {
			wantNone(t, err)
		}
	}
}

func TestI3NobodySendsWhatIsNotPending(t *testing.T) {
	o, p, _ := resender(t)
	push := wire.Push{First: 1, Count: 2, Transitions: append(add(1, 1, 5).Transition, add(1, 2, 5).Transition...)}
	wantBreach(t, "I3", o.Stepped(0, p.replica, &engine.ReplicaReady{Send: push.Append(nil)}))
}
