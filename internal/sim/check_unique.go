package sim

import (
	"iter"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// unique checks I13: no two events of a log have the same session and number, so that no ID is made twice; and where a
// state tells what was made in it, nothing has the ID of another, and each ID names the event that made it.
type unique[S aper.StateMachine[S]] struct {
	Watcher[S]
	log  *history[S]
	seqs map[numbered]aper.Seq // of the events up to done
	done int
}

// numbered names a transition, as an ID does.
type numbered struct {
	client aper.ClientID
	number aper.ClientSeq
}

// A maker is a state that tells the IDs of what was made in it and is still there.
type maker interface{ MadeIDs() iter.Seq[aper.ID] }

// madeEvery is how many events go by between two looks at the IDs in the state.
const madeEvery = 8

func newUnique[S aper.StateMachine[S]](log *history[S]) *unique[S] {
	return &unique[S]{log: log, seqs: map[numbered]aper.Seq{}}
}

func (o *unique[S]) Durable(Owner, *wire.Record) error {
	for ; o.done < len(o.log.events); o.done++ {
		d := o.log.events[o.done]
		name := numbered{d.client, d.number}
		if seq, taken := o.seqs[name]; taken {
			return breach("I13", "L2", "the events %d and %d are both transition %d of session %d", seq, d.seq, d.number, d.client)
		}
		o.seqs[name] = d.seq
		if d.seq%madeEvery == 0 {
			if err := o.made(d.seq, d.state); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *unique[S]) made(seq aper.Seq, state S) error {
	m, ok := any(state).(maker)
	if !ok {
		return nil
	}
	seen := map[aper.ID]bool{}
	for id := range m.MadeIDs() {
		if seen[id] {
			return breach("I13", "L2", "at seq %d the ID %v is there twice, in %s", seq, id, show(state))
		}
		seen[id] = true
		if _, made := o.seqs[numbered{id.Client, id.Seq}]; !made {
			return breach("I13", "L2", "at seq %d there is the ID %v, and no event made it", seq, id)
		}
	}
	return nil
}

// Restored begins anew; the next record is told together with all that is left.
func (o *unique[S]) Restored(wire.LSN) error {
	clear(o.seqs)
	o.done = 0
	return nil
}

func (o *unique[S]) Settled(*World[S]) error {
	if n := len(o.log.events); n > 0 {
		return o.made(aper.Seq(n), o.log.events[n-1].state)
	}
	return nil
}
