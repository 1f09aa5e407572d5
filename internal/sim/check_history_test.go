package sim

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/internal/sim/line"
	"github.com/aper-go/aper/wire"
)

func TestHistoryFoldsTheLog(t *testing.T) {
	log := counterLog(t)
	head := log.head()
	if want := (wire.Position{Epoch: anyEpoch, Seq: 3, Tag: tagOf(4)}); head.position != want || head.state.Value != 16 {
		t.Errorf("the log ends at %v with %v", head.position, head.state)
	}
	if d := log.sessions[1]; len(d) != 3 || d[0].seq != 1 || !d[1].rejected || d[2].seq != 3 {
		t.Errorf("session 1 has %v", d)
	}
	if log.before(1).Value != 0 || log.before(3).Value != 15 {
		t.Errorf("events 1 and 3 apply to %v and %v", log.before(1), log.before(3))
	}
}

func TestHistoryKeepsWhatWasReplaced(t *testing.T) {
	log := counterLog(t)
	old := log.head()
	wantNone(t, log.Restored(2))
	if head := log.head(); head.position.Seq != 2 || head.state.Value != 15 || len(log.sessions[1]) != 1 {
		t.Errorf("the log ends at %v with %v", head.position, head.state)
	}
	if log.points[old.position] != old || len(log.replaced) != 2 {
		t.Errorf("the log that was replaced is gone: %v", log.replaced)
	}
	d := newDraft[counter.Counter](t)
	d.lsn, d.next = 2, 3
	again := d.events(add(1, 2, 100))
	again.Tag = 0x999 // that of another history
	wantNone(t, log.Durable(1, again))
	count := 0
	for range log.decisions(1, 2) {
		count++
	}
	if log.head().state.Value != 115 || count != 2 {
		t.Errorf("%v, and %d decisions about 1-2", log.head().state, count)
	}
}

func TestI1HistoryRefusesWhatDoesNotApply(t *testing.T) {
	d := newDraft[counter.Counter](t)
	log := newHistory[counter.Counter]()
	wantNone(t, log.Durable(1, d.genesis(counter.Counter{})))
	below := d.event(1, 1, counter.Decrement{By: 1})
	wantBreach(t, "I1", log.Durable(1, d.events(below)))
}

func TestI1HistoryRefusesAGap(t *testing.T) {
	log := counterLog(t)
	d := newDraft[counter.Counter](t)
	d.lsn, d.next = 4, 6
	wantBreach(t, "I1", log.Durable(1, d.events(add(2, 2, 1))))
}

func TestI5HistoryRefusesARecordInTheWrongPlace(t *testing.T) {
	d := newDraft[counter.Counter](t)
	d.lsn, d.next = 5, 4
	wantBreach(t, "I5", counterLog(t).Durable(1, d.events(add(2, 2, 1))))
}

func TestI8HistoryRefusesOneTagForTwoBatches(t *testing.T) {
	log := counterLog(t)
	d := newDraft[counter.Counter](t)
	d.lsn, d.next = 4, 4
	r := d.events(add(2, 2, 1))
	r.Tag = tagOf(2)
	wantBreach(t, "I8", log.Durable(1, r))
}

func TestI9FloorInTheLog(t *testing.T) {
	d := newDraft[line.Line](t)
	log := newHistory[line.Line]()
	o := &floor[line.Line]{log: log}
	insert := func(number aper.ClientSeq, behind uint64) wire.Event {
		e := d.event(1, number, line.Insert{At: 0, Text: "a"})
		e.Behind = behind
		return e
	}
	raise := func(to aper.Seq, e wire.Event) *wire.Record {
		return d.record(func(r *wire.Record) {
			r.Floor = to
			r.Events.Add(e)
		})
	}
	good := []*wire.Record{d.genesis(line.Line{}), d.events(insert(1, 1), insert(2, 1), insert(3, 3)), raise(2, insert(4, 2))}
	wantNone(t, told(t, log, o, good...))
	below := d.events(insert(5, 4))
	wantBreach(t, "I9", told(t, log, o, below)) // made on 1
	wantBreach(t, "I9", told(t, log, o, raise(2, insert(6, 1))))
	wantBreach(t, "I9", told(t, log, o, raise(9, insert(7, 1))))
}

func TestI4OrderOfNumbers(t *testing.T) {
	tests := []struct {
		name string
		last func(d *draft[counter.Counter]) *wire.Record // after 1-1, 2-1, 1-2 which is rejected, and 1-3
		want string
	}{
		{"the next number", func(d *draft[counter.Counter]) *wire.Record { return d.events(add(1, 4, 1), add(1, 5, 1)) }, ""},
		{"a number twice", func(d *draft[counter.Counter]) *wire.Record { return d.events(add(1, 3, 1)) }, "I4"},
		{"a number that was rejected", func(d *draft[counter.Counter]) *wire.Record { return d.events(add(1, 2, 1)) }, "I4"},
		{"a gap", func(d *draft[counter.Counter]) *wire.Record { return d.events(add(1, 5, 1)) }, "I4"},
		{"rejected after it happened", func(d *draft[counter.Counter]) *wire.Record { return d.rejection(1, 3, 3, "no") }, "I4"},
		{"in the wrong order", func(d *draft[counter.Counter]) *wire.Record { return d.events(add(1, 5, 1), add(1, 4, 1)) }, "I4"},
		{"an event of the authority", func(d *draft[counter.Counter]) *wire.Record { return d.events(add(0, 4, 1)) }, ""},
		{"an event of the authority with another number", func(d *draft[counter.Counter]) *wire.Record { return d.events(add(0, 9, 1)) }, "I4"},
		{"an earlier time", func(d *draft[counter.Counter]) *wire.Record {
			r := d.events(add(1, 4, 1))
			r.Time = 1
			return r
		}, "I4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			log := newHistory[counter.Counter]()
			o := newOrder(log)
			d := newDraft[counter.Counter](t)
			wantNone(t, told(t, log, o, d.genesis(counter.Counter{}),
				d.events(add(1, 1, 10), add(2, 1, 5)), d.rejection(1, 2, 2, counter.ErrNegative), d.events(add(1, 3, 1))))
			err := told(t, log, o, test.last(d))
			if test.want == "" {
				wantNone(t, err)
			} else {
				wantBreach(t, test.want, err)
			}
		})
	}
}

func TestI4OrderGoesBackWithTheLog(t *testing.T) {
	log := newHistory[counter.Counter]()
	o := newOrder(log)
	d := newDraft[counter.Counter](t)
	wantNone(t, told(t, log, o, d.genesis(counter.Counter{}), d.events(add(1, 1, 10)), d.events(add(1, 2, 5))))
	wantNone(t, log.Restored(2))
	wantNone(t, o.Restored(2))
	d.lsn, d.next = 2, 2
	again := d.events(add(1, 2, 7))
	again.Tag = 0x999
	wantNone(t, told(t, log, o, again))
}
