package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aper-go/aper/journal"
	"go.etcd.io/bbolt"
)

func openReadOnly(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path, Options{ReadOnly: true, Logger: silent})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Any number of processes look at a file at the same time; nothing can be written, and not one byte changes.
func TestReadOnly(t *testing.T) {
	path := twoRooms(t)
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	before := sum(t, path)
	was, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s := openReadOnly(t, path)
		looking, head, err := s.Look(t.Context(), "lobby")
		if err != nil || head.LSN != 12 || head.Snapshot == nil || head.Snapshot.LSN != 8 {
			t.Fatalf("%+v, %v", head, err)
		}
		if n, err := count(t, looking, "lobby", 1); n != 12 || err != nil {
			t.Errorf("%d records, %v", n, err)
		}
		n := 0
		for _, err := range s.Rooms(t.Context()) {
			if n++; err != nil {
				t.Error(err)
			}
		}
		if n != 2 {
			t.Errorf("%d rooms", n)
		}
		_, _, err = s.Open(t.Context(), "lobby", counter)
		for _, err := range []error{err, s.Delete(t.Context(), "lobby"), s.Restore(t.Context(), s, "third", 0)} {
			if !errors.Is(err, journal.ErrRefused) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "reading only") {
				t.Errorf("got %v, want that %s was opened for reading only", err, path)
			}
		}
	}
	if is, err := os.Stat(path); err != nil || !is.ModTime().Equal(was.ModTime()) || sum(t, path) != before {
		t.Error("the file was changed")
	}
}

// A file that is open for writing is not looked at, and one that is looked at is not opened for writing.
func TestReadOnlyIsLocked(t *testing.T) {
	path := twoRooms(t)
	writer := mustOpen(t, path)
	began := time.Now()
	_, err := Open(path, Options{ReadOnly: true})
	wantLocked(t, err, path)
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("it took %v to say that the file is open elsewhere", took)
	}
	_ = writer.Close()
	reader := openReadOnly(t, path)
	_, err = Open(path, Options{LockTimeout: time.Millisecond})
	wantLocked(t, err, path)
	_ = reader.Close()
	mustOpen(t, path)
}

// Opening for reading makes no file, and finishes none.
func TestReadOnlyMakesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rooms.db")
	if _, err := Open(path, Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a file: %v", err)
	}
	edit(t, path, func(*bbolt.Tx) error { return nil }) // as a process leaves it that goes down at once
	before := sum(t, path)
	if _, err := Open(path, Options{ReadOnly: true}); err == nil || !strings.Contains(err.Error(), "no rooms") {
		t.Errorf("got %v", err)
	}
	if sum(t, path) != before {
		t.Error("the file was changed")
	}
}
