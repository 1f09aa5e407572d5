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

// Restore copies a room from another file, such as a backup that is open for reading only, as it was after the given
// record (0 means the last): the records that are kept up to it, and the snapshots. All of it is verified on the way. The
// next Open says in Head.Restored that the room must begin a new epoch, and its term is above those in both files.
//
// It fails with journal.ErrRefused when the room is in this file already, or cannot be rebuilt as it was then, and says
// from which record on it can. After another error, or a crash, the room may be there in part: it can only be restored
// again, or deleted. A damaged record ends the restore; a damaged snapshot that another can stand in for is left out.
func (s *Store) Restore(ctx context.Context, from *Store, room aper.RoomID, through wire.LSN) error {
	if err := s.restore(ctx, from, room, through); err != nil {
		return &journal.Error{Op: "restore", Room: room, LSN: through, Err: fmt.Errorf("into %s: %w", s.path, err)}
	}
	return nil
}

func (s *Store) restore(ctx context.Context, from *Store, room aper.RoomID, through wire.LSN) error {
	if err := s.writable(); err != nil {
		return err
	}
	source, err := from.source(ctx, room, through)
	if err != nil {
		return from.inSource(err)
	}
	c := copying{from: source, to: s, room: room}
	if err := c.begin(ctx); err != nil {
		return err
	}
	if err := c.all(ctx); err != nil {
		return fmt.Errorf("the room is there in part and cannot be opened; restore it again, or delete it: %w", err)
	}
	return nil
}

// inSource says that an error is about the file that is copied from.
func (s *Store) inSource(err error) error {
	lsn := wire.LSN(0)
	if inner, ok := err.(*journal.Error); ok {
		lsn, err = inner.LSN, inner.Err
	}
	if lsn == 0 {
		return fmt.Errorf("copying from %s: %w", s.path, err)
	}
	return fmt.Errorf("copying from %s, at record %d: %w", s.path, lsn, err)
}

// A source is what there is of a room to copy.
type source struct {
	reader    *reader
	row       journal.Row
	first     wire.LSN     // of the records to copy; one beyond the last when there are none
	last      journal.Mark // of them, or of the snapshot when there are none
	base      journal.Mark // of the newest snapshot, zero when there is none
	snapshots [][]byte     // keys
}

// source finds out how the room can be rebuilt as it was after the given record.
func (s *Store) source(ctx context.Context, room aper.RoomID, through wire.LSN) (*source, error) {
	var f source
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		if f.row, err = rowOrRemains(tx, room); err != nil {
			return err
		}
		if err := f.row.Look(); err != nil {
			return err
		}
		if through > f.row.Last {
			return fmt.Errorf("%w: there is no such record; the last one is %d", journal.ErrRefused, f.row.Last)
		}
		if through == 0 {
			through = f.row.Last
		}
		return f.plan(tx, room, through)
	})
	f.reader = &reader{store: s, room: room, term: f.row.Term}
	return &f, err
}

func (f *source) plan(tx *bbolt.Tx, room aper.RoomID, through wire.LSN) (err error) {
	if base, _ := snapshotAt(tx, room, through); base != nil {
		f.base = journal.Mark{LSN: base.LSN, Tag: base.RecordTag}
	}
	if f.row.First > 1 && f.base.LSN+1 < f.row.First && f.base.LSN != through {
		return cannotRebuild(tx, room, f.row)
	}
	f.first = min(f.row.First, through+1)
	switch through {
	case f.row.Last:
		f.last = journal.Mark{LSN: through, Tag: f.row.Tag}
	case f.base.LSN:
		f.last = f.base
	default:
		w := walk{tx: tx, room: room, row: f.row, previous: journal.Mark{LSN: through - 1}}
		if _, _, err := w.next(); err != nil {
			return err
		}
		f.last = w.previous
	}
	for _, stored := range storedSnapshots(tx, room) {
		if stored.LSN <= through {
			f.snapshots = append(f.snapshots, bytes.Clone(stored.key))
		}
	}
	return nil
}

// cannotRebuild says from which record on the room can be rebuilt.
func cannotRebuild(tx *bbolt.Tx, room aper.RoomID, row journal.Row) error {
	var least wire.LSN
	for _, stored := range storedSnapshots(tx, room) {
		if stored.LSN+1 < row.First {
			break
		}
		if _, err := stored.read(); err == nil {
			least = stored.LSN
		}
	}
	if least == 0 {
		return fmt.Errorf("%w: its records begin at %d and no snapshot that can be read goes before them", journal.ErrUnreadable, row.First)
	}
	return fmt.Errorf("%w: the records before %d are truncated; the room can be restored as it was after record %d or a later one",
		journal.ErrRefused, row.First, least)
}

// A copying is a restore in progress.
type copying struct {
	from *source
	to   *Store
	room aper.RoomID
	row  journal.Row // which it has begun with: while the room has it, the restore is this one
}

// begin marks the room as one that is being restored.
func (c *copying) begin(ctx context.Context) error {
	return c.to.commit(ctx, func(tx *bbolt.Tx) (func() error, error) {
		row, err := rowOrRemains(tx, c.room)
		if err != nil && !errors.Is(err, journal.ErrAbsent) {
			return nil, err
		}
		if err := row.BeginRestore(c.from.row, c.from.first, c.from.last); err != nil {
			return nil, err
		}
		c.row = row
		return func() error { return putRow(tx, c.room, row) }, nil
	})
}

func (c *copying) all(ctx context.Context) error {
	if err := c.to.removeRemains(ctx, c.room, func(row journal.Row) bool { return row == c.row }); err != nil {
		return err
	}
	if err := c.records(ctx); err != nil {
		return err
	}
	for _, key := range c.from.snapshots {
		if err := c.snapshot(ctx, key); err != nil {
			return err
		}
	}
	return c.change(ctx, func(tx *bbolt.Tx) func() error {
		row := c.row
		row.EndRestore()
		return func() error { return putRow(tx, c.room, row) }
	})
}

type sealed struct{ key, value []byte }

// records copies the records, a chunk in each transaction.
func (c *copying) records(ctx context.Context) error {
	reading := reading{log: c.from.reader, next: c.from.first, to: c.from.last.LSN}
	switch c.from.first - 1 {
	case 0:
		reading.chained = true // record 1 follows tag 0
	case c.from.base.LSN:
		reading.tag, reading.chained = c.from.base.Tag, true
	}
	for reading.next <= reading.to {
		var part []sealed
		var wrong error
		err := reading.chunk(ctx, func(r *wire.Record, stored []byte) {
			if r.LSN == c.from.base.LSN && r.Tag != c.from.base.Tag {
				wrong = &journal.Error{LSN: r.LSN, Err: fmt.Errorf("%w: the record has tag %x, the snapshot of it says %x",
					journal.ErrUnreadable, r.Tag, c.from.base.Tag)}
			}
			part = append(part, c.seal(recordKey(c.room, r.LSN), stored))
		})
		if err == nil {
			err = wrong
		}
		if err != nil {
			return c.from.reader.store.inSource(err)
		}
		err = c.write(ctx, bucketRecords, part...)
		if err != nil {
			return err
		}
	}
	if reading.chained && reading.tag != c.from.last.Tag {
		err := fmt.Errorf("%w: the last record has tag %x and should have %x", journal.ErrUnreadable, reading.tag, c.from.last.Tag)
		return c.from.reader.store.inSource(&journal.Error{LSN: c.from.last.LSN, Err: err})
	}
	return nil
}

// snapshot copies one snapshot, if it can be read.
func (c *copying) snapshot(ctx context.Context, key []byte) error {
	from := c.from.reader
	var copied sealed
	var damage []*journal.Error
	err := from.view(ctx, func(tx *bbolt.Tx, _ journal.Row) error {
		value := get(tx, bucketSnapshots, key)
		if value == nil {
			return nil // it was removed meanwhile
		}
		stored := storedSnapshot{markOf(key, roomPrefix(from.room)), key, value}
		if _, err := stored.read(); err != nil {
			damage = append(damage, stored.damaged(from.room, err))
			return nil
		}
		copied = c.seal(key, value)
		return nil
	})
	if err != nil {
		return from.store.inSource(err)
	}
	from.store.passedOver(from.room, damage)
	if copied.key == nil {
		return nil
	}
	return c.write(ctx, bucketSnapshots, copied)
}

// seal returns what was sealed under the same key, in memory of its own.
func (*copying) seal(key, stored []byte) sealed {
	return sealed{key, bytes.Clone(stored)}
}

// write makes a part of the copy durable.
func (c *copying) write(ctx context.Context, bucket []byte, part ...sealed) error {
	return c.change(ctx, func(tx *bbolt.Tx) func() error {
		for _, v := range part {
			look(tx, bucket, v.key)
		}
		return func() error {
			for _, v := range part {
				if err := tx.Bucket(bucket).Put(v.key, v.value); err != nil {
					return err
				}
			}
			return nil
		}
	})
}

// change commits something, while the restore is this one.
func (c *copying) change(ctx context.Context, change func(tx *bbolt.Tx) (write func() error)) error {
	return c.to.commit(ctx, func(tx *bbolt.Tx) (func() error, error) {
		row, err := getRow(tx, c.room)
		if err != nil {
			return nil, err
		}
		if row != c.row {
			return nil, fmt.Errorf("%w: it was deleted meanwhile, or another restore of it was begun", journal.ErrFenced)
		}
		return change(tx), nil
	})
}
