package bolt

import (
	"context"
	"errors"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// verified returns what Verify says of each room, and the places of the errors.
func verified(t *testing.T, s *Store) (reports map[aper.RoomID]Report, places map[aper.RoomID][]wire.LSN) {
	t.Helper()
	reports, places = make(map[aper.RoomID]Report), make(map[aper.RoomID][]wire.LSN)
	for report, err := range s.Verify(t.Context()) {
		if _, twice := reports[report.Room]; twice || report.Room == "" {
			t.Errorf("room %q was reported before, or has no name: %v", report.Room, err)
		}
		reports[report.Room] = report
		if err == nil {
			continue
		}
		all := []error{err}
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			all = joined.Unwrap()
		}
		for _, err := range all {
			var located *journal.Error
			if !errors.Is(err, journal.ErrUnreadable) || !errors.As(err, &located) || located.Room != report.Room {
				t.Errorf("room %q: %v", report.Room, err)
				continue
			}
			places[report.Room] = append(places[report.Room], located.LSN)
		}
	}
	return reports, places
}

// All of a file that is whole is read and counted.
func TestVerify(t *testing.T) {
	s := openReadOnly(t, twoRooms(t))
	reports, places := verified(t, s)
	lobby, other := reports["lobby"], reports["other"]
	if len(places) > 0 || len(reports) != 2 {
		t.Errorf("rooms %v, with errors at %v", reports, places)
	}
	if lobby.Records != 12 || lobby.Snapshots != 2 || lobby.Bytes < 500 || lobby.Machine != counter.Machine || lobby.Last != 12 {
		t.Errorf("the lobby: %+v", lobby)
	}
	if other.Records != 3 || other.Snapshots != 0 {
		t.Errorf("the other: %+v", other)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for report, err := range s.Verify(done) {
		if report.Room != "" || !errors.Is(err, context.Canceled) {
			t.Errorf("with a context that is done: %+v, %v", report, err)
		}
	}
}

// Each damaged place is reported, what is behind it is read, and the other rooms are too.
func TestVerifyDamaged(t *testing.T) {
	for name, c := range map[string]struct {
		places    []wire.LSN // of the lobby
		records   int
		snapshots int
		change    func(tx *bbolt.Tx) error
	}{
		"records": {[]wire.LSN{3, 11}, 10, 2, func(tx *bbolt.Tx) error {
			return errors.Join(flipValue(tx.Bucket(bucketRecords), recordKey("lobby", 3)), flipValue(tx.Bucket(bucketRecords), recordKey("lobby", 11)))
		}},
		"gap": {[]wire.LSN{2, 7}, 7, 2, func(tx *bbolt.Tx) error {
			var err error
			for _, lsn := range []wire.LSN{2, 3, 4, 5, 7} {
				err = errors.Join(err, tx.Bucket(bucketRecords).Delete(recordKey("lobby", lsn)))
			}
			return err
		}},
		"end": {[]wire.LSN{12}, 11, 2, func(tx *bbolt.Tx) error { return tx.Bucket(bucketRecords).Delete(recordKey("lobby", 12)) }},
		"chain": {[]wire.LSN{3}, 11, 2, func(tx *bbolt.Tx) error {
			return putRecord(tx, &wire.Record{LSN: 3, Term: 1, Previous: 5, Tag: tagOf(3)})
		}},
		"start": {[]wire.LSN{1}, 11, 2, func(tx *bbolt.Tx) error {
			return putRecord(tx, &wire.Record{LSN: 1, Term: 1, Previous: 5, Tag: tagOf(1)})
		}},
		"last tag": {[]wire.LSN{12}, 12, 2, func(tx *bbolt.Tx) error {
			return putRecord(tx, &wire.Record{LSN: 12, Term: 1, Previous: tagOf(11), Tag: 5})
		}},
		"too much": {[]wire.LSN{0}, 12, 2, func(tx *bbolt.Tx) error { return putRecord(tx, &wire.Record{LSN: 13}) }},
		"snapshot": {[]wire.LSN{4}, 12, 1, func(tx *bbolt.Tx) error {
			return flipValue(tx.Bucket(bucketSnapshots), snapshotKey("lobby", 4, 1, tagOf(4)))
		}},
		"snapshot of another history": {[]wire.LSN{4}, 12, 1, func(tx *bbolt.Tx) error {
			return errors.Join(tx.Bucket(bucketSnapshots).Delete(snapshotKey("lobby", 4, 1, tagOf(4))),
				putSnapshot(tx, 4, &wire.RoomSnapshot{LSN: 4, Term: 1, RecordTag: 5}))
		}},
		"snapshot to come": {[]wire.LSN{14}, 12, 2, func(tx *bbolt.Tx) error {
			return putSnapshot(tx, 14, &wire.RoomSnapshot{LSN: 14, Term: 1, RecordTag: tagOf(14)})
		}},
		"snapshot of another record": {[]wire.LSN{5}, 12, 2, func(tx *bbolt.Tx) error {
			return putSnapshot(tx, 5, &wire.RoomSnapshot{LSN: 4, Term: 1, RecordTag: tagOf(5)})
		}},
		"record before the first": {[]wire.LSN{1}, 11, 2, func(tx *bbolt.Tx) error {
			row, err := getRow(tx, "lobby")
			row.First = 2
			return errors.Join(err, putRow(tx, "lobby", row))
		}},
		"row":      {[]wire.LSN{0}, 0, 0, func(tx *bbolt.Tx) error { return flipValue(tx.Bucket(bucketRooms), []byte("lobby")) }},
		"lost row": {[]wire.LSN{1}, 0, 0, func(tx *bbolt.Tx) error { return tx.Bucket(bucketRooms).Delete([]byte("lobby")) }},
	} {
		t.Run(name, func(t *testing.T) {
			path := twoRooms(t)
			edit(t, path, c.change)
			reports, places := verified(t, openReadOnly(t, path))
			lobby := reports["lobby"]
			if lobby.Records != c.records || lobby.Snapshots != c.snapshots {
				t.Errorf("%d records and %d snapshots, want %d and %d", lobby.Records, lobby.Snapshots, c.records, c.snapshots)
			}
			got := places["lobby"]
			if len(got) != len(c.places) {
				t.Fatalf("errors at %v, want at %v", got, c.places)
			}
			for i := range got {
				if got[i] != c.places[i] {
					t.Errorf("errors at %v, want at %v", got, c.places)
				}
			}
			if len(places["other"]) > 0 || reports["other"].Records != 3 {
				t.Errorf("the other: %+v, errors at %v", reports["other"], places["other"])
			}
		})
	}
}

// putSnapshot stores a snapshot as one of the given record, whatever it says itself.
func putSnapshot(tx *bbolt.Tx, lsn wire.LSN, s *wire.RoomSnapshot) error {
	key := snapshotKey("lobby", lsn, s.Term, s.RecordTag)
	return tx.Bucket(bucketSnapshots).Put(key, seal(key, s.Append))
}

// A room can be used, truncated and deleted while it is verified, and nothing is found that is not there.
func TestVerifyBesideWriter(t *testing.T) {
	s := mustOpen(t, twoRooms(t))
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		lobby := openRoom(t, s, "lobby")
		for n := 1; ; n++ {
			lobby.fill(t, "lobby", 3)
			lobby.put(t, "state")
			if err := lobby.Truncate(t.Context(), lobby.at.LSN-1); err != nil {
				t.Error(err)
			}
			if n%7 == 0 {
				if err := s.Delete(t.Context(), "lobby"); err != nil {
					t.Error(err)
				}
				lobby = openRoom(t, s, "lobby")
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	for range 50 {
		if _, places := verified(t, s); len(places) > 0 {
			t.Errorf("errors at %v", places)
		}
	}
	close(stop)
	<-stopped
}
