package bolt

import (
	"bytes"
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

// A walk goes along the records of a room and checks that each is there, is whole, and follows the one before.
type walk struct {
	tx       *bbolt.Tx
	room     aper.RoomID
	row      journal.Row
	previous journal.Mark // the record it stands on
	chained  bool         // previous.Tag is known

	records *keys
}

// next returns the record after the one it stands on, and a view of how it is stored, and moves there. Its errors are
// *journal.Error.
func (w *walk) next() (r *wire.Record, value []byte, err error) {
	lsn := w.previous.LSN + 1
	want := recordKey(w.room, lsn)
	if w.records == nil {
		records := keysOf(w.tx, bucketRecords)
		w.records = &records
	}
	key, value := w.records.seek(want)
	broken := func(format string, args ...any) (*wire.Record, []byte, error) {
		err := fmt.Errorf("%w: "+format, append([]any{journal.ErrUnreadable}, args...)...)
		return nil, nil, &journal.Error{Room: w.room, LSN: lsn, Err: err}
	}
	if !bytes.Equal(key, want) {
		return broken("the record is missing; records %d to %d should be there", w.row.First, w.row.Last)
	}
	r, err = readRecord(key, value)
	switch {
	case err != nil:
		return nil, nil, &journal.Error{Room: w.room, LSN: lsn, Err: err}
	case r.LSN != lsn:
		return broken("it calls itself record %d", r.LSN)
	case w.chained && r.Previous != w.previous.Tag:
		return broken("it follows one with tag %x, the record before has tag %x", r.Previous, w.previous.Tag)
	}
	w.previous, w.chained = journal.Mark{LSN: lsn, Tag: r.Tag}, true
	return r, value, nil
}
