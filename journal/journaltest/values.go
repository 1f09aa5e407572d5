package journaltest

import (
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// tagOf returns a tag that differs between openings, as a random one would.
func tagOf(term wire.Term, lsn wire.LSN) wire.Tag {
	h := (uint64(term)<<32 + uint64(lsn) + 1) * 0x9e3779b97f4a7c15
	return wire.Tag(h ^ h>>29)
}

// record returns a record that uses every field a record has.
func record(term wire.Term, lsn wire.LSN, previous wire.Tag) *wire.Record {
	n := uint64(lsn)
	r := &wire.Record{
		LSN:          lsn,
		Term:         term,
		Previous:     previous,
		Tag:          tagOf(term, lsn),
		Time:         1_700_000_000_000 + aper.Time(n),
		Schema:       wire.FingerprintOf(machine),
		First:        aper.Seq(2*n - 1),
		Seed:         n * 7,
		Rejections:   []wire.Rejection{{Client: 3, Verdict: wire.Verdict{ClientSeq: 7, Seq: 2, Rejected: true, Path: "Cards.1-1-1", Conflict: "no such key"}}},
		Opened:       []wire.Opened{{Client: aper.ClientID(n), TokenHash: []byte{1, 2, byte(n)}, User: "böb"}},
		Acknowledged: []wire.Acknowledged{{Client: 2, Through: aper.ClientSeq(n)}},
		Clients:      64,
	}
	for i := range 2 {
		r.Events.Add(wire.Event{
			Client:     aper.ClientID(1 + n%3),
			ClientSeq:  aper.ClientSeq(2*n) + aper.ClientSeq(i),
			Transition: cbor.AppendText(nil, fmt.Sprintf("transition %d.%d", n, i)),
		})
	}
	if lsn == 1 {
		r.Genesis = &wire.Genesis{Epoch: 99, State: []byte{0, 1, 2, 255}}
	}
	return r
}

// snapshot returns a snapshot of the record at a place, with sessions.
func snapshot(term wire.Term, at journal.Mark) *wire.RoomSnapshot {
	s := &wire.RoomSnapshot{
		LSN:       at.LSN,
		Term:      term,
		RecordTag: at.Tag,
		Position:  wire.Position{Epoch: 99, Seq: aper.Seq(2 * at.LSN), Tag: at.Tag},
		Time:      1_700_000_000_000,
		Schema:    wire.FingerprintOf(machine),
		State:     cbor.AppendText(nil, fmt.Sprintf("the state after record %d", at.LSN)),
		Clients:   64,
	}
	for i := range 3 {
		s.Sessions = append(s.Sessions, wire.SessionRow{
			Opened:  wire.Opened{Client: aper.ClientID(i + 1), TokenHash: []byte{9, byte(i)}, User: "ann"},
			Decided: aper.ClientSeq(i),
			Window:  make([]wire.Verdict, i),
		})
	}
	return s
}
