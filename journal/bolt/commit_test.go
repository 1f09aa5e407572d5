package bolt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// hold keeps commits from beginning until the returned function is called.
func hold(s *Store) (release func()) {
	s.turn <- struct{}{}
	return func() { <-s.turn }
}

// waitFor returns when n calls wait for their commit.
func waitFor(s *Store, n int) {
	for {
		s.mu.Lock()
		waiting := len(s.waiting)
		s.mu.Unlock()
		if waiting == n {
			return
		}
		runtime.Gosched()
	}
}

// Calls that wait share one transaction, and one that is refused does not harm the others.
func TestGroupCommit(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "rooms.db"))
	ids := []aper.RoomID{"a", "b", "c", "d", "e"}
	rooms := make([]*room, len(ids))
	for i, id := range ids {
		rooms[i] = openRoom(t, s, id)
	}
	openRoom(t, s, "c") // fences rooms[2]
	before := s.stable.Load()
	release := hold(s)
	errs := make(chan error)
	for i, r := range rooms {
		go func() { errs <- r.Append(t.Context(), r.next(ids[i])) }()
	}
	waitFor(s, len(rooms))
	release()
	failed := 0
	for range rooms {
		if err := <-errs; err != nil {
			failed++
			var located *journal.Error
			if !errors.Is(err, journal.ErrFenced) || !errors.As(err, &located) || located.Room != "c" {
				t.Error(err)
			}
		}
	}
	if failed != 1 {
		t.Errorf("%d appends failed, want the one of the fenced log", failed)
	}
	if n := s.stable.Load() - before; n != 1 {
		t.Errorf("five appends took %d transactions", n)
	}
}

// A call whose context ends while it waits is withdrawn.
func TestCancelWhileWaiting(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "rooms.db"))
	lobby := openRoom(t, s, "lobby")
	lobby.fill(t, "lobby", 1)
	release := hold(s)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- lobby.Append(ctx, lobby.next("lobby")) }()
	waitFor(s, 1)
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	release()
	if head := openRoom(t, s, "lobby").head; head.LSN != 1 {
		t.Errorf("the head is record %d: the append was written after it had returned", head.LSN)
	}
}

// Closing waits for nobody's consent: calls that wait, and logs that are open, learn of it.
func TestCloseUnderCalls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rooms.db")
	s := mustOpen(t, path)
	lobby, other := openRoom(t, s, "lobby"), openRoom(t, s, "other")
	lobby.fill(t, "lobby", 2)
	release := hold(s)
	result := make(chan error, 2)
	go func() { result <- lobby.Append(t.Context(), lobby.next("lobby")) }()
	waitFor(s, 1)
	go func() { result <- s.Close() }()
	release()
	for range 2 {
		if err := <-result; err != nil && !errors.Is(err, journal.ErrClosed) {
			t.Error(err)
		}
	}
	for _, err := range []error{
		other.Append(t.Context(), other.next("other")),
		other.PutSnapshot(t.Context(), &wire.RoomSnapshot{LSN: 1}),
		other.Truncate(t.Context(), 1),
	} {
		if !errors.Is(err, journal.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := other.count(t, "other", 1); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("read: %v", err)
	}
	if _, _, err := s.Open(t.Context(), "lobby", counter); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("open: %v", err)
	}
	if err := errors.Join(s.Close(), other.Close()); err != nil {
		t.Error(err)
	}
	mustOpen(t, path)
}

// After a commit that failed, every call fails with its error, until somebody opens a room: then the file is opened again.
func TestPoisoned(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rooms.db")
	s := mustOpen(t, path)
	lobby, other := openRoom(t, s, "lobby"), openRoom(t, s, "other")
	lobby.fill(t, "lobby", 3)
	lobby.put(t, "state three")
	if err := s.file.Close(); err != nil { // the disk is gone
		t.Fatal(err)
	}
	first := lobby.Append(t.Context(), lobby.next("lobby"))
	if !errors.Is(first, os.ErrClosed) {
		t.Fatalf("the append after the disk was gone: %v", first)
	}
	_, readErr := other.count(t, "other", 1)
	for _, err := range []error{
		lobby.Append(t.Context(), lobby.next("lobby")),
		other.Append(t.Context(), other.next("other")),
		lobby.PutSnapshot(t.Context(), &wire.RoomSnapshot{LSN: 3, Term: lobby.head.Term, RecordTag: lobby.at.Tag}),
		lobby.Truncate(t.Context(), 2),
		readErr,
	} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("got %v, want the first error", err)
		}
		for _, certain := range []error{journal.ErrFenced, journal.ErrRefused, journal.ErrAbsent, journal.ErrUnreadable, journal.ErrClosed} {
			if errors.Is(err, certain) {
				t.Errorf("%v is taken for %q", err, certain)
			}
		}
	}
	again := openRoom(t, s, "lobby")
	if again.head.LSN != 3 && again.head.LSN != 4 {
		t.Errorf("after reopening the head is record %d", again.head.LSN)
	}
	again.fill(t, "lobby", 2)
	if err := other.Append(t.Context(), other.next("other")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a log that ended: %v", err)
	}
	openRoom(t, s, "other").fill(t, "other", 1)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if n := openRoom(t, mustOpen(t, path), "lobby").head.LSN; n != again.at.LSN {
		t.Errorf("in the end the head is record %d, want %d", n, again.at.LSN)
	}
}

// A file that cannot be opened again after a failed write is tried again with every room that is opened, and can be closed.
func TestFileIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rooms.db")
	s := mustOpen(t, path)
	lobby := openRoom(t, s, "lobby")
	if err := errors.Join(s.file.Close(), os.Rename(path, path+".away"), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := lobby.Append(t.Context(), lobby.next("lobby")); !errors.Is(err, os.ErrClosed) {
		t.Fatal(err)
	}
	for range 2 {
		if _, _, err := s.Open(t.Context(), "lobby", counter); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want why %s cannot be opened", err, path)
		}
	}
	if err := errors.Join(os.Remove(path), os.Rename(path+".away", path)); err != nil {
		t.Fatal(err)
	}
	openRoom(t, s, "lobby").fill(t, "lobby", 1)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	mustOpen(t, path)
}

// When a commit fails, nobody takes what another change in it did for a certain result.
func TestFailedGroup(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "rooms.db"))
	lobby := openRoom(t, s, "lobby")
	if err := s.file.Close(); err != nil {
		t.Fatal(err)
	}
	release := hold(s)
	errs := make(chan error)
	go func() {
		_, _, err := s.Open(t.Context(), "lobby", counter)
		errs <- err
	}()
	waitFor(s, 1)
	go func() { errs <- lobby.Append(t.Context(), lobby.next("lobby")) }() // the opening would fence it
	waitFor(s, 2)
	release()
	for range 2 {
		if err := <-errs; !errors.Is(err, os.ErrClosed) || errors.Is(err, journal.ErrFenced) {
			t.Errorf("got %v, want the error of the commit", err)
		}
	}
}

// A reading does not see a commit that is not known to be durable, but waits for its end.
func TestReadWaitsForDurable(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "rooms.db"))
	openRoom(t, s, "lobby")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tx, err := s.stableTx(cancelled)
	if err != nil {
		t.Fatalf("nothing is in progress, and yet: %v", err)
	}
	_ = tx.Rollback()

	durable := s.stable.Load()
	s.stable.Store(durable - 1) // as between the write of a commit and its sync
	release := hold(s)
	if _, err := s.stableTx(cancelled); !errors.Is(err, context.Canceled) {
		t.Errorf("a commit is in progress, and yet: %v", err)
	}
	s.stable.Store(durable)
	release()
	if tx, err = s.stableTx(t.Context()); err != nil || int64(tx.ID()) != durable {
		t.Fatalf("after it: %v", err)
	}
	_ = tx.Rollback()
}

// A panic of bbolt while it writes ends the store, and not the process; the file can be opened again as it was.
func TestPanicWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rooms.db")
	s := mustOpen(t, path)
	lobby := openRoom(t, s, "lobby")
	lobby.fill(t, "lobby", 2)
	err := s.commit(t.Context(), func(tx *bbolt.Tx) (func() error, error) {
		return func() error {
			if err := tx.Bucket(bucketRooms).Delete([]byte("lobby")); err != nil {
				return err
			}
			panic("page 7 makes no sense")
		}, nil
	})
	if err == nil || !strings.Contains(err.Error(), "page 7") || errors.Is(err, journal.ErrUnreadable) {
		t.Errorf("got %v", err)
	}
	if err := lobby.Append(t.Context(), lobby.next("lobby")); err == nil || !strings.Contains(err.Error(), "page 7") {
		t.Errorf("the append after it: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if n, err := openRoom(t, mustOpen(t, path), "lobby").count(t, "lobby", 1); n != 2 || err != nil {
		t.Errorf("%d records, %v", n, err)
	}
}
