package engine

import (
	"cmp"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// Conflicts that the authority itself decides. Like every rejection they use up the transition's number.
const (
	ErrUndecodable = aper.Conflict("the authority cannot read this transition")
	ErrTooLarge    = aper.Conflict("the transition is larger than the authority accepts")
	ErrWithdrawn   = aper.Conflict("the transition was withdrawn")
	ErrStale       = aper.Conflict("the state has changed too much since this was made")
	ErrReadOnly    = aper.Conflict("this session may look but not change anything")
	ErrUntold      = aper.Conflict("the rules do not allow this, and more cannot be told")
)

// An Attach names one connection of a room. The driver gives every connection another one and never uses one again, so
// that what belongs to a connection which is gone, or to an earlier one of the same session, is recognised. Zero is none.
type Attach uint64

// A Peer is what the driver knows about a connection before its first message.
type Peer struct {
	User  string     // authenticated principal, at most 64 bytes; empty without authentication
	Token wire.Token // fresh and random: the session's secret, if this connection begins one

	ReadOnly bool // what it pushes is rejected with ErrReadOnly
	SeesAll  bool // may be a replica of a Secretive state
}

// Options configure an Authority. The zero value is ready. Times are in milliseconds.
type Options struct {
	// HashToken makes the form in which tokens are kept in the journal, so that who reads one cannot take over sessions.
	// Nil keeps them as they are, which is right for tests only.
	HashToken func(wire.Token) []byte
	// MaxTransition limits the encoding of one transition, in bytes. Default 64 KiB.
	MaxTransition int
	// MaxPending limits how many transitions of one session may have no outcome that its client acknowledged. A client
	// that goes beyond breaks the protocol. Default 1000.
	MaxPending int
	// MaxSessions limits how many sessions are remembered. Beyond it, those that nobody uses are forgotten, the longest
	// unused first: their clients are told that the outcomes of what they had under way are unknown. Default 10,000.
	MaxSessions int
	// Authorize decides whether a session may push a transition, before the rule of the transition is asked. Its error is
	// the conflict with which the transition is rejected. It may put another transition in its place. Nil lets everyone push
	// everything.
	Authorize func(p *Proposal) error
	// SessionAge is how long a session that nobody uses is remembered. It is looked at when the room is opened. Default 7
	// days.
	SessionAge aper.Time
	// LeaveAfter is how long a session may be without a connection before it has left. Default 30 seconds.
	LeaveAfter aper.Time
	// Tail limits the frames that are kept for replicas that come back, in bytes. Fewer are kept while the encoded state is
	// smaller, because it can be sent instead. Default 256 KiB.
	Tail int
	// CheckEvery is how much time lies at least between two states whose sums replicas can check. Default 1 second; there
	// are no checks when it is negative.
	CheckEvery aper.Time
	// MaxPresence limits one presence and one signal, in bytes. Default 4 KiB.
	MaxPresence int
	// MaxBehind is how many events a push may be behind, in machines that ask for bases. Default 10,000.
	MaxBehind int
	// KeepBehind is how many events a push may be behind even when its session said nothing for long. What remembers the
	// bases is small then, and who comes back after a short time can still push what it made meanwhile. Default 1000.
	KeepBehind int
}

func (o Options) withDefaults() Options {
	if o.HashToken == nil {
		o.HashToken = func(t wire.Token) []byte { return append([]byte(nil), t[:]...) }
	}
	o.MaxTransition = cmp.Or(o.MaxTransition, 64<<10)
	o.MaxPending = cmp.Or(o.MaxPending, 1000)
	o.MaxSessions = cmp.Or(o.MaxSessions, 10_000)
	o.SessionAge = cmp.Or(o.SessionAge, 7*24*3600_000)
	o.LeaveAfter = cmp.Or(o.LeaveAfter, 30_000)
	o.Tail = cmp.Or(o.Tail, 256<<10)
	o.CheckEvery = max(0, cmp.Or(o.CheckEvery, 1000))
	o.MaxPresence = cmp.Or(o.MaxPresence, 4<<10)
	o.MaxBehind = cmp.Or(o.MaxBehind, 10_000)
	o.KeepBehind = min(o.MaxBehind, cmp.Or(o.KeepBehind, 1000))
	return o
}

// An Authority decides about the transitions of one room: in which order they happen, and whether each is valid. Its
// state runs ahead of the journal; see the package's description for what its driver owes it.
type Authority[S aper.StateMachine[S]] struct {
	options Options
	schema  wire.Fingerprint
	machine string
	capable capabilities
	coder   aper.Coder
	meta    aper.Meta // lent to Apply

	verifier *verifier[S] // nil when every state can be encoded

	// The fold of all records so far, and of the batch below.
	state        S
	epoch        wire.Epoch
	position     wire.Position
	time         aper.Time // of the last event
	floor        aper.Seq
	lsn          wire.LSN
	term         wire.Term
	recordTag    wire.Tag
	clients      aper.ClientID // numbers below it may have been given out; the record that says so is in the journal
	evictedBelow aper.ClientID // a session below it that is not in sessions is forgotten
	sessions     map[aper.ClientID]*session
	rows         []*session  // those that a record opened, in that order
	users        []wire.User // of those, the ones that have a user; Readys share it
	untold       []*session  // of those, the ones that no frame told
	tail         tail
	framed       aper.Seq  // the floor that the last frame told
	framedAt     aper.Time // time of the last event in it
	crossed      []crossing[S]
	visit        func(e aper.Event[S], state S) bool // while reviewing

	// What no record says.
	attached   map[Attach]*attachment
	nextClient aper.ClientID
	now        aper.Time
	unopened   []*session // that lost their connection
	leaving    []leaving
	parked     bool      // the next timer cannot fire
	due        aper.Time // of the next timer; 0 when there is none
	fired      struct {  // the last one
		due   aper.Time
		raw   []byte
		times int // in a row
	}
	presences []wire.Attendee // by client; Readys share it
	encoded   int             // how large the state's encoding was lately

	batch batch
}

// A batch is what happened since the last Ready.
type batch struct {
	number   uint64
	record   wire.Record
	write    bool       // the record must be written
	drew     bool       // an event needs the seed
	fired    int        // timers
	touched  []*session // that the record says something about
	joined   []*attachment
	spoken   []*session // that have verdicts to be sent
	replies  []Message
	closed   []Message
	panics   []*PanicError
	present  []*session // whose presence changed
	pongs    []*attachment
	signals  []wire.Attendee
	diverged []Attach
	reports  []error
}

// A session is one client identity in this room.
type session struct {
	wire.SessionRow
	opened   bool // a record says that it exists; until its first decision, none does
	attach   Attach
	view     bool
	verdicts []wire.Verdict // to be sent with the next Ready
	leaveAt  aper.Time
	base     aper.Seq  // lowest base it may still push with
	heard    aper.Time // when it said so
	touched  uint64    // number of the batch whose record says something about it
	instance uint64    // of its client's program
	attempt  uint64    // the last one to connect

	presence        []byte
	presenceChanged bool
}

type attachment struct {
	attach  Attach
	peer    Peer
	session *session // nil before Hello
	mode    wire.Mode
	rewound bool           // the client was in another history
	from    tailEnd        // where the replica was when it said hello
	resumes bool           // it may need no snapshot
	nacked  aper.ClientSeq // what follows this number is not looked at until it comes again; 0 when nothing is missing
	signals struct {
		batch uint64
		count int
	}
	pinged   bool
	ping     wire.Ping // the last one
	repaired aper.Seq  // where it last got a snapshot because it had diverged
}

// New returns an authority without a room. Create or Restore, then Replay, then Open follow.
func New[S aper.StateMachine[S]](o Options) *Authority[S] {
	schema := aper.Schema[S]()
	a := &Authority[S]{
		options:    o.withDefaults(),
		schema:     wire.FingerprintOf(schema),
		machine:    machineName(schema),
		capable:    capabilitiesOf[S](),
		sessions:   map[aper.ClientID]*session{},
		attached:   map[Attach]*attachment{},
		clients:    1,
		nextClient: 1,
	}
	if isFragile(schema) {
		a.verifier = &verifier[S]{}
	}
	return a
}

// machineName returns the name of the state type that a schema begins with.
func machineName(schema string) string {
	for i := range len(schema) {
		if schema[i] == '{' || schema[i] == ' ' {
			return schema[:i]
		}
	}
	return schema
}

// MachineName returns the name of a state machine, such as "counter.Counter".
func MachineName[S aper.StateMachine[S]]() string { return machineName(aper.Schema[S]()) }

// clientBlock is how many client numbers one record reserves, so that a session which never pushes costs no write.
const clientBlock = 1024

// Create begins a new room. Its first record holds the initial state.
func (a *Authority[S]) Create(initial S, epoch wire.Epoch) error {
	encoded, err := aper.Encode(initial)
	if err != nil {
		return err
	}
	a.state, a.epoch = initial, epoch
	a.position = wire.Position{Epoch: epoch}
	a.encoded = len(encoded)
	a.batch.record.Genesis = &wire.Genesis{Epoch: epoch, State: encoded}
	return nil
}

// Rewind begins another epoch, after the last Replay and before Open, because the room was restored to an older past: what
// its clients saw after that has not happened.
func (a *Authority[S]) Rewind(epoch wire.Epoch) {
	a.rewind(epoch)
	a.batch.record.Epoch = epoch
}

func (a *Authority[S]) rewind(epoch wire.Epoch) {
	a.epoch, a.position.Epoch, a.tail = epoch, epoch, tail{}
	a.tail.begin(tailEnd{a.position.Seq, a.position.Tag})
}

// Open begins a term, after Tick, and after Create or the last Replay. The first Ready has a record.
func (a *Authority[S]) Open(term wire.Term) {
	a.term, a.nextClient = term, a.clients
	a.reserve()
	for _, s := range a.rows {
		if s.Joined {
			a.leaveLater(s)
		}
	}
	a.evictOld()
}

func (a *Authority[S]) reserve() {
	a.clients = a.nextClient + clientBlock
	a.batch.record.Clients = a.clients
	a.batch.write = true
}

// Position returns the position of the applied state.
func (a *Authority[S]) Position() wire.Position { return a.position }

// State returns the applied state, which may be ahead of what is durable.
func (a *Authority[S]) State() S { return a.state }

// Encoded tells how large the encoded state is, whenever the driver knows.
func (a *Authority[S]) Encoded(bytes int) { a.encoded = bytes }

// Tick begins a batch. Time never goes back: an earlier now is taken as the latest. The tag and the seed are fresh,
// unpredictable random numbers; they become public with the batch.
func (a *Authority[S]) Tick(now aper.Time, tag wire.Tag, seed uint64) {
	a.now = max(a.now, now, a.time)
	a.batch.record.Tag, a.batch.record.Seed, a.batch.record.Time = tag, seed, a.now
}

// Attach announces a connection. Its messages go to Step.
func (a *Authority[S]) Attach(n Attach, p Peer) {
	p.User = truncate(p.User, 64)
	a.attached[n] = &attachment{attach: n, peer: p}
}

// Detach announces that a connection is gone. It does nothing for one that was closed already, or superseded.
func (a *Authority[S]) Detach(n Attach) {
	at := a.attached[n]
	if at == nil {
		return
	}
	delete(a.attached, n)
	s := at.session
	if s == nil || s.attach != n {
		return
	}
	s.attach, s.verdicts = 0, nil
	a.setPresence(s, nil)
	if s.Joined {
		a.leaveLater(s)
	}
	if !s.opened {
		a.setAside(s)
	}
}

// Step takes one transport message of a connection. Whatever the bytes are, it does not fail: what breaks the protocol
// closes that connection. It returns how much the message asked for: one for each message of the protocol in it, or for each
// transition where it has several.
func (a *Authority[S]) Step(from Attach, data []byte) (weight int) {
	at := a.attached[from]
	if at == nil {
		return 0 // a late message of a connection that was closed
	}
	r := wire.NewReader(data)
	for r.Next() {
		weight += a.one(at, &r)
		if a.attached[from] == nil {
			return weight
		}
	}
	if r.Err() != nil {
		a.close(at, wire.CloseProtocol, r.Err().Error())
	}
	return weight
}

// Expel closes a connection for good, for a reason that its user can read, as if its client had said that it will not come
// back. Who may not return is the business of whoever lets people in.
func (a *Authority[S]) Expel(n Attach, reason string) {
	at := a.attached[n]
	if at == nil {
		return
	}
	s := at.session
	a.close(at, wire.CloseRefused, reason)
	if s != nil && s.Joined && s.attach == 0 {
		a.leave(s)
	}
}

// one takes one message. Its fields are only believed when all of them could be read.
func (a *Authority[S]) one(at *attachment, r *wire.Reader) (weight int) {
	if at.session == nil && r.Code() != wire.CodeHello {
		a.close(at, wire.CloseProtocol, "the first message must be Hello")
		return 1
	}
	switch r.Code() {
	case wire.CodeHello:
		if m := r.Hello(); r.Err() == nil {
			a.hello(at, &m)
		}
	case wire.CodePush:
		if m := r.Push(); r.Err() == nil {
			a.push(at, &m)
			return max(1, m.Count)
		}
	case wire.CodePing:
		if m := r.Ping(); r.Err() == nil {
			a.ping(at, &m)
		}
	case wire.CodePresence:
		if m := r.Presence(); r.Err() == nil {
			a.presence(at, &m)
		}
	case wire.CodeSignal:
		if m := r.Signal(); r.Err() == nil {
			a.signal(at, &m)
		}
	case wire.CodeDiverged:
		if m := r.Diverged(); r.Err() == nil {
			a.diverged(at, m.Seq)
		}
	case wire.CodeBye:
		a.bye(at)
	}
	return 1
}

// close ends a connection from this side. The session stays.
func (a *Authority[S]) close(at *attachment, code wire.CloseCode, reason string) {
	a.closeWith(at, wire.Close{Code: code, Reason: reason})
}

func (a *Authority[S]) closeWith(at *attachment, m wire.Close) {
	m.Reason = truncate(m.Reason, maxCloseReason)
	a.batch.closed = append(a.batch.closed, Message{To: at.attach, Bytes: m.Append(nil)})
	a.Detach(at.attach)
}

// maxCloseReason is what fits into a WebSocket close frame (RFC 6455, 5.5).
const maxCloseReason = 123

func (a *Authority[S]) ping(at *attachment, m *wire.Ping) {
	if !a.heard(at, m.Known) {
		return
	}
	a.progress(at.session, m.Base)
	if at.ping = *m; !at.pinged { // only the last of many is answered
		at.pinged = true
		a.batch.pongs = append(a.batch.pongs, at)
	}
}

func (a *Authority[S]) pong(at *attachment) Message {
	at.pinged = false
	pong := wire.Pong{Sent: at.ping.Sent, Now: a.now, Head: a.position.Seq}
	return Message{To: at.attach, Bytes: pong.Append(nil)}
}

// heard takes the outcomes that a connection acknowledges, and reports whether it may.
func (a *Authority[S]) heard(at *attachment, known aper.ClientSeq) bool {
	if !a.acknowledge(at.session, known) {
		a.close(at, wire.CloseProtocol, "an outcome was acknowledged that was not decided")
		return false
	}
	return true
}

// diverged sends a snapshot to a replica whose state is not ours. One that needs another soon will not be helped by it,
// and would cost the room an encoding each time.
func (a *Authority[S]) diverged(at *attachment, seq aper.Seq) {
	if at.repaired != 0 && a.position.Seq < at.repaired+RepairDistance {
		a.close(at, wire.CloseMachine, "the state of this client differs from the room's again and again; reload or update it")
		return
	}
	at.repaired = max(1, a.position.Seq)
	a.batch.diverged = append(a.batch.diverged, at.attach)
	a.report(&DivergenceError{Client: at.session.Client, Seq: seq, Err: errReplica})
}

// RepairDistance is how many events must lie between two repairs of one replica. One that diverges sooner runs other
// rules, and stops.
const RepairDistance = 1000
