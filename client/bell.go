package client

import (
	"context"
	"iter"

	"github.com/aper-go/aper"
)

// A bell tells all who wait that something may have changed. Its zero value is ready.
type bell struct{ rung chan struct{} } // nil while nobody waits

func (b *bell) ring() {
	if b.rung != nil {
		close(b.rung)
		b.rung = nil
	}
}

// next returns what is closed when the bell is rung next. It is taken together with a look at what the bell is about.
func (b *bell) next() <-chan struct{} {
	if b.rung == nil {
		b.rung = make(chan struct{})
	}
	return b.rung
}

// watch yields what there is to see, and again whenever the bell was rung, until ctx or the client ends. The bell and
// what look sees are guarded by the client.
func watch[S aper.StateMachine[S], T any](ctx context.Context, c *Client[S], b *bell, look func() T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for ctx.Err() == nil {
			c.mu.Lock()
			if c.err != nil {
				c.mu.Unlock()
				return
			}
			seen, rung := look(), b.next()
			c.mu.Unlock()
			if !yield(seen) {
				return
			}
			select {
			case <-rung:
			case <-ctx.Done():
			}
		}
	}
}
