package journaltest

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

var retentionCases = []testCase{
	{name: "snapshots kept", rule: "the newest two snapshots are kept, and others are removed", run: func(e *env) {
		o := e.create("lobby")
		stored := e.putEvery(o, 2, 4)
		e.wantSnapshotAt(o, 8, stored[8])
		e.wantSnapshotAt(o, 7, stored[6])
		e.wantSnapshotAt(o, 5, "")
	}},

	{name: "snapshots named", rule: "a snapshot of a record that the newest one names is kept, until one comes that does not name it", run: func(e *env) {
		o := e.create("lobby")
		stored := make(map[wire.LSN]string)
		for range 5 {
			e.append(o, 2)
			var earlier []wire.LSN
			if o.at.LSN > 4 {
				earlier = []wire.LSN{1, 2, 4}
			}
			stored[o.at.LSN] = e.putNaming(o, earlier...)
		}
		for range 2 {
			e.wantSnapshotAt(o, 1, "")
			e.wantSnapshotAt(o, 2, stored[2])
			e.wantSnapshotAt(o, 3, stored[2])
			e.wantSnapshotAt(o, 7, stored[4]) // and not 6
			e.wantSnapshotAt(o, 9, stored[8])
			e.wantSnapshotAt(o, 10, stored[10])
			o = e.wantHead("lobby", o.at)
			e.wantSnapshot(o.head, stored[10])
		}
		e.append(o, 2)
		stored[12] = e.putNaming(o, 4)
		e.wantSnapshotAt(o, 3, "")
		e.wantSnapshotAt(o, 9, stored[4])
		e.wantSnapshotAt(o, 11, stored[10])
		e.wantSnapshotAt(o, 12, stored[12])
	}},

	{name: "snapshots of what is truncated", rule: "truncating removes no snapshot", run: func(e *env) {
		o := e.create("lobby")
		e.append(o, 2)
		first := e.put(o)
		e.append(o, 4)
		newest := e.putNaming(o, 2)
		if err := o.Truncate(e.ctx, 7); err != nil {
			e.Fatal(err)
		}
		o = e.wantHead("lobby", o.at)
		e.wantSnapshot(o.head, newest)
		e.wantSnapshotAt(o, 5, first)
	}},

	{name: "snapshot at", rule: "Snapshot returns the newest of a record not after the one that is asked for, byte for byte, and nil when there is none", run: func(e *env) {
		o := e.create("lobby")
		e.wantSnapshotAt(o, 1<<40, "")
		stored := e.putEvery(o, 3, 2)
		e.append(o, 2)
		for at := range wire.LSN(9) {
			e.wantSnapshotAt(o, at, stored[at/3*3]) // of 0 there is none
		}
		e.wantSnapshotAt(o, 1<<40, stored[6])
		other := e.create("other")
		e.append(other, 4)
		e.wantSnapshotAt(other, 4, "")
	}},

	{name: "snapshot for readers", rule: "Snapshot works after ErrFenced and after an error of Append, not when the context is done, and not when the log is closed", run: func(e *env) {
		o := e.create("lobby")
		e.append(o, 2)
		want := e.put(o)
		owner := e.open("lobby")
		e.wantError(o.Append(e.ctx, o.next()), journal.ErrFenced, "lobby")
		e.wantSnapshotAt(o, 2, want)
		e.append(owner, 1)
		want = e.put(owner)
		e.wantSnapshotAt(o, 3, want)
		done, cancel := context.WithCancel(e.ctx)
		cancel()
		if s, err := o.Snapshot(done, 3); !errors.Is(err, context.Canceled) {
			e.Errorf("with a context that is done: %v, %v", s, err)
		}
		if err := o.Close(); err != nil {
			e.Fatal(err)
		}
		_, err := o.Snapshot(e.ctx, 3)
		e.wantError(err, journal.ErrClosed, "lobby")
	}},

	{name: "snapshot beside a writer", rule: "beside a writer Snapshot returns no other than the newest that was stored before it, or one that is being stored", run: func(e *env) {
		o := e.create("lobby")
		e.append(o, 1)
		e.put(o)
		var group sync.WaitGroup
		var stored atomic.Uint64
		var enough atomic.Bool
		stored.Store(1)
		group.Go(func() {
			for !enough.Load() && !e.Failed() {
				if err := o.try(e.ctx); err != nil {
					e.Error(err)
					return
				}
				if err := o.PutSnapshot(e.ctx, snapshot(o.head.Term, o.at)); err != nil {
					e.Error(err)
					return
				}
				stored.Store(uint64(o.at.LSN))
			}
		})
		last := uint64(0)
		for range 30 {
			for stored.Load() == last && !e.Failed() { // each reading has something new to find
				runtime.Gosched()
			}
			last = stored.Load()
			if s, err := o.Snapshot(e.ctx, 1<<40); err != nil || s == nil || uint64(s.LSN) < last {
				e.Errorf("got %v, %v, want one of record %d or newer", s, err, last)
			}
		}
		enough.Store(true)
		group.Wait()
	}},
}

// putEvery appends n records and puts a snapshot, as often as it is told, and returns the bytes of the snapshots.
func (e *env) putEvery(o *owner, n, times int) map[wire.LSN]string {
	e.Helper()
	stored := make(map[wire.LSN]string)
	for range times {
		e.append(o, n)
		stored[o.at.LSN] = e.put(o)
	}
	return stored
}

// putNaming is put for a snapshot that names earlier ones.
func (e *env) putNaming(o *owner, earlier ...wire.LSN) string {
	e.Helper()
	s := snapshot(o.head.Term, o.at)
	for _, lsn := range earlier {
		s.Earlier = append(s.Earlier, wire.Milestone{LSN: lsn, Seq: 2, Time: 3})
	}
	if err := o.PutSnapshot(e.ctx, s); err != nil {
		e.Fatalf("put snapshot of record %d: %v", s.LSN, err)
	}
	return string(s.Append(nil))
}

// wantSnapshotAt checks what Snapshot returns against its bytes, or that it is nil when there are none.
func (e *env) wantSnapshotAt(log journal.Reader, at wire.LSN, want string) {
	e.Helper()
	s, err := log.Snapshot(e.ctx, at)
	if err != nil {
		e.Fatalf("the snapshot at record %d: %v", at, err)
	}
	got := ""
	if s != nil {
		got = string(s.Append(nil))
	}
	if got != want {
		e.Fatalf("the snapshot at record %d differs\n got %x\nwant %x", at, got, want)
	}
}
