package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/internal/socket"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/wire"
)

// A source is what verbs look at: a file, or a server that has it open.
type source interface {
	journal.Catalog
	Backup(ctx context.Context, path string) error
	Verify(ctx context.Context) iter.Seq2[bolt.Report, error]
	Close() error
}

// running is a source that is a server.
type running struct{ *socket.Client }

// beside returns where the server that has a file open can be found, if there is a socket.
func beside(file string) (path string, found bool) {
	path = file + ".sock"
	return path, isSocket(path)
}

func isSocket(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Type() == fs.ModeSocket
}

// lookInto looks into the server that listens at a path, and says so at a terminal.
func lookInto(path string, w io.Writer) (source, error) {
	client, err := socket.Dial(context.Background(), path)
	if err != nil {
		return nil, err
	}
	newProgress(w).note("looking into the running server")
	return running{client}, nil
}

// Verify does what that of a bolt.Store does, as far as what the server reads tells it.
func (r running) Verify(ctx context.Context) iter.Seq2[bolt.Report, error] {
	return func(yield func(bolt.Report, error) bool) {
		for entry, err := range r.Rooms(ctx) {
			report := bolt.Report{Entry: entry}
			if err == nil {
				report, err = r.verify(ctx, entry)
			}
			switch {
			case errors.Is(err, journal.ErrAbsent): // it was deleted meanwhile
			case err == nil, errors.Is(err, journal.ErrUnreadable) && entry.Room != "":
				if !yield(report, err) {
					return
				}
			default:
				yield(bolt.Report{}, err)
				return
			}
		}
	}
}

// verify reads what there is of a room. The server's store checks what it reads.
func (r running) verify(ctx context.Context, entry journal.Entry) (report bolt.Report, err error) {
	err = whileKept(ctx, r, entry, func(entry journal.Entry) error {
		report = bolt.Report{Entry: entry}
		return r.measure(ctx, &report)
	})
	return report, err
}

func (r running) measure(ctx context.Context, report *bolt.Report) error {
	log, _, err := r.Look(ctx, report.Room)
	if err != nil {
		return err
	}
	defer log.Close()
	if _, _, err := beginning(ctx, log, report.Entry); err != nil {
		return err
	}
	var stored []byte
	for s, err := range eachSnapshot(ctx, log) {
		if err != nil {
			return err
		}
		stored = s.Append(stored[:0])
		report.Snapshots++
		report.Bytes += int64(len(stored))
	}
	for record, err := range log.Read(ctx, report.First) {
		if err != nil {
			return err
		}
		stored = record.Append(stored[:0])
		report.Records++
		report.Bytes += int64(len(stored))
	}
	return nil
}

// snapshotAt returns the snapshot of a record, which was there. Where a server has removed it meanwhile the error is
// journal.ErrTruncated.
func snapshotAt(ctx context.Context, log journal.Reader, at wire.LSN) (*wire.RoomSnapshot, error) {
	s, err := log.Snapshot(ctx, at)
	if err == nil && (s == nil || s.LSN != at) {
		err = fmt.Errorf("the snapshot at record %d was removed: %w", at, journal.ErrTruncated)
	}
	return s, err
}

// whileKept reads a room from its first record on, and once more when a server removed that record, or the snapshot before it,
// meanwhile.
func whileKept(ctx context.Context, store journal.Catalog, entry journal.Entry, read func(journal.Entry) error) error {
	const attempts = 5
	for n := 1; ; n++ {
		err := read(entry)
		truncated := errors.Is(err, journal.ErrTruncated)
		if !truncated && !errors.Is(err, journal.ErrUnreadable) || n == attempts {
			return err
		}
		now, found := entryOf(ctx, store, entry.Room)
		switch {
		case found != nil:
			return errors.Join(err, found)
		case !truncated && now.First == entry.First:
			return err // it is damaged, and not just out of date
		}
		entry = now
	}
}

func entryOf(ctx context.Context, store journal.Catalog, id aper.RoomID) (journal.Entry, error) {
	for entry, err := range store.Rooms(ctx) {
		if entry.Room == id || entry.Room == "" {
			return entry, err
		}
	}
	return journal.Entry{}, fmt.Errorf("room %q: %w", id, journal.ErrAbsent)
}
