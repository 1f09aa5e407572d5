package journal

import (
	"context"
	"iter"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// A Store holds the journals of many rooms. Its methods may be called by any number of goroutines.
type Store interface {
	// Open takes ownership of a room: it durably raises the term, then returns the log and its head. After it returns, no
	// append of an earlier term can succeed, nor one still in flight become visible.
	//
	// It returns ErrAbsent when there is no such room and o.Create is false, ErrMachine when the room belongs to another
	// machine, and ErrUnreadable when what a caller would need to restore the room cannot be read. After these errors
	// nothing has changed, the term included.
	Open(ctx context.Context, room aper.RoomID, o OpenOptions) (Log, Head, error)
}

// OpenOptions says how to open a room.
type OpenOptions struct {
	Machine string // name of the state type, "counter.Counter"; a room that belongs to another machine is refused with ErrMachine
	Create  bool   // make the room when it is absent
}

// A Head says where a log stood when it was opened.
type Head struct {
	Term     wire.Term          // of this opening
	Snapshot *wire.RoomSnapshot // the newest usable one, nil when there is none
	LSN      wire.LSN           // of the last record, 0 when there is none
	Tag      wire.Tag           // of the last record
	Restored bool               // from a backup, and nothing was appended since: the next record must begin a new epoch
}

// A Log reads and writes the journal of one room. It has one writer: Append is called by one goroutine at a time. The
// other methods may be called at any time by any goroutine. After ErrFenced, or any error of Append, only those of Reader
// work. Neither arguments are kept nor results shared.
type Log interface {
	Reader

	// Append writes a record durably: all or nothing, iff the term is current, r.LSN is one higher than that of the last
	// record and r.Previous is its tag. When it returns nil the record is durable. The package documentation says what
	// an error means.
	Append(ctx context.Context, r *wire.Record) error

	// PutSnapshot stores a snapshot durably: all or nothing, iff the term is current. The snapshot has the term of this
	// opening and the LSN and tag of a record that is there, and is no older than the newest snapshot; else it is
	// refused with ErrRefused. The newest two snapshots that can be read are kept, and those of the records that s.Earlier
	// names; others are removed.
	PutSnapshot(ctx context.Context, s *wire.RoomSnapshot) error

	// Truncate removes the records before the given one, iff the term is current. It first reads back the newest
	// snapshot that can be read, and refuses with ErrRefused to remove a record that is newer than that. To truncate
	// what is truncated already does nothing.
	Truncate(ctx context.Context, before wire.LSN) error
}

// A Reader reads the journal of one room. When the room is deleted there is nothing to read any more, also when another
// was made under its name: it fails with ErrAbsent.
type Reader interface {
	// Read yields the records from the given one to the one that was last when the reading began, in order and without a
	// gap. Where the next one cannot be had it yields a nil record with an error and ends: ErrTruncated when it was
	// removed, ErrUnreadable when it is damaged, ErrRefused when from is 0 or more than one beyond the last. A read can
	// go on beside Append and Truncate, and the loop over it may call them.
	Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error]

	// Snapshot returns the newest snapshot that can be read of a record not after the given one, and nil with a nil error
	// when there is none.
	Snapshot(ctx context.Context, at wire.LSN) (*wire.RoomSnapshot, error)

	// Close releases the log. It does not wait for a call in progress and does not give up the room: the term stays as
	// it is. Afterwards all methods fail with ErrClosed. Closing twice does nothing.
	Close() error
}
