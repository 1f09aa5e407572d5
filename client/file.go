//go:build !js

package client

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// File keeps a session in a file, which only its owner can read, in a directory that exists. It is replaced as a whole and
// flushed to the disk each time. One client can use it at a time: it holds a lock on a second file, path.lock, which stays.
func File(path string) Store { return &file{path: path} }

type file struct {
	path string

	mu   sync.Mutex
	lock *os.File
}

// What is in the file begins with fileMark and a checksum.
const (
	fileMark = "aper session 1\n"
	fileHead = len(fileMark) + 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (f *file) Open() ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lock != nil {
		return nil, fmt.Errorf("%s: %w", f.path, ErrInUse)
	}
	lock, err := lockFile(f.path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	session, err := f.read()
	if err != nil {
		lock.Close()
		return nil, err
	}
	f.lock = lock
	return session, nil
}

func (f *file) read() ([]byte, error) {
	data, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(data) <= fileHead || string(data[:len(fileMark)]) != fileMark ||
		binary.BigEndian.Uint32(data[len(fileMark):]) != crc32.Checksum(data[fileHead:], castagnoli) {
		return nil, fmt.Errorf("%s: %w; to begin without it, and lose what is pending in it, move it away", f.path, ErrDamaged)
	}
	return data[fileHead:], nil
}

func (f *file) Save(session []byte) error {
	head := binary.BigEndian.AppendUint32([]byte(fileMark), crc32.Checksum(session, castagnoli))
	return replaceFile(f.path, head, session)
}

// replaceFile writes a file in one step: after a crash it is the old one or the new one.
func replaceFile(path string, parts ...[]byte) error {
	next := path + ".new"
	if err := writeDurably(next, parts...); err != nil {
		os.Remove(next)
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(path))
}

func writeDurably(path string, parts ...[]byte) error {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if _, err := out.Write(part); err != nil {
			return errors.Join(err, out.Close())
		}
	}
	return errors.Join(out.Sync(), out.Close())
}

func (f *file) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lock == nil {
		return nil
	}
	lock := f.lock
	f.lock = nil
	return lock.Close()
}
