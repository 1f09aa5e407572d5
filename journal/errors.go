package journal

import (
	"errors"
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// The errors that callers branch on, by errors.Is. An Error that says where, and mostly more of what, is wrapped around
// them. After each of them certainly nothing was written.
var (
	// ErrAbsent: there is no such room, and Create was not asked for.
	ErrAbsent = errors.New("there is no such room")
	// ErrMachine: the room belongs to another machine.
	ErrMachine = errors.New("the room belongs to another machine")
	// ErrFenced: the room was opened again, or deleted, after this log was opened.
	ErrFenced = errors.New("the room was opened again and this log can no longer write")
	// ErrTruncated: the records asked for are gone; a snapshot says what they amounted to.
	ErrTruncated = errors.New("the record was truncated")
	// ErrRefused: what was asked for breaks the contract. It is a mistake of the caller.
	ErrRefused = errors.New("refused")
	// ErrUnreadable: what is stored is damaged, or written by a newer program. It is left as it is.
	ErrUnreadable = errors.New("what is stored cannot be read")
	// ErrClosed: the log or its store is closed.
	ErrClosed = errors.New("the log is closed")
)

// errDeleted is ErrFenced in the words for a room that was deleted.
var errDeleted error = deletedError{}

type deletedError struct{}

func (deletedError) Error() string        { return "the room was deleted and this log can no longer write" }
func (deletedError) Is(target error) bool { return target == ErrFenced }

// An Error says which operation on which room failed. The operations are "open", "append", "read", "put snapshot",
// "snapshot" and "truncate", those of a Catalog, "list", "look" and "delete", and what else a store offers.
type Error struct {
	Op   string
	Room aper.RoomID
	LSN  wire.LSN // that the operation was about; 0 when it was about the whole room
	Err  error
}

func (e *Error) Error() string {
	if e.LSN == 0 {
		return fmt.Sprintf("journal: %s room %q: %v", e.Op, e.Room, e.Err)
	}
	return fmt.Sprintf("journal: %s room %q at record %d: %v", e.Op, e.Room, e.LSN, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
