//go:build !js

package client_test

import (
	"testing"
	"time"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/server"
)

// awaitStatus waits until the status is as it should be.
func awaitStatus(t *testing.T, c *client.Client[counter.Counter], right func(client.Status) bool) client.Status {
	t.Helper()
	var last client.Status
	for last = range c.WatchStatus(limit(t)) {
		if right(last) {
			return last
		}
	}
	t.Fatalf("the status is %+v (%v)", last, c.Err())
	return last
}

func TestStatus(t *testing.T) {
	h := newHost(t, server.Options{})
	c := dial(t, h.url())
	up := c.Status()
	if !up.Connected || up.Lost != nil || !up.Next.IsZero() || up.Pending != 0 || up.Since.IsZero() {
		t.Fatalf("after Dial the status is %+v", up)
	}
	h.stop()
	down := awaitStatus(t, c, func(s client.Status) bool { return !s.Connected && !s.Next.IsZero() })
	if down.Lost == nil || down.Since.Before(up.Since) || time.Until(down.Next) > time.Minute {
		t.Fatalf("without a server the status is %+v", down)
	}
	if _, err := c.Push(counter.Increment{By: 1}); err != nil {
		t.Fatal(err)
	}
	later := awaitStatus(t, c, func(s client.Status) bool { return s.Next.After(down.Next) })
	if later.Pending != 1 || !later.Since.Equal(down.Since) {
		t.Fatalf("after another attempt the status is %+v, and was %+v", later, down)
	}
	h.start()
	again := awaitStatus(t, c, func(s client.Status) bool { return s.Connected && s.Pending == 0 })
	if again.Lost != nil || !again.Next.IsZero() || !again.Since.After(down.Since) {
		t.Fatalf("with the server back the status is %+v", again)
	}
}

func TestStatusOfAClosedClient(t *testing.T) {
	c := dial(t, serve(t, server.Options{}))
	c.Close()
	if s := c.Status(); s.Connected || s.Lost != client.ErrClosed {
		t.Fatalf("the status is %+v", s)
	}
	for range c.WatchStatus(limit(t)) {
		t.Error("a closed client was watched")
	}
}
