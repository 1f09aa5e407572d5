package sim

import (
	"bytes"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// prefix checks I8 (L1, L4): two that are at the same (epoch, seq, tag) have the same past. The history refuses a tag
// that ends two batches, and the confirmed states of replicas and the snapshots that are sent are compared with it; here
// are the records and the snapshot that an owner opens the room from, and the room that it makes of them.
type prefix[S aper.StateMachine[S]] struct {
	Watcher[S]
	log *history[S]
}

func (o *prefix[S]) Opened(owner Owner, a *engine.Authority[S], snapshot *wire.RoomSnapshot, records []*wire.Record) error {
	for _, r := range records {
		if r.LSN == 0 || r.LSN > wire.LSN(len(o.log.records)) || o.log.records[r.LSN-1].Tag != r.Tag {
			return breach("I8", "L4", "owner %v opens from a record %d with tag %x, and durable are %d others",
				owner, r.LSN, r.Tag, len(o.log.records))
		}
	}
	if snapshot != nil {
		if err := o.snapshot(owner, snapshot); err != nil {
			return err
		}
	}
	if head := o.log.head(); head != nil && a.Position() != head.position {
		return breach("I8", "L4", "owner %v opens the room at %v, and the log goes to %v", owner, a.Position(), head.position)
	}
	return nil
}

func (o *prefix[S]) snapshot(owner Owner, snapshot *wire.RoomSnapshot) error {
	if snapshot.LSN == 0 || snapshot.LSN > wire.LSN(len(o.log.ends)) {
		return breach("I8", "L4", "owner %v opens from a snapshot of record %d, and %d are durable",
			owner, snapshot.LSN, len(o.log.records))
	}
	p := o.log.ends[snapshot.LSN-1]
	if snapshot.Position != p.position || snapshot.RecordTag != o.log.records[snapshot.LSN-1].Tag {
		return breach("I8", "L4", "owner %v opens from a snapshot of record %d at %v, and the log has %v there",
			owner, snapshot.LSN, snapshot.Position, p.position)
	}
	if !bytes.Equal(snapshot.State, o.log.encoding(p)) {
		return breach("I8", "L1", "owner %v opens from a snapshot at %v that is not the state there, %s",
			owner, snapshot.Position, show(p.state))
	}
	return nil
}
