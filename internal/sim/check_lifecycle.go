package sim

import (
	"bytes"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// lifecycle checks I10 (L13): the authority's own events are what the state asked for. A session joins and leaves in
// turn; a timer fires once and not early; and nothing happens at a time by which a timer was due that did not fire, unless
// it conflicts, and so is parked.
type lifecycle[S aper.StateMachine[S]] struct {
	Watcher[S]
	log    *history[S]
	coder  aper.Coder
	meta   aper.Meta
	done   int // events looked at
	joined map[aper.ClientID]bool
	fired  firing // the last event, if it is a timer's
	fires  bool   // an event of a timer was seen, so this engine has timers
}

// A firing is one event of a timer.
type firing struct {
	due     aper.Time
	encoded []byte
}

// What a state can have besides its rules; the engine asks for the same.
type (
	timed[S any] interface {
		NextTimer() (aper.Time, aper.Transition[S])
	}
	attended[S any] interface {
		Join(client aper.ClientID, user string) aper.Transition[S]
		Leave(client aper.ClientID, user string) aper.Transition[S]
	}
)

func newLifecycle[S aper.StateMachine[S]](log *history[S]) *lifecycle[S] {
	return &lifecycle[S]{log: log, joined: map[aper.ClientID]bool{}}
}

func (o *lifecycle[S]) Durable(Owner, *wire.Record) error {
	for ; o.done < len(o.log.events); o.done++ {
		d := o.log.events[o.done]
		if err := o.event(d, o.log.before(d.seq)); err != nil {
			return err
		}
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
		o.fired, o.fires = firing{due, d.encoded}, true
		switch {
		case d.time < due:
			return breach("I10", "L13", "event %d is a timer that is due at %d, and fires at %d", d.seq, due, d.time)
		case last.due == due && bytes.Equal(last.encoded, d.encoded):
			return breach("I10", "L13", "event %d is the same timer as the event before it", d.seq)
		}
		return nil
	}
	return o.attendance(d, before)
}

// nextTimer returns what a state waits for, and nil when it waits for nothing.
func nextTimer[S aper.StateMachine[S]](s S) (aper.Time, aper.Transition[S]) {
	if t, ok := any(s).(timed[S]); ok {
		if due, transition := t.NextTimer(); due != 0 {
			return due, transition
		}
	}
	return 0, nil
}

// overdue looks at an event of a client.
func (o *lifecycle[S]) overdue(d *decision[S], before S, due aper.Time, timer aper.Transition[S]) error {
	if !o.fires || timer == nil || due > d.time {
		return nil
	}
	o.meta = aper.Meta{Seq: d.seq, ClientSeq: aper.ClientSeq(d.seq), Time: due}
	if _, err := attempt(timer, before, &o.meta); err != nil {
		return nil // it is parked
	}
	return breach("I10", "L13", "event %d happens at %d, before a timer that is due at %d", d.seq, d.time, due)
}

// attendance looks at an event of the authority that is no timer's.
func (o *lifecycle[S]) attendance(d *decision[S], before S) error {
	s, ok := any(before).(attended[S])
	if !ok {
		return breach("I10", "L13", "event %d, %T, is the authority's, and the state did not ask for it", d.seq, d.transition)
	}
	same := func(t aper.Transition[S]) bool {
		return t != nil && bytes.Equal(d.encoded, encodeTransition(&o.coder, t))
	}
	for _, opened := range o.log.opened {
		join := same(s.Join(opened.Client, opened.User))
		if !join && !same(s.Leave(opened.Client, opened.User)) {
			continue
		}
		if join == o.joined[opened.Client] {
			return breach("I10", "L13", "event %d: session %d joins or leaves twice", d.seq, opened.Client)
		}
		o.joined[opened.Client] = join
		return nil
	}
	return breach("I10", "L13", "event %d, %T, is the authority's, and is neither a timer nor a session that joins or leaves",
		d.seq, d.transition)
}

// Restored begins anew; the next record is told together with all that is left.
func (o *lifecycle[S]) Restored(wire.LSN) error {
	clear(o.joined)
	o.done, o.fired = 0, firing{}
	return nil
}
