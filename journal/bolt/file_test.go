package bolt

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aper-go/aper/journal"
	"go.etcd.io/bbolt"
)

func TestSecondHandle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rooms.db")
	s := mustOpen(t, path)
	_, err := Open(path, Options{LockTimeout: time.Millisecond})
	wantLocked(t, err, path)
	openRoom(t, s, "lobby").fill(t, "lobby", 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, path)
}

func wantLocked(t *testing.T, err error, path string) {
	t.Helper()
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want that another process has %s open", err, path)
	}
}

const childFile = "JOURNAL_BOLT_TEST_FILE"

func TestSecondProcess(t *testing.T) {
	if path := os.Getenv(childFile); path != "" { // this is the second process
		s, err := Open(path, Options{LockTimeout: time.Millisecond})
		if err == nil {
			_ = s.Close()
		}
		wantLocked(t, err, path)
		return
	}
	path := filepath.Join(t.TempDir(), "rooms.db")
	mustOpen(t, path)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSecondProcess$")
	child.Env = append(os.Environ(), childFile+"="+path)
	if out, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// A file that is not one of ours is refused and stays as it is.
func TestForeignFile(t *testing.T) {
	for name, write := range map[string]func(path string) error{
		"no bytes":   func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"a few":      func(path string) error { return os.WriteFile(path, []byte("hello"), 0o600) },
		"long text":  func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("hello ", 10000)), 0o600) },
		"null bytes": func(path string) error { return os.WriteFile(path, make([]byte, 65536), 0o600) },
		"another program": func(path string) error {
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				return err
			}
			err = db.Update(func(tx *bbolt.Tx) error {
				_, err := tx.CreateBucket([]byte("rooms"))
				return err
			})
			return errors.Join(err, db.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "rooms.db")
			if err := write(path); err != nil {
				t.Fatal(err)
			}
			before := sum(t, path)
			_, err := Open(path, Options{})
			if err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want an error that names %s", err, path)
			}
			if name != "another program" && !errors.Is(err, journal.ErrUnreadable) {
				t.Errorf("got %v, want journal.ErrUnreadable", err)
			}
			if sum(t, path) != before {
				t.Error("the file was changed")
			}
			if strings.Contains(name, "bytes") {
				return
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			mustOpen(t, path) // no lock is left behind
		})
	}
}

func TestNewerFile(t *testing.T) {
	path := twoRooms(t)
	edit(t, path, func(tx *bbolt.Tx) error { return tx.Bucket(bucketAper).Put(keyFormat, []byte{fileFormat + 1}) })
	if _, err := Open(path, Options{}); !errors.Is(err, journal.ErrUnreadable) {
		t.Errorf("got %v", err)
	}
}

func TestNoDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nowhere", "rooms.db")
	if _, err := Open(path, Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
