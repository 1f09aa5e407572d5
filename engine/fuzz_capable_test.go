package engine_test

import (
	"bytes"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/internal/sim/arena"
	"github.com/aper-go/aper/internal/sim/line"
	"github.com/aper-go/aper/wire"
)

// A dialogue is one authority and one replica, each of which is also told what the fuzzer says.
type dialogue[S aper.StateMachine[S]] struct {
	t         *testing.T
	authority *engine.Authority[S]
	replica   *engine.Replica[S]
	journal   []*wire.Record
	live      []byte // the room after the last record, as it was
	attach    engine.Attach
	now       aper.Time
}

func newDialogue[S aper.StateMachine[S]](t *testing.T, initial S) *dialogue[S] {
	d := &dialogue[S]{t: t, authority: engine.New[S](engine.Options{KeepBehind: 2, LeaveAfter: 50})}
	d.replica = engine.NewReplica[S](engine.ReplicaOptions{})
	if err := d.authority.Create(initial, 1); err != nil {
		t.Fatal(err)
	}
	d.authority.Tick(1, 1, 1)
	d.authority.Open(1)
	d.dial()
	return d
}

func (d *dialogue[S]) dial() {
	d.authority.Detach(d.attach)
	d.attach++
	d.authority.Attach(d.attach, engine.Peer{Token: wire.Token{1}})
	d.replica.Connect()
}

// round carries what there is in both directions, and what the fuzzer says after it.
func (d *dialogue[S]) round(up, down []byte) {
	d.now += 400
	d.authority.Tick(d.now, wire.Tag(d.now), uint64(d.now))
	d.authority.Step(d.attach, d.replica.Ready().Send)
	d.authority.Step(d.attach, up)
	ready := d.authority.Ready()
	if ready.Record != nil {
		read, err := wire.ReadRecord(ready.Record.Append(nil))
		if err != nil {
			d.t.Fatal(err)
		}
		d.journal = append(d.journal, &read)
		d.live = roomBytes(d.t, d.authority)
	}
	message, err := ready.To(d.attach)
	if err != nil {
		d.t.Fatal(err)
	}
	if d.replica.Step(message, d.now) != nil || d.replica.Step(down, d.now) != nil || len(ready.Closed) > 0 {
		d.replica.Ready()
		d.dial()
	}
}

// check replays the journal.
func (d *dialogue[S]) check() {
	again := engine.New[S](engine.Options{KeepBehind: 2, LeaveAfter: 50})
	for _, record := range d.journal {
		if err := again.Replay(record); err != nil {
			d.t.Fatal(err)
		}
	}
	if replayed := roomBytes(d.t, again); !bytes.Equal(d.live, replayed) {
		d.t.Fatalf("replaying gives another room:\n%x\n%x", d.live, replayed)
	}
}

// roomBytes returns all there is about a room, but for the term, which what is replayed does not have.
func roomBytes[S aper.StateMachine[S]](t *testing.T, a *engine.Authority[S]) []byte {
	t.Helper()
	room, err := a.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	room.Term = 0
	return room.Append(nil)
}

func fuzzDialogue[S aper.StateMachine[S]](f *testing.F, initial S, transitions ...aper.Transition[S]) {
	nack, signal := wire.Nack{From: 1, Floor: 3}, wire.Signal{Value: []byte("!")}
	push := wire.Push{First: 3, Count: 1, Transitions: []byte(wire.Void), Base: 1}
	diverged, check := wire.Diverged{Seq: 1}, wire.Check{Seq: 2, Sum: 3}
	f.Add(push.Append(nil), nack.Append(nil))
	f.Add(signal.Append(nil), check.Append(nil))
	f.Add(diverged.Append(nil), wire.Bye{}.Append(nil))
	f.Add(wire.Bye{}.Append(nil), push.Append(nil))
	f.Fuzz(func(t *testing.T, up, down []byte) {
		d := newDialogue(t, initial)
		allocating(t, 10*(len(up)+len(down)), func() {
			for i := range 10 {
				d.replica.Push(transitions[i%len(transitions)], d.now)
				if i%3 == 2 {
					d.round(up, down)
				} else {
					d.round(nil, nil)
				}
			}
		})
		d.check()
	})
}

// Law L9, in a machine with timers, joins and dice.
func FuzzArenaDialogue(f *testing.F) {
	fuzzDialogue(f, arena.Arena{}, arena.Begin{}, arena.Roll{}, arena.Make{})
}

// Law L9, in a machine with bases.
func FuzzLineDialogue(f *testing.F) {
	fuzzDialogue(f, line.Line{}, line.Insert{Text: "ab"}, line.Insert{At: 1, Text: "c"}, line.Delete{At: 1, Count: 1})
}
