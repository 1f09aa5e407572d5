package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// A Report says what there is of a room that can be read.
type Report struct {
	journal.Entry
	Records   int
	Snapshots int
	Bytes     int64 // of both, as they are stored
}

// Verify reads everything in the file: each row, record and snapshot, whether it is whole and follows the one before, and
// whether the room can be restored. It yields each room in the order of the names, with an error when something is
// wrong: a *journal.Error for each place, joined by errors.Join. What the records mean is not looked at. Rooms can be
// used meanwhile; what is written after Verify came to a room may not be read. An error without a name ends it.
func (s *Store) Verify(ctx context.Context) iter.Seq2[Report, error] {
	return func(yield func(Report, error) bool) {
		for entry, err := range s.Rooms(ctx) {
			report := Report{Entry: entry}
			if err == nil {
				report, err = s.verify(ctx, entry)
			}
			if err == nil || errors.Is(err, journal.ErrUnreadable) {
				if !yield(report, err) || entry.Room == "" {
					return
				}
			} else if !errors.Is(err, journal.ErrAbsent) { // else it was deleted meanwhile
				yield(Report{}, err)
				return
			}
		}
		lost, err := s.lostRooms(ctx)
		for _, damage := range lost {
			if !yield(Report{Entry: journal.Entry{Room: damage.Room}}, s.located("verify", damage.Room, damage.LSN, damage)) {
				return
			}
		}
		if err != nil {
			yield(Report{}, fmt.Errorf("journal/bolt: verify %s: %w", s.path, err))
		}
	}
}

// verify returns what is wrong with one room, or why it could not be looked at.
func (s *Store) verify(ctx context.Context, entry journal.Entry) (Report, error) {
	v := verification{
		reader: &reader{store: s, room: entry.Room, term: entry.Term},
		report: Report{Entry: entry},
		tags:   make(map[wire.LSN]wire.Tag),
		told:   make(map[string]bool),
	}
	for _, check := range []func(context.Context) error{v.records, v.snapshots, v.opening} {
		if err := check(ctx); err != nil && !v.damaged(err) {
			return v.report, s.located("verify", entry.Room, 0, err)
		}
	}
	return v.report, errors.Join(v.damage...)
}

type verification struct {
	reader *reader
	report Report
	tags   map[wire.LSN]wire.Tag // of the records that snapshots are of
	damage []error
	told   map[string]bool
}

// toldPlaces is how many damaged places of one room are reported.
const toldPlaces = 100

// damaged notes an error, if it is one of damage.
func (v *verification) damaged(err error) bool {
	if !errors.Is(err, journal.ErrUnreadable) {
		return false
	}
	err = v.reader.store.located("verify", v.reader.room, 0, err)
	if !v.told[err.Error()] && len(v.damage) < toldPlaces {
		v.damage = append(v.damage, err)
	}
	v.told[err.Error()] = true
	return true
}

// records reads all records, also those after a damaged one.
func (v *verification) records(ctx context.Context) error {
	err := v.reader.view(ctx, func(tx *bbolt.Tx, _ journal.Row) error {
		for _, stored := range storedSnapshots(tx, v.reader.room) {
			v.tags[stored.LSN] = 0
		}
		return nil
	})
	if err != nil {
		return err
	}
	r := reading{log: v.reader, next: v.report.First, to: v.report.Last, chained: v.report.First == 1}
	for more := true; more && len(v.damage) < toldPlaces; {
		err := r.chunk(ctx, v.take)
		if err != nil {
			if !v.damaged(err) && !errors.Is(err, journal.ErrTruncated) {
				return err
			}
			if err := v.skip(ctx, &r); err != nil {
				return err
			}
		}
		more = r.next <= r.to
	}
	return nil
}

func (v *verification) take(r *wire.Record, stored []byte) {
	v.report.Records++
	v.report.Bytes += int64(len(stored))
	if _, is := v.tags[r.LSN]; is {
		v.tags[r.LSN] = r.Tag
	}
}

// skip goes on behind a record that cannot be had: with the next one that is there.
func (v *verification) skip(ctx context.Context, r *reading) error {
	return v.reader.view(ctx, func(tx *bbolt.Tx, row journal.Row) error {
		prefix := roomPrefix(v.reader.room)
		records := keysOf(tx, bucketRecords)
		key, _ := records.seek(recordKey(v.reader.room, r.next+1))
		r.next, r.chained = row.Last+1, false
		if bytes.HasPrefix(key, prefix) {
			r.next = max(lsnOf(key, prefix), row.First)
		}
		return nil
	})
}

// snapshots reads all snapshots, each in a transaction of its own.
func (v *verification) snapshots(ctx context.Context) error {
	var keys [][]byte
	err := v.reader.view(ctx, func(tx *bbolt.Tx, _ journal.Row) error {
		for _, stored := range storedSnapshots(tx, v.reader.room) {
			keys = append(keys, bytes.Clone(stored.key))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		err := v.reader.view(ctx, func(tx *bbolt.Tx, row journal.Row) error {
			value := get(tx, bucketSnapshots, key)
			if value == nil {
				return nil // it was removed meanwhile
			}
			stored := storedSnapshot{markOf(key, roomPrefix(v.reader.room)), key, value}
			return v.snapshot(stored, row)
		})
		if err != nil && !v.damaged(err) {
			return err
		}
	}
	return nil
}

func (v *verification) snapshot(stored storedSnapshot, row journal.Row) error {
	s, err := stored.read()
	tag := v.tags[stored.LSN]
	if stored.LSN == row.Last {
		tag = row.Tag
	}
	switch {
	case err != nil:
	case s.LSN > row.Last:
		err = fmt.Errorf("%w: it is of record %d, the last record is %d", journal.ErrUnreadable, s.LSN, row.Last)
	case tag != 0 && tag != s.RecordTag:
		err = fmt.Errorf("%w: it is of a record with tag %x, the record has tag %x", journal.ErrUnreadable, s.RecordTag, tag)
	default:
		v.report.Snapshots++
		v.report.Bytes += int64(len(stored.value))
		return nil
	}
	return stored.damaged(v.reader.room, err)
}

// opening finds out whether the room can be opened.
func (v *verification) opening(ctx context.Context) error {
	return v.reader.view(ctx, func(tx *bbolt.Tx, row journal.Row) error {
		prefix := roomPrefix(v.reader.room)
		records := keysOf(tx, bucketRecords)
		if key, _ := records.seek(prefix); bytes.HasPrefix(key, prefix) && lsnOf(key, prefix) < row.First {
			return &journal.Error{Room: v.reader.room, LSN: lsnOf(key, prefix),
				Err: fmt.Errorf("%w: its first record should be %d", journal.ErrUnreadable, row.First)}
		}
		_, err := inspect(tx, v.reader.room, journal.OpenOptions{Machine: row.Machine})
		return err
	})
}

// lostRooms returns an error for each room that has records or snapshots and no row.
func (s *Store) lostRooms(ctx context.Context) (lost []*journal.Error, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		told := make(map[aper.RoomID]bool)
		for _, bucket := range [][]byte{bucketRecords, bucketSnapshots} {
			stored := keysOf(tx, bucket)
			for key, _ := stored.seek(nil); key != nil; {
				room, ok := roomOf(key)
				if !ok {
					return fmt.Errorf("%w: %s have the key %x, which is not of a room", journal.ErrUnreadable, bucket, key)
				}
				var damage *journal.Error
				if _, err := rowOrRemains(tx, room); errors.As(err, &damage) && !told[room] {
					lost, told[room] = append(lost, damage), true
				}
				key, _ = stored.seek(append(roomPrefix(room), bytes.Repeat([]byte{0xff}, 25)...)) // beyond all keys of the room
			}
		}
		return nil
	})
	return lost, err
}

// roomOf takes the room from the key of a record or a snapshot.
func roomOf(key []byte) (aper.RoomID, bool) {
	if len(key) < 2 || len(key) < 2+int(binary.BigEndian.Uint16(key)) {
		return "", false
	}
	return aper.RoomID(key[2 : 2+binary.BigEndian.Uint16(key)]), true
}
