package sim

import (
	"bytes"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// lifecycle checks I10 (L13): the authority's own events are what the state asked for. A session joins and leaves in
// turn; a timer fires once, at the time at which it was due or that of the event before it; and nothing happens at a time by which a timer was due that did not fire, unless
// it conflicts, and so is parked.
type lifecycle[S aper.StateMachine[S]] struct {
	Watcher[S]
	log   *history[S]
	coder aper.Coder
	meta  aper.Meta

	records int // looked at
	joined  map[aper.ClientID]bool
	members []wire.Membership // of the present record, for those of its events that are still to come
	fired   firing            // the last event, if it is a timer's
}

// A firing is one event of a timer.
type firing struct {
	due     aper.Time
	encoded []byte
}

func newLifecycle[S aper.StateMachine[S]](log *history[S]) *lifecycle[S] {
	return &lifecycle[S]{log: log, joined: map[aper.ClientID]bool{}}
}

func (o *lifecycle[S]) Durable(Owner, *wire.Record) error {
	for ; o.records < len(o.log.records); o.records++ {
		if err := o.record(o.log.records[o.records]); err != nil {
			return err
		}
	}
	return nil
}

func (o *lifecycle[S]) record(r *wire.Record) error {
	o.members = r.Joined
	for _, d := range o.log.events[r.First-1 : r.First-1+aper.Seq(r.Events.Len())] {
		if err := o.event(d, o.log.before(d.seq)); err != nil {
			return err
		}
	}
	for _, m := range r.Joined {
		if o.joined[m.Client] == m.Joined {
			return breach("I10", "L13", "record %d: session %d joins or leaves twice", r.LSN, m.Client)
		}
		o.joined[m.Client] = m.Joined
	}
	return nil
}

func (o *lifecycle[S]) event(d *decision[S], before S) error {
	due, timer := nextTimer(before)
	last := o.fired
	o.fired = firing{}
	if d.client != 0 {
		return o.overdue(d, before, due, timer)
	}
	if timer != nil && bytes.Equal(d.encoded, encodeTransition(&o.coder, timer)) {
		o.fired = firing{due, d.encoded}
		switch {
		case d.time != max(due, o.timeBefore(d.seq)):
			return breach("I10", "T3", "event %d is a timer that is due at %d, after an event at %d, and happens at %d",
				d.seq, due, o.timeBefore(d.seq), d.time)
		case last.due == due && bytes.Equal(last.encoded, d.encoded):
			return breach("I10", "L13", "event %d is the same timer as the event before it", d.seq)
		}
		return nil
	}
	return o.attendance(d, before)
}

// timeBefore returns the time of the event that precedes one, and 0 when there is none.
func (o *lifecycle[S]) timeBefore(seq aper.Seq) aper.Time {
	if seq < 2 {
		return 0
	}
	return o.log.events[seq-2].time
}

// nextTimer returns what a state waits for, and nil when it waits for nothing.
func nextTimer[S aper.StateMachine[S]](s S) (due aper.Time, timer aper.Transition[S]) {
	defer func() {
		if recover() != nil { // it is parked
			due, timer = 0, nil
		}
	}()
	if t, ok := any(s).(engine.Timed[S]); ok {
		if due, timer = t.NextTimer(); due != 0 {
			return due, timer
		}
	}
	return 0, nil
}

// overdue looks at an event of a client.
func (o *lifecycle[S]) overdue(d *decision[S], before S, due aper.Time, timer aper.Transition[S]) error {
	if timer == nil || due > d.time {
		return nil
	}
	o.meta = aper.Meta{Seq: d.seq, ClientSeq: aper.ClientSeq(d.seq), Time: max(due, o.timeBefore(d.seq)), Floor: o.log.floor}
	if o.log.anchored {
		o.meta.Base = d.seq - 1
	}
	if next, err := attempt(timer, before, &o.meta); err != nil || o.meta.Drew() || !encodable(next) {
		return nil // it is parked, or may be, if its entropy was another
	}
	return breach("I10", "L13", "event %d happens at %d, before a timer that is due at %d", d.seq, d.time, due)
}

// attendance looks at an event of the authority that is no timer's. A session for which nothing happens joins or leaves
// without one.
func (o *lifecycle[S]) attendance(d *decision[S], before S) error {
	s, ok := any(before).(engine.Attended[S])
	for ok && len(o.members) > 0 {
		m := o.members[0]
		o.members = o.members[1:]
		move := s.Leave
		if m.Joined {
			move = s.Join
		}
		if t := moved(move, m.Client, o.log.users[m.Client]); t != nil && bytes.Equal(d.encoded, encodeTransition(&o.coder, t)) {
			return nil
		}
	}
	return breach("I10", "L13", "event %d, %T, is the authority's, and is neither a timer nor a session that joins or leaves",
		d.seq, d.transition)
}

func encodable[S aper.StateMachine[S]](s S) bool {
	_, err := aper.Encode(s)
	return err == nil
}

// moved returns the transition by which a session joins or leaves, and nil after a panic.
func moved[S aper.StateMachine[S]](
	move func(aper.ClientID, string) aper.Transition[S], client aper.ClientID, user string,
) (t aper.Transition[S]) {
	defer func() {
		if recover() != nil {
			t = nil
		}
	}()
	return move(client, user)
}

// Restored begins anew; the next record is told together with all that is left.
func (o *lifecycle[S]) Restored(wire.LSN) error {
	clear(o.joined)
	o.records, o.fired = 0, firing{}
	return nil
}
