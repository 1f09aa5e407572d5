package bolt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
	"go.etcd.io/bbolt"
)

var (
	counter = journal.OpenOptions{Machine: "counter.Counter", Create: true}
	silent  = slog.New(slog.NewTextHandler(io.Discard, nil))
)

// A room is a log with the position its writer knows.
type room struct {
	journal.Log
	head journal.Head
	at   journal.Mark
}

func openRoom(t testing.TB, s *Store, id aper.RoomID) *room {
	t.Helper()
	log, head, err := s.Open(t.Context(), id, counter)
	if err != nil {
		t.Fatal(err)
	}
	return &room{log, head, journal.Mark{LSN: head.LSN, Tag: head.Tag}}
}

// next returns the next record; its event holds a text of its own that can be found in the file.
func (r *room) next(id aper.RoomID) *wire.Record {
	lsn := r.at.LSN + 1
	next := &wire.Record{LSN: lsn, Term: r.head.Term, Previous: r.at.Tag, Tag: tagOf(lsn)}
	next.Events.Add(wire.Event{Client: 1, ClientSeq: 1, Transition: cbor.AppendText(nil, content(id, lsn))})
	return next
}

func tagOf(lsn wire.LSN) wire.Tag { return wire.Tag(lsn) * 0x9e3779b97f4a7c15 }

func content(id aper.RoomID, lsn wire.LSN) string {
	return "record " + strings.Repeat("i", int(lsn)) + " of " + string(id) + "."
}

func (r *room) fill(t testing.TB, id aper.RoomID, n int) {
	t.Helper()
	for range n {
		next := r.next(id)
		if err := r.Append(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		r.at = journal.Mark{LSN: next.LSN, Tag: next.Tag}
	}
}

func (r *room) put(t testing.TB, state string) {
	t.Helper()
	s := &wire.RoomSnapshot{LSN: r.at.LSN, Term: r.head.Term, RecordTag: r.at.Tag, State: cbor.AppendText(nil, state)}
	if err := r.PutSnapshot(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func (r *room) count(t testing.TB, id aper.RoomID, from wire.LSN) (n int, err error) {
	t.Helper()
	return count(t, r, id, from)
}

// count reads a log and returns how many records were as they should be, and the error at the end.
func count(t testing.TB, log journal.Reader, id aper.RoomID, from wire.LSN) (n int, err error) {
	t.Helper()
	for record, err := range log.Read(t.Context(), from) {
		if err != nil {
			return n, err
		}
		if want := content(id, from+wire.LSN(n)); !strings.Contains(string(record.Append(nil)), want) {
			t.Errorf("record %d does not hold %q", record.LSN, want)
		}
		n++
	}
	return n, nil
}

// twoRooms makes a file with the rooms "lobby" (12 records, snapshots of 4 and 8) and "other" (3 records).
func twoRooms(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rooms.db")
	s := mustOpen(t, path)
	lobby, other := openRoom(t, s, "lobby"), openRoom(t, s, "other")
	lobby.fill(t, "lobby", 4)
	lobby.put(t, "state four")
	other.fill(t, "other", 3)
	lobby.fill(t, "lobby", 4)
	lobby.put(t, "state eight")
	lobby.fill(t, "lobby", 4)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// flip changes one bit of every place in the file that holds the text. (Pages that are free hold copies.)
func flip(t *testing.T, path, text string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := bytes.Count(b, []byte(text))
	if n == 0 {
		t.Fatalf("the file does not hold %q", text)
	}
	changed := []byte(text)
	changed[len(changed)-1] ^= 1
	if err := os.WriteFile(path, bytes.ReplaceAll(b, []byte(text), changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

// edit changes the file behind the store's back.
func edit(t *testing.T, path string, change func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func sum(t *testing.T, path string) [32]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(b)
}

// wantUnreadable checks that an error names the room, the record and the file.
func wantUnreadable(t *testing.T, err error, id aper.RoomID, lsn wire.LSN, path string) {
	t.Helper()
	var located *journal.Error
	if !errors.Is(err, journal.ErrUnreadable) || !errors.As(err, &located) || located.Room != id || located.LSN != lsn {
		t.Fatalf("got %v, want that record %d of room %q is unreadable", err, lsn, id)
	}
	if !strings.Contains(err.Error(), path) {
		t.Errorf("the error does not name the file: %v", err)
	}
}
