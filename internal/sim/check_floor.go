package sim

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// floor checks I9: the floor never goes down and stands in the log, and no event was made on a state below it, nor on one
// that was still to come. Machines that do not ask for bases have neither.
type floor[S aper.StateMachine[S]] struct {
	Watcher[S]
	log  *history[S]
	last aper.Seq
}

func (o *floor[S]) Durable(_ Owner, r *wire.Record) error {
	switch {
	case r.Floor == 0:
	case !o.log.anchored:
		return breach("I9", "L1", "record %d raises the floor to %d, and nobody asks for bases", r.LSN, r.Floor)
	case r.Floor <= o.last || r.Floor >= r.First:
		return breach("I9", "L1", "record %d, from seq %d on, moves the floor from %d to %d", r.LSN, r.First, o.last, r.Floor)
	default:
		o.last = r.Floor
	}
	events := o.log.events
	for _, d := range events[len(events)-r.Events.Len():] {
		if o.log.anchored && (d.base < o.last || d.base >= d.seq) {
			return breach("I9", "L1", "event %d was made on seq %d, and the floor is %d", d.seq, d.base, o.last)
		}
	}
	return nil
}

func (o *floor[S]) Restored(wire.LSN) error {
	o.last = o.log.floor
	return nil
}
