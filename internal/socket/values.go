package socket

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

func appendEntry(b []byte, e journal.Entry) []byte {
	b = cbor.AppendBytes(cbor.AppendArray(b, 6), []byte(e.Room))
	b = cbor.AppendText(b, e.Machine)
	b = cbor.AppendUint(b, uint64(e.Term))
	b = cbor.AppendUint(b, uint64(e.First))
	b = cbor.AppendUint(b, uint64(e.Last))
	return cbor.AppendBool(b, e.Restored)
}

func readEntry(b []byte) (journal.Entry, error) {
	in := cbor.NewReader(b)
	in.Array()
	e := journal.Entry{
		Room:     aper.RoomID(in.Bytes()),
		Machine:  in.Text(),
		Term:     wire.Term(in.Uint()),
		First:    wire.LSN(in.Uint()),
		Last:     wire.LSN(in.Uint()),
		Restored: in.Bool(),
	}
	return e, in.End()
}

// appendLook appends the number under which a room is looked at, and its head.
func appendLook(b []byte, number uint64, h journal.Head) []byte {
	b = cbor.AppendUint(cbor.AppendArray(b, 6), number)
	b = cbor.AppendUint(b, uint64(h.Term))
	b = cbor.AppendUint(b, uint64(h.LSN))
	b = cbor.AppendUint(b, uint64(h.Tag))
	b = cbor.AppendBool(b, h.Restored)
	return cbor.AppendBytes(b, snapshotBytes(h.Snapshot))
}

func readLook(b []byte) (number uint64, h journal.Head, err error) {
	in := cbor.NewReader(b)
	in.Array()
	number = in.Uint()
	h = journal.Head{Term: wire.Term(in.Uint()), LSN: wire.LSN(in.Uint()), Tag: wire.Tag(in.Uint()), Restored: in.Bool()}
	stored := in.Bytes()
	if err := in.End(); err != nil {
		return 0, journal.Head{}, err
	}
	h.Snapshot, err = readSnapshot(stored)
	return number, h, err
}

// snapshotBytes returns no bytes when there is no snapshot.
func snapshotBytes(s *wire.RoomSnapshot) []byte {
	if s == nil {
		return nil
	}
	return s.Append(nil)
}

func readSnapshot(b []byte) (*wire.RoomSnapshot, error) {
	if len(b) == 0 {
		return nil, nil
	}
	s, err := wire.ReadRoomSnapshot(b)
	if err != nil {
		return nil, err
	}
	return &s, nil
}
