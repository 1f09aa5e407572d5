package client

import (
	"context"
	"iter"
	"time"
)

// A Status says how a client gets on, for a line such as "reconnecting…, 3 changes are not sent".
type Status struct {
	Connected bool      // and up to date with this connection, so that what is pending is on its way
	Since     time.Time // when that became so
	Lost      error     // why the last connection ended or could not be made; nil while connected
	Next      time.Time // when the next attempt begins; zero while connected, and while an attempt is going on
	Pending   int       // transitions that have no outcome yet
}

// Status returns how the client gets on now.
func (c *Client[S]) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.statusNow()
}

// WatchStatus yields the status, and again whenever it may have changed, as Watch does with the state.
func (c *Client[S]) WatchStatus(ctx context.Context) iter.Seq[Status] {
	return watch(ctx, c, &c.moved, c.statusNow)
}

func (c *Client[S]) statusNow() Status {
	status := c.status
	status.Pending = c.replica.Pending()
	return status
}

func (c *Client[S]) connected(at time.Time) {
	c.setStatus(Status{Connected: true, Since: at})
	c.nudge()
}

// disconnected notes that the connection is gone. Why is not decided yet.
func (c *Client[S]) disconnected() {
	if c.err == nil && c.status.Connected {
		c.status.Connected, c.status.Since = false, time.Now()
		c.moved.ring()
		c.kept.alone()
	}
}

func (c *Client[S]) lost(why error, next time.Time) {
	c.setStatus(Status{Since: c.Status().Since, Lost: why, Next: next})
}

// retry notes that an attempt begins.
func (c *Client[S]) retry() {
	status := c.Status()
	c.setStatus(Status{Since: status.Since, Lost: status.Lost})
}

func (c *Client[S]) setStatus(status Status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.status = status
		c.moved.ring()
	}
}
