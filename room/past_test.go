package room_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/room"
)

// Every state of the history that is kept can be had, and what is older is said to be gone; while the room is open, and
// afterwards without opening it.
func TestPast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := journal.NewMemory()
		r := open(t, store, room.Options{SnapshotAfter: 1000, History: 200})
		p := newPipe()
		p.joinAs(t, r, room.Principal{User: "ann"})
		synctest.Wait()
		const events = 700
		for range events {
			p.push(t, counter.Increment{By: 2})
			synctest.Wait()
		}
		checkPast(t, r.Past(), events)
		closeRoom(t, r)

		past, err := room.Look[counter.Counter](t.Context(), store, "lobby")
		if err != nil {
			t.Fatal(err)
		}
		checkPast(t, past, events)
		if err := past.Close(); err != nil {
			t.Error(err)
		}
	})
}

func checkPast(t *testing.T, past *room.Past[counter.Counter], events aper.Seq) {
	t.Helper()
	ctx := t.Context()
	kept := aper.Seq(0)
	for seq := events; seq > 0; seq-- {
		state, err := past.State(ctx, seq)
		if errors.Is(err, journal.ErrTruncated) {
			break
		}
		if err != nil || state.Value != int64(2*seq) {
			t.Fatalf("the state at %d is %v (%v)", seq, state, err)
		}
		kept++
	}
	if kept < 200 || kept > 400 {
		t.Errorf("%d events are kept, want 200 and few more", kept)
	}
	if _, err := past.State(ctx, 0); !errors.Is(err, journal.ErrTruncated) {
		t.Errorf("the beginning: %v", err)
	}
	if _, err := past.State(ctx, events+1); !errors.Is(err, journal.ErrRefused) {
		t.Errorf("the state after the last event: %v", err)
	}
	next := events - 150
	for m, err := range past.Events(ctx, next) {
		if err != nil {
			t.Fatal(err)
		}
		if m.Event.Meta.Seq != next || m.Event.Meta.User != "ann" || m.State.Value != int64(2*next) || m.Event.Transition != (counter.Increment{By: 2}) {
			t.Fatalf("event %d is %+v", next, m)
		}
		next++
	}
	if next != events+1 {
		t.Errorf("the events end before %d", next)
	}
	for _, err := range past.Events(ctx, 1) {
		if !errors.Is(err, journal.ErrTruncated) {
			t.Errorf("the first event: %v", err)
		}
	}
}

func TestPastFromTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openWith(t, journal.NewMemory(), counter.Counter{Value: 5}, room.Options{})
		p := newPipe()
		p.join(t, r)
		synctest.Wait()
		p.push(t, counter.Increment{By: 1})
		synctest.Wait()
		for seq, want := range []int64{5, 6} {
			if state, err := r.Past().State(t.Context(), aper.Seq(seq)); err != nil || state.Value != want {
				t.Errorf("the state at %d is %v (%v), want %d", seq, state, err, want)
			}
		}
		for m, err := range r.Past().Events(t.Context(), 0) {
			if err != nil || m.Event.Meta.Seq != 1 {
				t.Errorf("%v, %v", m, err)
			}
			break
		}
		closeRoom(t, r)
	})
}

// A room that was restored begins another epoch with its first record.
func TestRestoredRoomBeginsAnEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := journal.NewMemory()
		r := open(t, store, room.Options{})
		p := newPipe()
		p.join(t, r)
		synctest.Wait()
		p.push(t, counter.Increment{By: 1})
		synctest.Wait()
		_, before := r.State()
		closeRoom(t, r)
		p.replica.Disconnect()

		r = open(t, restored{store}, room.Options{})
		_, after := r.State()
		if after.Epoch == before.Epoch || after.Seq != before.Seq {
			t.Errorf("it goes on at %+v after %+v", after, before)
		}
		p.join(t, r)
		synctest.Wait()
		if p.replica.Position() != after || p.confirmed().Value != 1 {
			t.Errorf("who comes back is at %+v with %v", p.replica.Position(), p.confirmed())
		}
		closeRoom(t, r)
		r = open(t, store, room.Options{})
		if _, again := r.State(); again.Epoch != after.Epoch {
			t.Errorf("opened again it is in epoch %d, want %d", again.Epoch, after.Epoch)
		}
		closeRoom(t, r)
	})
}

// restored says of every room that it was restored.
type restored struct{ journal.Store }

func (s restored) Open(ctx context.Context, id aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
	log, head, err := s.Store.Open(ctx, id, o)
	head.Restored = true
	return log, head, err
}
