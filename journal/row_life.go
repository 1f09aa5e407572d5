package journal

import (
	"fmt"

	"github.com/aper-go/aper/wire"
)

// Delete makes the room absent, and leaves of its row the term: every log that was opened before is fenced for ever, also
// when the room is made again. The store keeps the row, and removes the rest after this change and not in it, because a
// room may be large: a crash in between leaves a room that is deleted.
func (w *Row) Delete() error {
	if w.Deleted {
		return ErrAbsent
	}
	*w = Row{Term: w.Term, Deleted: true}
	return nil
}

// BeginRestore makes the room one that is being restored from a copy in another store, whose row is source: it will have
// the records from first to the last one. There must be no such room, or only what an unfinished restore has left, which
// the store removes after this change. Nobody can open the room until EndRestore. Its term is above those of both stores,
// so that no log of either can write to it.
func (w *Row) BeginRestore(source Row, first wire.LSN, last Mark) error {
	if !w.Deleted && !w.Restoring && *w != (Row{}) {
		return fmt.Errorf("%w: the room is there; delete it before it is restored", ErrRefused)
	}
	term := max(w.Term, source.Term) + 1
	*w = Row{Machine: source.Machine, Term: term, First: first, Last: last.LSN, Tag: last.Tag, Made: term, Restoring: true}
	return nil
}

// EndRestore makes the room one that was restored, when the copy is complete.
func (w *Row) EndRestore() { w.Restoring, w.Restored = false, true }
