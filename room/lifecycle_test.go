package room_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/internal/sim/arena"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/room"
)

// Law L13: a room with timers goes on by itself while nobody says anything, and one that was closed catches up.
func TestTimersWakeTheRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := journal.NewMemory()
		r := openWith(t, store, arena.Arena{}, room.Options{})
		p := newPipeOf[arena.Arena]()
		p.join(t, r)
		synctest.Wait()
		time.Sleep(10_500 * time.Millisecond)
		synctest.Wait()
		if points := pointsOf(p.confirmed(), 1); points != 10 {
			t.Errorf("after ten and a half seconds there are %d points, want one a second", points)
		}
		closeRoom(t, r)

		p.leave()
		time.Sleep(5 * time.Second)
		r = openWith(t, store, arena.Arena{}, room.Options{})
		synctest.Wait()
		if state, _ := r.State(); pointsOf(state, 1) != 15 {
			t.Errorf("a room that was closed for five seconds has %d points, want 15", pointsOf(state, 1))
		}
		closeRoom(t, r)
	})
}

func pointsOf(a arena.Arena, session uint64) int64 {
	points, _ := a.Points.Get(session)
	return points.Value()
}

// Law L13: who is away for a short time has not left; who does not come back has, also when the room was opened again
// meanwhile.
func TestWhoDoesNotComeBackHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := journal.NewMemory()
		r := openWith(t, store, arena.Arena{}, room.Options{LeaveAfter: 10 * time.Second})
		here := func() int {
			state, _ := r.State()
			return state.Players.Len()
		}
		p := newPipeOf[arena.Arena]()
		p.join(t, r)
		synctest.Wait()
		p.leave()
		time.Sleep(9 * time.Second)
		synctest.Wait()
		if here() != 1 {
			t.Error("who is away for nine seconds has left")
		}
		p.join(t, r)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if here() != 1 {
			t.Error("who came back has left")
		}
		p.leave()
		closeRoom(t, r)
		r = openWith(t, store, arena.Arena{}, room.Options{LeaveAfter: 10 * time.Second})
		synctest.Wait()
		if here() != 1 {
			t.Error("who was there before the room was closed has left at once")
		}
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if here() != 0 {
			t.Error("who did not come back is still there")
		}
		closeRoom(t, r)
	})
}

// An idle room without timers is not woken.
func TestIdleRoomRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), room.Options{})
		p := newPipe()
		p.join(t, r)
		synctest.Wait()
		p.push(t, counter.Increment{By: 1})
		synctest.Wait()
		writes := p.writes
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if p.writes != writes {
			t.Errorf("%d messages came in an idle room", p.writes-writes)
		}
		closeRoom(t, r)
	})
}
