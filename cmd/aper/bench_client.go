package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
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
	load   *load
	room   aper.RoomID
	socket *gws.Conn
	joined chan struct{} // closed when the state is there

	mu        sync.Mutex
	id        aper.ClientID
	seq       aper.Seq
	value     int64 // the counter's
	pushed    aper.ClientSeq
	confirmed aper.ClientSeq
	times     []time.Duration // when the push of each number was sent; a ring
	message   []byte
	counts    benchCounts
	latency   histogram
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

// dial joins the room. The client pushes nothing before begin.
func (l *load) dial(address string, room aper.RoomID) (*benchClient, error) {
	c := &benchClient{load: l, room: room, joined: make(chan struct{}), times: make([]time.Duration, l.window)}
	socket, _, err := gws.NewClient(c, &gws.ClientOption{
		Addr:             "ws://" + address + "/" + string(room),
		RequestHeader:    http.Header{"Sec-WebSocket-Protocol": {"aper.1"}},
		HandshakeTimeout: dialTimeout,
		ReadBufferSize:   8 << 10,
		NewDialer:        func() (gws.Dialer, error) { return &net.Dialer{Timeout: dialTimeout}, nil },
	})
	if err != nil {
		return nil, fmt.Errorf("cannot connect (is the limit of open files too low? see ulimit -n): %w", err)
	}
	c.socket = socket
	hello := wire.Hello{
		Protocol: wire.Version,
		Room:     room,
		Schema:   wire.FingerprintOf(aper.Schema[counter.Counter]()),
		Build:    "aper bench",
	}
	if err := socket.WriteMessage(gws.OpcodeBinary, hello.Append(nil)); err != nil {
		return nil, err
	}
	go socket.ReadLoop()
	return c, nil
}

// begin pushes the first transitions.
func (c *benchClient) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.push(c.load.window)
}

// push sends the next n transitions. The mutex is held.
func (c *benchClient) push(n int) {
	p := wire.Push{First: c.pushed + 1, Known: c.confirmed, Count: n, Transitions: c.load.transitions[:n*len(increment)]}
	c.message = p.Append(c.message[:0])
	now := c.load.clock()
	for range n {
		c.pushed++
		c.times[int(c.pushed)%len(c.times)] = now
	}
	if err := c.socket.WriteMessage(gws.OpcodeBinary, c.message); err != nil {
		c.fail(err)
	}
}

// OnMessage takes what the server sends, and pushes anew for each transition that was confirmed.
func (c *benchClient) OnMessage(_ *gws.Conn, m *gws.Message) {
	defer m.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.confirmed
	if err := c.take(m.Bytes()); err != nil {
		c.fail(err)
		return
	}
	if n := int(c.confirmed - before); n > 0 && c.load.phase.Load() != ending {
		c.push(n)
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
			continue
		}
		if e.ClientSeq != c.confirmed+1 || e.ClientSeq > c.pushed {
			return fmt.Errorf("%w: of %d pushed and %d confirmed increments, number %d was confirmed next", errLost, c.pushed, c.confirmed, e.ClientSeq)
		}
		c.confirmed++
		c.counts.confirmed++
		if measuring {
			c.latency.add(now - c.times[int(c.confirmed)%len(c.times)])
		}
	}
	c.counts.deliveries += int64(f.Events.Len())
	return nil
}

var errLost = errors.New("events were lost or mixed up, which is a bug: please report it with this line")

func (c *benchClient) fail(err error) {
	c.load.fail(fmt.Errorf("client %d of room %s: %w", c.id, c.room, err))
}

// OnClose is called when the connection is gone, from either side.
func (c *benchClient) OnClose(_ *gws.Conn, err error) {
	if !c.load.closing.Load() {
		c.fail(fmt.Errorf("the connection was lost: %w", err))
	}
}
