package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aper-go/aper/wire"
)

// A keeper knows whether the store is behind. Its methods do nothing without a store.
//
// What leaves must never say more than the store does, or a program that begins again from it would push what had
// happened, or not know an outcome that nobody has any more. So the writer saves before it sends, if since the last time
// something was pushed or sent as a push, or an outcome came, which the next message acknowledges. While it saves, what is
// pushed gathers for the next message, as while it sends. States that others brought about are saved now and then.
type keeper struct {
	store  Store
	saving sync.Mutex // before the client's
	owed   bool       // something must be saved before anything is sent
	stale  bool       // something else changed
	wake   chan struct{}
	hurry  chan struct{} // the connection is gone, so the writer saves nothing more
	failed error         // at the end; read when the client has ended
}

func newKeeper(store Store) *keeper {
	return &keeper{store: store, wake: make(chan struct{}, 1), hurry: make(chan struct{}, 1)}
}

func (k *keeper) must() {
	if k != nil {
		k.owed = true
		poke(k.wake)
	}
}

func (k *keeper) should() {
	if k != nil {
		k.stale = true
		poke(k.wake)
	}
}

func (k *keeper) alone() {
	if k != nil {
		poke(k.hurry)
	}
}

// pushes reports whether a message to the authority has transitions in it.
func pushes(message []byte) bool {
	m := wire.NewReader(message)
	for m.Next() {
		if m.Code() == wire.CodePush {
			return true
		}
	}
	return false
}

// persist saves what must be saved before anything is sent.
func (c *Client[S]) persist() error {
	if c.kept == nil {
		return nil
	}
	return c.save(func(k *keeper) bool { return k.owed })
}

// save brings the store up to date, if that is wanted. A session without a state has nothing to be kept.
func (c *Client[S]) save(wanted func(*keeper) bool) error {
	k := c.kept
	k.saving.Lock() // so that an older session never takes the place of a newer one
	defer k.saving.Unlock()
	c.mu.Lock()
	if !wanted(k) || !c.replica.Started() {
		c.mu.Unlock()
		return nil
	}
	session, err := c.replica.Export()
	k.owed, k.stale = false, false
	c.mu.Unlock()
	if err == nil {
		err = k.store.Save(session)
	}
	if err != nil {
		c.mu.Lock()
		k.owed = true
		c.mu.Unlock()
		return fmt.Errorf("client: the session cannot be stored: %w", err)
	}
	return nil
}

// keep saves what the writer does not: what is pushed without a connection, and what others did. What it returns ends
// that, saves a last time, and closes the store.
func (c *Client[S]) keep(life context.Context) (end func()) {
	if c.kept == nil {
		return func() {}
	}
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		c.keepOn(life)
	}()
	return func() {
		c.stop()
		<-kept
		err := c.save(func(k *keeper) bool { return k.owed || k.stale })
		c.kept.failed = errors.Join(err, c.kept.store.Close())
	}
}

// keepOn leaves a second to the writer, which saves before it sends, and much more than a save takes, because a large
// state takes long.
func (c *Client[S]) keepOn(life context.Context) {
	took := time.Duration(0)
	for {
		select {
		case <-c.kept.wake:
		case <-life.Done():
			return
		}
		if c.Status().Connected {
			c.kept.rest(life, max(time.Second, 20*took))
		}
		began := time.Now()
		err := c.save(func(k *keeper) bool { return k.owed || k.stale })
		if took = time.Since(began); err == nil {
			continue
		}
		c.options.Log.Error("what is pending would be lost with the program", "room", c.name, "error", err)
		if pause(life, time.Second) != nil {
			return
		}
		poke(c.kept.wake)
	}
}

// rest waits for so long, or until the connection or the client ends.
func (k *keeper) rest(life context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-k.hurry:
	case <-life.Done():
	}
}
