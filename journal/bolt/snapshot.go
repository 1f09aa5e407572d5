package bolt

import (
	"context"
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

func (l *log) PutSnapshot(ctx context.Context, s *wire.RoomSnapshot) error {
	key := snapshotKey(l.room, s.LSN, s.Term, s.RecordTag)
	value := seal(key, s.Append)
	if err := l.putSnapshot(ctx, s, key, value); err != nil {
		return l.store.located("put snapshot", l.room, s.LSN, err)
	}
	return nil
}

func (l *log) putSnapshot(ctx context.Context, s *wire.RoomSnapshot, key, value []byte) error {
	bad, _, err := l.readBack(ctx, key)
	if err != nil {
		return err
	}
	return l.write(ctx, func(tx *bbolt.Tx, row *journal.Row) (func() error, error) {
		newest := newestSnapshot(tx, l.room, bad)
		tagAt := func(lsn wire.LSN) (wire.Tag, error) { return l.tagAt(tx, *row, lsn) }
		if err := row.PutSnapshot(l.term, s, newest, tagAt); err != nil {
			return nil, err
		}
		if len(value) > bbolt.MaxValueSize {
			return nil, fmt.Errorf("%w: the snapshot has %d bytes, %d are possible", journal.ErrRefused, len(value), bbolt.MaxValueSize)
		}
		surplus := surplusSnapshots(tx, l.room, s, key, bad)
		look(tx, bucketSnapshots, key)
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

// newestSnapshot marks the record of the newest snapshot that is not known to be bad.
func newestSnapshot(tx *bbolt.Tx, room aper.RoomID, bad map[string]bool) journal.Mark {
	for _, stored := range storedSnapshots(tx, room) {
		if !bad[string(stored.key)] {
			return stored.Mark
		}
	}
	return journal.Mark{}
}

// surplusSnapshots returns the keys of the snapshots that are not kept when s is the newest, under the given key. Bad ones
// above the second that can be read are left as they are, until they are of no use to anybody.
func surplusSnapshots(tx *bbolt.Tx, room aper.RoomID, s *wire.RoomSnapshot, key []byte, bad map[string]bool) (surplus [][]byte) {
	named := make(map[wire.LSN]bool)
	for _, m := range s.Earlier {
		named[m.LSN] = true
	}
	second := false // was found
	for _, old := range storedSnapshots(tx, room) {
		switch {
		case string(old.key) == string(key):
		case second && !named[old.LSN]:
			surplus = append(surplus, old.key)
		case !bad[string(old.key)]:
			second = true
		}
	}
	return surplus
}

func (l *log) Truncate(ctx context.Context, before wire.LSN) error {
	if err := l.truncate(ctx, before); err != nil {
		return l.store.located("truncate", l.room, before, err)
	}
	return nil
}

func (l *log) truncate(ctx context.Context, before wire.LSN) error {
	_, verified, err := l.readBack(ctx, nil)
	if err != nil {
		return err
	}
	return l.write(ctx, func(tx *bbolt.Tx, row *journal.Row) (func() error, error) {
		from, to, err := row.Truncate(l.term, before, verified)
		if err != nil {
			return nil, err
		}
		for lsn := from; lsn < to; lsn++ {
			look(tx, bucketRecords, recordKey(l.room, lsn))
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

// readBack reads the snapshots from the newest to the first that can be read, not counting the one with the key of except.
// It returns the keys of those that cannot be read, and the LSN of the one that can. Older ones are not read: there may
// be many.
func (l *log) readBack(ctx context.Context, except []byte) (bad map[string]bool, verified wire.LSN, err error) {
	if err := l.usable(); err != nil {
		return nil, 0, err
	}
	bad = make(map[string]bool)
	err = l.store.view(ctx, func(tx *bbolt.Tx) error {
		for _, stored := range storedSnapshots(tx, l.room) {
			if string(stored.key) == string(except) {
				continue
			}
			if _, err := stored.read(); err == nil {
				verified = stored.LSN
				return nil
			}
			bad[string(stored.key)] = true
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
