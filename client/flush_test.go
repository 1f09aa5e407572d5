//go:build !js

package client_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/server"
	"github.com/aper-go/aper/wire"
)

func push(t *testing.T, c *client.Client[counter.Counter], times int) {
	t.Helper()
	for range times {
		if _, err := c.Push(counter.Increment{By: 1}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFlush(t *testing.T) {
	h := newHost(t, server.Options{})
	c := dial(t, h.url())
	push(t, c, 100)
	if err := c.Flush(limit(t)); err != nil {
		t.Fatal(err)
	}
	if state, _ := c.Confirmed(); state.Value != 100 || len(c.Waiting()) != 0 {
		t.Fatalf("after Flush %d are confirmed, %d wait", state.Value, len(c.Waiting()))
	}
	h.stop()
	push(t, c, 3)
	short, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	err := c.Flush(short)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "3 transitions") {
		t.Fatalf("without a server: %v", err)
	}
	waiting := c.Waiting()
	if len(waiting) != 3 {
		t.Fatalf("%d wait, want 3", len(waiting))
	}
	h.start()
	if err := c.Flush(limit(t)); err != nil {
		t.Fatal(err)
	}
	for i, p := range waiting {
		if err := p.Wait(limit(t)); err != nil {
			t.Errorf("transition %d: %v", i, err)
		}
	}
	c.Close()
	if err := c.Flush(limit(t)); !errors.Is(err, client.ErrClosed) {
		t.Errorf("a closed client says %v", err)
	}
}

// A recorder notes which messages a client sends.
type recorder struct {
	client.Transport
	mu    sync.Mutex
	codes []wire.Code
}

func (r *recorder) Write(ctx context.Context, message []byte) error {
	r.mu.Lock()
	m := wire.NewReader(message)
	for m.Next() {
		r.codes = append(r.codes, m.Code())
	}
	r.mu.Unlock()
	return r.Transport.Write(ctx, message)
}

// What was pushed is confirmed, Bye is the last that is said, and once.
func TestLeave(t *testing.T) {
	h := newHost(t, server.Options{})
	bob := dial(t, h.url())
	for range 20 {
		var sent recorder
		ann, err := client.Join[counter.Counter](limit(t), "lobby", func(ctx context.Context) (client.Transport, error) {
			transport, err := client.Connect(ctx, h.url())
			sent.Transport = transport
			return &sent, err
		}, client.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := ann.SetPresence([]byte("here")); err != nil {
			t.Fatal(err)
		}
		push(t, ann, 10)
		if err := ann.Leave(limit(t)); err != nil {
			t.Fatal(err)
		}
		if state, _ := ann.Confirmed(); state.Value%10 != 0 || ann.Err() != client.ErrClosed {
			t.Fatalf("it left at %d: %v", state.Value, ann.Err())
		}
		if at := slices.Index(sent.codes, wire.CodeBye); at < 0 || at != len(sent.codes)-1 {
			t.Fatalf("it sent %v, want Bye at the end", sent.codes)
		}
	}
	await(t, bob, 200)
	awaitPresences(t, bob, "")
}

func TestLeaveWithoutAServer(t *testing.T) {
	h := newHost(t, server.Options{})
	idle, busy := dial(t, h.url()), dial(t, h.url())
	h.stop()
	push(t, busy, 1)
	if err := idle.Leave(limit(t)); err != nil {
		t.Error(err)
	}
	short, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := busy.Leave(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	for _, c := range []*client.Client[counter.Counter]{idle, busy} {
		if !errors.Is(c.Err(), client.ErrClosed) {
			t.Errorf("it was not closed: %v", c.Err())
		}
	}
	h.start()
}
