package bolt

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper/wire"
)

// A damaged snapshot is passed over for an older one, aloud, also when somebody looks back.
func TestSnapshotPassesOverDamage(t *testing.T) {
	path := twoRooms(t)
	flip(t, path, "state eight")
	var heard bytes.Buffer
	s, err := Open(path, Options{Logger: slog.New(slog.NewTextHandler(&heard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	looking, head, err := s.Look(t.Context(), "lobby")
	if err != nil || head.Snapshot == nil || head.Snapshot.LSN != 4 || head.LSN != 12 {
		t.Fatalf("the head is %+v, %v", head, err)
	}
	for at, want := range map[wire.LSN]string{12: "record=8", 8: "record=8", 7: ""} {
		heard.Reset()
		found, err := looking.Snapshot(t.Context(), at)
		if err != nil || found == nil || found.LSN != 4 {
			t.Errorf("the snapshot at %d is %+v, %v", at, found, err)
		}
		said := heard.String()
		if (want == "") != (said == "") || !strings.Contains(said, want) || want != "" && !strings.Contains(said, "lobby") {
			t.Errorf("the snapshot at %d: the log says %q, want %q", at, said, want)
		}
	}
	if found, err := looking.Snapshot(t.Context(), 3); found != nil || err != nil {
		t.Errorf("the snapshot at 3 is %+v, %v", found, err)
	}
}

// However many snapshots are kept, storing one reads back one; a damaged one below that is left for those who look back.
func TestPutSnapshotAmongMany(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rooms.db")
	s := mustOpen(t, path)
	lobby := openRoom(t, s, "lobby")
	const many, size = 40, 256 << 10
	var earlier []wire.Milestone
	put := func() {
		t.Helper()
		lobby.fill(t, "lobby", 1)
		state := make([]byte, size)
		copy(state, "state "+strings.Repeat("i", int(lobby.at.LSN))+".")
		if err := lobby.PutSnapshot(t.Context(), &wire.RoomSnapshot{LSN: lobby.at.LSN, Term: lobby.head.Term, RecordTag: lobby.at.Tag,
			State: state, Earlier: earlier}); err != nil {
			t.Fatal(err)
		}
		earlier = append(earlier, wire.Milestone{LSN: lobby.at.LSN})
	}
	for range many {
		put()
	}
	_ = s.Close()
	flip(t, path, "state iii.")
	s = mustOpen(t, path)
	lobby = openRoom(t, s, "lobby")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	put()
	if err := lobby.Truncate(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > many*size/2 {
		t.Errorf("storing a snapshot of %d bytes beside %d others and truncating allocated %d bytes: they were read back", size, many, used)
	}
	if got := snapshotLSNs(t, s); len(got) != many+1 || !slices.Contains(got, 3) {
		t.Errorf("snapshots of %v are kept, want all", got)
	}
	earlier = earlier[5:7]
	put()
	if got := snapshotLSNs(t, s); !slices.Equal(got, []wire.LSN{42, 41, 7, 6}) {
		t.Errorf("snapshots of %v are kept, want 42, 41, and 7 and 6, which are named", got)
	}
}
