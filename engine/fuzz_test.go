package engine_test

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// Law L9: whatever a client sends, the authority goes on, and its journal can be replayed.
func FuzzAuthorityStep(f *testing.F) {
	hello := wire.Hello{Protocol: wire.Version, Schema: wire.FingerprintOf(aper.Schema[counter.Counter]())}
	resume := hello
	resume.Client, resume.Sent, resume.Position.Epoch = 1, 2, 1
	push := wire.Push{First: 1, Count: 2, Transitions: append(encode(f, counter.Increment{By: 5}), encode(f, counter.Decrement{By: 9})...)}
	ping := wire.Ping{Known: 1}
	f.Add(hello.Append(nil), push.Append(nil))
	f.Add(push.Append(nil), hello.Append(nil))
	f.Add(hello.Append(nil), ping.Append(push.Append(nil)))
	f.Add(resume.Append(nil), wire.Bye{}.Append(nil))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		a := newAuthority(t, 1)
		a.Tick(2, 2, 2)
		a.Attach(9, engine.Peer{})
		a.Step(9, first)
		a.Step(1, second)
		a.Step(9, second)
		ready := a.Ready()
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

// Law L9: whatever an authority sends, a replica goes on, and what it shows follows from what it has confirmed.
func FuzzReplicaStep(f *testing.F) {
	welcome := wire.Welcome{Mode: wire.Fresh, Client: 3, Epoch: 1}
	snapshot := wire.Snapshot{Seq: 4, Tag: 9, State: []byte{0x81, 7}}
	frame := wire.Frame{First: 5, Tag: 10}
	frame.Events.Add(wire.Event{Client: 2, ClientSeq: 1, Transition: encode(f, counter.Increment{By: 5})})
	frame.Events.Add(wire.Event{Client: 3, ClientSeq: 1, Transition: encode(f, counter.Decrement{By: 2})})
	verdicts := wire.Verdicts{List: []wire.Verdict{{ClientSeq: 1, Seq: 4, Rejected: true, Conflict: "no"}}}
	closing := wire.Close{Code: wire.CloseRetry}
	f.Add(snapshot.Append(welcome.Append(nil)), frame.Append(nil))
	f.Add(welcome.Append(nil), snapshot.Append(nil))
	f.Add(snapshot.Append(welcome.Append(nil)), verdicts.Append(nil))
	f.Add(snapshot.Append(welcome.Append(nil)), closing.Append(nil))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		r := engine.NewReplica[counter.Counter](engine.ReplicaOptions{})
		r.Connect()
		start := snapshot.Append(welcome.Append(nil))
		if err := r.Step(start, 0); err != nil {
			t.Fatal(err)
		}
		r.Push(counter.Decrement{By: 2}, 0)
		r.Ready()
		for _, data := range [][]byte{first, second} {
			if r.Step(data, 0) != nil {
				r.Connect()
			}
			r.Ready()
		}
		if r.Pending() == 0 && r.Joined() && r.Optimistic() != r.Confirmed() {
			t.Fatalf("nothing is pending, and the replica shows %v of %v", r.Optimistic(), r.Confirmed())
		}
	})
}
