package engine_test

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// A follower is a replica that is fed by hand.
type follower struct {
	t *testing.T
	*engine.Replica[counter.Counter]
	seq aper.Seq
}

// newFollower returns a replica with 10 at seq 0, whose states are checked each second of the time of events.
func newFollower(t *testing.T, o engine.ReplicaOptions) *follower {
	t.Helper()
	f := &follower{t: t, Replica: engine.NewReplica[counter.Counter](o)}
	f.Connect()
	welcome := wire.Welcome{Mode: wire.Fresh, Client: 7, Epoch: 3, Limits: wire.Limits{CheckEvery: 1000}}
	snapshot := wire.Snapshot{State: []byte{0x81, 10}, Users: []wire.User{{Client: 8, Name: "bob"}}}
	f.take(snapshot.Append(welcome.Append(nil)))
	return f
}

func (f *follower) take(message []byte) {
	f.t.Helper()
	if err := f.Step(message, 0); err != nil {
		f.t.Fatal(err)
	}
}

// event brings an event of bob's at a time.
func (f *follower) event(at aper.Time, t aper.Transition[counter.Counter]) {
	f.t.Helper()
	f.seq++
	frame := wire.Frame{First: f.seq, Tag: wire.Tag(f.seq), Time: at}
	frame.Events.Add(wire.Event{Client: 8, ClientSeq: aper.ClientSeq(f.seq), Transition: encode(f.t, t)})
	f.take(frame.Append(nil))
}

func (f *follower) check(seq aper.Seq, state counter.Counter) {
	f.t.Helper()
	encoded, err := aper.Encode(state)
	if err != nil {
		f.t.Fatal(err)
	}
	m := wire.Check{Seq: seq, Sum: wire.SumOf(encoded)}
	f.take(m.Append(nil))
}

// repair brings the snapshot that ends the divergence, and returns its evidence.
func (f *follower) repair(state []byte) *wire.Divergence {
	f.t.Helper()
	snapshot := wire.Snapshot{Seq: f.seq, Tag: 99, State: state}
	f.take(snapshot.Append(nil))
	reports := f.Ready().Diverged
	if len(reports) != 1 {
		f.t.Fatalf("%d divergences are reported", len(reports))
	}
	evidence, err := reports[0].Evidence()
	if err != nil {
		f.t.Fatal(err)
	}
	return evidence
}

// follows checks from where to where the evidence leads, and that it leads to the replica's state.
func follows(t *testing.T, d *wire.Divergence, from, last aper.Seq, proven bool) *engine.Retrace[counter.Counter] {
	t.Helper()
	r, err := engine.NewRetrace[counter.Counter](d)
	if err != nil {
		t.Fatal(err)
	}
	if r.From != from || r.Last != last || d.Proven != proven {
		t.Errorf("it leads from %d (proven: %v) to %d, want from %d (%v) to %d", r.From, d.Proven, r.Last, from, proven, last)
	}
	here, err := aper.Decode[counter.Counter](d.Here.State)
	if state, ok := r.StateAt(d.Here.Position.Seq); err != nil || !ok || state != here {
		t.Errorf("retraced: %v (%v), the replica had %v (%v)", state, ok, here, err)
	}
	return r
}

// The evidence begins with the last state whose sum was right, and has what the replica knows.
func TestEvidence(t *testing.T) {
	f := newFollower(t, engine.ReplicaOptions{Room: "lobby", Build: "v1"})
	for i := range 5 {
		f.event(aper.Time(1000*i), counter.Increment{By: 1})
	}
	f.check(2, counter.Counter{Value: 12})
	f.check(1, counter.Counter{Value: 11}) // late; it does not lead back
	if _, err := f.Push(counter.Increment{By: 3}, 0); err != nil {
		t.Fatal(err)
	}
	f.check(4, counter.Counter{Value: 7})
	f.event(5000, counter.Increment{By: 1})
	d := f.repair([]byte{0x81, 9})
	r := follows(t, d, 2, 6, true)
	if e := r.Steps[0].Event; e.Meta.User != "bob" || e.Meta.Client != 8 || e.Meta.Time != 2000 || e.Transition != (counter.Increment{By: 1}) {
		t.Errorf("the first event after it is %+v", e)
	}
	if d.Machine != "counter.Counter" || d.Room != "lobby" || d.Build != "v1" || d.Client != 7 || d.Seq != 4 || d.Sum != wire.SumOf([]byte{0x81, 7}) ||
		len(d.Path) != 1 || d.Base.Position != (wire.Position{Epoch: 3, Seq: 2, Tag: 2}) ||
		d.There.Position != (wire.Position{Epoch: 3, Seq: 6, Tag: 99}) || string(d.There.State) != "\x81\x09" {
		t.Errorf("it has %+v", d)
	}
	if len(d.Pending) != 1 || d.Pending[0].ClientSeq != 1 {
		t.Errorf("pending is %+v", d.Pending)
	}
	if first, _ := r.Again(); first != nil {
		t.Errorf("applied again, event %d gives something else", first.Event.Meta.Seq)
	}
}

// An event that could not be applied is in the evidence, and those that came after it until the snapshot.
func TestEvidenceOfAnEventThatCannotBeApplied(t *testing.T) {
	f := newFollower(t, engine.ReplicaOptions{})
	f.event(0, counter.Increment{By: 1})
	f.event(0, counter.Decrement{By: 50})
	f.event(0, counter.Increment{By: 1})
	d := f.repair([]byte{0x81, 0})
	r := follows(t, d, 0, 3, true)
	if failed := r.Failed(); failed == nil || failed.Event.Meta.Seq != 2 || failed.Err != counter.ErrNegative || d.Seq != 2 || d.Here.Position.Seq != 1 {
		t.Errorf("%+v failed, noticed at %d after %d", failed, d.Seq, d.Here.Position.Seq)
	}
	if _, ok := r.StateAt(2); ok {
		t.Error("there is a state after it")
	}
}

// However many frames there are, what is kept of them is bounded. The base moves on then, and nobody can say whether it was right.
func TestEvidenceIsBounded(t *testing.T) {
	const limit = 500
	f := newFollower(t, engine.ReplicaOptions{MaxTrail: limit})
	for range 1000 {
		f.event(0, counter.Increment{By: 1})
	}
	f.event(0, counter.Decrement{By: 5000})
	for range 1000 {
		f.event(0, counter.Increment{By: 1})
	}
	d := f.repair([]byte{0x81, 0})
	if len(d.Frames) > limit+50 || len(d.Frames) < limit/4 {
		t.Errorf("%d bytes of frames are kept, the limit is %d", len(d.Frames), limit)
	}
	frames := 0
	for r := wire.NewReader(d.Frames); r.Next(); frames++ {
	}
	r := follows(t, d, d.Base.Position.Seq, d.Base.Position.Seq+aper.Seq(frames), false)
	if failed := r.Failed(); failed == nil || failed.Event.Meta.Seq != 1001 {
		t.Errorf("the event that could not be applied is not among them: %+v", failed)
	}
}

// A second divergence that comes too soon has evidence, too, without the authority's state; what an authority reports has none.
func TestEvidenceWithoutASnapshot(t *testing.T) {
	f := newFollower(t, engine.ReplicaOptions{})
	f.event(0, counter.Decrement{By: 50})
	f.repair([]byte{0x81, 0})
	frame := wire.Frame{First: 2, Tag: 5}
	frame.Events.Add(wire.Event{Client: 8, ClientSeq: 9, Transition: encode[counter.Counter](t, counter.Decrement{By: 1})})
	err, ok := f.Step(frame.Append(nil), 0).(*engine.DivergenceError)
	if !ok {
		t.Fatalf("got %v", err)
	}
	d, failed := err.Evidence()
	if failed != nil || len(d.There.State) != 0 {
		t.Errorf("%+v, %v", d, failed)
	}
	if r := follows(t, d, 1, 2, true); r.Failed() == nil {
		t.Error("the event can be applied")
	}
	if d, err := (&engine.DivergenceError{}).Evidence(); d != nil || err != nil {
		t.Errorf("there is evidence of nothing: %v, %v", d, err)
	}
}

// Evidence is read from files, in which anything may stand.
func TestRetraceRefuses(t *testing.T) {
	gap := wire.Frame{First: 2, Tag: 5}
	for name, d := range map[string]wire.Divergence{
		"no base":       {},
		"half a frame":  {Base: wire.StateAt{State: []byte{0x81, 0}}, Frames: []byte{0x86, 18}},
		"a frame later": {Base: wire.StateAt{State: []byte{0x81, 0}}, Frames: gap.Append(nil)},
	} {
		if r, err := engine.NewRetrace[counter.Counter](&d); err == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
}
