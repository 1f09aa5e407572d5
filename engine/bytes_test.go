package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// A room is as old as its numbers are long: those of its events, of its sessions, and of their transitions.
type age struct {
	name    string
	seq     aper.Seq
	clients aper.ClientID // that were given out before
	pushed  int           // by each session before
	apart   int           // by how much the numbers of two authors differ, since others joined between them
}

var (
	young = age{name: "young", pushed: 10, apart: 1}
	old   = age{name: "old", seq: 10_000_000, clients: 70_000, pushed: 1000, apart: 50}
)

// authors is how many sessions of a crowd push, and how many transitions a batch holds.
const authors = 16

// A crowd is a room with sessions that push.
type crowd[S aper.StateMachine[S]] struct {
	t         *testing.T
	authority *engine.Authority[S]
	apart     int
	next      [authors]aper.ClientSeq
	now       aper.Time
	random    *rand.Rand
}

// newCrowd returns a room that is as old as that. All numbers are the engine's own.
func newCrowd[S aper.StateMachine[S]](t *testing.T, a age, do aper.Transition[S]) *crowd[S] {
	t.Helper()
	var initial S
	snapshot, err := newAuthorityOf(t, initial, 0).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	snapshot.Clients, snapshot.Position.Seq = max(snapshot.Clients, a.clients), a.seq
	c := &crowd[S]{t: t, apart: a.apart, now: 1_764_000_000_000, random: rand.New(rand.NewPCG(1, 1))}
	if a.clients == 0 { // a new room
		c.authority = newAuthorityOf(t, initial, 0)
	} else {
		c.authority = engine.New[S](engine.Options{})
		if err := c.authority.Restore(snapshot); err != nil {
			t.Fatal(err)
		}
		c.authority.Open(2)
	}
	c.join(a.apart * authors)
	for range a.pushed {
		c.all(do)
	}
	return c
}

func (c *crowd[S]) tick() {
	c.now += 10
	c.authority.Tick(c.now, wire.Tag(c.random.Uint64()), c.random.Uint64())
}

func (c *crowd[S]) join(sessions int) {
	c.tick()
	for i := range sessions {
		attach := engine.Attach(i + 1)
		c.authority.Attach(attach, engine.Peer{Token: wire.Token{byte(i), byte(i >> 8)}})
		hello := helloOf[S]()
		c.authority.Step(attach, hello.Append(nil))
	}
	c.authority.Ready()
}

// attach returns the connection of an author.
func (c *crowd[S]) attach(author int) engine.Attach { return engine.Attach(author*c.apart + 1) }

func (c *crowd[S]) push(author int, do aper.Transition[S]) {
	c.next[author]++
	number := c.next[author]
	m := wire.Push{First: number, Known: number - 1, Count: 1, Transitions: encode[S](c.t, do)}
	c.authority.Step(c.attach(author), m.Append(nil))
}

// all lets each author push once, in any order, and returns what follows.
func (c *crowd[S]) all(do aper.Transition[S]) engine.Ready[S] {
	c.tick()
	for _, author := range c.random.Perm(authors) {
		c.push(author, do)
	}
	return c.ready()
}

// one lets one author push as many.
func (c *crowd[S]) one(do aper.Transition[S]) engine.Ready[S] {
	c.tick()
	for range authors {
		c.push(0, do)
	}
	return c.ready()
}

func (c *crowd[S]) ready() engine.Ready[S] {
	c.t.Helper()
	ready := c.authority.Ready()
	if len(ready.Closed) > 0 {
		c.t.Fatalf("a connection was closed: %q", ready.Closed[0].Bytes)
	}
	return ready
}

// An event costs at most so many bytes in a batch of 16. The bar is 12 for an increment, and 24 for an append of a number.
// The transitions themselves take 3, 7 and 18.
func TestBytesPerEvent(t *testing.T) {
	t.Run("increment", func(t *testing.T) {
		bytesPerEvent[counter.Counter](t, counter.Increment{By: 1}, [4]float64{5, 8, 5.5, 11.5})
	})
	t.Run("append", func(t *testing.T) {
		bytesPerEvent(t, data.Append(data.NewCounter(123_456)), [4]float64{9, 12, 9.5, 15.5})
	})
	t.Run("put", func(t *testing.T) {
		bytesPerEvent(t, data.Put("0123456789", data.NewCounter(123_456)), [4]float64{20, 23, 20.5, 26.5})
	})
}

// bytesPerEvent checks a batch by one author and one by 16, in a young room and in an old one.
func bytesPerEvent[S aper.StateMachine[S]](t *testing.T, do aper.Transition[S], most [4]float64) {
	for i, room := range []age{young, old} {
		c := newCrowd(t, room, do)
		for j, frame := range [][]byte{c.one(do).Frame, c.all(do).Frame} {
			got := float64(len(frame)) / authors
			name := fmt.Sprintf("by %d in the %s room", 1+j*(authors-1), room.name)
			t.Logf("%s: %.2f bytes", name, got)
			if limit := most[2*i+j]; got > limit {
				t.Errorf("%s: %.2f bytes, want at most %.2f", name, got, limit)
			}
		}
	}
}

// An author learns from its own event that it was confirmed: nothing else is sent.
func TestAConfirmationTakesNoBytesBesideItsEvent(t *testing.T) {
	c := newCrowd[counter.Counter](t, old, counter.Increment{By: 1})
	ready := c.all(counter.Increment{By: 1})
	for author := range authors {
		message, err := ready.To(c.attach(author))
		if err != nil {
			t.Fatal(err)
		}
		if beyond := len(message) - len(ready.Frame); beyond != 0 {
			t.Errorf("an author gets %d bytes beyond the frame, want none", beyond)
		}
	}
}

// A rejection is sent to its author alone.
func TestARejectionTakes15BytesBesideItsText(t *testing.T) {
	c := newCrowd[counter.Counter](t, old, counter.Increment{By: 1})
	c.tick()
	c.push(3, counter.Decrement{By: 1_000_000})
	ready := c.ready()
	if ready.Frame != nil || len(ready.Messages) != 1 || ready.Messages[0].To != c.attach(3) {
		t.Fatalf("a frame of %d bytes and %d messages, want one message to the author", len(ready.Frame), len(ready.Messages))
	}
	got := len(ready.Messages[0].Bytes) - len(counter.ErrNegative)
	if got > 15 {
		t.Errorf("%d bytes beside the conflict's text, want at most 15", got)
	}
}
