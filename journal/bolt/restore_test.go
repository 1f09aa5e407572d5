package bolt

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

func emptyStore(t *testing.T) *Store {
	t.Helper()
	return mustOpen(t, filepath.Join(t.TempDir(), "target.db"))
}

func wantRefused(t *testing.T, err error, says ...string) {
	t.Helper()
	if !errors.Is(err, journal.ErrRefused) {
		t.Errorf("got %v, want journal.ErrRefused", err)
		return
	}
	for _, text := range says {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
}

// A room is restored as it was after any record that is kept, with the snapshots up to there, and says so until the
// first append.
func TestRestore(t *testing.T) {
	source := openReadOnly(t, twoRooms(t))
	for through, snapshots := range map[wire.LSN][]wire.LSN{0: {8, 4}, 12: {8, 4}, 11: {8, 4}, 8: {8, 4}, 7: {4}, 4: {4}, 3: nil, 1: nil} {
		s := emptyStore(t)
		if err := s.Restore(t.Context(), source, "lobby", through); err != nil {
			t.Fatal(err)
		}
		last := through
		if through == 0 {
			last = 12
		}
		if got := snapshotLSNs(t, s); !slices.Equal(got, snapshots) {
			t.Errorf("restored through %d, it has snapshots of %v, want %v", through, got, snapshots)
		}
		for report, err := range s.Verify(t.Context()) {
			if err != nil || !report.Restored || report.Records != int(last) {
				t.Errorf("restored through %d: %+v, %v", through, report, err)
			}
		}
		for range 2 { // it stays so until a record is appended
			lobby := openRoom(t, s, "lobby")
			if !lobby.head.Restored || lobby.head.LSN != last || lobby.head.Term <= 1 {
				t.Errorf("restored through %d, the head is %+v", through, lobby.head)
			}
		}
		lobby := openRoom(t, s, "lobby")
		lobby.put(t, "state")
		if lobby = openRoom(t, s, "lobby"); !lobby.head.Restored {
			t.Error("a snapshot has made the room forget that it was restored")
		}
		lobby.fill(t, "lobby", 2)
		if lobby = openRoom(t, s, "lobby"); lobby.head.Restored || lobby.head.LSN != last+2 {
			t.Errorf("after an append the head is %+v", lobby.head)
		}
		if n, err := lobby.count(t, "lobby", 1); n != int(last)+2 || err != nil {
			t.Errorf("restored through %d, it has %d records, %v", through, n, err)
		}
	}
}

// A long room is copied in many parts, and an empty one too.
func TestRestoreLongAndEmpty(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rooms.db")
	s := mustOpen(t, path)
	openRoom(t, s, "empty")
	long := openRoom(t, s, "long")
	const many = 2*chunkRecords + 10
	for range many {
		next := &wire.Record{LSN: long.at.LSN + 1, Term: long.head.Term, Previous: long.at.Tag, Tag: long.at.Tag + 77}
		if err := long.Append(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		long.at = journal.Mark{LSN: next.LSN, Tag: next.Tag}
	}
	target := emptyStore(t)
	for _, room := range []struct {
		*room
		id string
	}{{long, "long"}, {&room{}, "empty"}} {
		if err := target.Restore(t.Context(), s, aper.RoomID(room.id), 0); err != nil {
			t.Fatal(err)
		}
		if again := openRoom(t, target, aper.RoomID(room.id)); again.at != room.at || !again.head.Restored {
			t.Errorf("the head of %q is %+v, want %+v", room.id, again.head, room.at)
		}
	}
	if left(t, target, "long") != many {
		t.Error("not all records were copied")
	}
}

// What is truncated can be had again only by a snapshot, and the error says from where on.
func TestRestoreTruncated(t *testing.T) {
	path := twoRooms(t)
	s := mustOpen(t, path)
	if err := openRoom(t, s, "lobby").Truncate(t.Context(), 8); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	source, target := openReadOnly(t, path), emptyStore(t)
	for _, through := range []wire.LSN{1, 3, 5, 7} {
		wantRefused(t, target.Restore(t.Context(), source, "lobby", through), "before 8", "after record 8 or a later one", source.path)
	}
	wantRefused(t, target.Restore(t.Context(), source, "lobby", 13), "the last one is 12")
	for through, first := range map[wire.LSN]wire.LSN{4: 5, 8: 8, 9: 8, 12: 8} {
		if err := target.Restore(t.Context(), source, "lobby", through); err != nil {
			t.Fatal(err)
		}
		lobby := openRoom(t, target, "lobby")
		if lobby.head.LSN != through || lobby.head.Snapshot == nil || lobby.head.Snapshot.LSN != min(through, 8)/4*4 {
			t.Errorf("restored through %d, the head is %+v", through, lobby.head)
		}
		lobby.fill(t, "lobby", 1)
		if n, err := lobby.count(t, "lobby", first); n != int(through-first)+2 || err != nil {
			t.Errorf("restored through %d, it has %d records from %d on, %v", through, n, first, err)
		}
		if err := target.Delete(t.Context(), "lobby"); err != nil {
			t.Fatal(err)
		}
	}
}

// A room that is there is not restored over, and one that is restored in its place fences the owners of both.
func TestRestoreOverDeleted(t *testing.T) {
	path := twoRooms(t)
	s := mustOpen(t, path)
	for range 9 {
		openRoom(t, s, "other")
	}
	_ = s.Close()
	source, target := openReadOnly(t, path), emptyStore(t)
	old := openRoom(t, target, "lobby")
	old.fill(t, "lobby", 2)
	err := target.Restore(t.Context(), source, "lobby", 0)
	wantRefused(t, err, target.path, "delete it")
	old.fill(t, "lobby", 1)
	if err := target.Delete(t.Context(), "lobby"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"lobby", "other"} {
		if err := target.Restore(t.Context(), source, aper.RoomID(id), 0); err != nil {
			t.Fatal(err)
		}
	}
	_, head, err := target.Look(t.Context(), "lobby")
	if err != nil || head.Term <= old.head.Term {
		t.Errorf("the term is %d, it was %d before the room was deleted, %v", head.Term, old.head.Term, err)
	}
	if err := old.Append(t.Context(), old.next("lobby")); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("the owner of the deleted room appends: %v", err)
	}
	if _, err := old.count(t, "lobby", 1); !errors.Is(err, journal.ErrAbsent) {
		t.Errorf("the owner of the deleted room reads: %v", err)
	}
	if other := openRoom(t, target, "other"); other.head.Term <= 10 {
		t.Errorf("the term is %d, in the source it is 10", other.head.Term)
	}
	if err := target.Restore(t.Context(), source, "third", 0); !errors.Is(err, journal.ErrAbsent) || !strings.Contains(err.Error(), path) {
		t.Errorf("a room that is not in the source: %v", err)
	}
}

// Wherever a restore was interrupted, nobody can open the room until it is restored again or deleted.
func TestRestoreInterrupted(t *testing.T) {
	source := openReadOnly(t, twoRooms(t))
	for name, c := range map[string]struct {
		part  func(c *copying) error
		again func(s *Store) error
		found wire.LSN
	}{
		"begun, restored":   {func(c *copying) error { return nil }, func(s *Store) error { return s.Restore(t.Context(), source, "lobby", 5) }, 5},
		"records, restored": {func(c *copying) error { return c.records(t.Context()) }, func(s *Store) error { return s.Restore(t.Context(), source, "lobby", 5) }, 5},
		"all but one, deleted": {func(c *copying) error {
			return errors.Join(c.records(t.Context()), c.snapshot(t.Context(), c.from.snapshots[0]))
		}, func(s *Store) error { return s.Delete(t.Context(), "lobby") }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := emptyStore(t)
			from, err := source.source(t.Context(), "lobby", 0)
			if err != nil {
				t.Fatal(err)
			}
			copying := copying{from: from, to: s, room: "lobby"}
			if err := errors.Join(copying.begin(t.Context()), c.part(&copying)); err != nil {
				t.Fatal(err)
			}
			_ = s.Close()
			s = mustOpen(t, s.path)
			for range 2 {
				_, _, err := s.Open(t.Context(), "lobby", counter)
				_, _, looked := s.Look(t.Context(), "lobby")
				for _, err := range []error{err, looked} {
					wantUnreadable(t, err, "lobby", 0, s.path)
					if !strings.Contains(err.Error(), "restore it again") {
						t.Errorf("it is not said what to do: %v", err)
					}
				}
			}
			for entry, err := range s.Rooms(t.Context()) {
				wantUnreadable(t, err, entry.Room, 0, s.path)
			}
			if err := c.again(s); err != nil {
				t.Fatal(err)
			}
			lobby := openRoom(t, s, "lobby")
			if lobby.head.LSN != c.found || lobby.head.Restored != (c.found > 0) {
				t.Errorf("the head is %+v, want record %d", lobby.head, c.found)
			}
			if n, err := lobby.count(t, "lobby", 1); n != int(c.found) || err != nil {
				t.Errorf("%d records, %v", n, err)
			}
		})
	}
}

// Of two restores the one that was begun later goes on, and a deletion ends one.
func TestRestoreOvertaken(t *testing.T) {
	source, s := openReadOnly(t, twoRooms(t)), emptyStore(t)
	from, err := source.source(t.Context(), "lobby", 0)
	if err != nil {
		t.Fatal(err)
	}
	first, second := copying{from: from, to: s, room: "lobby"}, copying{from: from, to: s, room: "lobby"}
	if err := errors.Join(first.begin(t.Context()), first.records(t.Context()), second.begin(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := first.all(t.Context()); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("the first: %v", err)
	}
	if err := s.Delete(t.Context(), "lobby"); err != nil {
		t.Fatal(err)
	}
	if err := second.all(t.Context()); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("the second, after the room was deleted: %v", err)
	}
	if n := left(t, s, "lobby"); n != 0 {
		t.Errorf("%d records and snapshots are left", n)
	}
}

// A copy is verified: what is damaged in the source is named with its place, and is not taken over.
func TestRestoreFromDamaged(t *testing.T) {
	for name, c := range map[string]struct {
		says   string
		change func(tx *bbolt.Tx) error
	}{
		"flipped record": {"at record 3", func(tx *bbolt.Tx) error { return flipValue(tx.Bucket(bucketRecords), recordKey("lobby", 3)) }},
		"missing record": {"at record 3", func(tx *bbolt.Tx) error { return tx.Bucket(bucketRecords).Delete(recordKey("lobby", 3)) }},
		"first of another": {"at record 1", func(tx *bbolt.Tx) error {
			return putRecord(tx, &wire.Record{LSN: 1, Term: 1, Previous: 5, Tag: tagOf(1)})
		}},
		"another history": {"at record 11", func(tx *bbolt.Tx) error { return putRecord(tx, &wire.Record{LSN: 11, Term: 1, Previous: 5, Tag: 6}) }},
		"another last": {"at record 12", func(tx *bbolt.Tx) error {
			return putRecord(tx, &wire.Record{LSN: 12, Term: 1, Previous: tagOf(11), Tag: 6})
		}},
		"row": {"lobby", func(tx *bbolt.Tx) error { return flipValue(tx.Bucket(bucketRooms), []byte("lobby")) }},
	} {
		t.Run(name, func(t *testing.T) {
			path := twoRooms(t)
			edit(t, path, c.change)
			source, s := openReadOnly(t, path), emptyStore(t)
			err := s.Restore(t.Context(), source, "lobby", 0)
			if !errors.Is(err, journal.ErrUnreadable) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want that %s is unreadable %s", err, path, c.says)
			}
			if _, _, err := s.Open(t.Context(), "lobby", counter); name != "row" && !errors.Is(err, journal.ErrUnreadable) {
				t.Errorf("the room can be opened: %v", err)
			}
		})
	}
	path := twoRooms(t)
	flip(t, path, "state eight")
	source, s := openReadOnly(t, path), emptyStore(t)
	if err := s.Restore(t.Context(), source, "lobby", 0); err != nil {
		t.Fatal(err)
	}
	if lobby := openRoom(t, s, "lobby"); lobby.head.LSN != 12 || lobby.head.Snapshot.LSN != 4 {
		t.Errorf("without the damaged snapshot the head is %+v", lobby.head)
	}
	if got := snapshotLSNs(t, s); !slices.Equal(got, []wire.LSN{4}) {
		t.Errorf("it has snapshots of %v", got)
	}
}

func putRecord(tx *bbolt.Tx, r *wire.Record) error {
	key := recordKey("lobby", r.LSN)
	return tx.Bucket(bucketRecords).Put(key, seal(key, r.Append))
}
