package engine

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// Conflicts that the authority itself decides. Like every rejection they use up the transition's number.
const (
	ErrUndecodable = aper.Conflict("the authority cannot read this transition")
	ErrTooLarge    = aper.Conflict("the transition is larger than the authority accepts")
)

// An Attach names one connection of a room. The driver gives every connection another one and never uses one again, so
// that what belongs to a connection which is gone, or to an earlier one of the same session, is recognised. Zero is none.
type Attach uint64

// A Peer is what the driver knows about a connection before its first message.
type Peer struct {
	User  string     // authenticated principal, at most 64 bytes; empty without authentication
	Token wire.Token // fresh and random: the session's secret, if this connection begins one
}

// Options configure an Authority. The zero value is ready.
type Options struct {
	// HashToken makes the form in which tokens are kept in the journal, so that who reads one cannot take over sessions.
	// Nil keeps them as they are, which is right for tests only.
	HashToken func(wire.Token) []byte
	// MaxTransition limits the encoding of one transition, in bytes. Default 64 KiB.
	MaxTransition int
	// MaxPending limits how many transitions of one session may have no outcome that its client acknowledged. A client
	// that goes beyond breaks the protocol. Default 1000.
	MaxPending int
}

func (o Options) withDefaults() Options {
	if o.HashToken == nil {
		o.HashToken = func(t wire.Token) []byte { return append([]byte(nil), t[:]...) }
	}
	if o.MaxTransition == 0 {
		o.MaxTransition = 64 << 10
	}
	if o.MaxPending == 0 {
		o.MaxPending = 1000
	}
	return o
}

// An Authority decides about the transitions of one room: in which order they happen, and whether each is valid. Its
// state runs ahead of the journal; see the package's description for what its driver owes it.
type Authority[S aper.StateMachine[S]] struct {
	options Options
	schema  wire.Fingerprint
	machine string
	coder   aper.Coder
	meta    aper.Meta // lent to Apply

	// The fold of all records so far, and of the batch below.
	state     S
	epoch     wire.Epoch
	position  wire.Position
	lsn       wire.LSN
	term      wire.Term
	recordTag wire.Tag
	clients   aper.ClientID // numbers below it may have been given out; the record that says so is in the journal
	sessions  map[aper.ClientID]*session
	rows      []*session  // those that a record opened, in that order
	users     []wire.User // of those, the ones that have a user; only ever appended to

	attached   map[Attach]*attachment
	nextClient aper.ClientID
	now        aper.Time

	batch batch
}

// A batch is what happened since the last Ready.
type batch struct {
	record  wire.Record
	write   bool // the record must be written
	drew    bool // an event needs the seed
	users   []wire.User
	joined  []*attachment
	spoken  []*session // that have verdicts to be sent
	replies []Message
	closed  []Message
	panics  []*PanicError
}

// A session is one client identity in this room.
type session struct {
	wire.SessionRow
	opened   bool // a record says that it exists; until its first decision, none does
	attach   Attach
	view     bool
	verdicts []wire.Verdict // to be sent with the next Ready
}

type attachment struct {
	attach  Attach
	peer    Peer
	session *session // nil before Hello
	mode    wire.Mode
}

// New returns an authority without a room. Create or Restore, then Replay, then Open follow.
func New[S aper.StateMachine[S]](o Options) *Authority[S] {
	schema := aper.Schema[S]()
	return &Authority[S]{
		options:    o.withDefaults(),
		schema:     wire.FingerprintOf(schema),
		machine:    machineName(schema),
		sessions:   map[aper.ClientID]*session{},
		attached:   map[Attach]*attachment{},
		clients:    1,
		nextClient: 1,
	}
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
	a.batch.record.Genesis = &wire.Genesis{Epoch: epoch, State: encoded}
	return nil
}

// Open begins a term, after Create or after the last Replay. The first Ready has a record.
func (a *Authority[S]) Open(term wire.Term) {
	a.term, a.nextClient = term, a.clients
	a.reserve()
}

func (a *Authority[S]) reserve() {
	a.clients = a.nextClient + clientBlock
	a.batch.record.Clients = a.clients
	a.batch.write = true
}

// Position returns the position of the applied state.
func (a *Authority[S]) Position() wire.Position { return a.position }

// Tick begins a batch. Time never goes back: an earlier now is taken as the latest. The tag and the seed are fresh,
// unpredictable random numbers; they become public with the batch.
func (a *Authority[S]) Tick(now aper.Time, tag wire.Tag, seed uint64) {
	a.now = max(a.now, now)
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
	if !s.opened {
		delete(a.sessions, s.Client) // nothing was decided; if it comes back, it begins as it did
	}
}

// Step takes one transport message of a connection. Whatever the bytes are, it does not fail: what breaks the protocol
// closes that connection.
func (a *Authority[S]) Step(from Attach, data []byte) {
	at := a.attached[from]
	if at == nil {
		return // a late message of a connection that was closed
	}
	r := wire.NewReader(data)
	for r.Next() {
		switch r.Code() {
		case wire.CodeHello:
			if m := r.Hello(); r.Err() == nil {
				a.hello(at, &m)
			}
		case wire.CodePush:
			if m := r.Push(); r.Err() == nil {
				a.push(at, &m)
			}
		case wire.CodePing:
			if m := r.Ping(); r.Err() == nil {
				a.ping(at, &m)
			}
		case wire.CodeBye:
			a.Detach(from)
		}
		if a.attached[from] == nil {
			return
		}
	}
	if r.Err() != nil {
		a.close(at, wire.CloseProtocol, r.Err().Error())
	}
}

// close ends a connection from this side. The session stays.
func (a *Authority[S]) close(at *attachment, code wire.CloseCode, reason string) {
	m := wire.Close{Code: code, Reason: truncate(reason, maxCloseReason)}
	a.batch.closed = append(a.batch.closed, Message{To: at.attach, Bytes: m.Append(nil)})
	a.Detach(at.attach)
}

// maxCloseReason is what fits into a WebSocket close frame (RFC 6455, 5.5).
const maxCloseReason = 123

func (a *Authority[S]) ping(at *attachment, m *wire.Ping) {
	if at.session == nil {
		a.close(at, wire.CloseProtocol, "the first message must be Hello")
		return
	}
	if !a.acknowledge(at.session, m.Known) {
		a.close(at, wire.CloseProtocol, "an outcome was acknowledged that was not decided")
		return
	}
	pong := wire.Pong{Sent: m.Sent, Now: a.now, Head: a.position.Seq}
	a.batch.replies = append(a.batch.replies, Message{To: at.attach, Bytes: pong.Append(nil)})
}

func (a *Authority[S]) push(at *attachment, m *wire.Push) {
	s := at.session
	if s == nil {
		a.close(at, wire.CloseProtocol, "the first message must be Hello")
		return
	}
	if !a.acknowledge(s, m.Known) {
		a.close(at, wire.CloseProtocol, "an outcome was acknowledged that was not decided")
		return
	}
	next := m.First
	for raw := range m.All() {
		if next > s.Decided+1 || next == 0 {
			a.close(at, wire.CloseProtocol, "a transition is missing: numbers must be dense")
			return
		}
		if len(s.Window) >= a.options.MaxPending {
			a.close(at, wire.CloseProtocol, "too many transitions without an acknowledged outcome")
			return
		}
		if next > s.Decided { // else it was pushed again, and decided before
			a.decide(s, next, m.Known, raw)
		}
		next++
	}
}

// decide gives one transition its outcome.
func (a *Authority[S]) decide(s *session, number, known aper.ClientSeq, raw []byte) {
	a.open(s)
	t, err := a.decode(raw)
	if err != nil {
		a.reject(s, number, err)
		return
	}
	events := &a.batch.record.Events
	a.meta = aper.Meta{
		Seq:       a.position.Seq + 1,
		Client:    s.Client,
		User:      s.User,
		ClientSeq: number,
		Time:      a.now,
		Lost:      s.Rejected > known,
		Entropy:   wire.Entropy(a.batch.record.Seed, events.Len()),
	}
	next, err := apply(t, a.state, &a.meta)
	if err != nil {
		a.reject(s, number, err)
		return
	}
	if events.Len() == 0 {
		a.batch.record.First = a.meta.Seq
	}
	events.Add(wire.Event{Client: s.Client, ClientSeq: number, Lost: a.meta.Lost, Transition: raw})
	a.state = next
	a.position.Seq = a.meta.Seq
	a.batch.write = true
	a.batch.drew = a.batch.drew || a.meta.Drew()
	a.tell(s, wire.Verdict{ClientSeq: number, Seq: a.meta.Seq})
}

func (a *Authority[S]) decode(raw []byte) (aper.Transition[S], error) {
	if len(raw) > a.options.MaxTransition {
		return nil, ErrTooLarge
	}
	a.coder.DecodeFrom(raw)
	t := aper.CodeTransition[S](&a.coder, nil)
	if _, err := a.coder.Finish(); err != nil {
		return nil, ErrUndecodable
	}
	return t, nil
}

func (a *Authority[S]) reject(s *session, number aper.ClientSeq, err error) {
	if p, ok := err.(*PanicError); ok {
		a.batch.panics = append(a.batch.panics, p)
	}
	v := wire.Verdict{ClientSeq: number, Seq: a.position.Seq, Rejected: true}
	v.Path, v.Conflict = conflictOf(err)
	a.batch.record.Rejections = append(a.batch.record.Rejections, wire.Rejection{Client: s.Client, Verdict: v})
	a.batch.write = true
	a.tell(s, v)
}

// tell notes an outcome in the session, and for sending where the events do not say it.
func (a *Authority[S]) tell(s *session, v wire.Verdict) {
	s.decide(v)
	if s.attach == 0 || !v.Rejected && !s.view {
		return
	}
	if len(s.verdicts) == 0 {
		a.batch.spoken = append(a.batch.spoken, s)
	}
	s.verdicts = append(s.verdicts, v)
}

// MachineName returns the name of a state machine, such as "counter.Counter".
func MachineName[S aper.StateMachine[S]]() string { return machineName(aper.Schema[S]()) }
