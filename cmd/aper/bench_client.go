package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxzan/gws"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// A benchClient is one connection of the load. It is no replica: it knows just enough of the protocol to push, and to
// check all that it is sent. So it costs little, and the server is what is measured.
type benchClient struct {
	gws.BuiltinEventHandler
	load    *load
	room    int
	window  int  // how many transitions it can have under way
	again   bool // it pushes anew for each transition that was confirmed
	stalls  bool // it reads nothing after the state
	socket  *gws.Conn
	joined  chan struct{} // closed when the state is there
	settled chan struct{} // filled whenever nothing is under way
	leaving chan struct{} // closed when it does not care any more
	gone    chan struct{} // closed when the connection is

	mu        sync.Mutex
	id        aper.ClientID
	seq       aper.Seq
	value     int64 // the counter's
	pushed    aper.ClientSeq
	confirmed aper.ClientSeq
	times     []atomic.Int64 // when the push of each number was sent; a ring
	message   []byte
	counts    benchCounts
	own       histogram // from push to confirmation
	others    histogram // from push to delivery, of those in load.authors
}

// benchCounts are what one client, or all of them, were sent.
type benchCounts struct {
	confirmed  int64
	deliveries int64
	bytes      int64 // of WebSocket frames
}

// increment is the one transition that is pushed, encoded.
var increment = func() []byte {
	var c aper.Coder
	c.EncodeTo(nil)
	aper.CodeTransition[counter.Counter](&c, counter.Increment{By: 1})
	encoded, err := c.Finish()
	if err != nil {
		panic(err)
	}
	return encoded
}()

const dialTimeout = 10 * time.Second

// dial joins the room. The client pushes nothing by itself before begin.
func (c *benchClient) dial() error {
	c.joined, c.settled = make(chan struct{}), make(chan struct{}, 1)
	c.leaving, c.gone = make(chan struct{}), make(chan struct{})
	c.times = make([]atomic.Int64, c.window)
	address := "ws://" + c.load.address + "/" + string(roomName(c.room))
	if c.stalls {
		address += "?" + slowQuery
	}
	socket, _, err := gws.NewClient(c, &gws.ClientOption{
		Addr:             address,
		RequestHeader:    http.Header{"Sec-WebSocket-Protocol": {"aper.1"}},
		HandshakeTimeout: dialTimeout,
		ReadBufferSize:   8 << 10,
		NewDialer:        func() (gws.Dialer, error) { return &net.Dialer{Timeout: dialTimeout}, nil },
	})
	if err != nil {
		return fmt.Errorf("cannot connect (is the limit of open files too low? see ulimit -n): %w", err)
	}
	if tcp, ok := socket.NetConn().(*net.TCPConn); ok && c.stalls {
		tcp.SetReadBuffer(smallBuffer)
	}
	c.socket = socket
	hello := benchHello()
	hello.Room = roomName(c.room)
	if err := socket.WriteMessage(gws.OpcodeBinary, hello.Append(nil)); err != nil {
		return err
	}
	go socket.ReadLoop()
	return nil
}

func benchHello() *wire.Hello {
	return &wire.Hello{Protocol: wire.Version, Schema: wire.FingerprintOf(aper.Schema[counter.Counter]()), Build: "aper bench"}
}

// begin pushes the first transitions.
func (c *benchClient) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.push(c.window)
}

// pace pushes a transition in every interval, from a random moment of the first one on, whether those before are
// confirmed or not.
func (c *benchClient) pace(interval time.Duration) {
	next := c.load.clock() + rand.N(interval)
	for c.load.phase.Load() != ending {
		select {
		case <-time.After(next - c.load.clock()):
		case <-c.gone:
			return
		}
		next += interval
		c.mu.Lock()
		if int(c.pushed-c.confirmed) == c.window {
			c.fail(fmt.Errorf("it has %s under way: the server does not keep up; take fewer clients", count(c.window, "transition")))
		} else {
			c.push(1)
		}
		c.mu.Unlock()
	}
}

// finish waits for what is under way, and pushes nothing new.
func (c *benchClient) finish() error {
	c.mu.Lock()
	c.again = false
	select {
	case <-c.settled: // that was earlier
	default:
	}
	open := c.pushed - c.confirmed
	c.mu.Unlock()
	if open == 0 {
		return nil
	}
	return c.load.await(c.settled, "a transition got no outcome")
}

// push sends the next n transitions. The mutex is held.
func (c *benchClient) push(n int) {
	p := wire.Push{First: c.pushed + 1, Known: c.confirmed, Count: n, Transitions: transitions(n)}
	c.message = p.Append(c.message[:0])
	now := int64(c.load.clock())
	for range n {
		c.pushed++
		c.times[int(c.pushed)%len(c.times)].Store(now)
	}
	if err := c.socket.WriteMessage(gws.OpcodeBinary, c.message); err != nil {
		c.fail(err)
	}
}

const maxWindow = 500

var manyIncrements = bytes.Repeat(increment, maxWindow)

func transitions(n int) []byte { return manyIncrements[:n*len(increment)] }

// OnMessage takes what the server sends, and may push anew for each transition that was confirmed.
func (c *benchClient) OnMessage(_ *gws.Conn, m *gws.Message) {
	defer m.Close()
	if c.receive(m.Bytes()); c.stalls && c.hasJoined() {
		<-c.leaving
	}
}

func (c *benchClient) receive(data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.confirmed
	if err := c.take(data); err != nil {
		c.fail(err)
		return
	}
	if n := int(c.confirmed - before); n > 0 && c.again && c.load.phase.Load() != ending {
		c.push(n)
	}
	if c.confirmed == c.pushed {
		select {
		case c.settled <- struct{}{}:
		default:
		}
	}
}

func (c *benchClient) hasJoined() bool {
	select {
	case <-c.joined:
		return true
	default:
		return false
	}
}

func (c *benchClient) take(data []byte) error {
	r := wire.NewReader(data)
	for r.Next() {
		switch r.Code() {
		case wire.CodeWelcome:
			c.id = r.Welcome().Client
		case wire.CodeSnapshot:
			if err := c.join(r.Snapshot()); err != nil {
				return err
			}
		case wire.CodeFrame:
			frame := r.Frame()
			if err := c.apply(&frame); err != nil {
				return err
			}
		case wire.CodeVerdicts:
			for _, v := range r.Verdicts().List {
				return fmt.Errorf("the server rejected increment %d: %w", v.ClientSeq, v.Conflict)
			}
		case wire.CodeClose:
			m := r.Close()
			return fmt.Errorf("the server closed the connection: %s (code %d)", m.Reason, m.Code)
		}
	}
	c.counts.bytes += int64(frameSize(len(data)))
	return r.Err()
}

// frameSize returns the size of a WebSocket frame from a server (RFC 6455, 5.2).
func frameSize(payload int) int {
	switch {
	case payload < 126:
		return payload + 2
	case payload < 1<<16:
		return payload + 4
	}
	return payload + 10
}

func (c *benchClient) join(s wire.Snapshot) error {
	state, err := aper.Decode[counter.Counter](s.State)
	if err != nil {
		return err
	}
	c.seq, c.value = s.Seq, state.Value
	close(c.joined)
	return nil
}

// apply checks that the events follow what was there, that all are increments, and that its own come in order.
func (c *benchClient) apply(f *wire.Frame) error {
	if f.First != c.seq+1 {
		return fmt.Errorf("%w: event %d was followed by event %d", errLost, c.seq, f.First)
	}
	now := c.load.clock()
	measuring := c.load.phase.Load() == measuring
	for e := range f.Events.All() {
		if !bytes.Equal(e.Transition, increment) {
			return fmt.Errorf("%w: event %d is none that was pushed", errLost, c.seq+1)
		}
		c.seq++
		c.value++
		if e.Client != c.id {
			if measuring {
				c.clock(e, now)
			}
			continue
		}
		if e.ClientSeq != c.confirmed+1 || e.ClientSeq > c.pushed {
			return fmt.Errorf("%w: of %d pushed and %d confirmed increments, number %d was confirmed next", errLost, c.pushed, c.confirmed, e.ClientSeq)
		}
		c.confirmed++
		c.counts.confirmed++
		if measuring {
			c.own.add(now - c.sent(c.confirmed))
		}
	}
	c.counts.deliveries += int64(f.Events.Len())
	return nil
}

// clock notes how late an event of another client is, once the load has named its clients.
func (c *benchClient) clock(e wire.Event, now time.Duration) {
	if author := c.load.authors[e.Client]; author != nil {
		c.others.add(now - author.sent(e.ClientSeq))
	}
}

// sent returns when a transition was pushed, unless that was long ago.
func (c *benchClient) sent(number aper.ClientSeq) time.Duration {
	return time.Duration(c.times[int(number)%len(c.times)].Load())
}

var errLost = errors.New("events were lost or mixed up, which is a bug: please report it with this line")

func (c *benchClient) fail(err error) {
	select {
	case <-c.leaving:
	default:
		if !c.load.closing.Load() {
			c.load.fail(fmt.Errorf("client %d of room %s: %w", c.id, roomName(c.room), err))
		}
	}
}

// OnClose is called when the connection is gone, from either side.
func (c *benchClient) OnClose(_ *gws.Conn, err error) {
	c.fail(fmt.Errorf("the connection was lost: %w", err))
	close(c.gone)
}

// leave ends the connection, and waits for that.
func (c *benchClient) leave() {
	close(c.leaving)
	c.socket.NetConn().Close()
	<-c.gone
}
