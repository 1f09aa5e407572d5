package bolt

import (
	"path/filepath"
	"testing"

	"github.com/aper-go/aper"
)

// Calls that share a commit are counted one by one, and what was refused or only read is not counted.
func TestStats(t *testing.T) {
	s := mustOpen(t, filepath.Join(t.TempDir(), "rooms.db"))
	ids := []aper.RoomID{"a", "b", "c"}
	rooms := make([]*room, len(ids))
	for i, id := range ids {
		rooms[i] = openRoom(t, s, id)
	}
	before := s.Stats()
	if before.Commits != 3 || before.Calls != 3 || before.Bytes == 0 || before.Busy <= 0 {
		t.Errorf("after three openings: %+v", before)
	}
	release := hold(s)
	errs := make(chan error)
	for i, r := range rooms {
		go func() { errs <- r.Append(t.Context(), r.next(ids[i])) }()
	}
	waitFor(s, len(rooms))
	release()
	for range rooms {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	after := s.Stats()
	if after.Commits != before.Commits+1 || after.Calls != before.Calls+3 || after.Bytes < before.Bytes+4096 || after.Busy <= before.Busy {
		t.Errorf("after three appends in one commit: %+v, before %+v", after, before)
	}
	if err := rooms[0].Append(t.Context(), rooms[0].next("a")); err == nil {
		t.Error("a record was appended twice")
	}
	if _, err := rooms[0].count(t, "a", 1); err != nil || s.Stats() != after {
		t.Errorf("after a refusal and a reading: %+v, %v", s.Stats(), err)
	}
}
