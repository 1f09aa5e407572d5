package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// A damaged record that is needed to restore the room keeps it from being opened, and nothing is written.
func TestFlippedBitInTail(t *testing.T) {
	path := twoRooms(t)
	flip(t, path, content("lobby", 11))
	before := sum(t, path)

	s := mustOpen(t, path)
	for range 2 {
		_, _, err := s.Open(t.Context(), "lobby", counter)
		wantUnreadable(t, err, "lobby", 11, path)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if sum(t, path) != before {
		t.Error("opening the damaged room changed the file")
	}

	s = mustOpen(t, path) // the other room is well
	other := openRoom(t, s, "other")
	other.fill(t, "other", 2)
	if n, err := other.count(t, "other", 1); n != 5 || err != nil {
		t.Errorf("%d records, %v", n, err)
	}
}

// A damaged record of the past is found when it is read.
func TestFlippedBitInPast(t *testing.T) {
	path := twoRooms(t)
	flip(t, path, content("lobby", 3))
	lobby := openRoom(t, mustOpen(t, path), "lobby")
	n, err := lobby.count(t, "lobby", 1)
	wantUnreadable(t, err, "lobby", 3, path)
	if n != 2 {
		t.Errorf("%d records were read before the damaged one, want 2", n)
	}
	if n, err := lobby.count(t, "lobby", 4); n != 9 || err != nil {
		t.Errorf("after it %d records were read, %v", n, err)
	}
}

// A damaged snapshot is passed over for an older one, aloud, and stays in the file while it may be of use.
func TestFlippedBitInSnapshot(t *testing.T) {
	path := twoRooms(t)
	flip(t, path, "state eight")
	var heard bytes.Buffer
	s, err := Open(path, Options{Logger: slog.New(slog.NewTextHandler(&heard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	lobby := openRoom(t, s, "lobby")
	if lobby.head.Snapshot == nil || lobby.head.Snapshot.LSN != 4 || lobby.head.LSN != 12 {
		t.Fatalf("the head is %+v", lobby.head)
	}
	if !strings.Contains(heard.String(), "record=8") || !strings.Contains(heard.String(), "lobby") {
		t.Errorf("the log says: %s", heard.String())
	}
	if err := lobby.Truncate(t.Context(), 6); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("truncating beyond the snapshot that can be read: %v", err)
	}
	if err := lobby.Truncate(t.Context(), 5); err != nil {
		t.Error(err)
	}
	lobby.put(t, "state twelve")
	if got := snapshotLSNs(t, s); len(got) != 3 {
		t.Errorf("snapshots of %v are kept, want 12, the damaged 8, and 4", got)
	}
	lobby.fill(t, "lobby", 1)
	lobby.put(t, "state thirteen")
	if got := snapshotLSNs(t, s); len(got) != 2 || got[0] != 13 || got[1] != 12 {
		t.Errorf("snapshots of %v are kept, want 13 and 12", got)
	}
	if again := openRoom(t, s, "lobby"); again.head.Snapshot.LSN != 13 {
		t.Errorf("the snapshot is of record %d", again.head.Snapshot.LSN)
	}
}

func snapshotLSNs(t *testing.T, s *Store) (lsns []wire.LSN) {
	t.Helper()
	err := s.view(t.Context(), func(tx *bbolt.Tx) error {
		for _, stored := range storedSnapshots(tx, "lobby") {
			lsns = append(lsns, stored.LSN)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lsns
}

// Without the records that an older snapshot would need, a damaged one keeps the room from being opened.
func TestFlippedBitInNeededSnapshot(t *testing.T) {
	path := twoRooms(t)
	s := mustOpen(t, path)
	if err := openRoom(t, s, "lobby").Truncate(t.Context(), 9); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	flip(t, path, "state eight")
	before := sum(t, path)
	s = mustOpen(t, path)
	_, _, err := s.Open(t.Context(), "lobby", counter)
	wantUnreadable(t, err, "lobby", 8, path)
	_ = s.Close()
	if sum(t, path) != before {
		t.Error("the file was changed")
	}
}

// What is missing or too much is unreadable, and never absent.
func TestInconsistentRoom(t *testing.T) {
	for name, c := range map[string]struct {
		lsn    wire.LSN
		says   string
		change func(tx *bbolt.Tx) error
	}{
		"no row":             {1, "no row", func(tx *bbolt.Tx) error { return tx.Bucket(bucketRooms).Delete([]byte("lobby")) }},
		"flipped row":        {0, "checksum", func(tx *bbolt.Tx) error { return flipValue(tx.Bucket(bucketRooms), []byte("lobby")) }},
		"empty row":          {0, "cut short", func(tx *bbolt.Tx) error { return tx.Bucket(bucketRooms).Put([]byte("lobby"), nil) }},
		"missing record":     {10, "is missing", func(tx *bbolt.Tx) error { return tx.Bucket(bucketRecords).Delete(recordKey("lobby", 10)) }},
		"missing last":       {12, "is missing", func(tx *bbolt.Tx) error { return tx.Bucket(bucketRecords).Delete(recordKey("lobby", 12)) }},
		"record in the wake": {0, "there is a record 13", func(tx *bbolt.Tx) error { return tx.Bucket(bucketRecords).Put(recordKey("lobby", 13), []byte("x")) }},
		"record elsewhere": {10, "checksum", func(tx *bbolt.Tx) error {
			records := tx.Bucket(bucketRecords)
			return records.Put(recordKey("lobby", 10), bytes.Clone(records.Get(recordKey("lobby", 11))))
		}},
		"newer format": {9, "format 2", func(tx *bbolt.Tx) error {
			records := tx.Bucket(bucketRecords)
			value := bytes.Clone(records.Get(recordKey("lobby", 9)))
			value[0]++
			binary.BigEndian.PutUint32(value[1:], checksum(recordKey("lobby", 9), value))
			return records.Put(recordKey("lobby", 9), value)
		}},
		"row of another history": {12, "should have", func(tx *bbolt.Tx) error {
			row, err := getRow(tx, "lobby")
			row.Tag++
			return errors.Join(err, putRow(tx, "lobby", row))
		}},
		"record of another room": {10, "checksum", func(tx *bbolt.Tx) error {
			records := tx.Bucket(bucketRecords)
			r, err := readRecord(recordKey("lobby", 10), records.Get(recordKey("lobby", 10)))
			if err != nil {
				return err
			}
			return records.Put(recordKey("lobby", 10), seal(recordKey("another", 10), r.Append))
		}},
		"record of another history": {11, "tag", func(tx *bbolt.Tx) error {
			r := (&room{at: journal.Mark{LSN: 10, Tag: 5}}).next("lobby")
			key := recordKey("lobby", 11)
			return tx.Bucket(bucketRecords).Put(key, seal(key, r.Append))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			path := twoRooms(t)
			edit(t, path, c.change)
			before := sum(t, path)
			s := mustOpen(t, path)
			_, _, err := s.Open(t.Context(), "lobby", counter)
			wantUnreadable(t, err, "lobby", c.lsn, path)
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error does not say %q: %v", c.says, err)
			}
			_ = s.Close()
			if sum(t, path) != before {
				t.Error("the file was changed")
			}
		})
	}
}

func flipValue(b *bbolt.Bucket, key []byte) error {
	value := bytes.Clone(b.Get(key))
	value[len(value)-1] ^= 4
	return b.Put(key, value)
}

// A file that was cut short, wherever, is refused as it is.
func TestTruncatedFile(t *testing.T) {
	path := twoRooms(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, path)
	var used int // of the file
	_ = s.view(t.Context(), func(tx *bbolt.Tx) error { used = int(tx.Size()); return nil })
	_ = s.Close()
	for size := 0; size < used; size += 1000 {
		path := filepath.Join(t.TempDir(), "cut.db")
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		before := sum(t, path)
		if _, err := Open(path, Options{Logger: silent}); !errors.Is(err, journal.ErrUnreadable) || !strings.Contains(err.Error(), path) {
			t.Errorf("cut to %d bytes of %d: %v", size, used, err)
		}
		if sum(t, path) != before {
			t.Errorf("the file that was cut to %d bytes was changed", size)
		}
	}
}

// Whatever is overwritten in the file, also in the pages of the B+tree: what is read is right, or there is an error.
func TestRandomDamage(t *testing.T) {
	whole, err := os.ReadFile(twoRooms(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "damaged.db")
	const seeds = 400
	told := 0
	for seed := range uint64(seeds) {
		random := rand.New(rand.NewPCG(seed, 1))
		b := bytes.Clone(whole)
		for range 1 + random.IntN(3) {
			at := random.IntN(len(b))
			for i := range min(1+random.IntN(8), len(b)-at) {
				b[at+i] ^= byte(1 + random.IntN(255))
			}
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		found := verifyAll(path)
		if err := readAll(t, path); err != nil {
			if told++; found == nil {
				t.Errorf("Verify has found nothing, and yet: %v", err)
			}
		}
		if t.Failed() {
			t.Fatalf("that was seed %d", seed)
		}
	}
	t.Logf("%d of %d damages were reported, the others were in free pages", told, seeds)
	if told == 0 {
		t.Error("no damage was reported")
	}
}

// verifyAll returns all that Verify finds. It sees no damaged header, which is for Open to tell.
func verifyAll(path string) (found error) {
	var heard bytes.Buffer
	s, err := Open(path, Options{ReadOnly: true, Logger: slog.New(slog.NewTextHandler(&heard, nil))})
	if err != nil {
		return err
	}
	defer s.Close()
	if strings.Contains(heard.String(), "header") {
		return errors.New(heard.String())
	}
	rooms := 0
	for report, err := range s.Verify(context.Background()) {
		rooms++
		found = errors.Join(found, err)
		if err == nil && report.Records == 0 {
			found = errors.Join(found, errors.New("an empty room"))
		}
	}
	if rooms < 2 {
		found = errors.Join(found, errors.New("a room is missing"))
	}
	return found
}

func readAll(t *testing.T, path string) error {
	var heard bytes.Buffer
	s, err := Open(path, Options{Logger: slog.New(slog.NewTextHandler(&heard, nil))})
	if err != nil {
		if errors.Is(err, ErrLocked) {
			t.Error("an earlier failure left the file locked")
		}
		return err
	}
	defer s.Close()
	if strings.Contains(heard.String(), "header") {
		return errors.New(heard.String()) // the last commit may be missing, and it was said
	}
	for id, records := range map[aper.RoomID]int{"lobby": 12, "other": 3} {
		log, head, err := s.Open(t.Context(), id, journal.OpenOptions{Machine: counter.Machine})
		if err != nil {
			return err
		}
		if int(head.LSN) != records {
			t.Errorf("the head of %q is record %d, want %d", id, head.LSN, records)
		}
		if n, err := (&room{Log: log}).count(t, id, 1); err != nil {
			return err
		} else if n != records {
			t.Errorf("%q has %d records, want %d", id, n, records)
		}
	}
	return nil
}

// A header page that is invalid may mean that the last commit is lost, and that is never silent.
func TestDamagedHeader(t *testing.T) {
	for page := range 2 {
		path := twoRooms(t)
		if err := readAll(t, path); err != nil {
			t.Fatalf("before the damage: %v", err)
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt([]byte{0xff}, int64(page*os.Getpagesize()+headerOffset+headerChecksum-2)); err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
		if err := readAll(t, path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("page %d: nothing was said: %v", page, err)
		}
	}
}

// A file that is damaged or cut short while it is open does not take the process with it, and can be closed.
func TestDamagedWhileOpen(t *testing.T) {
	for name, damage := range map[string]func(path string, size int64) error{
		"cut short": func(path string, size int64) error { return os.Truncate(path, int64(2*os.Getpagesize())) },
		"overwritten": func(path string, size int64) error {
			file, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			pages := int64(2 * os.Getpagesize())
			_, err = file.WriteAt(bytes.Repeat([]byte{0xfd}, int(size-pages)), pages)
			return errors.Join(err, file.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := twoRooms(t)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			s := mustOpen(t, path)
			lobby := openRoom(t, s, "lobby")
			if err := damage(path, info.Size()); err != nil {
				t.Fatal(err)
			}
			if _, err := lobby.count(t, "lobby", 1); !errors.Is(err, journal.ErrUnreadable) {
				t.Errorf("read: %v", err)
			}
			if err := lobby.Append(t.Context(), lobby.next("lobby")); !errors.Is(err, journal.ErrUnreadable) {
				t.Errorf("append: %v", err)
			}
			if _, _, err := s.Open(t.Context(), "new", counter); err == nil {
				t.Error("a room was made in what is left of the file")
			}
			_ = s.Close()
			for range 2 {
				if _, err := Open(path, Options{Logger: silent}); !errors.Is(err, journal.ErrUnreadable) {
					t.Errorf("open again: %v", err)
				}
			}
		})
	}
}
