//go:build !js

package client_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/server"
)

// serve runs a real server on a real socket and returns the address of a room.
func serve(t *testing.T, o server.Options) string {
	t.Helper()
	return serveRoom(t, counter.Counter{}, o)
}

// serveRoom runs a server of a machine and returns the address of a room.
func serveRoom[S aper.StateMachine[S]](t *testing.T, initial S, o server.Options) string {
	t.Helper()
	rooms, err := server.New(initial, o)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(rooms)
	t.Cleanup(func() {
		h.Close()
		if err := rooms.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return "ws" + strings.TrimPrefix(h.URL, "http") + "/lobby"
}

func dial(t *testing.T, address string) *client.Client[counter.Counter] {
	t.Helper()
	c, err := client.Dial[counter.Counter](limit(t), address, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func limit(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// await waits until the client shows the value.
func await(t *testing.T, c *client.Client[counter.Counter], want int64) {
	t.Helper()
	var last int64
	for state := range c.Watch(limit(t)) {
		if last = state.Value; last == want {
			return
		}
	}
	t.Fatalf("the counter is %d, want %d (%v)", last, want, c.Err())
}

func TestTwoClientsSeeEachOther(t *testing.T) {
	address := serve(t, server.Options{})
	ann, bob := dial(t, address), dial(t, address)
	if err := ann.Do(limit(t), counter.Increment{By: 5}); err != nil {
		t.Fatal(err)
	}
	await(t, bob, 5)
	if err := bob.Do(limit(t), counter.Decrement{By: 2}); err != nil {
		t.Fatal(err)
	}
	await(t, ann, 3)
}

func TestConflictIsTyped(t *testing.T) {
	c := dial(t, serve(t, server.Options{Store: journal.NewMemory()}))
	if err := c.Do(limit(t), counter.Decrement{By: 1000}); !errors.Is(err, counter.ErrNegative) {
		t.Fatalf("got %v, want the conflict", err)
	}
}

// Both see the last unit; only one can have it. The other is told by the authority, because its own state allowed it.
func TestAuthorityDecides(t *testing.T) {
	address := serve(t, server.Options{})
	ann, bob := dial(t, address), dial(t, address)
	for range 100 {
		if err := ann.Do(limit(t), counter.Increment{By: 1}); err != nil {
			t.Fatal(err)
		}
		await(t, bob, 1)
		one := make(chan error)
		go func() { one <- ann.Do(limit(t), counter.Decrement{By: 1}) }()
		other := bob.Do(limit(t), counter.Decrement{By: 1})
		if first := <-one; (first == nil) == (other == nil) {
			t.Fatalf("outcomes %v and %v: exactly one must be confirmed", first, other)
		}
		await(t, bob, 0)
		await(t, ann, 0)
	}
}

func TestManyPushesAreConfirmedInOrder(t *testing.T) {
	address := serve(t, server.Options{})
	ann, bob := dial(t, address), dial(t, address)
	const n = 900
	for range n {
		if _, err := ann.Push(counter.Increment{By: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if got := ann.State().Value; got != n {
		t.Fatalf("optimistic state is %d, want %d at once", got, n)
	}
	await(t, bob, n)
}

func TestDialErrors(t *testing.T) {
	address := serve(t, server.Options{})
	for name, bad := range map[string]string{
		"no server": "ws://127.0.0.1:1/lobby",
		"no room":   strings.TrimSuffix(address, "lobby"),
		"no scheme": "localhost:8080/lobby",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.Dial[counter.Counter](limit(t), bad, client.Options{})
			if err == nil {
				t.Fatal("no error")
			}
			t.Log(err)
		})
	}
}
