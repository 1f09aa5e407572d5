package journal

import (
	"context"
	"iter"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// A Catalog is a Store whose rooms can be looked after as a whole: listed, looked at without becoming their owner, and
// deleted. No store has to be one.
type Catalog interface {
	Store

	// Rooms yields the rooms in the order of their names. A room that cannot be opened because of what is stored is
	// yielded with its name and an error, and the listing goes on; an error without a name ends it. Rooms that are made
	// or deleted meanwhile may be missing, or not.
	Rooms(ctx context.Context) iter.Seq2[Entry, error]

	// Look opens a room to look at it. The owner stays the owner: nothing changes, the term included, and the head has the
	// term of the last opening. It fails with ErrAbsent, and with ErrUnreadable when there is nothing to look at. It does
	// not read the records: one that is damaged shows when the reader comes to it.
	Look(ctx context.Context, room aper.RoomID) (Reader, Head, error)

	// Delete removes a room for good. Its logs are fenced for ever, also when a room of the same name is made again. It
	// returns ErrAbsent when there is no such room. After another error the room may be deleted or not, or is deleted and
	// not all of it removed yet; it is never there in part. To delete it again finishes that.
	Delete(ctx context.Context, room aper.RoomID) error
}

// An Entry says what a Catalog has of one room.
type Entry struct {
	Room     aper.RoomID
	Machine  string
	Term     wire.Term // of the newest opening
	First    wire.LSN  // of the first record that is kept, or of the next one when none is
	Last     wire.LSN  // of the last record, 0 when there never was one
	Restored bool      // from a backup, and nothing was appended since
}

// Entry returns what a Catalog says of the room.
func (w *Row) Entry(room aper.RoomID) Entry {
	return Entry{Room: room, Machine: w.Machine, Term: w.Term, First: w.First, Last: w.Last, Restored: w.Restored}
}
