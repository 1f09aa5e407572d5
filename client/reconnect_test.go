//go:build !js

package client_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/server"
	"github.com/aper-go/aper/wire"
)

// A host is a server whose connections can be cut, and which can be stopped and started again at the same address.
type host struct {
	t       *testing.T
	options server.Options
	address string

	mu       sync.Mutex
	sockets  []net.Conn
	listener net.Listener
	web      *http.Server
	rooms    *server.Server[counter.Counter]
}

func newHost(t *testing.T, o server.Options) *host {
	t.Helper()
	h := &host{t: t, options: o, address: "127.0.0.1:0"}
	h.start()
	t.Cleanup(h.stop)
	return h
}

func (h *host) url() string { return "ws://" + h.address + "/lobby" }

func (h *host) start() {
	h.t.Helper()
	listener, err := net.Listen("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	h.address = listener.Addr().String()
	if h.rooms, err = server.New(counter.Counter{}, h.options); err != nil {
		h.t.Fatal(err)
	}
	h.listener = &tracking{listener, h}
	h.web = &http.Server{Handler: h.rooms}
	go h.web.Serve(h.listener)
}

// stop drains, as on SIGTERM.
func (h *host) stop() {
	h.t.Helper()
	h.web.Close()
	if err := h.rooms.Close(context.Background()); err != nil {
		h.t.Error(err)
	}
	h.cut()
}

// cut breaks all connections, without a word to either side.
func (h *host) cut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, socket := range h.sockets {
		socket.Close()
	}
	h.sockets = nil
}

type tracking struct {
	net.Listener
	host *host
}

func (l *tracking) Accept() (net.Conn, error) {
	socket, err := l.Listener.Accept()
	if err == nil {
		l.host.mu.Lock()
		l.host.sockets = append(l.host.sockets, socket)
		l.host.mu.Unlock()
	}
	return socket, err
}

// Laws L2 and L7: connections are cut again and again while two clients push, and everything takes effect exactly once.
func TestCutConnectionsLoseAndDoubleNothing(t *testing.T) {
	h := newHost(t, server.Options{})
	ann, bob := dial(t, h.url()), dial(t, h.url())
	const rounds, each = 20, 25
	var pushed []*client.Pending
	for range rounds {
		for range each {
			for _, c := range []*client.Client[counter.Counter]{ann, bob} {
				p, err := c.Push(counter.Increment{By: 1})
				if err != nil {
					t.Fatal(err)
				}
				pushed = append(pushed, p)
			}
		}
		h.cut()
	}
	for _, p := range pushed {
		if err := p.Wait(limit(t)); err != nil {
			t.Fatal(err)
		}
	}
	await(t, ann, 2*rounds*each)
	await(t, bob, 2*rounds*each)
	seqs := map[aper.Seq]bool{}
	for _, p := range pushed {
		seqs[p.Seq()] = true
	}
	if len(seqs) != len(pushed) {
		t.Fatalf("%d transitions were confirmed at %d places in the log", len(pushed), len(seqs))
	}
}

// A server that is restarted on its file: clients come back by themselves, with what they pushed meanwhile.
func TestRestartOnAFile(t *testing.T) {
	h := newHost(t, server.Options{File: filepath.Join(t.TempDir(), "counter.db")})
	c := dial(t, h.url())
	if err := c.Do(limit(t), counter.Increment{By: 7}); err != nil {
		t.Fatal(err)
	}
	h.stop()
	p, err := c.Push(counter.Increment{By: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.State().Value; got != 8 {
		t.Fatalf("while the server is away the counter is %d, want 8 at once", got)
	}
	h.start()
	if err := p.Wait(limit(t)); err != nil {
		t.Fatal(err)
	}
	if state, position := c.Confirmed(); state.Value != 8 || position.Seq != 2 {
		t.Fatalf("confirmed %v at %v, want 8 at seq 2", state, position)
	}
}

// A server that lost its memory has another history. What was confirmed is gone; what is pending is pushed into the new
// one. [restored from an older backup, and clients fall silent]
func TestServerThatForgot(t *testing.T) {
	h := newHost(t, server.Options{})
	c := dial(t, h.url())
	if err := c.Do(limit(t), counter.Increment{By: 7}); err != nil {
		t.Fatal(err)
	}
	h.stop()
	p, err := c.Push(counter.Increment{By: 1})
	if err != nil {
		t.Fatal(err)
	}
	h.start()
	if err := p.Wait(limit(t)); err != nil {
		t.Fatal(err)
	}
	await(t, c, 1)
}

func TestCloseEndsWhatIsPending(t *testing.T) {
	h := newHost(t, server.Options{})
	c := dial(t, h.url())
	h.stop()
	p, err := c.Push(counter.Increment{By: 1})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := p.Wait(limit(t)); !errors.Is(err, client.ErrClosed) {
		t.Errorf("the outcome is %v, want ErrClosed", err)
	}
	if _, err := c.Push(counter.Increment{By: 1}); !errors.Is(err, client.ErrClosed) {
		t.Errorf("pushing afterwards: %v, want ErrClosed", err)
	}
	for range c.Watch(limit(t)) {
		t.Error("a closed client was watched")
	}
	h.start()
}

// Outcomes that come in while the client is closed find nobody who waits.
func TestCloseWhileOutcomesComeIn(t *testing.T) {
	h := newHost(t, server.Options{})
	for range 100 {
		c := dial(t, h.url())
		var last *client.Pending
		for i := range 200 {
			p, err := c.Push(counter.Increment{By: 1})
			if err != nil {
				t.Fatal(err)
			}
			if last = p; i > 100 && i%7 == 0 {
				runtime.Gosched() // so that outcomes are on their way
			}
		}
		c.Close()
		if err := last.Wait(limit(t)); err != nil && !errors.Is(err, client.ErrClosed) {
			t.Fatal(err)
		}
	}
}

// An other is a counter with one field more: what a client from another build has.
type other struct{ counter.Counter }

func (o other) Code(c *aper.Coder) other {
	if c.Struct("counter.Counter", 2) {
		o.Value = c.Field("value").Int64(o.Value)
		c.Field("step").Int64(0)
		c.End()
	}
	return o
}

func (other) CodeTransition(c *aper.Coder, t aper.Transition[other]) aper.Transition[other] {
	c.Choice("counter.Counter", nil)
	c.Unknown()
	return nil
}

// Law L12.
func TestAnotherVersionOfTheMachineIsTold(t *testing.T) {
	h := newHost(t, server.Options{})
	_, err := client.Dial[other](limit(t), h.url(), client.Options{})
	var stopped *client.StopError
	if !errors.As(err, &stopped) || stopped.Code != wire.CloseMachine {
		t.Fatalf("got %v, want to be told of the version", err)
	}
	t.Log(err)
}

func TestMain(m *testing.M) {
	if os.Getenv(childAddress) != "" {
		pushUntilKilled()
	}
	goleak.VerifyTestMain(m)
}
