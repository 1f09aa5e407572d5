package sim

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/internal/sim/arena"
	"github.com/aper-go/aper/wire"
)

// An arenaDraft writes the log of an arena in which session 1 entered, in the record at time 2000, so that a timer is due
// at 3000.
type arenaDraft struct {
	*draft[arena.Arena]
	log *history[arena.Arena]
	o   *lifecycle[arena.Arena]
}

func newArenaDraft(t *testing.T) *arenaDraft {
	t.Helper()
	d := &arenaDraft{draft: newDraft[arena.Arena](t), log: newHistory[arena.Arena]()}
	d.o = newLifecycle(d.log)
	wantNone(t, told(t, d.log, d.o, d.genesis(arena.Arena{}), d.enters(1)))
	return d
}

// own is an event of the authority.
func (d *arenaDraft) own(t aper.Transition[arena.Arena]) wire.Event {
	return d.event(0, aper.ClientSeq(d.next), t)
}

func (d *arenaDraft) enters(session aper.ClientID) *wire.Record {
	return d.record(func(r *wire.Record) {
		r.Opened = append(r.Opened, wire.Opened{Client: session})
		r.Joined = append(r.Joined, wire.Membership{Client: session, Joined: true})
		r.Events.Add(d.own(arena.Enter{Session: uint64(session)}))
	})
}

func (d *arenaDraft) leaves(session aper.ClientID) *wire.Record {
	return d.record(func(r *wire.Record) {
		r.Joined = append(r.Joined, wire.Membership{Client: session})
		r.Events.Add(d.own(arena.Exit{Session: uint64(session)}))
	})
}

// at gives a record another time.
func at(time aper.Time, r *wire.Record) *wire.Record {
	r.Time = time
	return r
}

func TestI10JoinsLeavesAndTimers(t *testing.T) {
	d := newArenaDraft(t)
	wantNone(t, told(t, d.log, d.o,
		at(3000, d.events(d.own(arena.Tick{At: 3000}))),
		at(3100, d.enters(2)),
		at(3200, d.leaves(2)),
		at(3300, d.enters(2)),
		at(4000, d.events(d.own(arena.Tick{At: 4000}))),
		at(5500, d.leaves(2)),
		at(5500, d.events(d.own(arena.Tick{At: 5000}))))) // late, for it had to wait
}

func TestI10WrongEventsOfTheAuthority(t *testing.T) {
	tests := []struct {
		name string
		last func(d *arenaDraft) *wire.Record
	}{
		{"a timer before it is due", func(d *arenaDraft) *wire.Record {
			return at(2999, d.events(d.own(arena.Tick{At: 3000})))
		}},
		{"a timer after it was due", func(d *arenaDraft) *wire.Record {
			return at(3001, d.events(d.own(arena.Tick{At: 3000})))
		}},
		{"something before a timer that is due", func(d *arenaDraft) *wire.Record {
			return at(3000, d.events(d.event(1, 1, arena.Begin{})))
		}},
		{"what the state did not ask for", func(d *arenaDraft) *wire.Record {
			return d.events(d.own(arena.Begin{}))
		}},
		{"somebody enters, and no session joins", func(d *arenaDraft) *wire.Record {
			r := d.enters(2)
			r.Joined = nil
			return r
		}},
		{"a session joins twice", func(d *arenaDraft) *wire.Record {
			return d.record(func(r *wire.Record) { r.Joined = []wire.Membership{{Client: 1, Joined: true}} })
		}},
		{"a session leaves that is not there", func(d *arenaDraft) *wire.Record {
			return d.record(func(r *wire.Record) { r.Joined = []wire.Membership{{Client: 2}} })
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newArenaDraft(t)
			wantBreach(t, "I10", told(t, d.log, d.o, test.last(d)))
		})
	}
}

func TestI10ATimerFiresOnce(t *testing.T) {
	d := newArenaDraft(t)
	wantNone(t, told(t, d.log, d.o, at(3000, d.events(d.own(arena.Tick{At: 3000})))))
	d.o.fired.due, d.o.fired.encoded = 4000, encodeTransition(&d.coder, aper.Transition[arena.Arena](arena.Tick{At: 4000}))
	wantBreach(t, "I10", told(t, d.log, d.o, at(4000, d.events(d.own(arena.Tick{At: 4000})))))
}

func TestI10WhatIsGoneHappensAgain(t *testing.T) {
	d := newArenaDraft(t)
	wantNone(t, d.log.Restored(1))
	wantNone(t, d.o.Restored(1))
	d.lsn, d.next = 1, 1
	again := d.enters(1)
	again.Tag = 0x999
	wantNone(t, told(t, d.log, d.o, again))
}

func TestI13IDsAreUnique(t *testing.T) {
	thing := func(client aper.ClientID, number aper.ClientSeq) arena.Thing {
		return arena.Thing{ID: aper.ID{Client: client, Seq: number, N: 1}}
	}
	tests := []struct {
		name   string
		things []arena.Thing
		want   bool // a breach
	}{
		{"one of each event", []arena.Thing{thing(1, 1), thing(0, 2)}, false},
		{"the same twice", []arena.Thing{thing(1, 1), thing(1, 1)}, true},
		{"one that no event made", []arena.Thing{thing(1, 9)}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, log := newDraft[arena.Arena](t), newHistory[arena.Arena]()
			o := newUnique(log)
			wantNone(t, told(t, log, o, d.genesis(arena.Arena{Things: data.NewVector(test.things...)}),
				d.events(d.event(1, 1, arena.Begin{})), d.events(d.event(0, 2, arena.Enter{Session: 1}))))
			if err := o.Settled(nil); test.want {
				wantBreach(t, "I13", err)
			} else {
				wantNone(t, err)
			}
		})
	}
}
