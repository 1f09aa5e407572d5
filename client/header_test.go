//go:build !js

package client_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/server"
	"github.com/aper-go/aper/wire"
)

// A door lets in whoever has the token of the moment, unless it is shut for good.
type door struct {
	token atomic.Pointer[string]
	shut  atomic.Bool
}

func (d *door) set(token string) { d.token.Store(&token) }

func (d *door) options() server.Options {
	return server.Options{
		Authenticate: func(r *http.Request) (string, error) {
			if r.Header.Get("Authorization") != *d.token.Load() {
				return "", errors.New("the token has expired")
			}
			return "ann", nil
		},
		Authorize: func(*server.Joining) error {
			if d.shut.Load() {
				return errors.New("ann is not welcome any more")
			}
			return nil
		},
	}
}

// asked is a Header that counts how often it was called, and answers as it is told.
type asked struct {
	count  atomic.Int64
	answer atomic.Pointer[func() (string, error)]
}

func (a *asked) say(token string, err error) {
	answer := func() (string, error) { return token, err }
	a.answer.Store(&answer)
}

func (a *asked) header(context.Context) (http.Header, error) {
	a.count.Add(1)
	token, err := (*a.answer.Load())()
	return http.Header{"Authorization": {token}}, err
}

// The token expires while the client is away. It asks for another, gets the old one again, and then none, and goes on
// when there is a good one.
func TestHeaderIsRefreshed(t *testing.T) {
	var d door
	var a asked
	d.set("one")
	a.say("one", nil)
	h := newHost(t, d.options())
	c, err := client.Dial[counter.Counter](limit(t), h.url(), client.Options{Header: a.header})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	d.set("two")
	h.cut()
	awaitStatus(t, c, func(s client.Status) bool { return errors.Is(s.Lost, client.ErrUnauthenticated) })
	none := errors.New("the token service is away")
	a.say("", none)
	awaitStatus(t, c, func(s client.Status) bool { return errors.Is(s.Lost, none) })
	before := a.count.Load()
	push(t, c, 1)
	a.say("two", nil)
	if err := c.Flush(limit(t)); err != nil {
		t.Fatal(err)
	}
	if a.count.Load() == before {
		t.Error("Header was not asked again")
	}
}

func TestNotAuthenticated(t *testing.T) {
	var d door
	d.set("one")
	_, err := client.Dial[counter.Counter](limit(t), newHost(t, d.options()).url(), client.Options{})
	if !errors.Is(err, client.ErrUnauthenticated) {
		t.Fatalf("got %v", err)
	}
	t.Log(err)
}

// Nothing helps against 403.
func TestNotLetInAnyMore(t *testing.T) {
	var d door
	var a asked
	d.set("one")
	a.say("one", nil)
	h := newHost(t, d.options())
	c, err := client.Dial[counter.Counter](limit(t), h.url(), client.Options{Header: a.header})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	d.shut.Store(true)
	h.cut()
	for range c.WatchStatus(limit(t)) {
	}
	var stopped *client.StopError
	if err := c.Err(); !errors.As(err, &stopped) || stopped.Code != wire.CloseRefused {
		t.Fatalf("got %v", err)
	}
	t.Log(c.Err())
	if s := c.Status(); s.Lost != c.Err() || !s.Next.IsZero() {
		t.Errorf("the status is %+v", s)
	}
	if _, err := client.Dial[counter.Counter](limit(t), h.url(), client.Options{Header: a.header}); !errors.As(err, &stopped) {
		t.Errorf("another Dial gets %v", err)
	}
}
