package crash

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/internal/crash/ledger"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/wire"
)

// known is what must be in a file, and what may be, because of all that was told so far.
type known map[aper.RoomID]knownRoom

type knownRoom struct {
	term      uint64            // of the newest opening
	last      uint64            // record that was acknowledged
	snapshot  uint64            // the newest that was acknowledged
	first     uint64            // record that may be kept: those before it are truncated
	cut       uint64            // first record that must be kept: somebody began to truncate those before it
	records   map[uint64]uint64 // sums of all that somebody began to append
	snapshots map[uint64]uint64 // sums of all that somebody began to put
}

// hear takes one more line.
func (k known) hear(l line) {
	r, ok := k[l.room]
	if !ok {
		r.records, r.snapshots = map[uint64]uint64{}, map[uint64]uint64{}
	}
	switch l.what {
	case opened:
		r.term = l.n
	case appends:
		r.records[l.n] = l.sum
	case appended:
		r.last = l.n
	case puts:
		r.snapshots[l.n] = l.sum
	case putted:
		r.snapshot = l.n
	case truncates:
		r.cut = l.n
	case truncated:
		r.first = l.n
	}
	k[l.room] = r
}

// knownBy returns what is known after lines were told.
func knownBy(told []toldLine) known {
	k := known{}
	for _, l := range told {
		k.hear(l.line)
	}
	return k
}

// acknowledged reports whether anything was.
func (k known) acknowledged() bool {
	for _, r := range k {
		if r.term > 0 {
			return true
		}
	}
	return false
}

// acknowledgedMore reports whether more was acknowledged since then.
func (k known) acknowledgedMore(than known) bool {
	for id, r := range k {
		if old := than[id]; r.term > old.term || r.last > old.last || r.snapshot > old.snapshot || r.first > old.first {
			return true
		}
	}
	return false
}

// check opens a file and says whether it holds what is known, and whether it can be used. With serve it is opened by
// rooms, too, which replay what it holds, and all pages are looked at.
func (k known) check(ctx context.Context, file string, log *slog.Logger, serve bool) error {
	store, err := bolt.Open(file, bolt.Options{Logger: log})
	if err != nil {
		return err
	}
	for id, r := range k {
		if err = r.check(ctx, store, id); err == nil && serve && r.last > 0 {
			err = replay(ctx, store, id, log)
		}
		if err != nil {
			err = fmt.Errorf("room %s: %w", id, err)
			break
		}
	}
	if err = errors.Join(err, store.Close()); err == nil && serve {
		err = checkPages(file)
	}
	return err
}

func (r *knownRoom) check(ctx context.Context, store journal.Store, id aper.RoomID) error {
	log, head, err := store.Open(ctx, id, journal.OpenOptions{Machine: machine})
	if r.term == 0 && errors.Is(err, journal.ErrAbsent) {
		return nil
	}
	if err != nil {
		return err
	}
	defer log.Close()
	if uint64(head.Term) <= r.term || uint64(head.LSN) < r.last {
		return fmt.Errorf("it is opened in term %d after record %d; term %d and record %d were acknowledged", head.Term, head.LSN, r.term, r.last)
	}
	if err := r.checkSnapshot(head.Snapshot); err != nil {
		return err
	}
	records, err := readAll(ctx, log, head)
	if err != nil {
		return err
	}
	if err := r.checkRecords(records, uint64(head.LSN)); err != nil {
		return err
	}
	return goOn(ctx, log, head)
}

func (r *knownRoom) checkSnapshot(s *wire.RoomSnapshot) error {
	switch {
	case s == nil && r.snapshot == 0:
		return nil
	case s == nil || uint64(s.LSN) < r.snapshot:
		return fmt.Errorf("the snapshot of record %d was acknowledged and is not there", r.snapshot)
	case r.snapshots[uint64(s.LSN)] != sumOf(s.Append):
		return fmt.Errorf("the snapshot of record %d is not the one that was put", s.LSN)
	}
	return nil
}

func (r *knownRoom) checkRecords(records []*wire.Record, last uint64) error {
	first := last + 1
	if len(records) > 0 {
		first = uint64(records[0].LSN)
	}
	if first < max(1, r.first) || first > max(1, r.cut) {
		return fmt.Errorf("record %d is the first; it was truncated to %d, and is allowed to be to %d", first, r.first, r.cut)
	}
	var complaints report
	if len(records) > 0 {
		checkChain(&complaints, records)
	}
	for _, record := range records {
		if sum, ok := r.records[uint64(record.LSN)]; !ok || sum != sumOf(record.Append) {
			complaints.add("record %d is not the one that was appended", record.LSN)
		}
	}
	if len(complaints) > 0 {
		return fmt.Errorf("%q", complaints)
	}
	return nil
}

// goOn appends one more record and reads it back.
func goOn(ctx context.Context, log journal.Log, head journal.Head) error {
	next := &wire.Record{LSN: head.LSN + 1, Term: head.Term, Previous: head.Tag, Tag: 1, First: 1}
	if head.LSN > 0 {
		before, err := recordAt(ctx, log, head.LSN)
		if err != nil {
			return err
		}
		next.Schema, next.Time, next.First = before.Schema, before.Time, before.First+aper.Seq(before.Events.Len())
	}
	if err := log.Append(ctx, next); err != nil {
		return err
	}
	read, err := recordAt(ctx, log, next.LSN)
	if err == nil && sumOf(read.Append) != sumOf(next.Append) {
		err = fmt.Errorf("what was appended is not what is read")
	}
	return err
}

func recordAt(ctx context.Context, log journal.Log, lsn wire.LSN) (*wire.Record, error) {
	for record, err := range log.Read(ctx, lsn) {
		return record, err
	}
	return nil, fmt.Errorf("nothing is read at record %d", lsn)
}

// replay opens a room as a server does.
func replay(ctx context.Context, store journal.Store, id aper.RoomID, log *slog.Logger) error {
	r, err := room.Open(ctx, store, id, ledger.Ledger{}, room.Options{Log: log})
	if err != nil {
		return err
	}
	state, at := r.State()
	if state.Count != int64(at.Seq) {
		err = fmt.Errorf("the state has %d events at event %d", state.Count, at.Seq)
	}
	return errors.Join(err, r.Close(ctx))
}

// checkPages looks at every page of the B+tree: none is used twice or lost.
func checkPages(file string) error {
	db, err := bbolt.Open(file, 0o600, nil)
	if err != nil {
		return err
	}
	err = db.View(func(tx *bbolt.Tx) (all error) {
		for err := range tx.Check() {
			all = errors.Join(all, err)
		}
		return all
	})
	return errors.Join(err, db.Close())
}

// checkFile is a child that checks a file.
func checkFile(file string) error {
	debug.SetMaxStack(16 << 20) // it ends soon when it goes round in circles
	text, err := os.ReadFile(file + toldFile)
	if err != nil {
		return err
	}
	k := known{}
	for text := range strings.Lines(string(text)) {
		l, err := parseLine(text)
		if err != nil {
			return err
		}
		k.hear(l)
	}
	return k.check(context.Background(), file, slog.Default(), true)
}
