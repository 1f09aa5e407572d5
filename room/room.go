package room

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// Options configure a Room. The zero value is ready.
type Options struct {
	// MaxTransition limits the encoding of one transition, in bytes. Default 64 KiB.
	MaxTransition int
	// MaxPending limits how many transitions of one session may wait for an acknowledged outcome. Default 1000.
	MaxPending int
	// MaxSessions limits how many sessions are remembered; clients of forgotten ones are told that the outcomes of what
	// they had under way are unknown. Default 10,000.
	MaxSessions int
	// MaxPresence limits one presence and one signal, in bytes. Default 4 KiB.
	MaxPresence int
	// LeaveAfter is how long a session may be without a connection before it has left, which machines can make an event.
	// Default 30 seconds.
	LeaveAfter time.Duration
	// MaxConnections limits how many are connected at a time. Default 10,000.
	MaxConnections int
	// Rate is how many transitions, presences and signals one session may send a second, on average and with as many at once;
	// beyond that the room takes what it sends more slowly, and nothing is lost. Default 250; negative for no limit.
	Rate int
	// UserRate is the same for all sessions of one authenticated user together. Default 500.
	UserRate int
	// Batch limits how many bytes of messages are decided and written to the journal together. Default 1 MiB.
	Batch int
	// Ring limits how many bytes of frames a connection may be behind before it is closed. Default 1 MiB.
	Ring int
	// SnapshotAfter is how many bytes of records, at least, lie between two snapshots of the room; more when its state is
	// larger. Default 1 MiB.
	SnapshotAfter int
	// History is how many events are kept at least, for those who look at what happened. Negative keeps all. Default
	// 100,000.
	History int
	// HistoryAge is how long events are kept at least, beyond the number that History says. Default 0.
	HistoryAge time.Duration
	// MustExist lets Open fail with journal.ErrAbsent where there is no such room, instead of making it.
	MustExist bool
	// Authorize decides whether a session may push a transition, before its rule is asked, and may put another in its place.
	// Its error is the conflict that the author gets. It is called by the room's loop: it must be quick, and must not wait.
	Authorize func(p *Proposal) error
	// Trace is told what the room does.
	Trace Trace
	// IdleAfter is how long a room stays open that nobody is in. A timer that is due sooner keeps it open. Default 1 minute;
	// negative keeps it open.
	IdleAfter time.Duration
	// OnEnd is called when the room has ended, from a goroutine of its own.
	OnEnd func()
	// Log receives what operators should know. Default slog.Default().
	Log *slog.Logger
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	o.MaxConnections = cmp.Or(o.MaxConnections, 10_000)
	o.Rate = cmp.Or(o.Rate, 250)
	o.UserRate = cmp.Or(o.UserRate, 500)
	o.Batch = cmp.Or(o.Batch, 1<<20)
	o.Ring = cmp.Or(o.Ring, 1<<20)
	o.SnapshotAfter = cmp.Or(o.SnapshotAfter, 1<<20)
	o.History = cmp.Or(o.History, 100_000)
	o.IdleAfter = cmp.Or(o.IdleAfter, time.Minute)
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// A Proposal is a transition that a session wants to make, for Options.Authorize.
type Proposal = engine.Proposal

var (
	// ErrClosed is returned by Join when the room has ended.
	ErrClosed = errors.New("room: closed")
	// ErrFull is returned by Join when Options.MaxConnections are connected.
	ErrFull = errors.New("room: too many are connected; see room.Options.MaxConnections")
)

// A Room is one instance of a state machine, with its authority. Its methods may be called from any goroutine.
type Room[S aper.StateMachine[S]] struct {
	id      aper.RoomID
	options Options
	log     journal.Log
	inbox   inbox[S]
	ended   chan struct{} // closed when the loop has ended
	flushed chan struct{} // closed when, after that, everything was sent
	writers sync.WaitGroup
	encoded atomic.Int64 // bytes of the state, as it was encoded last
	alarm   *time.Timer  // wakes the loop when something is due
	latest  atomic.Pointer[published[S]]

	// Only the loop uses what follows.
	authority  *engine.Authority[S]
	begun      bool // a batch is open
	messages   int  // in it, from sessions
	size       int  // bytes of them
	committing bool // the batch before it is being written
	patience   patience
	checks     checks
	storage    storage
	storing    sync.WaitGroup
	idleSince  time.Time // zero while somebody is there

	mu       sync.Mutex
	sessions map[engine.Attach]*Session[S]
	users    map[string]*userPace
	last     engine.Attach
	ring     ring
	presence presence
	joinable *published[S] // the one whose encoding joiners share; nil when there is none
	closed   bool
	err      error // why the room ended, when nobody asked it to
}

// Open opens a room from its journal, or makes it, with the initial state, when the journal has no room of this name.
func Open[S aper.StateMachine[S]](ctx context.Context, store journal.Store, id aper.RoomID, initial S, o Options) (*Room[S], error) {
	o = o.withDefaults()
	r := &Room[S]{
		id:       id,
		options:  o,
		ended:    make(chan struct{}),
		flushed:  make(chan struct{}),
		sessions: map[engine.Attach]*Session[S]{},
		users:    map[string]*userPace{},
		authority: engine.New[S](engine.Options{
			HashToken:     hashToken,
			MaxTransition: o.MaxTransition,
			MaxPending:    o.MaxPending,
			MaxSessions:   o.MaxSessions,
			MaxPresence:   o.MaxPresence,
			LeaveAfter:    aper.Time(o.LeaveAfter.Milliseconds()),
			Authorize:     o.Authorize,
		}),
	}
	r.inbox.init()
	r.alarm = time.AfterFunc(time.Hour, func() { r.inbox.tell(input[S]{kind: wakes}) })
	if err := r.load(ctx, store, initial); err != nil {
		r.alarm.Stop()
		if r.log != nil {
			r.log.Close()
		}
		return nil, fmt.Errorf("room %q: %w", id, err)
	}
	go r.run()
	return r, nil
}

func hashToken(t wire.Token) []byte {
	sum := sha256.Sum256(t[:])
	return sum[:16]
}

// random returns a number that nobody can predict, and that is not zero.
func random() uint64 {
	var b [8]byte
	crand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:]) | 1
}

func (r *Room[S]) now() aper.Time { return aper.Time(r.options.Now().UnixMilli()) }

// State returns the latest durable state and its position. It waits for nothing, and costs nothing.
func (r *Room[S]) State() (S, wire.Position) {
	latest := r.latest.Load()
	return latest.ready.State, latest.ready.Position
}

// Ended is closed when the room has ended, after Close or because its journal failed. Err says which.
func (r *Room[S]) Ended() <-chan struct{} { return r.ended }

// Err returns why the room ended, and nil while it runs or after Close.
func (r *Room[S]) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Close ends the room. What came in before is decided, made durable and sent first; connections are told to come back
// later.
func (r *Room[S]) Close(ctx context.Context) error {
	r.inbox.close()
	select {
	case <-r.flushed:
		return r.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func newToken() (t wire.Token) {
	crand.Read(t[:])
	return t
}
