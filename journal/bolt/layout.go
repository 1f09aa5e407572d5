package bolt

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

var (
	bucketAper      = []byte("aper")
	bucketRooms     = []byte("rooms")
	bucketRecords   = []byte("records")
	bucketSnapshots = []byte("snapshots")

	keyFormat = []byte("format")
)

const (
	fileFormat  = 1 // of the buckets and keys
	valueFormat = 1 // of what seal writes
)

// checkFormat reports whether the file is new, or an error when it is not one of ours.
func checkFormat(tx *bbolt.Tx) (fresh bool, err error) {
	ours := bucketOf(tx, bucketAper)
	if ours == nil {
		if name, _ := tx.Cursor().First(); name != nil {
			return false, fmt.Errorf("it is a bbolt file of another program (it has a bucket %q); use another file", name)
		}
		return true, nil
	}
	if format := ours.Get(keyFormat); len(format) != 1 || format[0] != fileFormat {
		return false, fmt.Errorf("%w: the file has format %x, this program knows %x; use the newer program that wrote it",
			journal.ErrUnreadable, format, fileFormat)
	}
	for _, name := range [][]byte{bucketRooms, bucketRecords, bucketSnapshots} {
		if bucketOf(tx, name) == nil {
			return false, fmt.Errorf("%w: the file has no bucket %q; restore it from a backup", journal.ErrUnreadable, name)
		}
	}
	return false, nil
}

func makeBuckets(tx *bbolt.Tx) error {
	ours, err := tx.CreateBucket(bucketAper)
	if err != nil {
		return err
	}
	for _, name := range [][]byte{bucketRooms, bucketRecords, bucketSnapshots} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return ours.Put(keyFormat, []byte{fileFormat})
}

// roomPrefix begins the keys of a room's records and snapshots.
func roomPrefix(room aper.RoomID) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(room))), room...)
}

func recordKey(room aper.RoomID, lsn wire.LSN) []byte {
	return binary.BigEndian.AppendUint64(roomPrefix(room), uint64(lsn))
}

func snapshotKey(room aper.RoomID, lsn wire.LSN, term wire.Term, tag wire.Tag) []byte {
	k := binary.BigEndian.AppendUint64(roomPrefix(room), uint64(lsn))
	k = binary.BigEndian.AppendUint64(k, uint64(term))
	return binary.BigEndian.AppendUint64(k, uint64(tag))
}

// lsnOf takes the LSN from a record's or a snapshot's key, behind the prefix.
func lsnOf(key, prefix []byte) wire.LSN {
	if rest := key[len(prefix):]; len(rest) >= 8 {
		return wire.LSN(binary.BigEndian.Uint64(rest))
	}
	return 0
}

// seal puts the format and the checksum before what add appends.
func seal(key []byte, add func([]byte) []byte) []byte {
	value := add(make([]byte, 5, 512))
	value[0] = valueFormat
	binary.BigEndian.PutUint32(value[1:], checksum(key, value))
	return value
}

// unseal returns what was sealed: a view.
func unseal(key, value []byte) ([]byte, error) {
	switch {
	case len(value) < 5:
		return nil, fmt.Errorf("%w: it is cut short", journal.ErrUnreadable)
	case value[0] != valueFormat:
		return nil, fmt.Errorf("%w: it has format %d and this program knows %d; a newer program wrote it, or it is damaged",
			journal.ErrUnreadable, value[0], valueFormat)
	}
	if found, computed := binary.BigEndian.Uint32(value[1:]), checksum(key, value); found != computed {
		return nil, fmt.Errorf("%w: it is damaged, its checksum is %08x and should be %08x; restore the file from a backup",
			journal.ErrUnreadable, computed, found)
	}
	return value[5:], nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(key, value []byte) uint32 {
	sum := crc32.Update(0, castagnoli, key)
	sum = crc32.Update(sum, castagnoli, value[:1])
	return crc32.Update(sum, castagnoli, value[5:])
}

func readRecord(key, value []byte) (*wire.Record, error) {
	payload, err := unseal(key, value)
	if err != nil {
		return nil, err
	}
	r, err := wire.ReadRecord(payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", journal.ErrUnreadable, err)
	}
	return &r, nil
}

func readSnapshot(key, value []byte) (*wire.RoomSnapshot, error) {
	payload, err := unseal(key, value)
	if err != nil {
		return nil, err
	}
	s, err := wire.ReadRoomSnapshot(payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", journal.ErrUnreadable, err)
	}
	return &s, nil
}
