package timer

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// The tests of rooms run in a bubble of testing/synctest: an hour of its time passes as soon as everything rests.

func start(t *testing.T, o server.Options) *server.Server[Timer] {
	t.Helper()
	rooms, err := server.New(Timer{}, o)
	if err != nil {
		t.Fatal(err)
	}
	return rooms
}

func stop(t *testing.T, rooms *server.Server[Timer], clients ...*client.Client[Timer]) {
	t.Helper()
	for _, c := range clients {
		c.Close()
	}
	if err := rooms.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func join(t *testing.T, rooms *server.Server[Timer]) *client.Client[Timer] {
	t.Helper()
	c, err := rooms.Client(context.Background(), "kitchen", room.Principal{}, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return c
}

func do(t *testing.T, c *client.Client[Timer], what aper.Transition[Timer]) {
	t.Helper()
	if err := c.Do(context.Background(), what); err != nil {
		t.Fatalf("%#v: %v", what, err)
	}
}

// pass lets time go by.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// left checks how many seconds a client sees.
func left(t *testing.T, c *client.Client[Timer], want uint32, when string) {
	t.Helper()
	if got, _ := c.Confirmed(); got.Left != want {
		t.Errorf("%s there are %d seconds left, want %d", when, got.Left, want)
	}
}

// opened returns the room, which is open.
func opened(t *testing.T, rooms *server.Server[Timer]) *room.Room[Timer] {
	t.Helper()
	r, err := rooms.Room(context.Background(), "kitchen", false)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func ended(r *room.Room[Timer]) bool {
	select {
	case <-r.Ended():
		return true
	default:
		return false
	}
}

// ticked checks that the room's log has so many ticks after the start, each a second after the one before.
func ticked(t *testing.T, r *room.Room[Timer], want int) {
	t.Helper()
	ticks, began := 0, aper.Time(0)
	for moment, err := range r.Past().Events(context.Background(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		switch moment.Event.Transition.(type) {
		case Start:
			began = moment.Event.Meta.Time
		case Tick:
			ticks++
			if at := moment.Event.Meta.Time - began; at != aper.Time(ticks)*second {
				t.Errorf("tick %d happened %d ms after the start", ticks, at)
			}
		}
	}
	if ticks != want {
		t.Errorf("there were %d ticks, want %d", ticks, want)
	}
}

func TestEverybodySeesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rooms := start(t, server.Options{})
		one, other := join(t, rooms), join(t, rooms)
		do(t, one, Start{10})
		pass(999 * time.Millisecond)
		left(t, other, 10, "after 0.999 seconds")
		pass(time.Millisecond)
		left(t, other, 9, "after a second")
		left(t, one, 9, "after a second")
		pass(time.Hour)
		if s := other.State(); !s.Over() {
			t.Errorf("after an hour it is %+v", s)
		}
		ticked(t, opened(t, rooms), 10)
		stop(t, rooms, one, other)
	})
}

// Who pauses in the middle of a second goes on there.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rooms := start(t, server.Options{})
		c := join(t, rooms)
		do(t, c, Start{10})
		pass(2400 * time.Millisecond)
		do(t, c, Pause{})
		pass(24 * time.Hour)
		left(t, c, 8, "in the pause")
		do(t, c, Resume{})
		pass(599 * time.Millisecond)
		left(t, c, 8, "before the rest of the second is over")
		pass(time.Millisecond)
		left(t, c, 7, "after the rest of the second")
		pass(7 * time.Second)
		left(t, c, 0, "at the end")
		stop(t, rooms, c)
	})
}

// A countdown that runs keeps its room open when nobody is in it; one that is paused or over does not.
func TestIdleRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rooms := start(t, server.Options{Room: room.Options{IdleAfter: time.Minute}})
		c := join(t, rooms)
		do(t, c, Start{600})
		first := opened(t, rooms)
		c.Close()
		pass(300*time.Second + 400*time.Millisecond)
		if state, _ := first.State(); ended(first) || state.Left != 300 {
			t.Errorf("while it ran the room ended (%t) or did not go on: %+v", ended(first), state)
		}

		c = join(t, rooms)
		do(t, c, Pause{})
		c.Close()
		pass(time.Hour)
		if !ended(first) {
			t.Error("the room of a countdown that is paused is still open")
		}
		c = join(t, rooms)
		left(t, c, 300, "after a pause in which the room was closed")
		do(t, c, Resume{})
		pass(600 * time.Millisecond)
		left(t, c, 299, "after the rest of the second")

		second := opened(t, rooms)
		c.Close()
		pass(time.Hour)
		if state, _ := second.State(); !ended(second) || !state.Over() {
			t.Errorf("after the end the room is open (%t), or the countdown is not over: %+v", !ended(second), state)
		}
		stop(t, rooms)
	})
}

// A room that was closed between two ticks makes up for them when somebody opens it.
func TestEvictedRooms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rooms := start(t, server.Options{Room: room.Options{IdleAfter: 100 * time.Millisecond}})
		c := join(t, rooms)
		do(t, c, Start{300})
		first := opened(t, rooms)
		c.Close()
		pass(250 * time.Second)
		if state, _ := first.State(); !ended(first) || state.Left != 300 {
			t.Errorf("the room was not closed: %+v", state)
		}
		c = join(t, rooms)
		left(t, c, 50, "when it is opened again") // more ticks than a room makes at a time
		ticked(t, opened(t, rooms), 250)
		stop(t, rooms, c)
	})
}

// The ticks of five seconds without a server happen when there is one again, in order, each once and with the time at
// which it was due; and the next is in time.
func TestRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "timers.db")
	synctest.Test(t, func(t *testing.T) {
		rooms := start(t, server.Options{File: file, Socket: server.NoSocket})
		c := join(t, rooms)
		do(t, c, Start{10})
		pass(2400 * time.Millisecond)
		left(t, c, 8, "before the restart")
		stop(t, rooms, c)
		time.Sleep(5 * time.Second)

		rooms = start(t, server.Options{File: file, Socket: server.NoSocket})
		c = join(t, rooms)
		left(t, c, 3, "after the restart")
		ticked(t, opened(t, rooms), 7)
		pass(600 * time.Millisecond)
		left(t, c, 2, "in time")
		stop(t, rooms, c)

		time.Sleep(time.Hour)
		for range 2 {
			rooms = start(t, server.Options{File: file, Socket: server.NoSocket})
			c = join(t, rooms)
			if s := c.State(); !s.Over() {
				t.Errorf("an hour later it is %+v", s)
			}
			ticked(t, opened(t, rooms), 10)
			stop(t, rooms, c)
		}
	})
}

// A countdown that was paused is paused after a restart.
func TestRestartInAPause(t *testing.T) {
	file := filepath.Join(t.TempDir(), "timers.db")
	synctest.Test(t, func(t *testing.T) {
		rooms := start(t, server.Options{File: file, Socket: server.NoSocket})
		c := join(t, rooms)
		do(t, c, Start{10})
		pass(2400 * time.Millisecond)
		do(t, c, Pause{})
		stop(t, rooms, c)
		time.Sleep(time.Hour)

		rooms = start(t, server.Options{File: file, Socket: server.NoSocket})
		c = join(t, rooms)
		pass(time.Minute)
		left(t, c, 8, "after the restart")
		do(t, c, Resume{})
		pass(600 * time.Millisecond)
		left(t, c, 7, "when it goes on")
		stop(t, rooms, c)
	})
}
