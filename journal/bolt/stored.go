package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// A storedSnapshot is a snapshot as it is in the file.
type storedSnapshot struct {
	journal.Mark // from the key
	key, value   []byte
}

// storedSnapshots returns views of the snapshots of a room, the newest first.
func storedSnapshots(tx *bbolt.Tx, room aper.RoomID) []storedSnapshot {
	prefix := roomPrefix(room)
	var all []storedSnapshot
	stored := keysOf(tx, bucketSnapshots)
	for key, value := stored.seek(prefix); bytes.HasPrefix(key, prefix); key, value = stored.next() {
		all = append(all, storedSnapshot{markOf(key, prefix), key, value})
	}
	slices.Reverse(all)
	return all
}

func markOf(key, prefix []byte) journal.Mark {
	mark := journal.Mark{LSN: lsnOf(key, prefix)}
	if rest := key[len(prefix):]; len(rest) == 24 {
		mark.Tag = wire.Tag(binary.BigEndian.Uint64(rest[16:]))
	}
	return mark
}

// read returns the snapshot, if it is the one that its key says.
func (stored storedSnapshot) read() (*wire.RoomSnapshot, error) {
	s, err := readSnapshot(stored.key, stored.value)
	if err == nil && (s.LSN != stored.LSN || s.RecordTag != stored.Tag) {
		err = fmt.Errorf("%w: it calls itself one of record %d with tag %x", journal.ErrUnreadable, s.LSN, s.RecordTag)
	}
	return s, err
}

// damaged says that the snapshot cannot be read.
func (stored storedSnapshot) damaged(room aper.RoomID, err error) *journal.Error {
	return &journal.Error{Room: room, LSN: stored.LSN, Err: fmt.Errorf("snapshot: %w", err)}
}

// snapshotAt returns the newest snapshot that can be read of a record not after the given one, or nil, and those that
// were passed over for it.
func snapshotAt(tx *bbolt.Tx, room aper.RoomID, at wire.LSN) (*wire.RoomSnapshot, []*journal.Error) {
	var damage []*journal.Error
	for _, stored := range storedSnapshots(tx, room) {
		if stored.LSN > at {
			continue
		}
		s, err := stored.read()
		if err == nil {
			return s, damage
		}
		damage = append(damage, stored.damaged(room, err))
	}
	return nil, damage
}

// passedOver logs the snapshots that cannot be read, and that did no harm.
func (s *Store) passedOver(room aper.RoomID, damage []*journal.Error) {
	for _, d := range damage {
		s.logger.Error("journal/bolt: a snapshot cannot be read, what is older and the records since are used instead",
			"file", s.path, "room", string(room), "record", uint64(d.LSN), "error", d.Err)
	}
}
