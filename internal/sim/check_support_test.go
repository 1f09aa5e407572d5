package sim

import (
	"errors"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// Checkers are proven one by one: each is told a short story, written by hand, in which exactly what it looks for is wrong.

// wantBreach checks that an observer complains about this invariant, and only now.
func wantBreach(t *testing.T, invariant string, err error) {
	t.Helper()
	var b *Breach
	if !errors.As(err, &b) || b.Invariant != invariant {
		t.Errorf("got %v, want a breach of %s", err, invariant)
	}
}

func wantNone(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("nothing was wrong, and the checker says %v", err)
	}
}

// anyEpoch is that of all rooms here.
const anyEpoch = 7

// A draft writes a log by hand.
type draft[S aper.StateMachine[S]] struct {
	t     *testing.T
	lsn   wire.LSN
	next  aper.Seq
	coder aper.Coder
}

func newDraft[S aper.StateMachine[S]](t *testing.T) *draft[S] { return &draft[S]{t: t, next: 1} }

// genesis is the first record.
func (d *draft[S]) genesis(initial S) *wire.Record {
	d.t.Helper()
	state, err := aper.Encode(initial)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.record(func(r *wire.Record) {
		r.Genesis, r.Clients = &wire.Genesis{Epoch: anyEpoch, State: state}, 100
	})
}

// record is the next record, with what write adds.
func (d *draft[S]) record(write func(r *wire.Record)) *wire.Record {
	d.lsn++
	r := &wire.Record{
		LSN: d.lsn, Term: 1, Tag: tagOf(d.lsn), First: d.next, Time: aper.Time(1000 * d.lsn),
		Schema: wire.FingerprintOf(aper.Schema[S]()),
	}
	if d.lsn > 1 {
		r.Previous = tagOf(d.lsn - 1)
	}
	write(r)
	d.next += aper.Seq(r.Events.Len())
	return r
}

func tagOf(lsn wire.LSN) wire.Tag { return 0x100 + wire.Tag(lsn) }

// events is the next record, with these events. Sessions that are new in it are opened.
func (d *draft[S]) events(events ...wire.Event) *wire.Record {
	return d.record(func(r *wire.Record) {
		for _, e := range events {
			if e.ClientSeq == 1 && e.Client != 0 {
				r.Opened = append(r.Opened, wire.Opened{Client: e.Client})
			}
			r.Events.Add(e)
		}
	})
}

// rejection is the next record.
func (d *draft[S]) rejection(client aper.ClientID, number aper.ClientSeq, seq aper.Seq, conflict aper.Conflict) *wire.Record {
	return d.record(func(r *wire.Record) {
		if number == 1 {
			r.Opened = append(r.Opened, wire.Opened{Client: client})
		}
		v := wire.Verdict{ClientSeq: number, Seq: seq, Rejected: true, Conflict: conflict}
		r.Rejections = append(r.Rejections, wire.Rejection{Client: client, Verdict: v})
	})
}

// event is one event of client's.
func (d *draft[S]) event(client aper.ClientID, number aper.ClientSeq, t aper.Transition[S]) wire.Event {
	return wire.Event{Client: client, ClientSeq: number, Transition: encodeTransition(&d.coder, t)}
}

// add is an event of a counter.
func add(client aper.ClientID, number aper.ClientSeq, by int64) wire.Event {
	return wire.Event{Client: client, ClientSeq: number, Transition: encodeTransition(&aper.Coder{}, aper.Transition[counter.Counter](counter.Increment{By: by}))}
}

// told passes records to a history, which must find nothing wrong, and then to a checker. It returns what the checker
// says about the last, and reports what it says about those before.
func told[S aper.StateMachine[S]](t *testing.T, log *history[S], o Observer[S], records ...*wire.Record) (err error) {
	t.Helper()
	for _, r := range records {
		wantNone(t, err)
		wantNone(t, log.Durable(1, r))
		if o != nil {
			err = o.Durable(1, r)
		}
	}
	return err
}

// counterLog is a log with three events: 1-1 adds 10, 2-1 adds 5, 1-3 adds 1, and 1-2 is rejected at seq 2.
func counterLog(t *testing.T) *history[counter.Counter] {
	t.Helper()
	log := newHistory[counter.Counter]()
	d := newDraft[counter.Counter](t)
	wantNone(t, told(t, log, nil, d.genesis(counter.Counter{}),
		d.events(add(1, 1, 10), add(2, 1, 5)), d.rejection(1, 2, 2, counter.ErrNegative), d.events(add(1, 3, 1))))
	return log
}

// message is a transport message of these messages.
func message(messages ...interface{ Append([]byte) []byte }) (b []byte) {
	for _, m := range messages {
		b = m.Append(b)
	}
	return b
}

func welcomeTo(client aper.ClientID) *wire.Welcome {
	return &wire.Welcome{Mode: wire.Fresh, Client: client, Epoch: anyEpoch, Limits: wire.Limits{Transition: 100, Pending: 3}}
}

func snapshotOf(value int64, seq aper.Seq, lsn wire.LSN) *wire.Snapshot {
	state, _ := aper.Encode(counter.Counter{Value: value})
	s := &wire.Snapshot{Seq: seq, State: state, Sum: wire.SumOf(state)}
	if seq > 0 {
		s.Tag = tagOf(lsn)
	}
	return s
}

func frameOf(r *wire.Record) *wire.Frame {
	return &wire.Frame{First: r.First, Tag: r.Tag, Seed: r.Seed, Time: r.Time, Events: r.Events}
}

// A screenplay is a replica of a counter that is told messages by hand.
type screenplay struct {
	t       *testing.T
	replica *engine.Replica[counter.Counter]
}

// joined is the replica of a session that got a state. Observers see it from the beginning.
func joined(t *testing.T, session aper.ClientID, value int64, seq aper.Seq, lsn wire.LSN, observers ...Observer[counter.Counter]) *screenplay {
	t.Helper()
	p := &screenplay{t, engine.NewReplica[counter.Counter](engine.ReplicaOptions{})}
	p.replica.Connect()
	ready := p.replica.Ready()
	for _, o := range observers {
		wantNone(t, o.Stepped(0, p.replica, &ready))
	}
	p.step(welcomeTo(session), snapshotOf(value, seq, lsn))
	return p
}

func (p *screenplay) step(messages ...interface{ Append([]byte) []byte }) {
	p.t.Helper()
	if err := p.replica.Step(message(messages...), 0); err != nil {
		p.t.Fatal(err)
	}
}

// push pushes and tells the checker.
func (p *screenplay) push(o Observer[counter.Counter], by int64) engine.PushID {
	p.t.Helper()
	t := counter.Increment{By: by}
	id, err := p.replica.Push(t, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	wantNone(p.t, o.Pushed(0, p.replica, id, t, nil))
	return id
}

// show takes a Ready and tells the checker.
func (p *screenplay) show(o Observer[counter.Counter]) error {
	ready := p.replica.Ready()
	return o.Stepped(0, p.replica, &ready)
}
