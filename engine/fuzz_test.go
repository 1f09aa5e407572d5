package engine_test

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// maxGrowth is how many bytes a step may allocate for each byte that came in, and maxConstant what it may beside.
const (
	maxGrowth   = 2000
	maxConstant = 4 << 20
)

// allocating runs f and fails when it allocates out of proportion to what came in.
func allocating(t *testing.T, bytes int, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > uint64(maxConstant+maxGrowth*bytes) {
		t.Fatalf("%d bytes made %d", bytes, grown)
	}
}

// helloOf returns the Hello of a new client of a machine.
func helloOf[S aper.StateMachine[S]]() wire.Hello {
	return wire.Hello{Protocol: wire.Version, Schema: wire.FingerprintOf(aper.Schema[S]())}
}

// Law L9: whatever a client sends, the authority goes on, and its journal can be replayed.
func FuzzAuthorityStep(f *testing.F) {
	hello := helloOf[counter.Counter]()
	resume := hello
	resume.Client, resume.Sent, resume.Position.Epoch = 1, 2, 1
	ahead := resume
	ahead.Position.Seq, ahead.Position.Tag, ahead.Known = 90, 7, 9
	push := wire.Push{First: 1, Count: 2, Transitions: append(encode(f, counter.Increment{By: 5}), encode(f, counter.Decrement{By: 9})...)}
	void := wire.Push{First: 1, Count: 1, Transitions: []byte(wire.Void), Base: 3}
	ping := wire.Ping{Known: 1, Base: 2}
	presence, signal := wire.Presence{Value: []byte("here")}, wire.Signal{Value: []byte("!")}
	diverged := wire.Diverged{Seq: 1}
	f.Add(hello.Append(nil), push.Append(nil))
	f.Add(push.Append(nil), hello.Append(nil))
	f.Add(hello.Append(nil), ping.Append(push.Append(nil)))
	f.Add(resume.Append(nil), wire.Bye{}.Append(nil))
	f.Add(ahead.Append(nil), void.Append(nil))
	f.Add(hello.Append(nil), signal.Append(presence.Append(nil)))
	f.Add(hello.Append(nil), diverged.Append(diverged.Append(nil)))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		a, journal := newRoom(t)
		a.Tick(2, 2, 2)
		a.Attach(9, engine.Peer{})
		allocating(t, len(first)+2*len(second), func() {
			a.Step(9, first)
			a.Step(1, second)
			a.Step(9, second)
		})
		ready := a.Ready()
		if ready.Record != nil {
			checkReplays(t, a, append(journal, ready.Record))
		}
		if ready.Frame == nil {
			return
		}
		r := engine.NewReplica[counter.Counter](engine.ReplicaOptions{})
		r.Connect()
		welcome := wire.Welcome{Mode: wire.Fresh, Client: 500, Epoch: 1}
		zero := wire.Snapshot{State: []byte{0x81, 0}}
		if err := r.Step(append(zero.Append(welcome.Append(nil)), ready.Frame...), 0); err != nil {
			t.Fatalf("a replica cannot read what was accepted: %v", err)
		}
		if r.Confirmed() != ready.State {
			t.Fatalf("the authority holds %v and a replica %v", ready.State, r.Confirmed())
		}
	})
}

// newRoom returns an authority with one session, on connection 1, and its journal.
func newRoom(t *testing.T) (*engine.Authority[counter.Counter], []*wire.Record) {
	a := engine.New[counter.Counter](engine.Options{})
	if err := a.Create(counter.Counter{}, 1); err != nil {
		t.Fatal(err)
	}
	a.Tick(1, 1, 1)
	a.Open(1)
	a.Attach(1, engine.Peer{})
	hello := helloOf[counter.Counter]()
	a.Step(1, hello.Append(nil))
	return a, []*wire.Record{a.Ready().Record}
}

// checkReplays checks that the journal gives the room as the authority has it, sessions included.
func checkReplays(t *testing.T, a *engine.Authority[counter.Counter], journal []*wire.Record) {
	t.Helper()
	again := engine.New[counter.Counter](engine.Options{})
	for _, record := range journal {
		read, err := wire.ReadRecord(record.Append(nil))
		if err == nil {
			err = again.Replay(&read)
		}
		if err != nil {
			t.Fatalf("a record cannot be replayed: %v", err)
		}
	}
	if live, replayed := roomBytes(t, a), roomBytes(t, again); !bytes.Equal(live, replayed) {
		t.Fatalf("replaying gives another room:\n%x\n%x", live, replayed)
	}
}

// Law L9: whatever an authority sends, a replica goes on, and what it shows follows from what it has confirmed.
func FuzzReplicaStep(f *testing.F) {
	welcome := wire.Welcome{Mode: wire.Fresh, Client: 3, Epoch: 1}
	snapshot := wire.Snapshot{Seq: 4, Tag: 9, State: []byte{0x81, 7}}
	frame := wire.Frame{First: 5, Tag: 10, Users: []wire.User{{Client: 2, Name: "ann"}}, Floor: 1}
	frame.Events.Add(wire.Event{Client: 2, ClientSeq: 1, Transition: encode(f, counter.Increment{By: 5})})
	frame.Events.Add(wire.Event{Client: 3, ClientSeq: 1, Transition: encode(f, counter.Decrement{By: 2})})
	wrong := wire.Frame{First: 5, Tag: 10}
	wrong.Events.Add(wire.Event{Client: 2, ClientSeq: 1, Transition: encode(f, counter.Decrement{By: 500})})
	verdicts := wire.Verdicts{List: []wire.Verdict{{ClientSeq: 1, Seq: 4, Rejected: true, Conflict: "no"}}}
	closing := wire.Close{Code: wire.CloseRetry}
	presences := wire.Presences{Reset: true, Set: []wire.Attendee{{Client: 2, User: "ann", Value: []byte("here")}}}
	signals := wire.Signals{List: presences.Set}
	start := snapshot.Append(welcome.Append(nil))
	part := wire.Snapshot{Seq: 4, Tag: 9, State: []byte{0x81}, Parts: 2}
	last := wire.Snapshot{Seq: 4, Tag: 9, State: []byte{7}, Part: 1, Parts: 2, Sum: wire.SumOf([]byte{0x81, 7})}
	nack, check, pong := wire.Nack{From: 1, Floor: 2}, wire.Check{Seq: 4, Sum: 1}, wire.Pong{Now: 5}
	f.Add(start, frame.Append(nil))
	f.Add(welcome.Append(nil), snapshot.Append(nil))
	f.Add(start, verdicts.Append(nil))
	f.Add(start, closing.Append(nil))
	f.Add(frame.Append(nil), nack.Append(verdicts.Append(nil)))
	f.Add(wrong.Append(nil), snapshot.Append(verdicts.Append(nil)))
	f.Add(part.Append(welcome.Append(nil)), last.Append(nil))
	f.Add(signals.Append(presences.Append(nil)), pong.Append(check.Append(nil)))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		r := engine.NewReplica[counter.Counter](engine.ReplicaOptions{})
		r.Connect()
		if err := r.Step(start, 0); err != nil {
			t.Fatal(err)
		}
		r.Push(counter.Decrement{By: 2}, 0)
		r.Ready()
		allocating(t, len(first)+len(second), func() {
			for _, data := range [][]byte{first, second} {
				if r.Step(data, 0) != nil {
					r.Connect()
				}
				r.Ready()
			}
		})
		if r.Pending() == 0 && r.Joined() && r.Optimistic() != r.Confirmed() {
			t.Fatalf("nothing is pending, and the replica shows %v of %v", r.Optimistic(), r.Confirmed())
		}
		checkExports(t, r)
	})
}

// checkExports checks that a replica goes on from its store as it was.
func checkExports(t *testing.T, r *engine.Replica[counter.Counter]) {
	t.Helper()
	saved, err := r.Export()
	if err != nil {
		t.Fatal(err)
	}
	again, err := engine.Import[counter.Counter](engine.ReplicaOptions{}, saved)
	if err != nil {
		t.Fatalf("a replica cannot be imported: %v", err)
	}
	if again.Confirmed() != r.Confirmed() || again.Pending() != r.Pending() || again.Optimistic() != r.Optimistic() {
		t.Fatalf("%v and %d pending were exported, %v and %d imported", r.Confirmed(), r.Pending(), again.Confirmed(), again.Pending())
	}
}
