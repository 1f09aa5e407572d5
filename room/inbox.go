package room

import (
	"runtime"
	"sync"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// An inbox holds what came in since the room's last batch. It is bounded by the credit of the sessions, each of which
// may have only so much in it.
type inbox[S aper.StateMachine[S]] struct {
	mu      sync.Mutex
	filled  sync.Cond
	waiting []input[S]
	taken   []input[S] // the last batch, whose memory is used again
	closed  bool
}

type input[S aper.StateMachine[S]] struct {
	kind    inputKind
	session *Session[S]
	data    []byte
	sum     wire.Check
	mark    mark
	err     error
}

type inputKind byte

const (
	joins inputKind = iota
	sends
	leaves
	summed // a sum was made
	stores // the room was stored
	wakes  // something is due
)

func (b *inbox[S]) init() { b.filled.L = &b.mu }

// put reports false when the room takes no more.
func (b *inbox[S]) put(in input[S]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.waiting = append(b.waiting, in)
	b.filled.Signal()
	return true
}

// take waits for input and returns all of it. It is valid until the next take. When open is false it was the last.
//
// Whoever wakes the room is seldom the only one with something to say. The runtime lets the room run before the readers
// that are ready, too; yielding once to them makes batches several times as large, and costs nothing when there are none.
func (b *inbox[S]) take() (batch []input[S], open bool) {
	if b.await() {
		runtime.Gosched()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.taken)
	batch = b.waiting
	b.waiting, b.taken = b.taken[:0], batch
	return batch, !b.closed
}

// await returns when there is input, or when there will be no more. It reports whether it had to wait.
func (b *inbox[S]) await() (waited bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.waiting) == 0 && !b.closed {
		b.filled.Wait()
		waited = true
	}
	return waited
}

func (b *inbox[S]) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.filled.Signal()
}
