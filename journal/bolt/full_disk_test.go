//go:build linux

package bolt

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const fullDisk = "JOURNAL_BOLT_FULL_DISK"

// On a full disk, which a limit on the size of files stands for, nothing is lost and the errors say what to do.
func TestFullDisk(t *testing.T) {
	if os.Getenv(fullDisk) == "" { // the limit is for a process
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFullDisk$")
		child.Env = append(os.Environ(), fullDisk+"=1")
		if out, err := child.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "rooms.db")
	s := mustOpen(t, path)
	lobby := openRoom(t, s, "lobby")
	lobby.fill(t, "lobby", 200)

	signal.Ignore(syscall.SIGXFSZ)
	limit := syscall.Rlimit{Cur: 64 << 10, Max: 64 << 10}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	err := s.Backup(t.Context(), filepath.Join(dir, "copy.db"))
	if !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "was removed") {
		t.Errorf("backup: %v", err)
	}
	wantFiles(t, dir, "rooms.db")

	written := lobby.at.LSN
	for err = nil; err == nil; written++ {
		next := lobby.next("lobby")
		if err = lobby.Append(t.Context(), next); err == nil {
			lobby.at.LSN, lobby.at.Tag = next.LSN, next.Tag
		}
	}
	if !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "see to the disk") {
		t.Errorf("append: %v", err)
	}
	_ = s.Close()
	s = openReadOnly(t, path)
	if _, head, err := s.Look(t.Context(), "lobby"); err != nil || head.LSN != lobby.at.LSN {
		t.Errorf("afterwards the head is %+v, %v; record %d was acknowledged", head, err, lobby.at.LSN)
	}
}
