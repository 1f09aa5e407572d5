package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// Open is the method of journal.Store.
func (s *Store) Open(ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
	head, err := s.openRoom(ctx, room, o)
	if err != nil {
		return nil, journal.Head{}, s.located("open", room, 0, err)
	}
	return &log{store: s, room: room, term: head.Term}, head, nil
}

func (s *Store) openRoom(ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Head, error) {
	// Reading all that is needed may take a while, so it is done before the write transaction, and done again inside
	// only when an owner has written in between.
	var found findings
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		found, err = inspect(tx, room, o)
		return err
	})
	if err != nil {
		return journal.Head{}, err
	}
	err = s.commit(ctx, func(tx *bbolt.Tx) (func() error, error) {
		row, err := getRow(tx, room)
		if err != nil && !errors.Is(err, journal.ErrAbsent) {
			return nil, err
		}
		if row != found.row {
			if found, err = inspect(tx, room, o); err != nil {
				return nil, err
			}
		}
		if err := found.row.Open(o); err != nil {
			return nil, err
		}
		return func() error { return putRow(tx, room, found.row) }, nil
	})
	if err != nil {
		return journal.Head{}, err
	}
	for _, damage := range found.damage {
		s.logger.Error("journal/bolt: a snapshot cannot be read, an older one and the records since are used instead",
			"file", s.path, "room", string(room), "record", uint64(damage.LSN), "error", damage.Err)
	}
	return journal.Head{Term: found.row.Term, Snapshot: found.snapshot, LSN: found.row.Last, Tag: found.row.Tag}, nil
}

// findings is what there is of a room.
type findings struct {
	row      journal.Row
	snapshot *wire.RoomSnapshot
	damage   []*journal.Error // snapshots that were passed over
}

// inspect finds out whether the room can be restored, by reading everything that is needed for it.
func inspect(tx *bbolt.Tx, room aper.RoomID, o journal.OpenOptions) (f findings, err error) {
	f.row, err = getRow(tx, room)
	if errors.Is(err, journal.ErrAbsent) {
		if err := noRemains(tx, room); err != nil {
			return f, err
		}
		f.row, err = journal.NewRow(room, o)
		return f, err
	}
	if err != nil {
		return f, err
	}
	row := f.row
	if err := row.Open(o); err != nil {
		return f, err
	}
	if err := f.findSnapshot(tx, room); err != nil {
		return f, err
	}
	return f, f.checkTail(tx, room)
}

// findSnapshot takes the newest snapshot that can be read and is joined by the records after it.
func (f *findings) findSnapshot(tx *bbolt.Tx, room aper.RoomID) error {
	for _, stored := range storedSnapshots(tx, room) {
		s, err := readSnapshot(stored.key, stored.value)
		switch {
		case err != nil:
		case stored.LSN+1 < f.row.First:
			continue // an older one whose records are truncated
		case s.LSN != stored.LSN || s.LSN > f.row.Last:
			err = fmt.Errorf("%w: it is a snapshot of record %d, the last record is %d", journal.ErrUnreadable, s.LSN, f.row.Last)
		default:
			f.snapshot = s
			return nil
		}
		f.damage = append(f.damage, &journal.Error{Room: room, LSN: stored.LSN, Err: fmt.Errorf("snapshot: %w", err)})
	}
	if f.row.First == 1 {
		return nil
	}
	if len(f.damage) > 0 {
		return f.damage[0]
	}
	return fmt.Errorf("%w: its records begin at %d and no snapshot goes before them", journal.ErrUnreadable, f.row.First)
}

// checkTail reads the records after the snapshot.
func (f *findings) checkTail(tx *bbolt.Tx, room aper.RoomID) error {
	var previous journal.Mark
	if f.snapshot != nil {
		previous = journal.Mark{LSN: f.snapshot.LSN, Tag: f.snapshot.RecordTag}
	}
	w := walk{tx: tx, room: room, row: f.row, previous: previous, chained: true}
	for w.previous.LSN < f.row.Last {
		if _, _, err := w.next(); err != nil {
			return err
		}
	}
	if w.previous.Tag != f.row.Tag {
		return &journal.Error{Room: room, LSN: f.row.Last, Err: fmt.Errorf("%w: the last record has tag %x and should have %x",
			journal.ErrUnreadable, w.previous.Tag, f.row.Tag)}
	}
	prefix := roomPrefix(room)
	if key, _ := tx.Bucket(bucketRecords).Cursor().Seek(recordKey(room, f.row.Last+1)); bytes.HasPrefix(key, prefix) {
		return fmt.Errorf("%w: its last record should be %d, and there is a record %d", journal.ErrUnreadable, f.row.Last, lsnOf(key, prefix))
	}
	return nil
}

// noRemains makes sure that a room without a row is absent, and not one that has lost its row.
func noRemains(tx *bbolt.Tx, room aper.RoomID) error {
	prefix := roomPrefix(room)
	for _, bucket := range [][]byte{bucketRecords, bucketSnapshots} {
		if key, _ := tx.Bucket(bucket).Cursor().Seek(prefix); bytes.HasPrefix(key, prefix) {
			return &journal.Error{Room: room, LSN: lsnOf(key, prefix),
				Err: fmt.Errorf("%w: the room has no row, but %s of it are there; restore the file from a backup", journal.ErrUnreadable, bucket)}
		}
	}
	return nil
}

// located says where err happened. Errors about one stored value know that already.
func (s *Store) located(op string, room aper.RoomID, lsn wire.LSN, err error) error {
	if inner, ok := err.(*journal.Error); ok {
		lsn, err = inner.LSN, inner.Err
	}
	if errors.Is(err, journal.ErrUnreadable) {
		err = fmt.Errorf("in %s: %w", s.path, err)
	}
	return &journal.Error{Op: op, Room: room, LSN: lsn, Err: err}
}
