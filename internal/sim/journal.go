package sim

import (
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// A store is the journal of the room. It keeps the rules of package journal, and forgets nothing, so that an older copy
// of it can be had at any time: what is truncated can only not be read.
type store struct {
	row       journal.Row
	exists    bool
	restored  bool // it is a copy that says so, and nobody has written to it
	records   []stored
	snapshots []storedSnapshot

	sessions     map[aper.ClientID]bool // that the records have opened, and not forgotten
	evictedBelow aper.ClientID
}

type stored struct {
	record *wire.Record // went through its encoding
	// What an older copy that ends here has.
	first     wire.LSN
	snapshots int
}

type storedSnapshot struct {
	journal.Mark
	encoded []byte
}

// open begins the next term, and returns what there is to restore the room from.
func (s *store) open(machine string) (term wire.Term, snapshot *wire.RoomSnapshot, records []*wire.Record, err error) {
	o := journal.OpenOptions{Machine: machine, Create: true}
	if !s.exists {
		if s.row, err = journal.NewRow("room", o); err != nil {
			return 0, nil, nil, err
		}
		s.exists, s.sessions = true, map[aper.ClientID]bool{}
	}
	if err := s.row.Open(o); err != nil {
		return 0, nil, nil, err
	}
	from := wire.LSN(1)
	if n := len(s.snapshots); n > 0 {
		read, err := wire.ReadRoomSnapshot(s.snapshots[n-1].encoded)
		if err != nil {
			return 0, nil, nil, err
		}
		snapshot, from = &read, read.LSN+1
	}
	records, err = s.read(from)
	return s.row.Term, snapshot, records, err
}

func (s *store) read(from wire.LSN) (records []*wire.Record, err error) {
	to, err := s.row.Read(from)
	if err != nil {
		return nil, err
	}
	for lsn := from; lsn <= to; lsn++ {
		records = append(records, s.records[lsn-1].record)
	}
	return records, nil
}

// append makes a record durable and returns what a reader of the journal will see of it. After an error it was refused.
func (s *store) append(term wire.Term, r *wire.Record) (*wire.Record, error) {
	if err := s.row.Append(term, r); err != nil {
		return nil, err
	}
	read, err := wire.ReadRecord(r.Append(nil))
	if err != nil {
		return nil, err
	}
	s.restored = false
	s.records = append(s.records, stored{&read, s.row.First, len(s.snapshots)})
	s.note(&read)
	return &read, nil
}

// note follows which sessions there are.
func (s *store) note(r *wire.Record) {
	for _, o := range r.Opened {
		s.sessions[o.Client] = true
	}
	for _, c := range r.Evicted {
		delete(s.sessions, c)
		s.evictedBelow = max(s.evictedBelow, c+1)
	}
}

func (s *store) putSnapshot(term wire.Term, snapshot *wire.RoomSnapshot) error {
	tagAt := func(lsn wire.LSN) (wire.Tag, error) { return s.records[lsn-1].record.Tag, nil }
	if err := s.row.PutSnapshot(term, snapshot, s.newest(), tagAt); err != nil {
		return err
	}
	mark := journal.Mark{LSN: snapshot.LSN, Tag: snapshot.RecordTag}
	s.snapshots = append(s.snapshots, storedSnapshot{mark, snapshot.Append(nil)})
	return nil
}

func (s *store) newest() journal.Mark {
	if n := len(s.snapshots); n > 0 {
		return s.snapshots[n-1].Mark
	}
	return journal.Mark{}
}

// truncate removes the records up to the newest snapshot, and returns how many that were.
func (s *store) truncate(term wire.Term) (int, error) {
	newest := s.newest().LSN
	from, to, err := s.row.Truncate(term, newest+1, newest)
	return int(to - from), err
}

// restore goes back to what there was when the record was the last. It reports whether there is such a record.
func (s *store) restore(last wire.LSN, says bool) bool {
	if last == 0 || last >= wire.LSN(len(s.records)) {
		return false
	}
	s.restored = says
	at := s.records[last-1]
	s.records, s.snapshots = s.records[:last:last], s.snapshots[:at.snapshots:at.snapshots]
	s.row.Term, s.row.First, s.row.Last, s.row.Tag = at.record.Term, at.first, last, at.record.Tag
	clear(s.sessions)
	s.evictedBelow = 0
	for i := range s.records {
		s.note(s.records[i].record)
	}
	return true
}

// restoreAuthority does what a room does with what open returned.
func (w *World[S]) restoreAuthority(a *engine.Authority[S], snapshot *wire.RoomSnapshot, records []*wire.Record) error {
	switch {
	case snapshot != nil:
		if err := a.Restore(snapshot); err != nil {
			return err
		}
	case len(records) == 0:
		return a.Create(w.machine.Initial, wire.Epoch(w.draw(drawEpoch, 0, 0)))
	}
	for _, r := range records {
		if err := a.Replay(r); err != nil {
			return fmt.Errorf("a journal that an authority wrote does not open: %w", err)
		}
	}
	return nil
}
