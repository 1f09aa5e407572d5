//go:build !js

package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// awaitPresences waits until the client sees these, as "user:value" in the order of sessions.
func awaitPresences(t *testing.T, c *client.Client[counter.Counter], want string) {
	t.Helper()
	var last string
	for list := range c.WatchPresences(limit(t)) {
		var seen []string
		for _, one := range list {
			seen = append(seen, fmt.Sprintf("%s:%s", one.User, one.Value))
		}
		if last = strings.Join(seen, " "); last == want {
			return
		}
	}
	t.Fatalf("the presences are %q, want %q", last, want)
}

func TestPresenceComesAndGoes(t *testing.T) {
	h := newHost(t, server.Options{Authenticate: func(*http.Request) (string, error) { return "user", nil }})
	ann, bob := dial(t, h.url()), dial(t, h.url())
	if err := ann.SetPresence([]byte("here")); err != nil {
		t.Fatal(err)
	}
	awaitPresences(t, bob, "user:here")
	awaitPresences(t, ann, "user:here")
	if got := bob.Presences()[0].Client; got != ann.ID() || got == bob.ID() {
		t.Fatalf("the presence is of session %d, want ann's, %d", got, ann.ID())
	}
	if err := bob.SetPresence([]byte("too")); err != nil {
		t.Fatal(err)
	}
	awaitPresences(t, ann, "user:here user:too")
	if err := ann.SetPresence(nil); err != nil {
		t.Fatal(err)
	}
	awaitPresences(t, bob, "user:too")
	bob.Close()
	awaitPresences(t, ann, "")
	if err := bob.SetPresence([]byte("still")); !errors.Is(err, client.ErrClosed) {
		t.Errorf("a closed client says %v", err)
	}
}

// A server that comes back knows of no presence until it is told again.
func TestPresenceIsSaidAgain(t *testing.T) {
	h := newHost(t, server.Options{})
	ann := dial(t, h.url())
	if err := ann.SetPresence([]byte("here")); err != nil {
		t.Fatal(err)
	}
	awaitPresences(t, ann, ":here")
	h.stop()
	h.start()
	bob := dial(t, h.url())
	awaitPresences(t, bob, ":here")
}

func TestPresenceHasALimit(t *testing.T) {
	c := dial(t, serve(t, server.Options{Room: room.Options{MaxPresence: 10}}))
	for _, say := range []func([]byte) error{c.SetPresence, c.Signal} {
		if err := say(make([]byte, 11)); !errors.Is(err, engine.ErrPresenceTooLarge) {
			t.Errorf("got %v", err)
		}
	}
}

// inProcess runs a test in a bubble, with clients that have no network.
func inProcess(t *testing.T, test func(t *testing.T, ctx context.Context, join func(client.Options) *client.Client[counter.Counter])) {
	synctest.Test(t, func(t *testing.T) {
		rooms, err := server.New(counter.Counter{}, server.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		t.Cleanup(func() {
			cancel()
			if err := rooms.Close(context.Background()); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		})
		test(t, ctx, func(o client.Options) *client.Client[counter.Counter] {
			c, err := rooms.Client(ctx, "lobby", room.Principal{User: "user"}, o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			return c
		})
	})
}

// One loop is stuck in its body; another of the same client gets everything, and so does everyone else.
func TestSignals(t *testing.T) {
	inProcess(t, func(t *testing.T, ctx context.Context, join func(client.Options) *client.Client[counter.Counter]) {
		ann, bob := join(client.Options{}), join(client.Options{})
		var slow, quick []string
		stuck := make(chan struct{})
		go func() {
			for s := range bob.Signals(ctx) {
				slow = append(slow, string(s.Value))
				<-stuck
			}
		}()
		go func() {
			for s := range bob.Signals(ctx) {
				if s.Client != ann.ID() || s.User != "user" {
					t.Errorf("the signal is of %d, %q", s.Client, s.User)
				}
				quick = append(quick, string(s.Value))
			}
		}()
		time.Sleep(500 * time.Millisecond) // never when a heartbeat is on its way, so that none is lost elsewhere
		synctest.Wait()
		const n = 200
		for i := range n {
			if err := ann.Signal(fmt.Append(nil, i)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		close(stuck)
		synctest.Wait()
		if len(quick) != n || quick[n-1] != "199" {
			t.Errorf("%d signals came, want all %d", len(quick), n)
		}
		if len(slow) != 65 || slow[64] != "64" {
			t.Errorf("the stuck loop got %d signals, want the first 65", len(slow))
		}
	})
}
