package bolt

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// keptSnapshots is how many readable snapshots of a room are kept.
const keptSnapshots = 2

func (l *log) PutSnapshot(ctx context.Context, s *wire.RoomSnapshot) error {
	key := snapshotKey(l.room, s.LSN, s.Term, s.RecordTag)
	value := seal(key, s.Append)
	if err := l.putSnapshot(ctx, s, key, value); err != nil {
		return l.store.located("put snapshot", l.room, s.LSN, err)
	}
	return nil
}

func (l *log) putSnapshot(ctx context.Context, s *wire.RoomSnapshot, key, value []byte) error {
	bad, _, err := l.readBack(ctx)
	if err != nil {
		return err
	}
	return l.write(ctx, func(tx *bbolt.Tx, row *journal.Row) (func() error, error) {
		var newest journal.Mark
		var surplus [][]byte
		kept := 1
		for _, stored := range storedSnapshots(tx, l.room) {
			switch {
			case bad[string(stored.key)] && kept < keptSnapshots:
				continue // left as it is, until it is of no use to anybody
			case string(stored.key) == string(key):
			case kept < keptSnapshots:
				kept++
			default:
				surplus = append(surplus, stored.key)
			}
			if newest.LSN == 0 && !bad[string(stored.key)] {
				newest = stored.Mark
			}
		}
		tagAt := func(lsn wire.LSN) (wire.Tag, error) { return l.tagAt(tx, *row, lsn) }
		if err := row.PutSnapshot(l.term, s, newest, tagAt); err != nil {
			return nil, err
		}
		if len(value) > bbolt.MaxValueSize {
			return nil, fmt.Errorf("%w: the snapshot has %d bytes, %d are possible", journal.ErrRefused, len(value), bbolt.MaxValueSize)
		}
		return func() error {
			bucket := tx.Bucket(bucketSnapshots)
			for _, old := range surplus {
				if err := bucket.Delete(old); err != nil {
					return err
				}
			}
			return bucket.Put(key, value)
		}, nil
	})
}

func (l *log) Truncate(ctx context.Context, before wire.LSN) error {
	if err := l.truncate(ctx, before); err != nil {
		return l.store.located("truncate", l.room, before, err)
	}
	return nil
}

func (l *log) truncate(ctx context.Context, before wire.LSN) error {
	_, verified, err := l.readBack(ctx)
	if err != nil {
		return err
	}
	return l.write(ctx, func(tx *bbolt.Tx, row *journal.Row) (func() error, error) {
		from, to, err := row.Truncate(l.term, before, verified)
		if err != nil {
			return nil, err
		}
		return func() error {
			bucket := tx.Bucket(bucketRecords)
			for lsn := from; lsn < to; lsn++ {
				if err := bucket.Delete(recordKey(l.room, lsn)); err != nil {
					return err
				}
			}
			return nil
		}, nil
	})
}

// readBack reads all snapshots. It returns the keys of those that cannot be read, and the LSN of the newest that can.
func (l *log) readBack(ctx context.Context) (bad map[string]bool, verified wire.LSN, err error) {
	if err := l.usable(); err != nil {
		return nil, 0, err
	}
	err = l.store.view(ctx, func(tx *bbolt.Tx) error {
		for _, stored := range storedSnapshots(tx, l.room) {
			s, err := readSnapshot(stored.key, stored.value)
			if err != nil || s.LSN != stored.LSN || s.RecordTag != stored.Tag {
				if bad == nil {
					bad = make(map[string]bool)
				}
				bad[string(stored.key)] = true
			} else if verified == 0 {
				verified = s.LSN
			}
		}
		return nil
	})
	return bad, verified, err
}

func (l *log) tagAt(tx *bbolt.Tx, row journal.Row, lsn wire.LSN) (wire.Tag, error) {
	w := walk{tx: tx, room: l.room, row: row, previous: journal.Mark{LSN: lsn - 1}}
	r, _, err := w.next()
	if err != nil {
		return 0, err
	}
	return r.Tag, nil
}

func markOf(key, prefix []byte) journal.Mark {
	mark := journal.Mark{LSN: lsnOf(key, prefix)}
	if rest := key[len(prefix):]; len(rest) == 24 {
		mark.Tag = wire.Tag(binary.BigEndian.Uint64(rest[16:]))
	}
	return mark
}
