package socket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// maxPath is how many bytes the path of a socket may have on every system.
const maxPath = 103

// ErrInUse is what Listen returns when a program that runs listens at the path.
var ErrInUse = errors.New("a program that runs listens there; stop it, or choose another path")

// bind listens at a path, whose file is never open to others: it is made in a directory that is closed to them, and moved to
// its place when its own rights are right. A socket that a dead process has left there is replaced.
func bind(path string) (listener *net.UnixListener, made fs.FileInfo, err error) {
	if runtime.GOOS == "windows" {
		return nil, nil, fmt.Errorf("%w on this system, where files of sockets have no rights of their own", errors.ErrUnsupported)
	}
	if err := vacant(path); err != nil {
		return nil, nil, err
	}
	closed, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, nil, err
	}
	defer os.Remove(closed)
	hidden := filepath.Join(closed, "s")
	if n := max(len(path), len(hidden)); n > maxPath {
		return nil, nil, fmt.Errorf("a path of %d bytes is needed and sockets take %d; choose a path that is %d bytes shorter", n, maxPath, n-maxPath)
	}
	listener, err = net.ListenUnix("unix", &net.UnixAddr{Name: hidden, Net: "unix"})
	if err != nil {
		return nil, nil, err
	}
	listener.SetUnlinkOnClose(false) // it would look for the hidden one
	if made, err = move(hidden, path); err != nil {
		return nil, nil, errors.Join(err, listener.Close(), removed(hidden))
	}
	return listener, made, nil
}

func move(hidden, path string) (fs.FileInfo, error) {
	if err := os.Chmod(hidden, 0o600); err != nil {
		return nil, err
	}
	made, err := os.Lstat(hidden)
	if err != nil {
		return nil, err
	}
	return made, os.Rename(hidden, path)
}

// removed removes a file that may be gone already.
func removed(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// vacant returns why no socket can be made at a path, or nil when there is nothing but perhaps the socket of a dead process.
func vacant(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%w, and is no socket; remove it, or choose another path", fs.ErrExist)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c, err := dial(ctx, path)
	switch {
	case err == nil:
		return errors.Join(ErrInUse, c.Close())
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("whether a program listens there is not known: %w", err)
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "unix", path)
}
