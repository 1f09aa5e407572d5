package sim

import (
	"bytes"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// sums checks I14 (S1): the final journal, replayed from its bytes, gives the same states as it gave while it was
// written. It compares the last one, and one in sixteen of the others. Sums that the log has are right.
type sums[S aper.StateMachine[S]] struct {
	Watcher[S]
	log   *history[S]
	coder aper.Coder
}

// Durable: the sums in the log are those of its states.
func (o *sums[S]) Durable(_ Owner, r *wire.Record) error {
	if n := r.Sum.Seq; n != 0 && (n > aper.Seq(len(o.log.events)) || wire.SumOf(encode(&o.coder, o.log.events[n-1].state)) != r.Sum.Sum) {
		return breach("I14", "L11", "record %d has the sum %x of the state at seq %d, and it is another", r.LSN, r.Sum.Sum, n)
	}
	return nil
}

func (o *sums[S]) Settled(*World[S]) error {
	again := newHistory[S]()
	for i, r := range o.log.records {
		read, err := wire.ReadRecord(r.Append(nil))
		if err != nil {
			return breach("I14", "S1", "record %d: %v", r.LSN, err)
		}
		if err := again.Durable(0, &read); err != nil {
			return breach("I14", "S1", "replaying the journal: %v", err)
		}
		if i%replayEvery != 0 && i != len(o.log.records)-1 {
			continue
		}
		was, is := o.log.ends[i], again.head()
		if was.position != is.position || !bytes.Equal(o.log.encoding(was), encode(&o.coder, is.state)) {
			return breach("I14", "S1", "after record %d the journal, replayed, gives %s", r.LSN, showBoth(is.state, was.state))
		}
	}
	return nil
}
