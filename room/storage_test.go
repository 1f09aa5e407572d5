package room_test

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/internal/sim/arena"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/wire"
)

// counting is a store that counts the records that were read.
type counting struct {
	journal.Store
	mu   sync.Mutex
	read int
}

type countingLog struct {
	journal.Log
	store *counting
}

func (c *counting) Open(ctx context.Context, id aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
	log, head, err := c.Store.Open(ctx, id, o)
	return &countingLog{log, c}, head, err
}

func (l *countingLog) Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error] {
	return func(yield func(*wire.Record, error) bool) {
		for record, err := range l.Log.Read(ctx, from) {
			l.store.mu.Lock()
			l.store.read++
			l.store.mu.Unlock()
			if !yield(record, err) {
				return
			}
		}
	}
}

// The records since the last snapshot are few, however long a room lives; those that are older than the history are gone;
// and what was pushed before any of that still has its outcome.
func TestRoomKeepsItsJournalShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &counting{Store: journal.NewMemory()}
		o := room.Options{SnapshotAfter: 2000, History: 300}
		r := open(t, store, o)
		p := newPipe()
		p.join(t, r)
		synctest.Wait()
		const events = 1000
		for range events {
			p.push(t, counter.Increment{By: 1})
			synctest.Wait()
		}
		p.leave()
		closeRoom(t, r)

		first, last := kept(t, store)
		if last-first < 300 || last-first > 700 {
			t.Errorf("the records %d to %d are kept; want 300 events, and those back to the snapshot before", first, last)
		}
		store.read = 0
		r = open(t, store, o)
		if store.read > 100 {
			t.Errorf("%d of %d records are read to open the room", store.read, last)
		}
		if state, position := r.State(); state.Value != events || position.Seq != events {
			t.Errorf("it has %v at %d", state, position.Seq)
		}
		p.join(t, r)
		synctest.Wait()
		if p.confirmed().Value != events || p.err != nil {
			t.Errorf("who comes back has %v (%v)", p.confirmed(), p.err)
		}
		p.leave()
		closeRoom(t, r)
	})
}

// kept returns the first record that can be read, and the last.
func kept(t *testing.T, store journal.Store) (first, last wire.LSN) {
	t.Helper()
	log, head, err := store.Open(t.Context(), "lobby", journal.OpenOptions{Machine: "counter.Counter"})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	for first = head.LSN; first > 1; first-- {
		for _, err := range log.Read(t.Context(), first-1) {
			if err != nil {
				return first, head.LSN
			}
			break
		}
	}
	return first, head.LSN
}

// A room that nobody is in ends after a while, and begins again where it was.
func TestIdleRoomEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := journal.NewMemory()
		var ended atomic.Int32
		o := room.Options{IdleAfter: time.Minute, OnEnd: func() { ended.Add(1) }}
		r := open(t, store, o)
		p := newPipe()
		p.join(t, r)
		synctest.Wait()
		p.push(t, counter.Increment{By: 1})
		time.Sleep(time.Hour)
		if synctest.Wait(); ended.Load() != 0 {
			t.Fatal("a room ends although somebody is in it")
		}
		p.leave()
		time.Sleep(59 * time.Second)
		if synctest.Wait(); ended.Load() != 0 {
			t.Error("it ends too soon")
		}
		p.join(t, r)
		synctest.Wait()
		p.leave()
		time.Sleep(59 * time.Second)
		if synctest.Wait(); ended.Load() != 0 {
			t.Error("it ends too soon after somebody was there")
		}
		time.Sleep(2 * time.Second)
		if synctest.Wait(); ended.Load() != 1 || r.Err() != nil {
			t.Fatalf("it ended %d times, because of %v; want once, for nothing", ended.Load(), r.Err())
		}
		if _, err := r.Join(newPipe(), room.Principal{}); err != room.ErrClosed {
			t.Errorf("joining it: %v", err)
		}
		r = open(t, store, o)
		if state, _ := r.State(); state.Value != 1 {
			t.Errorf("it begins again with %v", state)
		}
		closeRoom(t, r)
	})
}

// A timer that is due soon keeps a room open.
func TestTimerKeepsTheRoomOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Bool
		r := openWith(t, journal.NewMemory(), arena.Arena{}, room.Options{OnEnd: func() { ended.Store(true) }, LeaveAfter: time.Hour})
		p := newPipeOf[arena.Arena]()
		p.join(t, r)
		synctest.Wait()
		p.leave()
		time.Sleep(30 * time.Minute)
		if synctest.Wait(); ended.Load() {
			t.Error("a room ends that has a timer every second")
		}
		time.Sleep(time.Hour)
		if synctest.Wait(); !ended.Load() {
			t.Error("a room goes on although its only player has left")
		}
	})
}

// What is kept of the history is all, so many events, or those of so much time.
func TestHistoryPolicies(t *testing.T) {
	for name, c := range map[string]struct {
		o           room.Options
		least, most aper.Seq // of the events that are kept
	}{
		"all":        {room.Options{History: -1}, 600, 600},
		"number":     {room.Options{History: 100}, 100, 200},
		"age":        {room.Options{History: 1, HistoryAge: 5 * time.Hour}, 300, 450},
		"the larger": {room.Options{History: 500, HistoryAge: time.Hour}, 500, 600},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := journal.NewMemory()
				c.o.SnapshotAfter = 1000
				r := open(t, store, c.o)
				p := newPipe()
				p.join(t, r)
				synctest.Wait()
				for range 6 { // a hundred events, and two hours in which nothing happens
					for range 100 {
						p.push(t, counter.Increment{By: 1})
						synctest.Wait()
					}
					time.Sleep(2 * time.Hour)
				}
				p.leave()
				closeRoom(t, r)

				past, err := room.Look[counter.Counter](t.Context(), store, "lobby")
				if err != nil {
					t.Fatal(err)
				}
				defer past.Close()
				kept := aper.Seq(0)
				for seq := aper.Seq(600); seq > 0; seq-- {
					if _, err := past.State(t.Context(), seq-1); errors.Is(err, journal.ErrTruncated) {
						break
					} else if err != nil {
						t.Fatal(err)
					}
					kept++
				}
				if kept < c.least || kept > c.most {
					t.Errorf("%d events are kept, want %d to %d", kept, c.least, c.most)
				}
			})
		})
	}
}
