package bolt

import (
	"errors"
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

const (
	rowFields    = 7
	rowFieldsOld = 5 // of a row that was written before rooms could be deleted
)

// The flags of a row.
const (
	rowRestored uint64 = 1 << iota
	rowRestoring
	rowDeleted
	rowFlags = rowRestored | rowRestoring | rowDeleted
)

// getRow returns the row of a room, or journal.ErrAbsent.
func getRow(tx *bbolt.Tx, room aper.RoomID) (journal.Row, error) {
	key := []byte(room)
	value := get(tx, bucketRooms, key)
	if value == nil {
		return journal.Row{}, journal.ErrAbsent
	}
	return readRow(key, value)
}

// rowOrRemains is getRow for who would make the room when it is absent, or say that it is: one that has lost its row is
// not absent.
func rowOrRemains(tx *bbolt.Tx, room aper.RoomID) (journal.Row, error) {
	row, err := getRow(tx, room)
	if errors.Is(err, journal.ErrAbsent) {
		if err := noRemains(tx, room); err != nil {
			return row, err
		}
	}
	return row, err
}

func readRow(key, value []byte) (journal.Row, error) {
	payload, err := unseal(key, value)
	if err != nil {
		return journal.Row{}, err
	}
	in := cbor.NewReader(payload)
	fields := in.Array()
	if fields != rowFields && fields != rowFieldsOld {
		return journal.Row{}, errRow
	}
	row := journal.Row{
		Machine: in.Text(),
		Term:    wire.Term(in.Uint()),
		First:   wire.LSN(in.Uint()),
		Last:    wire.LSN(in.Uint()),
		Tag:     wire.Tag(in.Uint()),
	}
	if fields == rowFields {
		row.Made = wire.Term(in.Uint())
		flags := in.Uint()
		if flags&^rowFlags != 0 {
			return journal.Row{}, errRow
		}
		row.Restored, row.Restoring, row.Deleted = flags&rowRestored != 0, flags&rowRestoring != 0, flags&rowDeleted != 0
	}
	if err := errors.Join(in.Err(), in.End()); err != nil {
		return journal.Row{}, fmt.Errorf("%w: %w", journal.ErrUnreadable, err)
	}
	return row, nil
}

var errRow = fmt.Errorf("%w: its row is not one that this program knows; a newer program wrote it", journal.ErrUnreadable)

func putRow(tx *bbolt.Tx, room aper.RoomID, row journal.Row) error {
	key := []byte(room)
	return tx.Bucket(bucketRooms).Put(key, seal(key, func(b []byte) []byte {
		b = cbor.AppendText(cbor.AppendArray(b, rowFields), row.Machine)
		b = cbor.AppendUint(b, uint64(row.Term))
		b = cbor.AppendUint(b, uint64(row.First))
		b = cbor.AppendUint(b, uint64(row.Last))
		b = cbor.AppendUint(b, uint64(row.Tag))
		b = cbor.AppendUint(b, uint64(row.Made))
		return cbor.AppendUint(b, flagsOf(row))
	}))
}

func flagsOf(row journal.Row) (flags uint64) {
	if row.Restored {
		flags |= rowRestored
	}
	if row.Restoring {
		flags |= rowRestoring
	}
	if row.Deleted {
		flags |= rowDeleted
	}
	return flags
}

// noRemains makes sure that a room without a row is absent, and not one that has lost its row.
func noRemains(tx *bbolt.Tx, room aper.RoomID) error {
	if key, bucket := firstRemains(tx, room); key != nil {
		return &journal.Error{Room: room, LSN: lsnOf(key, roomPrefix(room)),
			Err: fmt.Errorf("%w: the room has no row, but %s of it are there; restore the file from a backup", journal.ErrUnreadable, bucket)}
	}
	return nil
}
