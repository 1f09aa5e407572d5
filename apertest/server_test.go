package apertest_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper/apertest"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/examples/timer"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

func TestServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rooms := apertest.Server(t, counter.Counter{}, server.Options{})
		ann, err := rooms.Client(t.Context(), "lobby", room.Principal{User: "ann"}, client.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer ann.Close()
		if err := ann.Do(t.Context(), counter.Increment{By: 2}); err != nil {
			t.Error(err)
		}
		if err := ann.Do(t.Context(), counter.Decrement{By: 5}); !errors.Is(err, counter.ErrNegative) {
			t.Error(err)
		}
	})
}

// An hour passes at once.
func TestServerInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rooms := apertest.Server(t, timer.Timer{}, server.Options{})
		c, err := rooms.Client(t.Context(), "kitchen", room.Principal{}, client.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Do(t.Context(), timer.Start{Seconds: 3600}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour - time.Second)
		synctest.Wait()
		if left := c.State().Left; left != 1 {
			t.Errorf("after an hour less a second there are %d seconds left", left)
		}
	})
}
