package bolt

import (
	"bytes"
	"context"
	"fmt"
	"iter"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// Rooms is the method of journal.Catalog.
func (s *Store) Rooms(ctx context.Context) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		for after := ""; ; {
			rooms, err := s.listRooms(ctx, after)
			for _, r := range rooms {
				after = string(r.Room)
				err := r.err
				if err == nil {
					err = r.row.Look()
				}
				if err != nil {
					err = s.located("list", r.Room, 0, err)
				}
				if !r.row.Deleted && !yield(r.Entry, err) {
					return
				}
			}
			if err != nil {
				yield(journal.Entry{}, fmt.Errorf("journal/bolt: list the rooms of %s: %w", s.path, err))
				return
			}
			if len(rooms) == 0 {
				return
			}
		}
	}
}

type listed struct {
	journal.Entry
	row journal.Row
	err error
}

// listRooms returns a chunk of the rows whose names come after the given one, also when it returns an error.
func (s *Store) listRooms(ctx context.Context, after string) (rooms []listed, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		names := keysOf(tx, bucketRooms)
		key, value := names.seek([]byte(after))
		if key != nil && string(key) == after {
			key, value = names.next()
		}
		for ; key != nil && len(rooms) < chunkRecords; key, value = names.next() {
			room := aper.RoomID(key)
			row, err := readRow(key, value)
			if err != nil {
				rooms = append(rooms, listed{Entry: journal.Entry{Room: room}, err: err})
				continue
			}
			rooms = append(rooms, listed{Entry: row.Entry(room), row: row})
		}
		return nil
	})
	return rooms, err
}

// Look is the method of journal.Catalog.
func (s *Store) Look(ctx context.Context, room aper.RoomID) (journal.Reader, journal.Head, error) {
	var row journal.Row
	var snapshot *wire.RoomSnapshot
	var damage []*journal.Error
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		if row, err = rowOrRemains(tx, room); err != nil {
			return err
		}
		if err := row.Look(); err != nil {
			return err
		}
		snapshot, damage = snapshotAt(tx, room, row.Last)
		return nil
	})
	if err != nil {
		return nil, journal.Head{}, s.located("look", room, 0, err)
	}
	s.passedOver(room, damage)
	return &reader{store: s, room: room, term: row.Term}, headOf(row, snapshot), nil
}

// firstRemains returns the first key of a record or snapshot of the room, and which of the two it is.
func firstRemains(tx *bbolt.Tx, room aper.RoomID) (key, bucket []byte) {
	prefix := roomPrefix(room)
	for _, bucket := range [][]byte{bucketRecords, bucketSnapshots} {
		stored := keysOf(tx, bucket)
		if key, _ := stored.seek(prefix); bytes.HasPrefix(key, prefix) {
			return key, bucket
		}
	}
	return nil, nil
}
