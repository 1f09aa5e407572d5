package socket

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/aper-go/aper/journal"
)

func TestMayLook(t *testing.T) {
	for _, test := range []struct {
		peer, owner int
		want        bool
	}{{1000, 1000, true}, {0, 1000, true}, {0, 0, true}, {1001, 1000, false}, {1000, 0, false}} {
		if err := mayLook(test.peer, test.owner); (err == nil) != test.want {
			t.Errorf("user %d looks into the server of user %d: %v", test.peer, test.owner, err)
		}
	}
}

// Another user does not come in, and when somebody has opened the rights of the file, the kernel still tells who he is.
func TestStranger(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	dir := shortDir(t)
	path := filepath.Join(dir, "rooms.sock")
	s, err := Listen(path, Options{Store: journal.NewMemory()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := dialAs(t, 65534, path); !errors.Is(err, fs.ErrPermission) {
		t.Error("the rights of the file let another user in:", err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := dialAs(t, 65534, path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST "+prefix+"rooms HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil || !strings.Contains(string(answer), "403 Forbidden") || !strings.Contains(string(answer), "belongs to user 0, and you are user 65534") {
		t.Errorf("another user was told %q, %v", answer, err)
	}
}

// dialAs connects as another user, which this thread is meanwhile.
func dialAs(t *testing.T, user int, path string) (net.Conn, error) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	become := func(user int) {
		const same = ^uintptr(0)
		if _, _, failed := syscall.RawSyscall(syscall.SYS_SETRESUID, same, uintptr(user), same); failed != 0 {
			panic(failed) // this thread is somebody else
		}
	}
	become(user)
	defer become(0)
	return net.Dial("unix", path)
}
