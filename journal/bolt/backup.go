package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/aper-go/aper/journal"
	"go.etcd.io/bbolt"
)

// Backup copies the whole file as it is at one moment, with all that is durable then, to a new file, which Open opens.
// Writers go on meanwhile, but for one that needs the file to outgrow its mapping (which doubles each time, and grows by
// 1 GiB beyond that): it waits for the end of the copy, and the calls after it do too. The copy is written beside its
// place and appears there when it is complete and durable. It fails when there is something at the path; after any error
// nothing of it is left, unless the error says so.
func (s *Store) Backup(ctx context.Context, path string) error {
	if err := s.backup(ctx, path); err != nil {
		return fmt.Errorf("journal/bolt: back up %s to %s: %w", s.path, path, err)
	}
	return nil
}

func (s *Store) backup(ctx context.Context, path string) error {
	if err := nothingAt(path); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".unfinished-*")
	if err != nil {
		return err
	}
	err = s.copyTo(ctx, file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = nothingAt(path)
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		if left := os.Remove(file.Name()); left != nil {
			return fmt.Errorf("%w; the unfinished copy is left behind, remove it: %w", err, left)
		}
		return fmt.Errorf("%w; the unfinished copy was removed", err)
	}
	if err := syncDirectory(filepath.Dir(path)); err != nil {
		return fmt.Errorf("the copy is complete, but its name may not survive a power failure: %w", err)
	}
	return nil
}

func nothingAt(path string) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		return fmt.Errorf("%w; remove it, or choose another name", os.ErrExist)
	case errors.Is(err, os.ErrNotExist):
		return nil
	}
	return err
}

// copyTo writes what is durable to the file, and makes it durable there.
func (s *Store) copyTo(ctx context.Context, file *os.File) error {
	out := &attentive{ctx: ctx, w: file}
	err := s.view(ctx, func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(out)
		return err
	})
	switch {
	case out.err != nil:
		return out.err
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the file was cut short while it is open", journal.ErrUnreadable)
	case err != nil:
		return err
	}
	return file.Sync()
}

// attentive is a writer that listens to a context, and knows the first error.
type attentive struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (a *attentive) Write(b []byte) (n int, err error) {
	if a.err == nil {
		a.err = a.ctx.Err()
	}
	if a.err == nil {
		n, a.err = a.w.Write(b)
	}
	return n, a.err
}
