package bolt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// A backup that is made beside a writer is a file like any other, whole, with all that was acknowledged when it began.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, filepath.Join(dir, "rooms.db"))
	lobby := openRoom(t, s, "lobby")
	openRoom(t, s, "other").fill(t, "other", 3)
	var acknowledged atomic.Int64
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		for {
			next := lobby.next("lobby")
			if err := lobby.Append(t.Context(), next); err != nil {
				stopped <- err
				return
			}
			lobby.at = journal.Mark{LSN: next.LSN, Tag: next.Tag}
			acknowledged.Store(int64(next.LSN))
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
		}
	}()
	for _, name := range []string{"a.db", "b.db", "c.db"} {
		least := acknowledged.Load()
		path := filepath.Join(dir, name)
		if err := s.Backup(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		copied := openReadOnly(t, path)
		for report, err := range copied.Verify(t.Context()) {
			if err != nil || report.Room == "lobby" && int64(report.Last) < least || report.Room == "other" && report.Last != 3 {
				t.Errorf("%s: %+v, %v; record %d was acknowledged before", name, report, err, least)
			}
		}
		_ = copied.Close()
		writable := mustOpen(t, path)
		again := openRoom(t, writable, "lobby")
		again.fill(t, "lobby", 1)
		_ = writable.Close()
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	wantFiles(t, dir, "a.db", "b.db", "c.db", "rooms.db")
}

// wantFiles checks that there is nothing else in a directory.
func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the directory has %v, want %v", got, want)
	}
}

// A writer goes on while a backup is being made, which does not show what came after its beginning.
func TestWriteDuringBackup(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, filepath.Join(dir, "rooms.db"))
	lobby := openRoom(t, s, "lobby")
	next := lobby.next("lobby")
	next.Genesis = &wire.Genesis{State: make([]byte, 300<<10)} // the mapping has room to spare then
	if err := lobby.Append(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	lobby.at = journal.Mark{LSN: next.LSN, Tag: next.Tag}
	lobby.fill(t, "lobby", 3)
	ctx := &hooked{Context: t.Context(), at: 4, hook: func() { lobby.fill(t, "lobby", 5) }}
	path := filepath.Join(dir, "copy.db")
	if err := s.Backup(ctx, path); err != nil {
		t.Fatal(err)
	}
	if lobby.at.LSN != 9 {
		t.Fatal("nothing was written meanwhile")
	}
	if _, head, err := openReadOnly(t, path).Look(t.Context(), "lobby"); err != nil || head.LSN != 4 {
		t.Errorf("the head in the copy is %+v, %v", head, err)
	}
}

// hooked is a context whose Err calls a hook once, and returns what that has set.
type hooked struct {
	context.Context
	at   int // how many times Err is called before
	hook func()
	err  error
}

func (c *hooked) Err() error {
	if c.at--; c.at == 0 {
		c.hook()
	}
	return c.err
}

// A backup replaces nothing, and one that fails leaves nothing behind.
func TestBackupFails(t *testing.T) {
	source := twoRooms(t)
	s := mustOpen(t, source)
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken.db")
	if err := os.WriteFile(taken, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantFailed := func(err, want error, path string) {
		t.Helper()
		if !errors.Is(err, want) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), source) {
			t.Errorf("got %v, want %v about %s and %s", err, want, source, path)
		}
	}
	wantFailed(s.Backup(t.Context(), taken), os.ErrExist, taken)
	if b, _ := os.ReadFile(taken); string(b) != "precious" {
		t.Error("the backup has replaced what was there")
	}
	free := filepath.Join(dir, "free.db")
	ctx := &hooked{Context: t.Context(), at: 4}
	ctx.hook = func() { ctx.err = context.Canceled }
	err := s.Backup(ctx, free)
	wantFailed(err, context.Canceled, free)
	if !strings.Contains(err.Error(), "was removed") {
		t.Errorf("it is not said what became of the copy: %v", err)
	}
	ctx = &hooked{Context: t.Context(), at: 4} // somebody else is faster
	ctx.hook = func() { _ = os.WriteFile(free, []byte("precious"), 0o600) }
	wantFailed(s.Backup(ctx, free), os.ErrExist, free)
	if b, _ := os.ReadFile(free); string(b) != "precious" {
		t.Error("the backup has replaced what came meanwhile")
	}
	nowhere := filepath.Join(dir, "nowhere", "copy.db")
	wantFailed(s.Backup(t.Context(), nowhere), os.ErrNotExist, nowhere)
	_ = s.Close()
	closed := filepath.Join(dir, "closed.db")
	wantFailed(s.Backup(t.Context(), closed), journal.ErrClosed, closed)
	wantFiles(t, dir, "free.db", "taken.db")
}
