package journal

import (
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// A Row is what a store keeps about a room beside its records and snapshots. A store reads it, calls the method of the
// operation, and writes it back, all in the transaction that makes the change; the methods hold the rules that every
// store shares. One that returns an error has changed nothing. The zero Row is that of a room that never was.
type Row struct {
	Machine string
	Term    wire.Term // of the newest opening
	First   wire.LSN  // of the first record that is kept, or of the next one when none is
	Last    wire.LSN  // of the last record, kept or truncated; 0 when there never was one
	Tag     wire.Tag  // of the last record

	Made      wire.Term // a log of an earlier term is one of another room of this name, which was deleted
	Restored  bool      // from a backup, and nothing was appended since
	Restoring bool      // a restore was begun and is not done
	Deleted   bool      // the room is absent; what is left of it is of no use, and is to be removed before it is made anew
}

// NewRow returns the row of a room that is absent, when o says to make it. The room is empty and nobody has opened it.
func NewRow(room aper.RoomID, o OpenOptions) (Row, error) {
	var w Row
	err := w.Create(room, o)
	return w, err
}

// Create makes the room, which is absent, when o says so: w is the zero Row, or what a deleted room has left. The room is
// empty and nobody has opened it.
func (w *Row) Create(room aper.RoomID, o OpenOptions) error {
	switch {
	case !o.Create:
		return ErrAbsent
	case room == "" || len(room) > maxRoomID:
		return fmt.Errorf("%w: the name of a room has 1 to %d bytes", ErrRefused, maxRoomID)
	case o.Machine == "":
		return fmt.Errorf("%w: OpenOptions.Machine is missing", ErrRefused)
	}
	*w = Row{Machine: o.Machine, Term: w.Term, First: 1, Made: w.Term + 1}
	return nil
}

// maxRoomID leaves room for the name of a machine, which servers put before that of the room, "todo.List/lobby":
// aper.ParseRoomID takes 200 bytes.
const maxRoomID = 255

// Open begins the next term.
func (w *Row) Open(o OpenOptions) error {
	if err := w.Look(); err != nil {
		return err
	}
	if o.Machine != w.Machine {
		return fmt.Errorf("%w: it is a %s, not a %s; use another room, or the store that holds the rooms of %[3]s",
			ErrMachine, w.Machine, o.Machine)
	}
	w.Term++
	return nil
}

// Look checks whether there is a room to be looked at.
func (w *Row) Look() error {
	switch {
	case w.Deleted || *w == Row{}:
		return ErrAbsent
	case w.Restoring:
		return fmt.Errorf("%w: a restore of the room was begun and not finished; restore it again, or delete it", ErrUnreadable)
	}
	return nil
}

// Append makes r the last record, when a log that was opened in the given term may.
func (w *Row) Append(opened wire.Term, r *wire.Record) error {
	if err := w.current(opened); err != nil {
		return err
	}
	switch {
	case r.Term != opened:
		return fmt.Errorf("%w: the record has term %d, the log was opened in term %d", ErrRefused, r.Term, opened)
	case r.LSN != w.Last+1:
		return fmt.Errorf("%w: the next record is %d", ErrRefused, w.Last+1)
	case r.Previous != w.Tag:
		return fmt.Errorf("%w: the record follows one with tag %x, the last one has tag %x", ErrRefused, r.Previous, w.Tag)
	}
	w.Last, w.Tag, w.Restored = r.LSN, r.Tag, false
	return nil
}

// A Mark names a record by its place and its tag.
type Mark struct {
	LSN wire.LSN
	Tag wire.Tag
}

// PutSnapshot checks whether a log that was opened in the given term may store s. Newest marks the record of the newest
// snapshot, and is zero when there is none. TagAt returns the tag of a record that is kept.
func (w *Row) PutSnapshot(opened wire.Term, s *wire.RoomSnapshot, newest Mark, tagAt func(wire.LSN) (wire.Tag, error)) error {
	if err := w.current(opened); err != nil {
		return err
	}
	switch {
	case s.Term != opened:
		return fmt.Errorf("%w: the snapshot has term %d, the log was opened in term %d", ErrRefused, s.Term, opened)
	case s.LSN == 0 || s.LSN > w.Last:
		return fmt.Errorf("%w: there is no such record; the last one is %d", ErrRefused, w.Last)
	case s.LSN < newest.LSN:
		return fmt.Errorf("%w: there is a newer snapshot, of record %d", ErrRefused, newest.LSN)
	}
	tag := newest.Tag
	switch {
	case s.LSN == w.Last:
		tag = w.Tag
	case s.LSN >= w.First:
		var err error
		if tag, err = tagAt(s.LSN); err != nil {
			return err
		}
	case s.LSN != newest.LSN:
		return fmt.Errorf("%w; the first one that is kept is %d", ErrTruncated, w.First)
	}
	if s.RecordTag != tag {
		return fmt.Errorf("%w: the snapshot is of a record with tag %x, the record has tag %x", ErrRefused, s.RecordTag, tag)
	}
	return nil
}

// Truncate removes the records before the given one, when a log that was opened in the given term may. Verified is the
// LSN of the newest snapshot that was read back, and zero when there is none. It returns the records to remove, from
// the first to the one before the second.
func (w *Row) Truncate(opened wire.Term, before, verified wire.LSN) (from, to wire.LSN, err error) {
	if err := w.current(opened); err != nil {
		return 0, 0, err
	}
	if before <= w.First {
		return w.First, w.First, nil
	}
	if before > verified+1 {
		return 0, 0, fmt.Errorf("%w: the newest snapshot that can be read is of record %d, and what is after it is needed",
			ErrRefused, verified)
	}
	from, w.First = w.First, before
	return from, before, nil
}

// Read returns the last record that a reading which begins at the given one is to yield.
func (w *Row) Read(from wire.LSN) (to wire.LSN, err error) {
	switch {
	case from == 0 || from > w.Last+1:
		return 0, fmt.Errorf("%w: there is no such record; the last one is %d", ErrRefused, w.Last)
	case from < w.First:
		return 0, fmt.Errorf("%w; the first one that is kept is %d", ErrTruncated, w.First)
	}
	return w.Last, nil
}

// Holds checks whether this is still the room that a log of the given term was opened for, and not absent, or another one
// of the same name.
func (w *Row) Holds(opened wire.Term) error {
	if w.Deleted || opened < w.Made {
		return fmt.Errorf("%w: it was deleted", ErrAbsent)
	}
	return nil
}

func (w *Row) current(opened wire.Term) error {
	if w.Holds(opened) != nil {
		return errDeleted
	}
	if opened != w.Term {
		return fmt.Errorf("%w: it was opened in term %d, the room is in term %d", ErrFenced, opened, w.Term)
	}
	return nil
}
