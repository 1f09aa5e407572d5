package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// run connects, and again whenever a connection is lost. It tells first how the first attempt went, which alone is
// limited by dialing; when that failed it gives up.
func (c *Client[S]) run(life, dialing context.Context, first chan<- error) {
	attempt := 0
	for life.Err() == nil {
		var since time.Time
		joined := func() {
			since = time.Now()
			c.connected(since)
			first <- nil
			first = make(chan error, 1) // nobody listens any more, and it never blocks
			dialing = life
		}
		err := c.connect(life, dialing, joined)
		if dialing != life { // the first attempt failed
			first <- err
			return
		}
		var stopped *StopError
		if errors.As(err, &stopped) {
			c.end(stopped)
		}
		if life.Err() != nil {
			return
		}
		if !since.IsZero() && time.Since(since) > steady {
			attempt = 0
		}
		c.options.Log.Info("the connection was lost; connecting again", "room", c.name, "error", err)
		wait := c.backoff(err, attempt)
		c.lost(err, time.Now().Add(wait))
		if pause(life, wait) != nil {
			return
		}
		c.retry()
		attempt++
	}
}

// steady is how long a connection must have lasted for the next to be made at once. A client that is too slow for the
// room, say, would else fetch the state again and again.
const steady = time.Minute

// backoff returns how long to wait before the next attempt: at random up to a bound that doubles, so that many clients
// which lost one server do not come back all at once.
func (c *Client[S]) backoff(err error, attempt int) time.Duration {
	var lost *lostError
	if attempt == 0 && errors.As(err, &lost) && lost.Code.Action() != wire.Retry {
		return 0
	}
	bound := min(c.options.MaxBackoff, 100*time.Millisecond<<min(attempt, 20))
	return bound/2 + rand.N(bound/2+1)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A lostError says with which last message the server ended a connection.
type lostError wire.Close

func (e *lostError) Error() string { return fmt.Sprintf("%s (code %d)", e.Reason, e.Code) }

// connect makes one connection and serves it until it is lost. It calls joined when the state is there.
func (c *Client[S]) connect(life, dialing context.Context, joined func()) error {
	limit, cancel := context.WithTimeout(dialing, 30*time.Second)
	defer cancel()
	transport, err := c.transport(limit)
	if err != nil {
		return err
	}
	defer transport.Close()
	ctx, hangUp := context.WithCancelCause(life)
	writer := make(chan struct{})
	go func() {
		defer close(writer)
		hangUp(c.write(ctx, transport))
	}()
	c.begin()
	err = c.read(ctx, transport, joined)
	hangUp(err)
	transport.Close()
	<-writer
	c.disconnect(err)
	if cause := context.Cause(ctx); cause != nil && life.Err() == nil {
		return cause
	}
	return err
}

func (c *Client[S]) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outgoing = nil
	c.replica.Connect()
	c.settle()
}

func (c *Client[S]) disconnect(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.replica.Disconnect()
	var lost *lostError
	if errors.Is(err, engine.ErrNotMine) || errors.As(err, &lost) && lost.Code.Action() == wire.NewSession {
		c.replica.NewSession()
		c.kept.must()
		c.settle()
	}
	c.disconnected()
}

// read takes what the server sends, until the connection is lost.
func (c *Client[S]) read(ctx context.Context, transport Transport, joined func()) error {
	started := false
	for {
		limit, cancel := context.WithTimeout(ctx, 2*c.options.Heartbeat)
		data, err := transport.Read(limit)
		cancel()
		if err != nil {
			return err
		}
		ready, err := c.receive(data)
		if err != nil {
			return err
		}
		if ready && !started {
			started = true
			joined()
		}
	}
}

// receive takes one transport message. It reports whether the replica is up with this connection.
func (c *Client[S]) receive(data []byte) (ready bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err = c.replica.Step(data, now())
	closed := c.settle()
	var diverged *engine.DivergenceError
	switch {
	case errors.As(err, &diverged):
		c.report("the state differs again, so the client stops", diverged)
		return false, &StopError{Code: wire.CloseMachine, Reason: diverged.Error()}
	case errors.Is(err, engine.ErrStateTooLarge):
		return false, &StopError{Code: wire.CloseRefused, Reason: err.Error()}
	case err != nil:
		return false, err
	case closed != nil && closed.Code.Action() == wire.Stop:
		return false, &StopError{Code: closed.Code, Reason: closed.Reason}
	case closed != nil:
		return false, (*lostError)(closed)
	}
	return c.replica.Joined(), nil
}

// write sends what there is, as one transport message each time, until the connection is lost.
func (c *Client[S]) write(ctx context.Context, transport Transport) error {
	heartbeat := time.NewTicker(c.options.Heartbeat)
	defer heartbeat.Stop()
	for {
		var ping bool
		select {
		case <-c.wake:
		case <-heartbeat.C:
			ping = true
		case <-ctx.Done():
			return nil
		}
		data, last := c.take(ping)
		if len(data) == 0 {
			continue
		}
		if err := c.persist(); err != nil {
			return err // what is not kept must not leave
		}
		if err := transport.Write(ctx, data); err != nil {
			return err
		}
		if last {
			c.end(ErrClosed)
			return ErrClosed
		}
	}
}

// take returns what there is to send, and whether it is the last because the client leaves.
func (c *Client[S]) take(ping bool) (data []byte, last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	data = c.outgoing
	c.outgoing = nil
	if ping {
		data = append(data, c.replica.Ping(now())...)
	}
	if last = c.leaving && c.replica.Joined(); last {
		var bye wire.Bye
		data = bye.Append(data)
	}
	return data, last
}
