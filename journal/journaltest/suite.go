// Package journaltest checks that a journal.Store keeps the contract of package journal. Every implementation runs it
// from one of its tests:
//
//	func TestConformance(t *testing.T) {
//		journaltest.Run(t, func(t *testing.T) journal.Store { … }, func(t *testing.T, s journal.Store) journal.Store { … })
//	}
//
// Each case is a subtest and logs the rule that it checks, so that a failure says which promise is broken.
package journaltest

import (
	"context"
	"errors"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// Run runs all cases. Open returns a store without rooms, whose end it registers with t.Cleanup. Restart returns a store
// that holds what s held when every acknowledged call had returned, as after a crash of the process and a new start; s is
// not used afterwards. A store that cannot be restarted passes nil, and the cases about restarts are skipped. Those about a
// journal.Catalog are run when the store is one.
func Run(t *testing.T, open func(t *testing.T) journal.Store, restart func(t *testing.T, s journal.Store) journal.Store) {
	for _, group := range [][]testCase{roomCases, appendCases, readCases, fenceCases, snapshotCases, retentionCases, truncateCases, catalogCases} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				t.Log("rule: " + c.rule)
				if c.restarts && restart == nil {
					t.Skip("this store cannot be restarted")
				}
				e := &env{T: t, ctx: t.Context(), store: open(t), restart: restart}
				if _, is := e.store.(journal.Catalog); c.catalog && !is {
					t.Skip("this store is not a catalog")
				}
				c.run(e)
			})
		}
	}
}

type testCase struct {
	name     string
	rule     string
	run      func(e *env)
	restarts bool
	catalog  bool
}

// env is what a case works with. Its methods end the case when something fails that the case takes for granted.
type env struct {
	*testing.T
	ctx     context.Context
	store   journal.Store
	restart func(t *testing.T, s journal.Store) journal.Store
}

const machine = "counter.Counter"

// An owner is a log with the position its writer knows.
type owner struct {
	journal.Log
	head journal.Head
	at   journal.Mark
}

// create makes a room and opens it.
func (e *env) create(room aper.RoomID) *owner {
	e.Helper()
	return e.openWith(room, journal.OpenOptions{Machine: machine, Create: true})
}

// open opens a room that is there.
func (e *env) open(room aper.RoomID) *owner {
	e.Helper()
	return e.openWith(room, journal.OpenOptions{Machine: machine})
}

func (e *env) openWith(room aper.RoomID, o journal.OpenOptions) *owner {
	e.Helper()
	log, head, err := e.store.Open(e.ctx, room, o)
	if err != nil {
		e.Fatalf("open %q: %v", room, err)
	}
	return &owner{log, head, journal.Mark{LSN: head.LSN, Tag: head.Tag}}
}

// next returns a record that may be appended.
func (o *owner) next() *wire.Record {
	return record(o.head.Term, o.at.LSN+1, o.at.Tag)
}

// try appends the next record and reports the error.
func (o *owner) try(ctx context.Context) error {
	r := o.next()
	err := o.Append(ctx, r)
	if err == nil {
		o.at = journal.Mark{LSN: r.LSN, Tag: r.Tag}
	}
	return err
}

// append appends n records and returns their bytes.
func (e *env) append(o *owner, n int) (stored []string) {
	e.Helper()
	for range n {
		r := o.next()
		if err := o.Append(e.ctx, r); err != nil {
			e.Fatalf("append record %d: %v", r.LSN, err)
		}
		o.at = journal.Mark{LSN: r.LSN, Tag: r.Tag}
		stored = append(stored, string(r.Append(nil)))
	}
	return stored
}

// put stores a snapshot of the last record and returns its bytes.
func (e *env) put(o *owner) string {
	e.Helper()
	s := snapshot(o.head.Term, o.at)
	if err := o.PutSnapshot(e.ctx, s); err != nil {
		e.Fatalf("put snapshot of record %d: %v", s.LSN, err)
	}
	return string(s.Append(nil))
}

// read returns the bytes of the records from the given one, and the error with which the reading ended.
func read(ctx context.Context, log journal.Reader, from wire.LSN) (stored []string, err error) {
	for r, err := range log.Read(ctx, from) {
		if err != nil {
			return stored, err
		}
		stored = append(stored, string(r.Append(nil)))
	}
	return stored, nil
}

// wantRecords checks what is read from the given record on.
func (e *env) wantRecords(log journal.Reader, from wire.LSN, want []string) {
	e.Helper()
	got, err := read(e.ctx, log, from)
	if err != nil {
		e.Errorf("reading from record %d ended with: %v", from, err)
	}
	if len(got) != len(want) {
		e.Errorf("reading from record %d gave %d records, want %d", from, len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			e.Fatalf("record %d differs\n got %x\nwant %x", int(from)+i, got[i], want[i])
		}
	}
}

// wantHead opens the room again and checks where it stands.
func (e *env) wantHead(room aper.RoomID, at journal.Mark) *owner {
	e.Helper()
	o := e.open(room)
	if o.at != at {
		e.Errorf("the head is record %d with tag %x, want record %d with tag %x", o.at.LSN, o.at.Tag, at.LSN, at.Tag)
	}
	return o
}

// wantSnapshot checks the snapshot in a head against its bytes.
func (e *env) wantSnapshot(head journal.Head, want string) {
	e.Helper()
	if head.Snapshot == nil {
		e.Fatal("the head has no snapshot")
	}
	if got := string(head.Snapshot.Append(nil)); got != want {
		e.Errorf("the snapshot differs\n got %x\nwant %x", got, want)
	}
}

// wantError checks an error against its kind, and that it says where it happened.
func (e *env) wantError(err, want error, room aper.RoomID) {
	e.Helper()
	if !errors.Is(err, want) {
		e.Errorf("got error %v, want one that is %q", err, want)
		return
	}
	var located *journal.Error
	if !errors.As(err, &located) || located.Room != room || located.Op == "" {
		e.Errorf("the error does not say on which room and in which operation: %#v", err)
	}
}
