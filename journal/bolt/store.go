package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aper-go/aper/journal"
	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// Options are the choices of Open. The zero value has the defaults.
type Options struct {
	// LockTimeout is how long Open waits for a file that is open elsewhere, such as in the process that this one
	// replaces. The default is one second, and not to wait when the file is opened for reading only.
	LockTimeout time.Duration

	// ReadOnly opens a file that is there for looking only, and changes not one byte of it. Any number of processes can
	// do that at the same time, and none while another has it open for writing. Look, Rooms, Verify and Backup work, and
	// Restore into another file; what would write fails with journal.ErrRefused.
	ReadOnly bool

	// Logger hears of damage that could be worked around. The default is slog.Default().
	Logger *slog.Logger
}

// ErrLocked is what Open returns when the file is open in another process, or a second time in this one.
var ErrLocked = errors.New("another process has it open (or this one, a second time)")

// A Store keeps rooms in a file. It implements journal.Catalog.
type Store struct {
	path        string
	readOnly    bool
	logger      *slog.Logger
	db          atomic.Pointer[bbolt.DB]
	file        *os.File // the one that db has open
	turn        chan struct{}
	lockTimeout time.Duration
	stable      atomic.Int64 // the newest transaction that is known to be durable
	counts      counts

	mu      sync.Mutex
	waiting []*call
	failed  error // of the first commit that failed
	wedged  bool  // db may hold locks for ever, and must not be called again
	closed  bool
}

// Open opens the file, or makes it when there is none. It changes nothing in a file that it cannot use.
func Open(path string, o Options) (*Store, error) {
	if o.LockTimeout == 0 {
		o.LockTimeout = time.Second
		if o.ReadOnly {
			o.LockTimeout = 1 // the least there is: 0 would be for ever
		}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	s := &Store{path: path, readOnly: o.ReadOnly, logger: o.Logger, turn: make(chan struct{}, 1), lockTimeout: o.LockTimeout}
	if err := s.open(); err != nil {
		return nil, fmt.Errorf("journal/bolt: open %s: %w", path, err)
	}
	return s, nil
}

var errNoBytes = fmt.Errorf("%w: the file is there but has no bytes; if it never held rooms, remove it, else restore it from a backup",
	journal.ErrUnreadable)

func (s *Store) open() error {
	info, err := os.Stat(s.path)
	isNew := errors.Is(err, os.ErrNotExist)
	if err == nil && info.Size() == 0 {
		return errNoBytes // bbolt would begin it anew
	}
	err = guardRead(func() error {
		db, err := bbolt.Open(s.path, 0o600, &bbolt.Options{
			Timeout: s.lockTimeout,
			// The list of free pages is written with every commit. As an array it is in order already; as a map it has to
			// be sorted first, which made commits three times slower in a file with 100 MB of free pages. Not to write it
			// (NoFreelistSync) gains no more, and opening has to read every page then: where one is damaged bbolt panics
			// in a goroutine of its own, which ends the process.
			FreelistType: bbolt.FreelistArrayType,
			NoStatistics: true,
			ReadOnly:     s.readOnly,
			OpenFile: func(name string, flag int, mode os.FileMode) (file *os.File, err error) {
				s.file, err = os.OpenFile(name, flag, mode)
				return s.file, err
			},
		})
		if err == nil {
			s.db.Store(db)
		}
		return err
	})
	if err != nil {
		if s.file != nil {
			_ = abandon(s.file) // bbolt has closed it, unless it panicked
		}
		return s.openError(err)
	}
	err = guardRead(s.begin)
	if err == nil && isNew {
		err = syncDirectory(filepath.Dir(s.path))
	}
	if err != nil {
		_ = s.db.Load().Close()
	}
	return err
}

func (s *Store) openError(err error) error {
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout) && s.readOnly:
		return fmt.Errorf("%w; stop that process, or look at a backup that it makes", ErrLocked)
	case errors.Is(err, bbolterrors.ErrTimeout):
		return fmt.Errorf("%w; stop that process, or use another file", ErrLocked)
	case errors.Is(err, journal.ErrUnreadable), isSystem(err):
		return err
	}
	return fmt.Errorf("%w: it is not a bbolt file, or its beginning is damaged (%w); it was left as it is", journal.ErrUnreadable, err)
}

// isSystem reports whether an error of bbolt is about the file system and not about what the file holds.
func isSystem(err error) bool {
	var number syscall.Errno
	var path *fs.PathError
	return errors.As(err, &number) || errors.As(err, &path)
}

// begin checks that the file is whole and one of ours, and makes the buckets of a new one.
func (s *Store) begin() error {
	// What an earlier process wrote and did not get to sync can be seen, so it must become durable first.
	if !s.readOnly {
		if err := s.db.Load().Sync(); err != nil {
			return err
		}
	}
	valid, err := headersValid(s.file, s.db.Load().Info().PageSize)
	if err != nil {
		return err
	}
	if !valid {
		s.logger.Error("journal/bolt: one of the two header pages is invalid and the other is used instead; unless the machine "+
			"went down during the last commit, the page was damaged and that commit is lost", "file", s.path)
	}
	var fresh bool
	err = s.db.Load().View(func(tx *bbolt.Tx) error {
		info, err := s.file.Stat()
		if err != nil {
			return err
		}
		if tx.Size() > info.Size() {
			return fmt.Errorf("%w: the file was cut short, it has %d bytes of %d; restore it from a backup",
				journal.ErrUnreadable, info.Size(), tx.Size())
		}
		s.stable.Store(int64(tx.ID()))
		fresh, err = checkFormat(tx)
		return err
	})
	if err != nil || !fresh {
		return err
	}
	if s.readOnly {
		return errors.New("it holds no rooms, the program that made it went down at once; remove it, or open it for writing")
	}
	return s.db.Load().Update(func(tx *bbolt.Tx) error {
		s.stable.Store(int64(tx.ID()))
		return makeBuckets(tx)
	})
}

// Close closes the file. It waits for calls in progress; what comes later, also at logs that are still open, fails with
// journal.ErrClosed.
func (s *Store) Close() error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.mu.Lock()
	closed, wedged := s.closed, s.wedged
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	return s.closeFile(wedged)
}

func (s *Store) closeFile(wedged bool) error {
	if !wedged {
		return s.db.Load().Close()
	}
	file := s.file
	if s.file = nil; file == nil {
		return nil // an attempt to revive the store did it, and could not open the file again
	}
	return abandon(file) // the mapping stays until the process ends
}

// writable returns why the store cannot be written to.
func (s *Store) writable() error {
	if s.readOnly {
		return fmt.Errorf("%w: %s was opened for reading only; open it without Options.ReadOnly", journal.ErrRefused, s.path)
	}
	return nil
}

// usable returns why the store takes no more calls.
func (s *Store) usable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return journal.ErrClosed
	}
	if s.failed != nil {
		return fmt.Errorf("nothing was done, because an earlier write failed: %w", s.failed)
	}
	return nil
}

func (s *Store) fail(err error, wedged bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = err
	}
	s.wedged = s.wedged || wedged
}

// syncDirectory makes the name of a new file durable.
func syncDirectory(path string) error {
	if runtime.GOOS == "windows" {
		return nil // it has no such call
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
