package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Waiting returns all that is pending, in the order in which it was pushed. After a start with a Store it begins with what
// an earlier run of the program had pushed and never learned the outcome of.
func (c *Client[S]) Waiting() []*Pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]*Pending, 0, len(c.waiting))
	for _, id := range slices.Sorted(maps.Keys(c.waiting)) {
		list = append(list, c.waiting[id])
	}
	return list
}

// Flush waits until nothing is pending. What the outcomes were is told by each Pending. When ctx ends first, the error is
// ctx.Err() and says how many are left, which stay pending; when the client ends first, it is that of Err.
func (c *Client[S]) Flush(ctx context.Context) error {
	for status := range c.WatchStatus(ctx) {
		if status.Pending == 0 {
			return nil
		}
	}
	if err := c.Err(); err != nil {
		return err
	}
	left := c.Status().Pending
	if left == 0 {
		return nil
	}
	return fmt.Errorf("client: %d transitions are still pending: %w", left, ctx.Err())
}

// Leave flushes, tells the room that this session is gone, so that the others see it at once and not after a while, and
// closes the client. It closes it in any case; an error is that of Flush or Close. Without a connection the others are not
// told.
func (c *Client[S]) Leave(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.Flush(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	c.leaving = true
	c.nudge()
	c.mu.Unlock()
	for status := range c.WatchStatus(ctx) {
		if !status.Connected {
			break
		}
	}
	return nil
}
