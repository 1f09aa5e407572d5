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
	// Ring limits how many bytes of frames a connection may be behind before it is closed. Default 1 MiB.
	Ring int
	// SnapshotAfter is how many bytes of records, at least, lie between two snapshots of the room; more when its state is
	// larger. Default 1 MiB.
	SnapshotAfter int
	// History is how many events are kept at least, for those who look at what happened. Negative keeps all. Default
	// 100,000.
	History int
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
	if o.Ring == 0 {
		o.Ring = 1 << 20
	}
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

// ErrClosed is returned by Join when the room has ended.
var ErrClosed = errors.New("room: closed")

// A Room is one instance of a state machine, with its authority. Its methods may be called from any goroutine.
type Room[S aper.StateMachine[S]] struct {
	id        aper.RoomID
	options   Options
	log       journal.Log
	authority *engine.Authority[S]
	inbox     inbox[S]
	ended     chan struct{} // closed when the loop has ended
	flushed   chan struct{} // closed when, after that, everything was sent
	writers   sync.WaitGroup
	encoded   atomic.Int64 // bytes of the state, as it was encoded last
	alarm     *time.Timer  // wakes the loop when something is due
	checks    checks
	storage   storage
	storing   sync.WaitGroup
	idleSince time.Time // zero while somebody is there

	mu       sync.Mutex
	sessions map[engine.Attach]*Session[S]
	last     engine.Attach
	ring     ring
	latest   *published[S]
	presence presence
	joinable *published[S] // the one whose encoding joiners share; nil when there is none
	closed   bool
	err      error // why the room ended, when nobody asked it to
}

// published is the state at one position, once it is durable. Joiners at that position share its encoding.
type published[S aper.StateMachine[S]] struct {
	ready  engine.Ready[S]
	cursor uint64 // in the ring, of the first frame after it
	once   sync.Once
	parts  [][]byte
	err    error
}

// snapshot returns the encoding, and notes its size.
func (p *published[S]) snapshot(size *atomic.Int64) ([][]byte, error) {
	p.once.Do(func() {
		p.parts, p.err = p.ready.Snapshot()
		total := 0
		for _, part := range p.parts {
			total += len(part)
		}
		size.Store(int64(total))
	})
	return p.parts, p.err
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
		authority: engine.New[S](engine.Options{
			HashToken:     hashToken,
			MaxTransition: o.MaxTransition,
			MaxPending:    o.MaxPending,
			MaxSessions:   o.MaxSessions,
			MaxPresence:   o.MaxPresence,
			LeaveAfter:    aper.Time(o.LeaveAfter.Milliseconds()),
		}),
	}
	r.inbox.init()
	r.alarm = time.AfterFunc(time.Hour, func() { r.inbox.put(input[S]{kind: wakes}) })
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

func (r *Room[S]) load(ctx context.Context, store journal.Store, initial S) error {
	log, head, err := store.Open(ctx, r.id, journal.OpenOptions{Machine: engine.MachineName[S](), Create: true})
	if err != nil {
		return err
	}
	r.log = log
	from := wire.LSN(1)
	switch {
	case head.Snapshot != nil:
		if err := r.authority.Restore(head.Snapshot); err != nil {
			return err
		}
		from = head.Snapshot.LSN + 1
		r.encoded.Store(int64(len(head.Snapshot.State)))
		r.storage.marks = []mark{{head.Snapshot.LSN, head.Snapshot.Position.Seq}}
	case head.LSN == 0:
		if err := r.authority.Create(initial, wire.Epoch(random())); err != nil {
			return err
		}
	}
	if from <= head.LSN {
		for record, err := range log.Read(ctx, from) {
			if err != nil {
				return err
			}
			if err := r.authority.Replay(record); err != nil {
				return err
			}
			r.storage.tail += noted(record)
		}
	}
	r.tick()
	r.authority.Open(head.Term)
	return r.commit()
}

// random returns a number that nobody can predict, and that is not zero.
func random() uint64 {
	var b [8]byte
	crand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:]) | 1
}

func (r *Room[S]) now() aper.Time { return aper.Time(r.options.Now().UnixMilli()) }

func (r *Room[S]) tick() {
	r.authority.Tick(r.now(), wire.Tag(random()), random())
	if size := r.encoded.Load(); size > 0 {
		r.authority.Encoded(int(size))
	}
}

// commit takes what the authority is ready for, makes it durable and publishes it.
func (r *Room[S]) commit() error {
	ready := r.authority.Ready()
	if ready.Record != nil {
		if err := r.log.Append(context.Background(), ready.Record); err != nil {
			return err
		}
		r.storage.tail += noted(ready.Record)
	}
	for _, p := range ready.Panics {
		r.options.Log.Error("a rule panicked; the transition was rejected", "room", r.id, "panic", p.Error(), "stack", string(p.Stack))
	}
	for _, err := range ready.Reports {
		r.options.Log.Warn("the room needs a look", "room", r.id, "error", err)
	}
	r.publish(ready)
	r.check(&ready)
	r.store()
	r.rest(ready.Wake)
	return nil
}

// rest sets the alarm for what is to be done next without anyone saying so, and notes since when the room is idle.
func (r *Room[S]) rest(wake aper.Time) {
	r.mu.Lock()
	idle := len(r.sessions) == 0
	r.mu.Unlock()
	pause := time.Duration(-1)
	if wake != 0 {
		pause = time.Duration(max(0, wake-r.now())) * time.Millisecond
	}
	switch now := r.options.Now(); {
	case !idle || r.options.IdleAfter < 0 || pause >= 0 && pause < r.options.IdleAfter:
		r.idleSince = time.Time{}
	case r.idleSince.IsZero():
		r.idleSince = now
		fallthrough
	default:
		if left := r.options.IdleAfter - now.Sub(r.idleSince); pause < 0 || left < pause {
			pause = max(0, left)
		}
	}
	if pause >= 0 {
		r.alarm.Reset(pause)
	}
}

// retire ends the room when it was idle for long enough. Nobody can come in between.
func (r *Room[S]) retire() bool {
	if r.idleSince.IsZero() || r.options.Now().Sub(r.idleSince) < r.options.IdleAfter {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = len(r.sessions) == 0
	return r.closed
}

// run is the room's loop.
func (r *Room[S]) run() {
	defer func() {
		r.alarm.Stop()
		r.log.Close()
		close(r.ended)
		if r.options.OnEnd != nil {
			r.options.OnEnd()
		}
		r.writers.Wait()
		close(r.flushed)
	}()
	for {
		batch, open := r.inbox.take()
		if len(batch) > 0 {
			r.tick()
			for _, in := range batch {
				r.step(in)
			}
			if err := r.commit(); err != nil {
				r.options.Log.Error("the journal failed; the room closes and will be opened again", "room", r.id, "error", err)
				r.end(fmt.Errorf("room %q: %w", r.id, err), wire.CloseRetry, "the server lost its journal; try again")
				r.storing.Wait()
				return
			}
		}
		if !open || r.retire() {
			r.end(nil, wire.CloseRetry, "the server is closing")
			r.storeLast()
			return
		}
	}
}

func (r *Room[S]) step(in input[S]) {
	switch in.kind {
	case joins:
		r.authority.Attach(in.session.attach, in.session.peer)
	case sends:
		r.authority.Step(in.session.attach, in.data)
		in.session.release()
	case leaves:
		r.authority.Detach(in.session.attach)
		r.mu.Lock()
		delete(r.sessions, in.session.attach)
		r.mu.Unlock()
	case summed:
		r.summed(in.sum)
	case stores:
		r.stored(in.mark, in.err)
	}
}

// publish makes a durable batch visible to everyone.
func (r *Room[S]) publish(ready engine.Ready[S]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ready.Frame != nil {
		r.ring.add(ready.Frame)
	}
	r.latest = &published[S]{ready: ready, cursor: r.ring.head()}
	r.presence.add(ready.Presences)
	for _, n := range ready.Repaired {
		if s := r.sessions[n]; s != nil {
			s.repair = r.latest
		}
	}
	if ready.Signals != nil {
		for _, s := range r.sessions {
			s.signal(ready.Signals)
		}
	}
	for _, j := range ready.Joined {
		if s := r.sessions[j.Attach]; s != nil {
			s.join(j)
		}
	}
	for _, m := range ready.Messages {
		if s := r.sessions[m.To]; s != nil {
			s.post(m.Bytes)
		}
	}
	for _, m := range ready.Closed {
		if s := r.sessions[m.To]; s != nil {
			s.closeAfter(m.Bytes)
		}
	}
	r.trim()
	for _, s := range r.sessions {
		s.wake()
	}
}

// snapshotForJoiner returns a state that joiners may begin from: an earlier one whose encoding exists, while few frames
// have followed it, or else the latest.
func (r *Room[S]) snapshotForJoiner() *published[S] {
	const fewBytes = 16 << 10
	if r.joinable == nil || r.ring.size(r.joinable.cursor) > fewBytes {
		r.joinable = r.latest
	}
	return r.joinable
}

// trim drops the frames that everyone has, and beyond the limit those that a slow connection has not.
func (r *Room[S]) trim() {
	needed := r.ring.head()
	for _, s := range r.sessions {
		if s.receives() {
			needed = min(needed, s.cursor)
		}
	}
	if r.joinable != nil {
		needed = min(needed, r.joinable.cursor)
	}
	r.ring.trim(needed, r.options.Ring)
	if r.joinable != nil && r.joinable.cursor < r.ring.base {
		r.joinable = nil
	}
}

// State returns the latest durable state and its position.
func (r *Room[S]) State() (S, wire.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.latest.ready.State, r.latest.ready.Position
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

func (r *Room[S]) end(err error, code wire.CloseCode, reason string) {
	r.inbox.close()
	m := wire.Close{Code: code, Reason: reason}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed, r.err = true, err
	for _, s := range r.sessions {
		if err != nil {
			s.drop()
		}
		s.closeAfter(m.Append(nil))
		s.wake()
	}
}

func newToken() (t wire.Token) {
	crand.Read(t[:])
	return t
}
