package client

import (
	"context"
	"iter"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// ID returns the number of the client's session: what Meta.Client is in the room's log, and what Presences and Signals
// call it. It changes when the session is lost, and is 0 before there is one.
func (c *Client[S]) ID() aper.ClientID {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.replica.Client()
}

// SetPresence sets what the others see of this client beside the state: a cursor, a name, a mood, in an encoding of the
// program's own. It is kept nowhere, is said again over each new connection, and disappears with the client. Nil takes it
// back. Of many in quick succession only the last may be seen. An error says that it is too large (engine.ErrPresenceTooLarge;
// 4 KiB unless the server has another limit) or that the client has ended.
func (c *Client[S]) SetPresence(value []byte) error {
	return c.beside(func() error { return c.replica.SetPresence(value) })
}

// Signal sends something once to everyone who is connected, this client included: a ping on a map, a reaction, "is
// typing". It may be lost, and is while there is no connection. Its limit is that of SetPresence.
func (c *Client[S]) Signal(value []byte) error {
	return c.beside(func() error { return c.replica.Signal(value) })
}

func (c *Client[S]) beside(say func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	if err := say(); err != nil {
		return err
	}
	c.nudge()
	return nil
}

// Presences returns what is known of everyone who has a presence, this client included, in the order of their sessions.
// Without a connection it is what was known last. The values must not be changed.
func (c *Client[S]) Presences() []wire.Attendee {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.replica.Presences()
}

// WatchPresences yields the presences, and again whenever they may have changed, as Watch does with the state.
func (c *Client[S]) WatchPresences(ctx context.Context) iter.Seq[[]wire.Attendee] {
	return watch(ctx, c, &c.attended, func() []wire.Attendee { return c.replica.Presences() })
}

// heard is how many signals wait for a loop over Signals.
const heard = 64

// Signals yields the signals that come in while it is looped over, until ctx or the client ends. Every loop gets all of
// them. 64 may wait for the loop's body; those that come then are lost.
func (c *Client[S]) Signals(ctx context.Context) iter.Seq[wire.Attendee] {
	return func(yield func(wire.Attendee) bool) {
		signals := make(chan wire.Attendee, heard)
		c.mu.Lock()
		c.listeners[signals] = true
		c.mu.Unlock()
		defer func() {
			c.mu.Lock()
			delete(c.listeners, signals)
			c.mu.Unlock()
		}()
		for {
			select {
			case signal := <-signals:
				if !yield(signal) {
					return
				}
			case <-ctx.Done():
				return
			case <-c.ended:
				return
			}
		}
	}
}

// hear passes signals on to whoever listens and has room for them.
func (c *Client[S]) hear(signals []wire.Attendee) {
	for _, signal := range signals {
		for listener := range c.listeners {
			select {
			case listener <- signal:
			default:
			}
		}
	}
}
