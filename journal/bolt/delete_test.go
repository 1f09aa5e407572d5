package bolt

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// left counts the records and snapshots of a room that are in the file.
func left(t *testing.T, s *Store, room aper.RoomID) (n int) {
	t.Helper()
	err := s.view(t.Context(), func(tx *bbolt.Tx) error {
		for _, bucket := range [][]byte{bucketRecords, bucketSnapshots} {
			_ = tx.Bucket(bucket).ForEach(func(key, _ []byte) error {
				if strings.HasPrefix(string(key), string(roomPrefix(room))) {
					n++
				}
				return nil
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A large room is removed in many transactions, and what it took is used again.
func TestDeleteInParts(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "rooms.db"))
	lobby, other := openRoom(t, s, "lobby"), openRoom(t, s, "lobby2")
	other.fill(t, "lobby2", 3)
	for range 6 {
		next := lobby.next("lobby")
		next.Genesis = &wire.Genesis{State: make([]byte, removedBytes/2+1)}
		if err := lobby.Append(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		lobby.at = journal.Mark{LSN: next.LSN, Tag: next.Tag}
	}
	lobby.put(t, "state six")
	before := s.Stats().Commits
	if err := s.Delete(t.Context(), "lobby"); err != nil {
		t.Fatal(err)
	}
	if commits := s.Stats().Commits - before; commits < 4 {
		t.Errorf("%d transactions removed %d bytes, want %d bytes in each", commits, 3*removedBytes, removedBytes)
	}
	if n := left(t, s, "lobby"); n != 0 {
		t.Errorf("%d records and snapshots are left", n)
	}
	if n, err := other.count(t, "lobby2", 1); n != 3 || err != nil {
		t.Errorf("the other room has %d records, %v", n, err)
	}
}

// Wherever a deletion was interrupted, the room is absent, can be deleted to the end, and can be made again.
func TestDeleteInterrupted(t *testing.T) {
	for _, removed := range []int{0, 1, 11, 13, 14} {
		for _, makeAgain := range []bool{false, true} {
			path := twoRooms(t)
			s := mustOpen(t, path)
			old := openRoom(t, s, "lobby")
			_ = s.Close()
			edit(t, path, func(tx *bbolt.Tx) error {
				row, err := getRow(tx, "lobby")
				if err := errors.Join(err, row.Delete(), putRow(tx, "lobby", row)); err != nil {
					return err
				}
				for _, r := range someRemains(tx, "lobby")[:removed] {
					if err := tx.Bucket(r.bucket).Delete(r.key); err != nil {
						return err
					}
				}
				return nil
			})
			s = mustOpen(t, path)
			_, _, err := s.Open(t.Context(), "lobby", journal.OpenOptions{Machine: counter.Machine})
			_, _, looked := s.Look(t.Context(), "lobby")
			if !errors.Is(err, journal.ErrAbsent) || !errors.Is(looked, journal.ErrAbsent) {
				t.Errorf("open: %v; look: %v", err, looked)
			}
			for report, err := range s.Verify(t.Context()) {
				if err != nil || report.Room != "other" {
					t.Errorf("verify: %+v, %v", report, err)
				}
			}
			if makeAgain {
				again := openRoom(t, s, "lobby")
				if again.head.Term != old.head.Term+1 || again.head.LSN != 0 || again.head.Snapshot != nil {
					t.Errorf("the head of the new room is %+v", again.head)
				}
			} else if err := s.Delete(t.Context(), "lobby"); removed == 14 && !errors.Is(err, journal.ErrAbsent) || removed < 14 && err != nil {
				t.Errorf("delete again, with %d of 14 removed: %v", removed, err)
			}
			if n := left(t, s, "lobby"); n != 0 {
				t.Errorf("with %d removed before, %d are left", removed, n)
			}
			_ = s.Close()
		}
	}
}

// What removes the rest of a deleted room stops when the room was made again.
func TestDeleteOvertaken(t *testing.T) {
	s := mustOpen(t, twoRooms(t))
	if err := s.removeRemains(t.Context(), "lobby", func(row journal.Row) bool { return row.Deleted }); err != nil {
		t.Fatal(err)
	}
	if n := left(t, s, "lobby"); n != 14 {
		t.Errorf("of a room that is there %d records and snapshots are left, want 14", n)
	}
}

// A room that has lost its row is not absent to anybody.
func TestLostRowIsNotAbsent(t *testing.T) {
	path := twoRooms(t)
	edit(t, path, func(tx *bbolt.Tx) error { return tx.Bucket(bucketRooms).Delete([]byte("lobby")) })
	s := mustOpen(t, path)
	_, _, err := s.Look(t.Context(), "lobby")
	wantUnreadable(t, err, "lobby", 1, path)
	wantUnreadable(t, s.Delete(t.Context(), "lobby"), "lobby", 1, path)
}

// A row that was written before rooms could be deleted is read, and one with flags that are not known is not.
func TestRowFormats(t *testing.T) {
	path := twoRooms(t)
	write := func(fields int, more ...uint64) {
		edit(t, path, func(tx *bbolt.Tx) error {
			row, err := getRow(tx, "lobby")
			if err != nil {
				return err
			}
			return tx.Bucket(bucketRooms).Put([]byte("lobby"), seal([]byte("lobby"), func(b []byte) []byte {
				b = cbor.AppendText(cbor.AppendArray(b, fields), row.Machine)
				for _, n := range append([]uint64{uint64(row.Term), uint64(row.First), uint64(row.Last), uint64(row.Tag)}, more...) {
					b = cbor.AppendUint(b, n)
				}
				return b
			}))
		})
	}
	write(rowFieldsOld)
	s := mustOpen(t, path)
	if n, err := openRoom(t, s, "lobby").count(t, "lobby", 1); n != 12 || err != nil {
		t.Errorf("with an old row %d records are read, %v", n, err)
	}
	_ = s.Close()
	write(rowFields, 1, rowFlags+1)
	s = mustOpen(t, path)
	_, _, err := s.Open(t.Context(), "lobby", counter)
	wantUnreadable(t, err, "lobby", 0, path)
}

// A row that cannot be read does not keep the others from being listed.
func TestRoomsWithDamage(t *testing.T) {
	path := twoRooms(t)
	edit(t, path, func(tx *bbolt.Tx) error { return flipValue(tx.Bucket(bucketRooms), []byte("lobby")) })
	s := mustOpen(t, path)
	var rooms []aper.RoomID
	for entry, err := range s.Rooms(t.Context()) {
		rooms = append(rooms, entry.Room)
		if entry.Room == "lobby" {
			wantUnreadable(t, err, "lobby", 0, path)
		} else if err != nil || entry.Last != 3 {
			t.Errorf("%+v, %v", entry, err)
		}
	}
	if len(rooms) != 2 {
		t.Errorf("the rooms are %v", rooms)
	}
}
