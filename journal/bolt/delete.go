package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"go.etcd.io/bbolt"
)

// Delete is the method of journal.Catalog. It marks the row of the room in one transaction and removes the rest in as
// many as are needed, which other rooms share. The space is used again; the file does not shrink.
func (s *Store) Delete(ctx context.Context, room aper.RoomID) error {
	if err := s.delete(ctx, room); err != nil {
		return s.located("delete", room, 0, err)
	}
	return nil
}

func (s *Store) delete(ctx context.Context, room aper.RoomID) error {
	if err := s.writable(); err != nil {
		return err
	}
	err := s.commit(ctx, func(tx *bbolt.Tx) (func() error, error) {
		row, err := rowOrRemains(tx, room)
		if err != nil {
			return nil, err
		}
		if key, _ := firstRemains(tx, room); row.Deleted && key != nil {
			return nil, errRemains // of an earlier call, which did not come to its end
		}
		if err := row.Delete(); err != nil {
			return nil, err
		}
		return func() error { return putRow(tx, room, row) }, nil
	})
	if err != nil && !errors.Is(err, errRemains) {
		return err
	}
	if err := s.removeRemains(ctx, room, func(row journal.Row) bool { return row.Deleted }); err != nil {
		return fmt.Errorf("the room is deleted, but not all of it is removed from the file; delete it again to finish: %w", err)
	}
	return nil
}

// One transaction removes this many records and snapshots, or bytes of them.
const (
	removedValues = 4096
	removedBytes  = 4 << 20
)

var errNothingLeft = errors.New("nothing is left to remove")

// removeRemains removes the records and snapshots of a room, a part in each transaction, while its row is as it should be.
func (s *Store) removeRemains(ctx context.Context, room aper.RoomID, while func(journal.Row) bool) error {
	for {
		err := s.commit(ctx, func(tx *bbolt.Tx) (func() error, error) {
			row, err := getRow(tx, room)
			if err != nil {
				return nil, err
			}
			part := someRemains(tx, room)
			if !while(row) || len(part) == 0 {
				return nil, errNothingLeft
			}
			return func() error {
				for _, r := range part {
					if err := tx.Bucket(r.bucket).Delete(r.key); err != nil {
						return err
					}
				}
				return nil
			}, nil
		})
		if errors.Is(err, errNothingLeft) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

type remains struct{ bucket, key []byte }

func someRemains(tx *bbolt.Tx, room aper.RoomID) (part []remains) {
	prefix, size := roomPrefix(room), 0
	for _, bucket := range [][]byte{bucketRecords, bucketSnapshots} {
		stored := keysOf(tx, bucket)
		for key, value := stored.seek(prefix); bytes.HasPrefix(key, prefix); key, value = stored.next() {
			if len(part) >= removedValues || size >= removedBytes {
				return part
			}
			part = append(part, remains{bucket, key})
			size += len(value)
		}
	}
	return part
}
