package engine

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// Errors of Push. Nothing was sent.
var (
	ErrNoState        = errors.New("engine: the replica has no state yet")
	ErrTooManyPending = errors.New("engine: too many transitions are waiting for the authority; wait for some outcomes")
	// ErrPresenceTooLarge is also what a signal gets.
	ErrPresenceTooLarge = errors.New("engine: this is larger than the authority passes on to others")
)

// ErrForked is the outcome of a transition that was made relative to a state which, after the room went back to an older
// past, never was.
const ErrForked = aper.Conflict("the room went back to an older past, and this was made on a state that is gone")

var (
	errSchemaSaved = errors.New("it was written by another version of the machine; run that version to send what is pending")
	errRoomSaved   = errors.New("it is of another room")
	errPushSaved   = errors.New("its transitions are not in order")
)

// Errors of Step. The connection has to be closed.
var (
	// ErrNotMine says that the authority confirmed what this replica did not push: two clients use one session.
	ErrNotMine = errors.New("engine: another client uses this session")
	// ErrOrder says that messages came in an order that the protocol does not have.
	ErrOrder = errors.New("engine: a message came out of order")
)

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
	// Instance is a random number of this program's run, by which the authority tells a late Hello of an earlier connection
	// from that of a copy. 0 when there is none.
	Instance uint64
	// MaxState limits the encoded state that is accepted, in bytes. Default 128 MiB.
	MaxState int
	// MaxTrail limits the frames that are remembered as the evidence of a divergence, in bytes, beside the last one. Default
	// 1 MiB.
	MaxTrail int
}

// A Replica is a copy of a room's state that follows the authority. Its user's transitions are visible in it at once.
type Replica[S aper.StateMachine[S]] struct {
	options ReplicaOptions
	schema  wire.Fingerprint
	machine string
	capable capabilities
	coder   aper.Coder
	meta    aper.Meta // lent to Apply

	confirmed  S
	optimistic S
	position   wire.Position
	floor      aper.Seq
	started    bool      // there is a state
	time       aper.Time // of the last event
	users      map[aper.ClientID]string
	crossed    []point[S] // states that may be checked
	trail      trail[S]
	diverged   *divergence // nil while all is well
	repaired   aper.Seq    // where the last divergence was repaired
	others     aper.Seq    // of the last event that is not of this session
	slips      uint64      // see slip
	seen       aper.Seq    // how far it was before a snapshot that may be older: joiners share one

	client aper.ClientID
	user   string // whose session it is
	token  wire.Token

	abandoned bool // the session: the next connection begins another
	attempts  uint64
	limits    wire.Limits
	ahead     aper.Time // the authority's clock minus ours
	pending   []pending[S]
	ran       run            // of pending
	held      []wire.Verdict // about states that this replica has not reached
	next      aper.ClientSeq
	nextID    PushID
	sent      aper.ClientSeq // highest number that was handed to a connection
	told      aper.ClientSeq // highest number whose outcome the authority knows to be known here
	nacked    aper.ClientSeq // from this number on the authority took nothing; 0 when it took all

	connected bool
	welcomed  bool // in this connection; pending may be sent
	snapshot  bool // follows the welcome
	arriving  arriving
	hello     bool // is to be sent

	presence  presence
	presences map[aper.ClientID]wire.Attendee
	signals   [][]byte // to be sent

	changed  bool
	forked   bool
	outcomes []Outcome
	reports  []*DivergenceError
	received []wire.Attendee // signals
	closed   *wire.Close
}

// What is arriving is the state of this connection.
type arriving struct {
	epoch   wire.Epoch
	forked  bool           // the state that is here belongs to another history
	decided aper.ClientSeq // of the session, by this authority
	whole   bool           // the state came as a snapshot: what is decided is in it, though the outcomes may come later
	parts   int            // of the snapshot that came
	state   []byte
}

// The presence of this replica's user.
type presence struct {
	value   []byte
	unsent  bool
	changed bool // that of anyone
	known   bool // all of them were told in this connection
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
	lost       bool  // an earlier one, which it was made on top of, was not confirmed
	withdrawn  error // why it has no effect; it only waits for its number to be used up
	met        S     // the state that it was applied to last
	followed   *Applied[S]
}

// NewReplica returns a replica that has no state until it was connected once.
func NewReplica[S aper.StateMachine[S]](o ReplicaOptions) *Replica[S] {
	schema := aper.Schema[S]()
	o.MaxState = cmp.Or(o.MaxState, 128<<20)
	o.MaxTrail = cmp.Or(o.MaxTrail, 1<<20)
	return &Replica[S]{
		options: o,
		schema:  wire.FingerprintOf(schema),
		machine: machineName(schema),
		capable: capabilitiesOf[S](),
		users:   map[aper.ClientID]string{},
		next:    1,

		limits:    limitsFor(wire.Limits{}), // until the authority says others
		presences: map[aper.ClientID]wire.Attendee{},
	}
}

// limitsFor fills in what an authority does not say.
func limitsFor(l wire.Limits) wire.Limits {
	l.Transition = cmp.Or(l.Transition, 64<<10)
	l.Pending = cmp.Or(l.Pending, 1000)
	l.Presence = cmp.Or(l.Presence, 4<<10)
	return l
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
	r.attempts++
}

// Disconnect ends a connection. What is pending stays, and is sent again over the next one.
func (r *Replica[S]) Disconnect() {
	r.connected, r.welcomed, r.snapshot, r.hello = false, false, false, false
	r.held, r.signals, r.arriving, r.nacked = nil, nil, arriving{}, 0
	r.presence.known, r.presence.unsent = false, len(r.presence.value) > 0
	if r.diverged != nil {
		r.diverged.asked = false
	}
}

// NewSession gives up the session, as after wire.NewSession: the next connection begins another. What was sent, or has a
// number that the authority knows in a session whose store was rolled back, has an unknown outcome, because someone else
// may have gone on with the session.
func (r *Replica[S]) NewSession() {
	r.abandoned = true
	r.forgetSent()
}

// forgetSent gives the transitions that were ever sent their outcome: nobody knows it any more.
func (r *Replica[S]) forgetSent() {
	for i := range r.pending {
		if p := &r.pending[i]; p.meta.ClientSeq <= r.sent {
			r.settle(p, Outcome{Unknown: true})
		}
	}
	r.dropDecided()
	r.anchor() // what was made on top of those, because a store does not keep that they are lost
	r.rebase()
}

// Push applies a transition of the user to the optimistic state and makes it pending. An error means that nothing
// happened: a conflict with the optimistic state, or one of the errors above.
func (r *Replica[S]) Push(t aper.Transition[S], now aper.Time) (PushID, error) {
	if !r.started {
		return 0, ErrNoState
	}
	if len(r.pending) >= r.limits.Pending {
		return 0, ErrTooManyPending
	}
	r.coder.EncodeTo(nil)
	aper.CodeTransition(&r.coder, t)
	encoded, err := r.coder.Finish()
	if err != nil {
		return 0, err
	}
	if len(encoded) > r.limits.Transition {
		return 0, ErrTooLarge
	}
	r.meta = aper.Meta{
		Client:    r.client,
		User:      r.user,
		ClientSeq: r.next,
		Time:      now + r.ahead,
		Floor:     r.floor,
	}
	if r.capable.anchored {
		r.meta.Base = r.position.Seq
	}
	p := pending[S]{transition: t, encoded: encoded, meta: r.meta, known: r.known(), met: r.optimistic}
	state, err := apply(t, r.optimistic, &r.meta)
	if err != nil {
		return 0, err
	}
	if r.meta.Drew() {
		r.slip()
	} else {
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

// A ReplicaReady is what a replica asks of its driver.
type ReplicaReady struct {
	Send     []byte             // one transport message; nil when there is nothing to send. When there was, ask again
	Changed  bool               // the optimistic state may have changed
	Outcomes []Outcome          // in the order in which the transitions were made
	Forked   bool               // the room went back to an older past; what was confirmed after it is lost
	Diverged []*DivergenceError // that were repaired, for the program's author
	Presence bool               // Presences may have changed
	Signals  []wire.Attendee    // that came
	Closed   *wire.Close        // the authority's last message on this connection
}

// Ready returns what there is to do since the last call.
func (r *Replica[S]) Ready() ReplicaReady {
	slices.SortStableFunc(r.outcomes, func(x, y Outcome) int { return cmp.Compare(x.ID, y.ID) })
	ready := ReplicaReady{
		Send:     r.message(),
		Changed:  r.changed,
		Outcomes: r.outcomes,
		Forked:   r.forked,
		Diverged: r.reports,
		Presence: r.presence.changed,
		Signals:  r.received,
		Closed:   r.closed,
	}
	r.changed, r.outcomes, r.forked, r.closed = false, nil, false, nil
	r.reports, r.presence.changed, r.received = nil, false, nil
	return ready
}

func (r *Replica[S]) message() []byte {
	switch {
	case r.hello:
		r.hello = false
		return r.greeting()
	case r.welcomed && !r.snapshot:
		return r.beside(r.pushes(r.askRepair(nil)))
	}
	return nil
}

// askRepair asks for a snapshot after a divergence, once in a connection.
func (r *Replica[S]) askRepair(out []byte) []byte {
	if r.diverged == nil || r.diverged.asked {
		return out
	}
	r.diverged.asked = true
	m := wire.Diverged{Seq: r.diverged.err.Seq, Sum: r.diverged.sum}
	return m.Append(out)
}

// beside appends what goes beside the log.
func (r *Replica[S]) beside(out []byte) []byte {
	if r.presence.unsent {
		r.presence.unsent = false
		m := wire.Presence{Value: r.presence.value}
		out = m.Append(out)
	}
	for _, value := range r.signals {
		m := wire.Signal{Value: value}
		out = m.Append(out)
	}
	r.signals = nil
	return out
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
		Base:     r.base(),
		Instance: r.options.Instance,
		Attempt:  r.attempts,
	}
	if r.diverged != nil {
		m.Position.Tag = 0 // no point to go on from
	}
	if r.abandoned {
		m.Client = 0
	}
	return m.Append(nil)
}

// base returns the lowest base that may still be pushed with.
func (r *Replica[S]) base() aper.Seq {
	switch {
	case !r.capable.anchored:
		return 0
	case len(r.pending) > 0:
		return min(r.pending[0].meta.Base, r.position.Seq)
	}
	return r.position.Seq
}

// acknowledgeEvery is how many outcomes may go unacknowledged when there is nothing to push that acknowledges them.
const acknowledgeEvery = 64

// maxSend is how many bytes of transitions go into one transport message, so that one who was away for long is not taken
// for one who sends too much.
const maxSend = 256 << 10

// pushes appends Push messages for what was not sent yet. Transitions that were made when the same was known share one.
func (r *Replica[S]) pushes(out []byte) []byte {
	sent := 0
	for i := 0; i < min(len(r.pending), r.limits.Pending) && sent < maxSend; {
		p := &r.pending[i]
		if p.sent || p.decided {
			i++
			continue
		}
		m := wire.Push{First: p.meta.ClientSeq, Known: p.known, Base: p.meta.Base}
		for ; i < min(len(r.pending), r.limits.Pending) && len(m.Transitions) < maxSend; i++ {
			p := &r.pending[i]
			if p.sent || p.known != m.Known || p.meta.Base != m.Base || p.meta.ClientSeq != m.First+aper.ClientSeq(m.Count) {
				break
			}
			p.sent = true
			r.sent = max(r.sent, p.meta.ClientSeq)
			m.Count++
			m.Transitions = append(m.Transitions, p.encoded...)
		}
		r.told = max(r.told, m.Known)
		sent += len(m.Transitions)
		out = m.Append(out)
	}
	if sent == 0 && r.known() >= r.told+acknowledgeEvery {
		return append(out, r.ping(0)...)
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
	m := wire.Ping{Sent: now, Known: r.told, Base: r.base()}
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

func (r *Replica[S]) settle(p *pending[S], o Outcome) {
	if p.decided {
		return
	}
	p.decided = true
	p.tell()
	o.ID = p.id
	if p.withdrawn != nil && !o.Unknown {
		o.Conflict = p.withdrawn
	}
	r.outcomes = append(r.outcomes, o)
	if p.withdrawn == nil && (o.Conflict != nil || o.Unknown) {
		r.lose(p)
	}
}

// lose notes that what was made on top of a pending transition was made on something that never was.
func (r *Replica[S]) lose(p *pending[S]) {
	r.slip()
	for i := range r.pending {
		later := &r.pending[i]
		later.lost = later.lost || later.meta.ClientSeq > p.meta.ClientSeq
	}
}

// dropDecided takes the decided out of what is pending.
func (r *Replica[S]) dropDecided() {
	kept := 0
	for i := range r.pending {
		if r.pending[i].decided {
			continue
		}
		if kept != i {
			r.pending[kept] = r.pending[i]
		}
		kept++
	}
	clear(r.pending[kept:])
	r.pending = r.pending[:kept]
}

// Joined reports whether the replica has the state of this connection, so that what is pending is on its way.
func (r *Replica[S]) Joined() bool { return r.welcomed && !r.snapshot }

// SetPresence sets what the others see of this user beside the state, until the next time; it is kept nowhere. Nil takes
// it back.
func (r *Replica[S]) SetPresence(value []byte) error {
	if len(value) > r.limits.Presence {
		return ErrPresenceTooLarge
	}
	r.presence.value, r.presence.unsent = bytes.Clone(value), true
	return nil
}

// Signal sends something once to everyone who is there. It may be lost, and is when there is no connection.
func (r *Replica[S]) Signal(value []byte) error {
	if len(value) > r.limits.Presence {
		return ErrPresenceTooLarge
	}
	if r.Joined() && len(r.signals) < maxSignals {
		r.signals = append(r.signals, bytes.Clone(value))
	}
	return nil
}

// Presences returns what is known of everyone who is there, this user included, by session.
func (r *Replica[S]) Presences() []wire.Attendee {
	list := make([]wire.Attendee, 0, len(r.presences))
	for _, client := range slices.Sorted(maps.Keys(r.presences)) {
		list = append(list, r.presences[client])
	}
	return list
}

// userList returns the users by session.
func (r *Replica[S]) userList() (list []wire.User) {
	for _, client := range slices.Sorted(maps.Keys(r.users)) {
		list = append(list, wire.User{Client: client, Name: r.users[client]})
	}
	return list
}
