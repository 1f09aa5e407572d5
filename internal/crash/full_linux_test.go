package crash

import (
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A full disk is named in the log, ends nothing but the writing, and takes nothing that was confirmed; and when there is
// space again everything goes on by itself. The disk is a small
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
	serving := host(t, file, address, said)
	l, err := startLoad(address, 2, 1, clientLog)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	awaitText(t, said, "no space left on device", 1)
	if text := said.String(); !strings.Contains(text, file) {
		t.Errorf("the log does not name the file:\n%s", text)
	}
	before, _ := l.outcomes()
	if before == 0 {
		t.Error("the disk was full from the beginning")
	}
	t.Logf("the disk was full after %d outcomes; the first lines of the log are\n%s", before, firstLines(said.String(), 3))

	// Rooms are opened again and again for those who come back, and go on as far as the free pages in the file go.
	awaitText(t, said, "no space left on device", 10)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	now, _ := l.outcomes()
	if err := l.await(now + 200); err != nil {
		t.Fatal(err)
	}
	if err := l.finish(); err != nil {
		t.Fatal(err)
	}
	newcomers := observe(t, address, clientLog)
	awaitAll(t, l, newcomers)
	if err := serving.close(); err != nil {
		t.Error(err)
	}
	if text := lost.String(); strings.Contains(text, "level=ERROR") || strings.Contains(text, "level=WARN") {
		t.Errorf("the clients complain:\n%s", text)
	}
	verify(t, file, l, newcomers)
}

// awaitText waits until something was said so often.
func awaitText(t *testing.T, in *lines, text string, times int) {
	t.Helper()
	limit := time.Now().Add(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for strings.Count(in.String(), text) < times {
		if time.Now().After(limit) {
			t.Fatalf("nobody says %q %d times:\n%s", text, times, in.String())
		}
		<-tick.C
	}
}

func firstLines(text string, n int) string {
	all := strings.SplitAfterN(text, "\n", n+1)
	return strings.Join(all[:min(n, len(all))], "")
}
