package room

import (
	"context"
	"errors"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// storage keeps a room's journal short: from time to time the whole room is stored, so that opening it replays little, and
// records that are older than the history to keep are removed. Only the loop uses it.
type storage struct {
	tail    int    // bytes of records since the last snapshot, about
	storing bool   // a snapshot is being stored
	marks   []mark // of snapshots that are stored, oldest first
}

// A mark is where a snapshot was taken.
type mark struct {
	lsn wire.LSN
	seq aper.Seq
}

// noted returns about how many bytes a record takes.
func noted(r *wire.Record) int {
	const head, row = 64, 64
	return head + r.Events.Size() + row*(len(r.Rejections)+len(r.Opened)+len(r.Acknowledged)+len(r.Joined))
}

// store stores the room beside the loop, when enough was recorded since the last time: as much as the state takes, so that
// storing costs no more than recording.
func (r *Room[S]) store() {
	if r.storage.storing || r.storage.tail < max(r.options.SnapshotAfter, int(r.encoded.Load())) {
		return
	}
	r.storage.storing, r.storage.tail = true, 0
	frozen, before := r.authority.Freeze(), r.truncation()
	r.storing.Go(func() {
		stored, err := r.put(frozen, before)
		r.inbox.put(input[S]{kind: stores, mark: stored, err: err})
	})
}

// put stores a snapshot, and removes the records before the given one when that is not zero.
func (r *Room[S]) put(frozen *engine.Frozen[S], before wire.LSN) (mark, error) {
	snapshot, err := frozen.Snapshot()
	if err != nil {
		return mark{}, err
	}
	r.encoded.Store(int64(len(snapshot.State)))
	ctx := context.Background()
	if err := r.log.PutSnapshot(ctx, snapshot); err != nil {
		return mark{}, err
	}
	if before > 0 {
		err = r.log.Truncate(ctx, before)
	}
	return mark{snapshot.LSN, snapshot.Position.Seq}, err
}

// truncation returns the first record that is to be kept, and zero when all are: those since a snapshot which has enough
// events after it, and is not the newest, which alone might turn out to be damaged.
func (r *Room[S]) truncation() wire.LSN {
	head := r.authority.Position().Seq
	if r.options.History < 0 {
		return 0
	}
	for i := len(r.storage.marks) - 1; i >= 0; i-- {
		if m := r.storage.marks[i]; head-m.seq >= aper.Seq(r.options.History) {
			r.storage.marks = r.storage.marks[i:]
			return m.lsn + 1
		}
	}
	return 0
}

// stored takes the end of store. A room whose snapshots cannot be stored goes on: its records are all there.
func (r *Room[S]) stored(m mark, err error) {
	r.storage.storing = false
	if err != nil && !errors.Is(err, journal.ErrClosed) {
		r.options.Log.Error("the room cannot be stored; its journal grows", "room", r.id, "error", err)
	}
	if m.lsn != 0 {
		r.storage.marks = append(r.storage.marks, m)
	}
}

// storeLast stores the room when it ends, so that the next opening need not replay much.
func (r *Room[S]) storeLast() {
	r.storing.Wait()
	const worthwhile = 16 << 10
	if r.storage.tail < min(worthwhile, r.options.SnapshotAfter) {
		return
	}
	if _, err := r.put(r.authority.Freeze(), r.truncation()); err != nil {
		r.options.Log.Error("the room cannot be stored", "room", r.id, "error", err)
	}
}
