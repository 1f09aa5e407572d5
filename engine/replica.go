package engine

import (
	"bytes"
	"errors"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// Errors of Push. Nothing was sent.
var (
	ErrNoState        = errors.New("engine: the replica has no state yet")
	ErrTooManyPending = errors.New("engine: too many transitions are waiting for the authority; wait for some outcomes")
)

// Errors of Step. The connection has to be closed.
var (
	// ErrNotMine says that the authority confirmed what this replica did not push: two clients use one session.
	ErrNotMine = errors.New("engine: another client uses this session")
	// ErrOrder says that messages came in an order that the protocol does not have.
	ErrOrder = errors.New("engine: a message came out of order")
)

// A DivergenceError says that an event which the authority accepted conflicts here: the two run different rules, or one
// of the rules depends on more than its arguments.
type DivergenceError struct {
	Seq aper.Seq
	Err error
}

func (e *DivergenceError) Error() string {
	return "engine: this replica diverged from the authority: event " + decimal(uint64(e.Seq)) +
		" was accepted there and conflicts here: " + e.Err.Error()
}

// Unwrap returns the conflict.
func (e *DivergenceError) Unwrap() error { return e.Err }

// A PushID names one pushed transition for the life of a replica. Unlike its ClientSeq it stays when a session is lost.
type PushID uint64

// An Outcome is what became of a pushed transition.
type Outcome struct {
	ID       PushID
	Seq      aper.Seq // of the event, or of the state in which it was rejected; 0 when unknown
	Conflict error    // nil when it was confirmed
	Unknown  bool     // the authority has forgotten the session; it may have happened or not
}

// ReplicaOptions configure a Replica.
type ReplicaOptions struct {
	Room  aper.RoomID
	Build string // of the program, shown to the operators of the server; may be empty
}

// A Replica is a copy of a room's state that follows the authority. Its user's transitions are visible in it at once.
type Replica[S aper.StateMachine[S]] struct {
	options ReplicaOptions
	schema  wire.Fingerprint
	machine string
	coder   aper.Coder
	meta    aper.Meta // lent to Apply

	confirmed  S
	optimistic S
	position   wire.Position
	started    bool // there is a state
	users      map[aper.ClientID]string

	client  aper.ClientID
	token   wire.Token
	limits  wire.Limits
	ahead   aper.Time // the authority's clock minus ours
	pending []pending[S]
	held    []wire.Verdict // about states that this replica has not reached
	next    aper.ClientSeq
	nextID  PushID
	sent    aper.ClientSeq // highest number that was handed to a connection
	told    aper.ClientSeq // highest number whose outcome the authority knows to be known here

	connected bool
	welcomed  bool // in this connection; pending may be sent
	snapshot  bool // follows the welcome
	hello     bool // is to be sent

	changed  bool
	forked   bool
	outcomes []Outcome
	closed   *wire.Close
}

// A pending transition waits for its outcome. Its meta is frozen when it is made, so that applying it again is stable.
type pending[S aper.StateMachine[S]] struct {
	id         PushID
	transition aper.Transition[S]
	encoded    []byte
	meta       aper.Meta
	known      aper.ClientSeq // decided when it was made
	sent       bool           // over this connection
	decided    bool
}

// NewReplica returns a replica that has no state until it was connected once.
func NewReplica[S aper.StateMachine[S]](o ReplicaOptions) *Replica[S] {
	schema := aper.Schema[S]()
	return &Replica[S]{
		options: o,
		schema:  wire.FingerprintOf(schema),
		machine: machineName(schema),
		users:   map[aper.ClientID]string{},
		next:    1,
	}
}

// Started reports whether the replica has a state.
func (r *Replica[S]) Started() bool { return r.started }

// Optimistic returns the confirmed state with the pending transitions applied: what a user is shown.
func (r *Replica[S]) Optimistic() S { return r.optimistic }

// Confirmed returns the state at Position.
func (r *Replica[S]) Confirmed() S { return r.confirmed }

// Position returns the position of the confirmed state.
func (r *Replica[S]) Position() wire.Position { return r.position }

// Client returns the number of the replica's session.
func (r *Replica[S]) Client() aper.ClientID { return r.client }

// Pending returns how many transitions wait for their outcome.
func (r *Replica[S]) Pending() int { return len(r.pending) }

// Connect begins a connection. The next Ready has the Hello.
func (r *Replica[S]) Connect() {
	r.Disconnect()
	r.connected, r.hello = true, true
}

// Disconnect ends a connection. What is pending stays, and is sent again over the next one.
func (r *Replica[S]) Disconnect() {
	r.connected, r.welcomed, r.snapshot, r.hello = false, false, false, false
	r.held = nil
}

// NewSession gives up the session, as after wire.NewSession: the next connection begins another.
func (r *Replica[S]) NewSession() { r.client = 0 }

// Push applies a transition of the user to the optimistic state and makes it pending. An error means that nothing
// happened: a conflict with the optimistic state, or one of the errors above.
func (r *Replica[S]) Push(t aper.Transition[S], now aper.Time) (PushID, error) {
	if !r.started {
		return 0, ErrNoState
	}
	if r.limits.Pending > 0 && len(r.pending) >= r.limits.Pending {
		return 0, ErrTooManyPending
	}
	r.coder.EncodeTo(nil)
	aper.CodeTransition(&r.coder, t)
	encoded, err := r.coder.Finish()
	if err != nil {
		return 0, err
	}
	if r.limits.Transition > 0 && len(encoded) > r.limits.Transition {
		return 0, ErrTooLarge
	}
	r.meta = aper.Meta{
		Client:    r.client,
		User:      r.users[r.client],
		ClientSeq: r.next,
		Time:      now + r.ahead,
	}
	p := pending[S]{transition: t, encoded: encoded, meta: r.meta, known: r.known()}
	state, err := apply(t, r.optimistic, &r.meta)
	if err != nil {
		return 0, err
	}
	if !r.meta.Drew() {
		r.optimistic, r.changed = state, true
	}
	r.nextID++
	p.id = r.nextID
	r.next++
	r.pending = append(r.pending, p)
	return p.id, nil
}

// known returns the highest number whose outcome is known together with those of all below.
func (r *Replica[S]) known() aper.ClientSeq {
	if len(r.pending) > 0 {
		return r.pending[0].meta.ClientSeq - 1
	}
	return r.next - 1
}

// rebase applies the pending transitions to the confirmed state. One that conflicts, or that draws random numbers which
// only the authority has, stays pending without effect.
func (r *Replica[S]) rebase() {
	r.optimistic = r.confirmed
	for i := range r.pending {
		r.meta = r.pending[i].meta
		if state, err := apply(r.pending[i].transition, r.optimistic, &r.meta); err == nil && !r.meta.Drew() {
			r.optimistic = state
		}
	}
	r.changed = true
}

// A ReplicaReady is what a replica asks of its driver.
type ReplicaReady struct {
	Send     []byte      // one transport message; nil when there is nothing to send
	Changed  bool        // the optimistic state may have changed
	Outcomes []Outcome   // in the order in which the transitions were made
	Forked   bool        // the room went back to an older past; what was confirmed after it is lost
	Closed   *wire.Close // the authority's last message on this connection
}

// Ready returns what there is to do since the last call.
func (r *Replica[S]) Ready() ReplicaReady {
	ready := ReplicaReady{
		Send:     r.message(),
		Changed:  r.changed,
		Outcomes: r.outcomes,
		Forked:   r.forked,
		Closed:   r.closed,
	}
	r.changed, r.outcomes, r.forked, r.closed = false, nil, false, nil
	return ready
}

func (r *Replica[S]) message() []byte {
	switch {
	case r.hello:
		r.hello = false
		return r.greeting()
	case r.welcomed && !r.snapshot:
		return r.pushes()
	}
	return nil
}

func (r *Replica[S]) greeting() []byte {
	m := wire.Hello{
		Protocol: wire.Version,
		Room:     r.options.Room,
		Machine:  r.machine,
		Schema:   r.schema,
		Build:    r.options.Build,
		Client:   r.client,
		Token:    r.token,
		Position: r.position,
		Known:    r.known(),
		Sent:     r.sent,
	}
	return m.Append(nil)
}

// acknowledgeEvery is how many outcomes may go unacknowledged when there is nothing to push that acknowledges them.
const acknowledgeEvery = 64

// pushes returns Push messages for what was not sent yet. Transitions that were made when the same outcomes were known
// share one.
func (r *Replica[S]) pushes() []byte {
	var out []byte
	for i := 0; i < len(r.pending); {
		p := &r.pending[i]
		if p.sent || p.decided {
			i++
			continue
		}
		m := wire.Push{First: p.meta.ClientSeq, Known: p.known}
		for ; i < len(r.pending); i++ {
			p := &r.pending[i]
			if p.sent || p.known != m.Known || p.meta.ClientSeq != m.First+aper.ClientSeq(m.Count) {
				break
			}
			p.sent = true
			r.sent = max(r.sent, p.meta.ClientSeq)
			m.Count++
			m.Transitions = append(m.Transitions, p.encoded...)
		}
		r.told = max(r.told, m.Known)
		out = m.Append(out)
	}
	if out == nil && r.known() >= r.told+acknowledgeEvery {
		return r.ping(0)
	}
	return out
}

// Ping returns a message that asks for the authority's time and acknowledges outcomes. It may be sent at any moment
// after the welcome; before, it is nil.
func (r *Replica[S]) Ping(now aper.Time) []byte {
	if !r.welcomed || r.snapshot {
		return nil
	}
	return r.ping(now)
}

func (r *Replica[S]) ping(now aper.Time) []byte {
	r.told = r.known()
	m := wire.Ping{Sent: now, Known: r.told}
	return m.Append(nil)
}

// find returns the pending transition with this number, or nil.
func (r *Replica[S]) find(number aper.ClientSeq) *pending[S] {
	if len(r.pending) == 0 || number < r.pending[0].meta.ClientSeq {
		return nil
	}
	// Numbers are dense at the tail and have gaps only where something was decided out of order.
	for i := min(len(r.pending)-1, int(number-r.pending[0].meta.ClientSeq)); i >= 0; i-- {
		if r.pending[i].meta.ClientSeq == number {
			return &r.pending[i]
		}
	}
	return nil
}

// own takes the author's side of an event.
func (r *Replica[S]) own(e wire.Event, seq aper.Seq) error {
	p := r.find(e.ClientSeq)
	if p == nil {
		if e.ClientSeq >= r.next {
			return ErrNotMine
		}
		return nil
	}
	if !e.Amended && !bytes.Equal(e.Transition, p.encoded) {
		return ErrNotMine
	}
	r.settle(p, Outcome{Seq: seq})
	return nil
}

func (r *Replica[S]) settle(p *pending[S], o Outcome) {
	if p.decided {
		return
	}
	p.decided = true
	o.ID = p.id
	r.outcomes = append(r.outcomes, o)
}

// dropDecided takes the decided out of what is pending.
func (r *Replica[S]) dropDecided() {
	kept := r.pending[:0]
	for _, p := range r.pending {
		if !p.decided {
			kept = append(kept, p)
		}
	}
	clear(r.pending[len(kept):])
	r.pending = kept
}

// Joined reports whether the replica has the state of this connection, so that what is pending is on its way.
func (r *Replica[S]) Joined() bool { return r.welcomed && !r.snapshot }
