package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/wire"
)

// A gate is the connection of one person. It takes all that the server sends at once, and lets his replica see events only
// up to a limit. Nothing is changed or passed over, so to the replica it is a slow network.
type gate struct {
	client.Transport
	news *news

	mu      sync.Mutex
	limit   aper.Seq
	waiting []delivery
	lost    error
	changed chan struct{} // filled when there may be something to read
}

// news are what the server has published, as far as anybody was sent it.
type news struct {
	mu      sync.Mutex
	seq     aper.Seq
	changed chan struct{} // closed when seq is another
	fail    context.CancelCauseFunc
}

func (n *news) publish(seq aper.Seq) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if seq > n.seq {
		n.seq = seq
		close(n.changed)
		n.changed = make(chan struct{})
	}
}

// wait waits until an event was published.
func (n *news) wait(ctx context.Context, seq aper.Seq) error {
	for {
		n.mu.Lock()
		reached, changed := n.seq >= seq, n.changed
		n.mu.Unlock()
		if reached {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func newGate(t client.Transport, n *news, limit aper.Seq) *gate {
	g := &gate{Transport: t, news: n, limit: limit, changed: make(chan struct{}, 1)}
	go g.listen()
	return g
}

// listen takes what comes until the connection is lost.
func (g *gate) listen() {
	for {
		data, err := g.Transport.Read(context.Background()) // Close ends it
		if err == nil {
			err = g.take(data)
		}
		if err != nil {
			g.lose(err)
			return
		}
	}
}

// take divides a transport message into those of the protocol, each of which it may have to hold back.
func (g *gate) take(data []byte) error {
	for len(data) > 0 {
		in := cbor.NewReader(data)
		message := in.Raw()
		if in.Err() != nil {
			return in.Err()
		}
		data = in.Rest()
		r := wire.NewReader(message)
		if !r.Next() {
			return r.Err()
		}
		if err := g.sort(&r, message); err != nil {
			return err
		}
	}
	return nil
}

// sort says to which event a message brings a replica. A pong, which only says that the connection is alive, waits for
// nothing.
func (g *gate) sort(r *wire.Reader, message []byte) error {
	var seq aper.Seq
	switch r.Code() {
	case wire.CodeFrame:
		frame := r.Frame()
		seq = frame.First + aper.Seq(frame.Events.Len()) - 1
		g.news.publish(seq)
	case wire.CodeVerdicts:
		for _, v := range r.Verdicts().List {
			if v.Rejected {
				return fmt.Errorf("the server rejected transition %d of a person: %s", v.ClientSeq, v.Conflict)
			}
		}
	case wire.CodeClose:
		closing := r.Close()
		return fmt.Errorf("the server closed the connection: %s (code %d)", closing.Reason, closing.Code)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	d := delivery{seq, message}
	if r.Code() == wire.CodePong {
		g.waiting = append([]delivery{d}, g.waiting...)
	} else {
		g.waiting = append(g.waiting, d)
	}
	g.ring()
	return r.Err()
}

// Write sends what the replica has to say, unless that is that it has another state than the server.
func (g *gate) Write(ctx context.Context, message []byte) error {
	for r := wire.NewReader(message); r.Next(); {
		if r.Code() == wire.CodeDiverged {
			err := fmt.Errorf("a replica has another text than the server at event %d, which is a bug: please report it with the recording", r.Diverged().Seq)
			g.lose(err)
			return err
		}
	}
	return g.Transport.Write(ctx, message)
}

// open lets the replica see more.
func (g *gate) open(limit aper.Seq) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.limit = max(g.limit, limit)
	g.ring()
}

func (g *gate) lose(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lost = err
	g.news.fail(err)
	g.ring()
}

func (g *gate) ring() {
	select {
	case g.changed <- struct{}{}:
	default:
	}
}

// Read returns all that may be seen, as one transport message.
func (g *gate) Read(ctx context.Context) ([]byte, error) {
	for {
		data, err := g.next()
		if data != nil || err != nil {
			return data, err
		}
		select {
		case <-g.changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (g *gate) next() (data []byte, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.waiting) > 0 && g.waiting[0].seq <= g.limit {
		data = append(data, g.waiting[0].message...)
		g.waiting = g.waiting[1:]
	}
	if data == nil {
		err = g.lost
	}
	return data, err
}
