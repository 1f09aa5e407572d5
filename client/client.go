package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"weak"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// Options configure a Client. The zero value is ready.
type Options struct {
	// Build names the program to the operators of the server, for example "editor 1.4.2".
	Build string
	// MaxMessage limits one transport message from the server, in bytes. It must have room for the encoded state. Default
	// 128 MiB.
	MaxMessage int64
	// Heartbeat is how often the client makes sure that the connection is alive. One that was silent for twice as long is
	// given up. Default 20 seconds.
	Heartbeat time.Duration
	// MaxBackoff limits the pause between two attempts to connect. Default 10 seconds.
	MaxBackoff time.Duration
	// Store keeps the session and what is pending over the end of the program; File makes one, and LocalStorage in a
	// browser. It belongs to one room of one server. Default: nothing is kept, and what is pending when the program ends may
	// have happened or not.
	Store Store
	// Header returns what the request for each connection that Dial makes is to have: a token, or cookies. It is asked anew
	// each time, so that it can be refreshed; with an error the attempt has failed, and the next follows after a pause. In
	// browsers it is not asked, because they let no page set headers; they send their cookies. Default: no headers.
	Header func(ctx context.Context) (http.Header, error)
	// Evidence takes what is known when the state here turned out not to be the server's, as a file that the verb diagnose of
	// package admin explains; KeepEvidence makes one that keeps it in a directory, and a page can send it to its server. It
	// holds the state and no token. Name is one for the file; what is returned is for the log. It is called in a goroutine of
	// its own, once at a time, and the end of the client waits for it. Default: nothing is kept.
	Evidence func(name string, file []byte) (where string, err error)
	// Log receives why connections were lost, and that the state was not the server's. Default: nothing is logged.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.MaxMessage == 0 {
		o.MaxMessage = 128 << 20
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 20 * time.Second
	}
	if o.MaxBackoff == 0 {
		o.MaxBackoff = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

var (
	// ErrClosed says that the client was closed. What was pending may have happened or not.
	ErrClosed = errors.New("client: closed")
	// ErrUnauthenticated says that the server wants to know who this is (HTTP 401). It is why Dial failed; later it is what
	// Status shows, while the client asks Options.Header again and again.
	ErrUnauthenticated = errors.New("client: the server does not know who this is; see Options.Header")
	// ErrUnknown is the outcome of a transition that was sent, and whose session the authority has forgotten. It may have
	// happened or not.
	ErrUnknown = errors.New("client: the outcome is not known, because the session was lost; look at the state")
)

// A StopError says that the server closed the connection and that trying again cannot help.
type StopError struct {
	Code   wire.CloseCode
	Reason string
}

func (e *StopError) Error() string {
	return fmt.Sprintf("the server closed the connection for good: %s (code %d)", e.Reason, e.Code)
}

// A Client is a replica of a room with a connection to its authority. Its methods may be called from any goroutine.
type Client[S aper.StateMachine[S]] struct {
	name      string // of the room, for people
	transport func(context.Context) (Transport, error)
	options   Options
	stop      context.CancelFunc
	ended     chan struct{} // closed when the client has let go of everything

	mu       sync.Mutex
	replica  *engine.Replica[S]
	waiting  map[engine.PushID]*Pending
	wake     chan struct{} // tells the writer that there may be something to send
	outgoing []byte
	leaving  bool  // Bye is to be sent
	err      error // why the client ended

	status    Status // but for what is pending
	changed   bell   // the state
	moved     bell   // the status
	attended  bell   // the presences
	listeners map[chan wire.Attendee]bool
	undos     []weak.Pointer[Undo[S]] // that carry something along

	kept *keeper // nil without a store

	reporting bool // of a divergence
	reports   sync.WaitGroup
}

// A Pending is a transition whose outcome is to come.
type Pending struct {
	done   chan struct{}
	err    error
	seq    aper.Seq
	failed func() // is called when it was not confirmed; nil when nobody wants to know
}

// Done is closed when there is an outcome.
func (p *Pending) Done() <-chan struct{} { return p.done }

// Wait waits for the outcome. It returns nil when the transition was confirmed, the conflict when it was rejected,
// ErrUnknown, ErrClosed or a *StopError when that cannot be known any more, and ctx.Err() when ctx ended first; the
// transition stays pending then.
func (p *Pending) Wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Seq returns the position of the event in the room's log once the transition was confirmed, and 0 otherwise.
func (p *Pending) Seq() aper.Seq {
	select {
	case <-p.done:
		if p.err == nil {
			return p.seq
		}
	default:
	}
	return 0
}

// Dial connects to the room at a ws:// or wss:// address and returns when its state is there. With a Store that holds a
// session it is there at once: Dial does not wait for the connection then, and Status tells about it. The context limits
// Dial and nothing after it.
func Dial[S aper.StateMachine[S]](ctx context.Context, address string, o Options) (*Client[S], error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	o = o.withDefaults()
	c, err := newClient[S](aper.RoomID(strings.TrimPrefix(u.Path, "/")), dialer(address, o), o)
	if err != nil {
		return nil, err
	}
	c.name = address
	return c.started(ctx)
}

// Join is Dial over connections of another kind, which connect makes: each time it is called a new one.
func Join[S aper.StateMachine[S]](ctx context.Context, room aper.RoomID, connect func(ctx context.Context) (Transport, error), o Options) (*Client[S], error) {
	c, err := newClient[S](room, connect, o.withDefaults())
	if err != nil {
		return nil, err
	}
	return c.started(ctx)
}

func newClient[S aper.StateMachine[S]](room aper.RoomID, connect func(ctx context.Context) (Transport, error), o Options) (*Client[S], error) {
	c := &Client[S]{
		name:      string(room),
		transport: connect,
		options:   o,
		ended:     make(chan struct{}),
		waiting:   map[engine.PushID]*Pending{},
		wake:      make(chan struct{}, 1),
		status:    Status{Since: time.Now()},
		listeners: map[chan wire.Attendee]bool{},
	}
	if err := c.recall(room); err != nil {
		return nil, err
	}
	return c, nil
}

// started starts the client and returns it when it has a state.
func (c *Client[S]) started(ctx context.Context) (_ *Client[S], err error) {
	life, stop := context.WithCancel(context.Background())
	c.stop = stop
	first := make(chan error, 1)
	if c.replica.Started() {
		first <- nil
		go c.live(life, life, make(chan error, 1))
	} else {
		go c.live(life, ctx, first)
	}
	select {
	case err = <-first:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("client: cannot join %s: %w", c.name, err)
	}
	return c, nil
}

// live is the client's life.
func (c *Client[S]) live(life, dialing context.Context, first chan<- error) {
	defer close(c.ended)
	defer c.reports.Wait()
	defer c.keep(life)()
	c.run(life, dialing, first)
}

// State returns the optimistic state: what is confirmed, with the program's own pending transitions applied.
func (c *Client[S]) State() S {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.replica.Optimistic()
}

// Confirmed returns the last state that is known from the authority, and its position.
func (c *Client[S]) Confirmed() (S, wire.Position) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.replica.Confirmed(), c.replica.Position()
}

// Push applies a transition to the state at once and sends it. An error means that nothing happened and nothing was
// sent: a conflict with the state, or that the client is closed, or that too much is pending.
func (c *Client[S]) Push(t aper.Transition[S]) (*Pending, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, p, err := c.push(t, nil)
	return p, err
}

// push pushes for the program, or for an Undo.
func (c *Client[S]) push(t aper.Transition[S], by *Undo[S]) (engine.PushID, *Pending, error) {
	if c.err != nil {
		return 0, nil, c.err
	}
	for u := range c.carriers(nil) {
		u.keepUp()
	}
	id, err := c.replica.Push(t, now())
	if err != nil {
		return 0, nil, err
	}
	for u := range c.carriers(by) {
		u.passed()
	}
	p := &Pending{done: make(chan struct{})}
	c.waiting[id] = p
	c.changed.ring()
	c.moved.ring()
	c.kept.must()
	c.nudge()
	return id, p, nil
}

// Do pushes a transition and waits for its outcome, as Push and Wait do.
func (c *Client[S]) Do(ctx context.Context, t aper.Transition[S]) error {
	p, err := c.Push(t)
	if err != nil {
		return err
	}
	return p.Wait(ctx)
}

// Watch yields the optimistic state, and again whenever it may have changed, until ctx or the client ends. States that
// come while the loop's body runs are skipped: what is yielded is the latest.
func (c *Client[S]) Watch(ctx context.Context) iter.Seq[S] {
	return watch(ctx, c, &c.changed, func() S { return c.replica.Optimistic() })
}

// Err returns why the client ended: ErrClosed after Close, a *StopError when the server said so, and nil while it lives.
func (c *Client[S]) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the client at once. What is pending is not waited for: with a Store it stays there, and the next client
// with that Store goes on with it. An error says that the Store did not take what it had not got yet. Leave is for who
// leaves for good.
func (c *Client[S]) Close() error {
	c.end(ErrClosed)
	<-c.ended
	if c.kept != nil && c.kept.failed != nil {
		return fmt.Errorf("client: %s was closed, but not stored: %w", c.name, c.kept.failed)
	}
	return nil
}

// end makes err the outcome of everything that is pending. Only the first call has an effect.
func (c *Client[S]) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	for id, p := range c.waiting {
		delete(c.waiting, id)
		p.err = err
		close(p.done)
	}
	if c.status.Connected {
		c.status.Since = time.Now()
	}
	c.status.Connected, c.status.Next, c.status.Lost = false, time.Time{}, err
	c.changed.ring()
	c.moved.ring()
	c.attended.ring()
	c.stop()
}

// nudge wakes the writer.
func (c *Client[S]) nudge() { poke(c.wake) }

// poke wakes who waits, or makes who comes next not wait.
func poke(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// settle takes what the replica is ready for: outcomes and changes go to the program, messages to the writer.
func (c *Client[S]) settle() (closed *wire.Close) {
	ready := c.replica.Ready()
	if ready.Changed {
		c.changed.ring()
		c.kept.should()
		for u := range c.carriers(nil) {
			if c.replica.Behind(u.at) > carryEvery {
				u.keepUp()
			}
		}
	}
	if ready.Presence {
		c.attended.ring()
	}
	c.hear(ready.Signals)
	if len(ready.Outcomes) > 0 {
		c.moved.ring()
		c.kept.must()
	}
	for _, o := range ready.Outcomes {
		p := c.waiting[o.ID]
		if p == nil {
			continue // the client has ended, and that was its outcome
		}
		delete(c.waiting, o.ID)
		if p.seq, p.err = o.Seq, o.Conflict; o.Unknown {
			p.err = ErrUnknown
		}
		if p.err != nil && p.failed != nil {
			p.failed()
		}
		close(p.done)
	}
	for _, err := range ready.Diverged {
		c.report("the state was repaired by a snapshot", err)
	}
	if ready.Forked {
		c.options.Log.Warn("the room went back to an older past; what was pending is sent again")
	}
	if ready.Send != nil {
		if c.kept != nil && pushes(ready.Send) {
			c.kept.must()
		}
		c.outgoing = append(c.outgoing, ready.Send...)
		c.nudge()
	}
	return ready.Closed
}

func now() aper.Time { return aper.Time(time.Now().UnixMilli()) }
