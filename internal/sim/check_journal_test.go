package sim

import (
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

func TestI13NumbersAreUnique(t *testing.T) {
	log := newHistory[counter.Counter]()
	o := newUnique(log)
	d := newDraft[counter.Counter](t)
	wantNone(t, told(t, log, o, d.genesis(counter.Counter{}), d.events(add(1, 1, 10)), d.events(add(1, 2, 10))))
	wantBreach(t, "I13", told(t, log, o, d.events(add(1, 1, 10))))
}

func TestI14ReplayingGivesTheSame(t *testing.T) {
	o := &sums[counter.Counter]{log: counterLog(t)}
	wantNone(t, o.Settled(nil))
	head := o.log.head()
	head.state.Value++ // as if the rule had depended on something else
	head.encoded = nil
	wantBreach(t, "I14", o.Settled(nil))
}

func TestI14SumsInTheLog(t *testing.T) {
	log := counterLog(t)
	o := &sums[counter.Counter]{log: log}
	state, _ := aper.Encode(counter.Counter{Value: 15})
	for seq, want := range map[aper.Seq]bool{2: false, 3: true, 9: true} {
		err := o.Durable(1, &wire.Record{Sum: wire.Check{Seq: seq, Sum: wire.SumOf(state)}})
		if want {
			wantBreach(t, "I14", err)
		} else {
			wantNone(t, err)
		}
	}
}

// A scribe is an authority that one client pushes to.
type scribe struct {
	t         *testing.T
	authority *engine.Authority[counter.Counter]
	number    aper.ClientSeq
}

func newScribe(t *testing.T) (*scribe, engine.Ready[counter.Counter]) {
	t.Helper()
	s := &scribe{t: t, authority: engine.New[counter.Counter](engine.Options{})}
	if err := s.authority.Create(counter.Counter{}, anyEpoch); err != nil {
		t.Fatal(err)
	}
	s.authority.Tick(1, tagOf(1), 1)
	s.authority.Open(1)
	hello := wire.Hello{Protocol: wire.Version, Schema: wire.FingerprintOf(aper.Schema[counter.Counter]())}
	s.authority.Attach(1, engine.Peer{})
	s.authority.Step(1, hello.Append(nil))
	return s, s.authority.Ready()
}

// write is one batch with one event, which is in the record that the Ready has.
func (s *scribe) write() engine.Ready[counter.Counter] {
	s.number++
	s.authority.Tick(aper.Time(s.number), tagOf(wire.LSN(s.number)+1), 1)
	t := encodeTransition(&aper.Coder{}, aper.Transition[counter.Counter](counter.Increment{By: 1}))
	push := wire.Push{First: s.number, Known: s.number - 1, Count: 1, Transitions: t}
	s.authority.Step(1, push.Append(nil))
	return s.authority.Ready()
}

// replayed tells a checker of the first records of an authority, the last of which is changed before it is durable.
func replayed(t *testing.T, o *replay[counter.Counter], change func(*wire.Record)) (err error) {
	t.Helper()
	s, ready := newScribe(t)
	for {
		wantNone(t, err)
		wantNone(t, o.Decided(1, s.authority, &ready))
		durable := *ready.Record
		if durable.LSN == replayEvery {
			change(&durable)
		}
		wantNone(t, o.log.Durable(1, &durable))
		err = o.Durable(1, &durable)
		if durable.LSN == replayEvery {
			return err
		}
		ready = s.write()
	}
}

func TestI11ReplayGivesTheRoom(t *testing.T) {
	o := newReplay(newHistory[counter.Counter]())
	wantNone(t, replayed(t, o, func(*wire.Record) {}))

	opened := engine.New[counter.Counter](engine.Options{})
	for _, r := range o.log.records {
		wantNone(t, opened.Replay(r))
	}
	wantNone(t, o.Opened(2, opened, nil, o.log.records))

	wantNone(t, o.log.Restored(9))
	wantNone(t, o.Restored(9))
	wantBreach(t, "I11", o.Opened(3, opened, nil, o.log.records))
}

func TestI11ReplayGivesAnotherRoom(t *testing.T) {
	err := replayed(t, newReplay(newHistory[counter.Counter]()), func(r *wire.Record) { r.Acknowledged = nil })
	wantBreach(t, "I11", err)
	if err != nil && !strings.Contains(err.Error(), "Window:[{ClientSeq:14") {
		t.Errorf("the difference is not shown: %v", err)
	}
}

func TestI11WhatCannotBeReplayed(t *testing.T) {
	o := newReplay(newHistory[counter.Counter]())
	d := newDraft[counter.Counter](t)
	wantNone(t, told(t, o.log, o, d.genesis(counter.Counter{}), d.events(add(1, 1, 10))))
	wantBreach(t, "I11", told(t, o.log, o, d.events(add(1, 3, 10))))
}

func TestI8OpenedFromWhatIsDurable(t *testing.T) {
	o := newReplay(newHistory[counter.Counter]())
	wantNone(t, replayed(t, o, func(*wire.Record) {}))
	p := &prefix[counter.Counter]{log: o.log}
	open := func(snapshot *wire.RoomSnapshot, records []*wire.Record) error {
		return p.Opened(2, o.shadow, snapshot, records)
	}
	good, err := o.shadow.Snapshot()
	wantNone(t, err)
	wantNone(t, open(good, o.log.records[10:]))
	wantNone(t, open(nil, o.log.records))

	other := *o.log.records[3]
	other.Tag++
	wantBreach(t, "I8", open(nil, []*wire.Record{&other}))
	for _, change := range []func(*wire.RoomSnapshot){
		func(s *wire.RoomSnapshot) { s.LSN = 99 },
		func(s *wire.RoomSnapshot) { s.Position.Seq-- },
		func(s *wire.RoomSnapshot) { s.RecordTag++ },
		func(s *wire.RoomSnapshot) { s.State = o.log.encoding(o.log.ends[3]) },
	} {
		bad := *good
		change(&bad)
		wantBreach(t, "I8", open(&bad, nil))
	}
	wantBreach(t, "I8", p.Opened(2, engine.New[counter.Counter](engine.Options{}), nil, o.log.records))
}

func TestI12Limits(t *testing.T) {
	long := strings.Repeat("x", 257)
	tests := []struct {
		name string
		last func(d *draft[counter.Counter]) *wire.Record // after 1-1, when nothing was acknowledged; the limit is 3
		want bool                                         // a breach
	}{
		{"as much as there may be", func(d *draft[counter.Counter]) *wire.Record { return d.events(add(1, 2, 1), add(1, 3, 1)) }, false},
		{"too many outcomes are kept", func(d *draft[counter.Counter]) *wire.Record {
			return d.events(add(1, 2, 1), add(1, 3, 1), add(1, 4, 1))
		}, true},
		{"those that are known are not kept", func(d *draft[counter.Counter]) *wire.Record {
			r := d.events(add(1, 2, 1), add(1, 3, 1), add(1, 4, 1))
			r.Acknowledged = []wire.Acknowledged{{Client: 1, Through: 1}}
			return r
		}, false},
		{"a long conflict", func(d *draft[counter.Counter]) *wire.Record { return d.rejection(1, 2, 1, aper.Conflict(long)) }, true},
		{"a long user", func(d *draft[counter.Counter]) *wire.Record {
			r := d.events(add(2, 1, 1))
			r.Opened[0].User = long
			return r
		}, true},
		{"a large transition", func(d *draft[counter.Counter]) *wire.Record {
			many := make([]aper.Transition[counter.Counter], 100)
			for i := range many {
				many[i] = counter.Increment{By: 1}
			}
			return d.events(d.event(1, 2, aper.All(many...)))
		}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := newLimits(newHistory[counter.Counter]())
			d := newDraft[counter.Counter](t)
			wantNone(t, o.Sent(1, 0, message(welcomeTo(1))))
			wantNone(t, told(t, o.log, o, d.genesis(counter.Counter{}), d.events(add(1, 1, 10))))
			if err := told(t, o.log, o, test.last(d)); test.want {
				wantBreach(t, "I12", err)
			} else {
				wantNone(t, err)
			}
		})
	}
}

func TestI12LimitsOfClientsAndMessages(t *testing.T) {
	o := newLimits(newHistory[counter.Counter]())
	wantNone(t, o.Sent(1, 0, message(welcomeTo(1))))
	p := joined(t, 1, 0, 0, 0)
	for by := range int64(3) {
		p.push(o, by)
	}
	o.announced.Pending = 2 // as if the replica had not known
	wantBreach(t, "I12", o.Pushed(0, p.replica, 3, counter.Increment{}, nil))
	wantBreach(t, "I12", o.Sent(1, 0, message(verdicts(make([]wire.Verdict, 3)...))))
	wantBreach(t, "I12", o.Sent(1, 0, message(&wire.Close{Reason: strings.Repeat("x", 124)})))
}

func TestI12EveryoneGetsOn(t *testing.T) {
	o := newLimits(newHistory[counter.Counter]())
	wantNone(t, o.Sent(1, 0, message(welcomeTo(1))))
	p := joined(t, 1, 0, 0, 0, o)
	wantNone(t, p.show(o))
	wantNone(t, o.Settled(nil))
	p.push(o, 1)
	wantBreach(t, "I12", o.Settled(nil))
	p.replica.Disconnect()
	wantBreach(t, "I12", o.Settled(nil))
	wantNone(t, o.Forgot(0, "its program ended"))
	wantNone(t, o.Settled(nil))
}
