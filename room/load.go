package room

import (
	"context"
	"time"

	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// load restores the room from its journal, or makes it, and publishes the state.
func (r *Room[S]) load(ctx context.Context, store journal.Store, initial S) error {
	began := time.Now()
	o := journal.OpenOptions{Machine: engine.MachineName[S](), Create: !r.options.MustExist}
	log, head, err := store.Open(ctx, r.id, o)
	if err != nil {
		return err
	}
	r.log = log
	if head.LSN == 0 {
		if err := r.authority.Create(initial, wire.Epoch(random())); err != nil {
			return err
		}
	}
	replayed, err := r.replay(ctx, head)
	if err != nil {
		return err
	}
	if head.Restored {
		r.authority.Rewind(wire.Epoch(random()))
	}
	r.begin()
	r.authority.Open(head.Term)
	c := r.close()
	if err := r.commit(c); err != nil {
		return err
	}
	r.settle(c)
	if r.options.Trace.Opened != nil {
		r.options.Trace.Opened(r.id, Opened{Created: head.LSN == 0, Replayed: replayed, Took: time.Since(began)})
	}
	return nil
}

// replay brings the authority to the head of the journal.
func (r *Room[S]) replay(ctx context.Context, head journal.Head) (records int, err error) {
	from := wire.LSN(1)
	if s := head.Snapshot; s != nil {
		if err := r.authority.Restore(s); err != nil {
			return 0, err
		}
		from = s.LSN + 1
		r.encoded.Store(int64(len(s.State)))
		r.storage.milestones = append(s.Earlier, milestoneOf(s))
	}
	if from > head.LSN {
		return 0, nil
	}
	for record, err := range r.log.Read(ctx, from) {
		if err != nil {
			return records, err
		}
		if err := r.authority.Replay(record); err != nil {
			return records, err
		}
		records++
		r.storage.tail += noted(record)
	}
	return records, nil
}
