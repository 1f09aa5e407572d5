package sim

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// order checks I4 (L3): a session's transitions stand in the log in the order in which they were numbered, and none is
// decided twice or passed over (O2). It also checks that the time of events never goes back (S2).
type order[S aper.StateMachine[S]] struct {
	Watcher[S]
	log  *history[S]
	last map[aper.ClientID]aper.ClientSeq
}

func newOrder[S aper.StateMachine[S]](log *history[S]) *order[S] {
	return &order[S]{log: log, last: map[aper.ClientID]aper.ClientSeq{}}
}

func (o *order[S]) Durable(_ Owner, r *wire.Record) error {
	if err := o.time(r); err != nil {
		return err
	}
	rejections, seq := r.Rejections, r.First
	for e := range r.Events.All() {
		for len(rejections) > 0 && rejections[0].Seq < seq {
			if err := o.next(rejections[0].Client, rejections[0].ClientSeq, rejections[0].Seq); err != nil {
				return err
			}
			rejections = rejections[1:]
		}
		if err := o.next(e.Client, e.ClientSeq, seq); err != nil {
			return err
		}
		seq++
	}
	for _, v := range rejections {
		if err := o.next(v.Client, v.ClientSeq, v.Seq); err != nil {
			return err
		}
	}
	return nil
}

func (o *order[S]) next(client aper.ClientID, number aper.ClientSeq, seq aper.Seq) error {
	if client == 0 {
		if number != aper.ClientSeq(seq) {
			return breach("I4", "L13", "the authority's own event %d has number %d", seq, number)
		}
		return nil
	}
	if number != o.last[client]+1 {
		return breach("I4", "L3", "session %d: transition %d is decided at seq %d, after transition %d",
			client, number, seq, o.last[client])
	}
	o.last[client] = number
	return nil
}

func (o *order[S]) time(r *wire.Record) error {
	events := o.log.events
	for n := len(events) - r.Events.Len(); n < len(events); n++ {
		if n > 0 && events[n].time < events[n-1].time {
			return breach("I4", "S2", "event %d happens at %d, before the one that precedes it", n+1, events[n].time)
		}
	}
	return nil
}

func (o *order[S]) Restored(wire.LSN) error {
	clear(o.last)
	for _, opened := range o.log.opened {
		o.last[opened.Client] = aper.ClientSeq(len(o.log.sessions[opened.Client]))
	}
	return nil
}
