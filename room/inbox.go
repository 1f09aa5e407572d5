package room

import (
	"runtime"
	"slices"
	"sync"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// An inbox holds what came in and was not decided yet. What sessions send waits in a queue of each session, bounded by its
// credit, and is taken from one session after the other, so that one who sends much makes nobody else wait. What the room
// tells itself comes first.
type inbox[S aper.StateMachine[S]] struct {
	mu     sync.Mutex
	filled sync.Cond
	told   []input[S]
	turns  []*Session[S] // with something in their queues; whose turn is next is first
	batch  []input[S]    // the last one, whose memory is used again
	spare  []*Session[S] // memory that is used again
	closed bool
}

type input[S aper.StateMachine[S]] struct {
	kind    inputKind
	session *Session[S]
	data    []byte

	commit    *commit[S]
	sum       wire.Check
	milestone wire.Milestone
	err       error // of storing
	who       func(Member) bool
	reason    string
}

type inputKind byte

const (
	joins inputKind = iota
	sends
	leaves
	expels
	wakes     // something is due
	waited    // the open batch has waited long enough
	committed // a batch is durable, or the journal has failed
	summed    // a sum was made
	stores    // the room was stored
)

// A queue holds what one session sent. The inbox's mutex protects it.
type queue struct {
	items   []item
	taken   int  // of them
	bytes   int  // in those that were not
	waiting bool // the session's reader, for credit
}

type item struct {
	kind inputKind
	data []byte
}

// How much of one session may wait for the room. Its reader waits then.
const (
	creditMessages = 32
	creditBytes    = 64 << 10
)

func (b *inbox[S]) init() { b.filled.L = &b.mu }

// tell puts what the room tells itself. It is also taken after the inbox was closed.
func (b *inbox[S]) tell(in input[S]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told = append(b.told, in)
	b.filled.Signal()
}

// put puts what comes from a session, in its order: that it joins, sends something, or leaves. When the session has no credit for it, full is true and the session's
// channel gets an element as soon as it has. When open is false the room takes no more.
func (b *inbox[S]) put(from *Session[S], in item) (full, open bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false, false
	}
	q := &from.queue
	count := len(q.items) - q.taken
	if in.kind == sends && count > 0 && (count >= creditMessages || q.bytes+len(in.data) > creditBytes) {
		q.waiting = true
		return true, true
	}
	q.items = append(q.items, in)
	q.bytes += len(in.data)
	if count == 0 {
		b.turns = append(b.turns, from)
		b.filled.Signal()
	}
	return false, true
}

// take waits for input and returns what there is, but no more than so many bytes of messages, or one message. With less than
// one byte it returns only what the room told itself. The result is valid until the next take. When open is false nothing
// else will come; while busy, the room will still tell itself something.
//
// Whoever wakes the room is seldom the only one with something to say. The runtime lets the room run before the readers
// that are ready, too; yielding once to them makes batches several times as large, and costs nothing when there are none.
func (b *inbox[S]) take(bytes int, busy bool) (batch []input[S], open bool) {
	if b.await(bytes, busy) {
		runtime.Gosched()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.batch)
	b.batch = append(b.batch[:0], b.told...)
	clear(b.told)
	b.told = b.told[:0]
	for bytes > 0 && len(b.turns) > 0 {
		bytes = b.round(bytes)
	}
	return b.batch, !b.closed || len(b.turns) > 0
}

// round takes one message of each session, up to so many bytes, and returns how many are left.
func (b *inbox[S]) round(bytes int) int {
	round, again := b.turns, b.spare[:0]
	at := 0
	for ; at < len(round) && bytes > 0; at++ {
		from := round[at]
		in, more := from.queue.take()
		if more {
			again = append(again, from)
		}
		if from.queue.waiting {
			from.queue.waiting = false
			from.credit <- struct{}{}
		}
		b.batch = append(b.batch, input[S]{kind: in.kind, session: from, data: in.data})
		bytes -= max(1, len(in.data))
	}
	b.turns = again
	if at < len(round) { // those whose turn did not come are next
		b.turns = slices.Concat(round[at:], again)
	}
	clear(round)
	b.spare = round[:0]
	return bytes
}

func (q *queue) take() (in item, more bool) {
	in = q.items[q.taken]
	q.items[q.taken] = item{}
	q.taken++
	q.bytes -= len(in.data)
	if more = q.taken < len(q.items); !more {
		q.items, q.taken = q.items[:0], 0
	}
	return in, more
}

// await returns when there is input, or when there will be no more. It reports whether it had to wait.
func (b *inbox[S]) await(bytes int, busy bool) (waited bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.told) == 0 && (bytes <= 0 || len(b.turns) == 0) && (!b.closed || busy) {
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
