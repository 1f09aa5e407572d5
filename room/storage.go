package room

import (
	"context"
	"errors"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// storage keeps a room's journal short: from time to time the whole room is stored, so that opening it replays little, and
// records that are older than the history to keep are removed. Only the loop uses it.
type storage struct {
	tail       int              // bytes of records since the last snapshot, about
	storing    bool             // a snapshot is being stored
	milestones []wire.Milestone // of the snapshots that are kept, oldest first
}

// noted returns about how many bytes a record takes.
func noted(r *wire.Record) int {
	const head, row = 64, 64
	return head + r.Events.Size() + row*(len(r.Rejections)+len(r.Opened)+len(r.Acknowledged)+len(r.Joined))
}

// wantsStoring reports whether enough was recorded since the room was stored the last time: as much as the state takes, so
// that storing costs no more than recording.
func (r *Room[S]) wantsStoring() bool {
	return !r.storage.storing && r.storage.tail >= max(r.options.SnapshotAfter, int(r.encoded.Load()))
}

// store stores the room beside the loop.
func (r *Room[S]) store(frozen *engine.Frozen[S]) {
	r.storage.storing, r.storage.tail = true, 0
	keep, before := r.retain(r.authority.Position().Seq)
	r.storing.Go(func() {
		stored, err := r.put(frozen, keep, before)
		r.inbox.tell(input[S]{kind: stores, milestone: stored, err: err})
	})
}

// put stores a snapshot that names the earlier ones to keep, and removes the records before the given one when that is not
// zero.
func (r *Room[S]) put(frozen *engine.Frozen[S], keep []wire.Milestone, before wire.LSN) (wire.Milestone, error) {
	began := time.Now()
	snapshot, err := frozen.Snapshot()
	if err != nil {
		return wire.Milestone{}, err
	}
	snapshot.Earlier = keep
	r.encoded.Store(int64(len(snapshot.State)))
	ctx := context.Background()
	if err := r.log.PutSnapshot(ctx, snapshot); err != nil {
		return wire.Milestone{}, err
	}
	if before > 0 {
		err = r.log.Truncate(ctx, before)
	}
	if r.options.Trace.Stored != nil {
		r.options.Trace.Stored(r.id, Stored{Seq: snapshot.Position.Seq, Bytes: len(snapshot.State), Took: time.Since(began)})
	}
	return milestoneOf(snapshot), err
}

func milestoneOf(s *wire.RoomSnapshot) wire.Milestone {
	return wire.Milestone{LSN: s.LSN, Seq: s.Position.Seq, Time: s.Time}
}

// retain returns the snapshots that are worth keeping when the next one is stored, and the first record that is: the one
// after the snapshot where the history to keep begins. That is never the newest, which alone might turn out to be damaged.
// Between there and the newest, snapshots are kept where they are some distance apart, so that any state of the history can
// be had without replaying much, and they do not take much more than the records.
func (r *Room[S]) retain(head aper.Seq) (keep []wire.Milestone, before wire.LSN) {
	all := r.storage.milestones
	for i := len(all) - 1; i >= 0; i-- {
		if r.dispensable(all[i], head) {
			all, before = all[i:], all[i].LSN+1
			break
		}
	}
	for i, m := range all {
		if first, last := i == 0, i == len(all)-1; first || last || r.farFrom(keep[len(keep)-1], m) {
			keep = append(keep, m)
		}
	}
	return keep, before
}

// farFrom reports whether two snapshots are so far apart that both are kept. The less of them are, the more is kept beyond
// the history that is wanted: about a quarter of it.
func (r *Room[S]) farFrom(a, b wire.Milestone) bool {
	o, far := &r.options, 10_000
	if o.History >= 0 && o.HistoryAge == 0 {
		far = min(far, o.History/4)
	}
	return b.Seq >= a.Seq+aper.Seq(far) || o.HistoryAge > 0 && b.Time >= a.Time+aper.Time((o.HistoryAge/4).Milliseconds())
}

// dispensable reports whether what happened before a milestone need not be kept.
func (r *Room[S]) dispensable(m wire.Milestone, head aper.Seq) bool {
	o := &r.options
	return o.History >= 0 && head-m.Seq >= aper.Seq(o.History) && r.now()-m.Time >= aper.Time(o.HistoryAge.Milliseconds())
}

// stored takes the end of store. A room whose snapshots cannot be stored goes on: its records are all there.
func (r *Room[S]) stored(m wire.Milestone, err error) {
	r.storage.storing = false
	if err != nil && !errors.Is(err, journal.ErrClosed) {
		r.options.Log.Error("the room cannot be stored; its journal grows", "room", r.id, "error", err)
	}
	if m.LSN != 0 {
		r.storage.milestones, _ = r.retain(m.Seq)
		r.storage.milestones = append(r.storage.milestones, m)
	}
}

// storeLast stores the room when it ends, so that the next opening need not replay much.
func (r *Room[S]) storeLast() {
	r.storing.Wait()
	const worthwhile = 16 << 10
	if r.storage.tail < min(worthwhile, r.options.SnapshotAfter) {
		return
	}
	keep, before := r.retain(r.authority.Position().Seq)
	if _, err := r.put(r.authority.Freeze(), keep, before); err != nil {
		r.options.Log.Error("the room cannot be stored", "room", r.id, "error", err)
	}
}
