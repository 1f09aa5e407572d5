package server_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/internal/hostile"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// A silence is a connection that is held without being used: what it does, and after how long it is over.
type silence struct {
	name   string
	do     func(a *attacker)
	reads  bool // what the server sends
	ends   string
	within time.Duration
}

// trickle sends a byte every 100 ms, until the server does not take any more.
func (a *attacker) trickle(b []byte) {
	pace := time.NewTicker(100 * time.Millisecond)
	defer pace.Stop()
	for i := range b {
		if a.Send(b[i:i+1]) != nil {
			return
		}
		<-pace.C
	}
}

// every sends something again and again, until the server does not take any more.
func (a *attacker) every(pause time.Duration, b []byte) {
	pace := time.NewTicker(pause)
	defer pace.Stop()
	for a.Send(b) == nil {
		<-pace.C
	}
}

func silences() []silence {
	const second = time.Second
	long := message(make([]byte, 1<<20))
	ping := hostile.Frame(hostile.Final|hostile.Ping, nil)
	open := func(a *attacker) { a.open("aper.1") }
	joined := func(a *attacker) { a.join(lobbyHello()) }
	then := func(steps ...func(*attacker)) func(*attacker) {
		return func(a *attacker) {
			for _, step := range steps {
				step(a)
			}
		}
	}
	return []silence{
		{"nothing at all", func(*attacker) {}, true, "cut", 10 * second}, // ReadHeaderTimeout
		{"a request that trickles", func(a *attacker) { a.trickle([]byte(hostile.Request(attackedRoom, "aper.1"))) }, true, "cut", 10 * second},
		{"no hello", open, true, "close 1000", 10 * second}, // HelloTimeout
		{"no hello but pings", then(open, func(a *attacker) { a.every(second, ping) }), true, "close 1000", 10 * second},
		{"no hello but endless pieces", then(open, func(a *attacker) {
			a.Send(hostile.Frame(hostile.Binary, nil))
			a.every(second, hostile.Frame(hostile.Continuation, nil))
		}), true, "close 1000", 10 * second},
		{"a hello that trickles", then(open, func(a *attacker) { a.trickle(long) }), true, "close 1000", 10 * second},
		{"a hello that is announced only", then(open, func(a *attacker) { a.Send(long[:14]) }), true, "close 1000", 10 * second},
		{"pings, and nothing is read", then(open, func(a *attacker) { a.every(second, ping) }), false, "cut", 30 * second},
		{"hello and no more", joined, true, "close 1000", 75 * second},
		{"a message that trickles", then(joined, func(a *attacker) { a.trickle(long) }), true, "close 1000", 75 * second},
		{"hello, and nothing is read", joined, false, "cut", 30 * second},
	}
}

// Who holds a connection without using it loses it after a known time, whatever trick is tried, and the others do not notice.
// The test's own clock shows for how long exactly, up to the second in which others push.
func TestSilentClients(t *testing.T) {
	for _, s := range silences() {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { s.run(t) })
		})
	}
}

func (s *silence) run(t *testing.T) {
	rooms, pipes, end := servePipes(t)
	victim, err := rooms.Client(t.Context(), "lobby", room.Principal{User: "victim"}, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	pushed := make(chan error, 1)
	go func() { pushed <- pushEverySecond(ctx, victim) }()

	began := time.Now()
	a, closed := pipes.dial(t)
	done, ended := make(chan struct{}), make(chan string, 1)
	go func() {
		defer close(done)
		s.do(a)
	}()
	synctest.Wait()
	if s.reads {
		go func() { ended <- a.Ending() }()
	}
	select {
	case <-closed:
	case <-time.After(10 * time.Minute):
	}
	took := time.Since(began)
	if took < s.within || took > s.within+time.Second {
		t.Errorf("it was over after %v, want %v", took, s.within)
	}
	if s.reads {
		if got := <-ended; got != s.ends {
			t.Errorf("it ends with %q, want %q", got, s.ends)
		}
	}
	a.Close()
	<-done
	stop()
	if err := errors.Join(<-pushed, victim.Close(), end()); err != nil {
		t.Error(err)
	}
}

// Who pings may stay for as long as he likes, also where nothing happens.
func TestPingsInAQuietRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, pipes, end := servePipes(t)
		a, _ := pipes.dial(t)
		a.join(lobbyHello())
		pace := time.NewTicker(60 * time.Second)
		defer pace.Stop()
		for range 10 {
			<-pace.C
			a.Ping()
			if got := a.Ending(); got != "stays" {
				t.Errorf("it ends with %q", got)
				break
			}
		}
		a.Close()
		if err := end(); err != nil {
			t.Error(err)
		}
	})
}

// servePipes serves rooms over connections in memory, so that the test's clock governs them.
func servePipes(t *testing.T) (*server.Server[counter.Counter], *pipes, func() error) {
	t.Helper()
	rooms, err := server.New(counter.Counter{}, server.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	p := &pipes{made: make(chan net.Conn), closed: make(chan struct{})}
	web := &http.Server{Handler: rooms, ReadHeaderTimeout: 10 * time.Second}
	go web.Serve(p)
	return rooms, p, func() error { return errors.Join(web.Close(), rooms.Close(context.Background())) }
}

// pushEverySecond makes transitions, each of which must be confirmed at once.
func pushEverySecond(ctx context.Context, c *client.Client[counter.Counter]) error {
	pace := time.NewTicker(time.Second)
	defer pace.Stop()
	for {
		began := time.Now()
		if err := c.Do(context.Background(), counter.Increment{By: 1}); err != nil {
			return err
		}
		if took := time.Since(began); took > 0 {
			return errors.New("a transition of somebody else took " + took.String())
		}
		select {
		case <-pace.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// pipes is a listener whose connections are made in memory.
type pipes struct {
	made   chan net.Conn
	once   sync.Once
	closed chan struct{}
}

// dial makes a connection, and returns what is closed when the server lets it go.
func (p *pipes) dial(t *testing.T) (a *attacker, closed <-chan struct{}) {
	ours, theirs := net.Pipe()
	served := &watchedConn{Conn: theirs, closed: make(chan struct{})}
	p.made <- served
	a = newAttacker(t, ours)
	ours.SetDeadline(time.Time{})
	return a, served.closed
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.made:
		return c, nil
	case <-p.closed:
		return nil, io.EOF
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

// A watchedConn tells when the server lets it go.
type watchedConn struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
}

func (c *watchedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
