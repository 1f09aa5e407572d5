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
	return &log{reader: reader{store: s, room: room, term: head.Term}}, head, nil
}

func (s *Store) openRoom(ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Head, error) {
	if err := s.writable(); err != nil {
		return journal.Head{}, err
	}
	if err := s.revive(ctx); err != nil {
		return journal.Head{}, err
	}
	for {
		head, err := s.tryOpen(ctx, room, o)
		if !errors.Is(err, errRemains) {
			return head, err
		}
		if err := s.removeRemains(ctx, room, func(row journal.Row) bool { return row.Deleted }); err != nil {
			return journal.Head{}, err
		}
	}
}

// errRemains says that the room is deleted and something of it is left, which must be removed before it is made anew.
var errRemains = errors.New("something of the deleted room is left")

func (s *Store) tryOpen(ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Head, error) {
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
	s.passedOver(room, found.damage)
	return headOf(found.row, found.snapshot), nil
}

func headOf(row journal.Row, snapshot *wire.RoomSnapshot) journal.Head {
	return journal.Head{Term: row.Term, Snapshot: snapshot, LSN: row.Last, Tag: row.Tag, Restored: row.Restored}
}

// findings is what there is of a room.
type findings struct {
	row      journal.Row
	snapshot *wire.RoomSnapshot
	damage   []*journal.Error // snapshots that were passed over
}

// inspect finds out whether the room can be restored, by reading everything that is needed for it.
func inspect(tx *bbolt.Tx, room aper.RoomID, o journal.OpenOptions) (f findings, err error) {
	f.row, err = rowOrRemains(tx, room)
	if errors.Is(err, journal.ErrAbsent) || f.row.Deleted {
		return f, f.create(tx, room, o)
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

// create makes the row of a room that is absent.
func (f *findings) create(tx *bbolt.Tx, room aper.RoomID, o journal.OpenOptions) error {
	deleted := f.row.Deleted
	if err := f.row.Create(room, o); err != nil {
		return err
	}
	if key, _ := firstRemains(tx, room); deleted && key != nil {
		return errRemains
	}
	return nil
}

// findSnapshot takes the newest snapshot that can be read and is joined by the records after it.
func (f *findings) findSnapshot(tx *bbolt.Tx, room aper.RoomID) error {
	for _, stored := range storedSnapshots(tx, room) {
		if stored.LSN+1 < f.row.First {
			break // this one and those below are for looking back: the records after them are truncated
		}
		s, err := stored.read()
		if err == nil && s.LSN > f.row.Last {
			err = fmt.Errorf("%w: it is a snapshot of record %d, the last record is %d", journal.ErrUnreadable, s.LSN, f.row.Last)
		}
		if err == nil {
			f.snapshot = s
			return nil
		}
		f.damage = append(f.damage, stored.damaged(room, err))
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
	records := keysOf(tx, bucketRecords)
	if key, _ := records.seek(recordKey(room, f.row.Last+1)); bytes.HasPrefix(key, prefix) {
		return fmt.Errorf("%w: its last record should be %d, and there is a record %d", journal.ErrUnreadable, f.row.Last, lsnOf(key, prefix))
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
