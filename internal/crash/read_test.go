package crash

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/internal/crash/ledger"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

var machine = engine.MachineName[ledger.Ledger]()

// inJournal returns the name under which a server keeps a room.
func inJournal(room string) aper.RoomID { return aper.RoomID(machine + "/" + room) }

// readAll reads all records of a log that were not truncated.
func readAll(ctx context.Context, log journal.Log, head journal.Head) ([]*wire.Record, error) {
	var records []*wire.Record
	first := firstKept(ctx, log, head)
	for record, err := range log.Read(ctx, first) {
		if err != nil {
			return records, err
		}
		records = append(records, record)
	}
	if len(records) != int(head.LSN+1-first) {
		return records, fmt.Errorf("%d records were read, from %d to %d there should be more", len(records), first, head.LSN)
	}
	return records, nil
}

// firstKept returns the first record that was not truncated. A journal does not say which one that is.
func firstKept(ctx context.Context, log journal.Log, head journal.Head) wire.LSN {
	n := sort.Search(int(head.LSN), func(n int) bool {
		for _, err := range log.Read(ctx, wire.LSN(n)+1) {
			return !errors.Is(err, journal.ErrTruncated)
		}
		return true
	})
	return wire.LSN(n) + 1
}
