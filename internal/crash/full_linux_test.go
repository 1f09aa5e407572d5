package crash

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/internal/crash/ledger"
	"github.com/aper-go/aper/journal/bolt"
)

// A full disk is named in the log, ends nothing but the writing, and takes nothing that was confirmed. The disk is a small
// file system in memory, which a child of this test mounts where nobody else sees it.
func TestDiskFull(t *testing.T) {
	if directory := os.Getenv(fileVariable); os.Getenv(roleVariable) == "full" {
		if err := syscall.Mount("none", directory, "tmpfs", 0, "size=2m"); err != nil {
			t.Skipf("a file system cannot be mounted in a namespace of users here: %v", err)
		}
		fillDisk(t, directory)
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDiskFull$", "-test.v", "-test.timeout=2m")
	child.Env = append(os.Environ(), roleVariable+"=full", fileVariable+"="+t.TempDir())
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := child.CombinedOutput()
	var refused *os.PathError
	switch {
	case errors.As(err, &refused):
		t.Skipf("the system does not let this user make namespaces (see user.max_user_namespaces, or a container's seccomp rules): %v", err)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skip(string(out))
	default:
		t.Logf("%s", out)
	}
}

// fillDisk lets a server fill its disk.
func fillDisk(t *testing.T, directory string) {
	file, filler := filepath.Join(directory, "rooms.db"), filepath.Join(directory, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	said, lost := &lines{}, &lines{}
	clientLog := slog.New(slog.NewTextHandler(lost, nil))
	address := freeAddress(t)
	first := host(t, file, address, said)
	l, err := startLoad(address, 2, 1, clientLog)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	awaitText(t, said, "no space left on device")
	if text := said.String(); !strings.Contains(text, file) {
		t.Errorf("the log does not name the file:\n%s", text)
	}
	awaitRefusals(t, lost, said)
	before, _ := l.outcomes()
	awaitRefusals(t, lost, said)
	if after, _ := l.outcomes(); after != before {
		t.Errorf("%d outcomes were told when nothing could be written", after-before)
	}
	if before == 0 {
		t.Error("the disk was full from the beginning")
	}
	t.Logf("the disk was full after %d outcomes; the first lines of the log are\n%s", before, firstLines(said.String(), 3))

	// Opening the file anew on the full disk may go well, since there are free pages in it, or be refused.
	if err := first.close(); err != nil {
		t.Logf("closing says %v", err)
	}
	openOnFullDisk(t, directory, file)

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	second := host(t, file, address, said)
	if err := l.await(before + 50); err != nil {
		t.Fatal(err)
	}
	if err := l.finish(); err != nil {
		t.Fatal(err)
	}
	newcomers := observe(t, address, clientLog)
	awaitAll(t, l, newcomers)
	if err := second.close(); err != nil {
		t.Error(err)
	}
	if text := lost.String(); strings.Contains(text, "level=ERROR") || strings.Contains(text, "level=WARN") {
		t.Errorf("the clients complain:\n%s", text)
	}
	verify(t, file, l, newcomers)
}

func awaitText(t *testing.T, in *lines, text string) {
	t.Helper()
	limit := time.Now().Add(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(in.String(), text) {
		if time.Now().After(limit) {
			t.Fatalf("nobody says %q:\n%s", text, in.String())
		}
		<-tick.C
	}
}

// awaitRefusals waits until clients came back some more times, and were sent away.
func awaitRefusals(t *testing.T, lost, said *lines) {
	t.Helper()
	const text = "the room cannot be opened"
	count := strings.Count(lost.String(), text)
	limit := time.Now().Add(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for strings.Count(lost.String(), text) < count+16 {
		if time.Now().After(limit) {
			t.Fatalf("the clients do not come back, or are not sent away: %s\n%s", lastLines(lost.String(), 5), lastLines(said.String(), 5))
		}
		<-tick.C
	}
}

func firstLines(text string, n int) string {
	all := strings.SplitAfterN(text, "\n", n+1)
	return strings.Join(all[:min(n, len(all))], "")
}

func lastLines(text string, n int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-n):], "\n")
}

// openOnFullDisk opens the file and its rooms. What cannot be opened says why.
func openOnFullDisk(t *testing.T, directory, file string) {
	t.Helper()
	rest := filepath.Join(directory, "rest")
	fillTheRest(t, rest)
	defer os.Remove(rest)
	said := &lines{}
	address := freeAddress(t)
	store, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		if !errors.Is(err, syscall.ENOSPC) && !strings.Contains(err.Error(), "no space left on device") {
			t.Errorf("the file cannot be opened, and the reason is: %v", err)
		}
		t.Logf("opening the file says %v", err)
		return
	}
	defer store.Close()
	s, err := startService(store, address, slog.New(slog.NewTextHandler(said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	refused := 0
	for _, room := range roomNames {
		c, err := client.Dial[ledger.Ledger](ctx, "ws://"+address+"/"+room, client.Options{})
		if err == nil {
			c.Close()
			continue
		}
		refused++
		if !strings.Contains(err.Error(), http.StatusText(http.StatusServiceUnavailable)) && !strings.Contains(err.Error(), "503") {
			t.Errorf("a client is told: %v", err)
		}
	}
	t.Logf("%d of %d rooms cannot be opened on the full disk", refused, len(roomNames))
	if text := said.String(); refused > 0 && (!strings.Contains(text, "no space left on device") || !strings.Contains(text, file)) {
		t.Errorf("the log does not say why, or in which file:\n%s", text)
	}
}

// fillTheRest takes what is left of the disk.
func fillTheRest(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		return // there is not even room for that
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}
