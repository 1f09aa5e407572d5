package engine

import (
	"bytes"
	"errors"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// Step takes one transport message. All of it becomes visible at once: the events are applied, the outcomes taken, and
// the pending transitions applied again one time. After an error the connection has to be closed; connecting again
// repairs, unless it is a *DivergenceError, after which the replica is of no use any more. What came before the error in
// the same message has happened.
func (r *Replica[S]) Step(data []byte, now aper.Time) error {
	if !r.connected {
		return nil // it arrived late
	}
	moved, err := r.read(data, now)
	if err != nil {
		r.position.Tag = 0 // the batch is not whole: this is no point to resume from
	}
	if moved && !r.snapshot {
		r.takeVerdicts()
		r.dropDecided()
		r.anchor()
		r.rebase()
	}
	return err
}

// read applies the messages and reports whether the confirmed state, or what is pending, may have changed.
func (r *Replica[S]) read(data []byte, now aper.Time) (moved bool, err error) {
	m := wire.NewReader(data)
	for err == nil && m.Next() {
		switch m.Code() {
		case wire.CodeWelcome, wire.CodeSnapshot, wire.CodeFrame, wire.CodeVerdicts, wire.CodeNack:
			moved = true
			err = r.main(&m, now)
		default:
			err = r.aside(&m, now)
		}
	}
	if err == nil {
		err = m.Err()
	}
	return moved, err
}

// main takes one message about the state or what is pending. Its fields are only believed when all could be read.
func (r *Replica[S]) main(m *wire.Reader, now aper.Time) error {
	switch m.Code() {
	case wire.CodeWelcome:
		if welcome := m.Welcome(); m.Err() == nil {
			return r.welcome(welcome, now)
		}
	case wire.CodeSnapshot:
		if snapshot := m.Snapshot(); m.Err() == nil {
			return r.part(snapshot)
		}
	case wire.CodeFrame:
		if frame := m.Frame(); m.Err() == nil {
			return r.frame(frame)
		}
	case wire.CodeVerdicts:
		if verdicts := m.Verdicts(); m.Err() == nil {
			return r.verdicts(verdicts)
		}
	case wire.CodeNack:
		if nack := m.Nack(); m.Err() == nil {
			return r.nack(nack)
		}
	}
	return nil
}

// aside takes one message that changes neither.
func (r *Replica[S]) aside(m *wire.Reader, now aper.Time) error {
	switch m.Code() {
	case wire.CodePong:
		if pong := m.Pong(); m.Err() == nil {
			r.ahead = pong.Now - now
		}
	case wire.CodePresences:
		if presences := m.Presences(); m.Err() == nil {
			r.attend(presences)
		}
	case wire.CodeSignals:
		if signals := m.Signals(); m.Err() == nil {
			for _, s := range signals.List {
				s.Value = bytes.Clone(s.Value)
				r.received = append(r.received, s)
			}
		}
	case wire.CodeCheck:
		if check := m.Check(); m.Err() == nil {
			return r.check(check)
		}
	case wire.CodeClose:
		if closing := m.Close(); m.Err() == nil {
			r.closed, r.sent = &closing, max(r.sent, min(closing.Decided, r.next-1))
		}
	}
	return nil
}

// welcome takes the session that the authority gives.
func (r *Replica[S]) welcome(m wire.Welcome, now aper.Time) error {
	if r.welcomed || m.Client == 0 || m.Events && (!r.started || m.Epoch != r.position.Epoch) {
		return ErrOrder
	}
	r.welcomed, r.snapshot = true, !m.Events
	r.limits, r.ahead, r.token = limitsFor(m.Limits), m.Now-now, m.Token
	r.user, r.abandoned = m.User, false
	r.arriving = arriving{epoch: m.Epoch, forked: r.started && m.Rewound, decided: m.Decided}
	if m.Mode == wire.Resumed {
		return r.resume(m)
	}
	if m.Mode == wire.Fresh {
		r.forgetSent()
	}
	r.renumber(m.Client)
	r.rebase()
	return nil
}

// resume goes on with the session.
func (r *Replica[S]) resume(m wire.Welcome) error {
	if m.Client != r.client || m.Decided >= r.next {
		return ErrNotMine
	}
	for i := range r.pending {
		r.pending[i].sent = r.pending[i].meta.ClientSeq <= m.Decided // the others are pushed again
	}
	return nil
}

// renumber takes what is pending into a new session. What the old one did is from then on another's.
func (r *Replica[S]) renumber(client aper.ClientID) {
	r.dropDecided()
	if r.capable.anchored && r.started {
		r.reanchorFrom(0)
	}
	r.ran.whole = false
	r.client, r.next, r.sent, r.told = client, 1, 0, 0
	for i := range r.pending {
		p := &r.pending[i]
		p.meta.Client, p.meta.ClientSeq, p.meta.User = r.client, r.next, r.user
		p.sent, p.known = false, 0
		r.next++
	}
}

// ErrStateTooLarge is returned by Step when a snapshot is larger than ReplicaOptions.MaxState.
var ErrStateTooLarge = errors.New("engine: the state of the room is larger than this client accepts")

var errDamaged = errors.New("engine: the snapshot was damaged on its way")

// part takes a part of a snapshot.
func (r *Replica[S]) part(m wire.Snapshot) error {
	if !r.snapshot && r.diverged == nil || m.Part != r.arriving.parts {
		return ErrOrder
	}
	if len(r.arriving.state)+len(m.State) > r.options.MaxState {
		return ErrStateTooLarge
	}
	if m.Part > 0 || !m.Last() {
		r.arriving.state = append(r.arriving.state, m.State...)
		m.State = r.arriving.state
	}
	if r.arriving.parts++; !m.Last() {
		return nil
	}
	r.arriving.parts, r.arriving.state = 0, nil
	if m.Sum != 0 && m.Sum != wire.SumOf(m.State) {
		return errDamaged
	}
	return r.restore(m)
}

func (r *Replica[S]) restore(m wire.Snapshot) error {
	state, err := aper.Decode[S](m.State)
	if err != nil {
		return err
	}
	right := point[S]{wire.Position{Epoch: r.position.Epoch, Seq: m.Seq, Tag: m.Tag}, m.Time, m.Floor, state, 0}
	if r.snapshot {
		right.position.Epoch = r.arriving.epoch
	}
	r.seen = max(r.seen, r.position.Seq)
	if r.diverged != nil {
		r.repair(&right)
	}
	if r.snapshot {
		r.forked = r.forked || r.arriving.forked
		if r.arriving.forked {
			r.repaired, r.seen = 0, 0
			r.slip()
		}
		if r.arriving.forked && r.capable.anchored {
			r.uproot(r.arriving.decided)
		}
		r.arriving.whole = true
	}
	r.confirmed, r.started, r.snapshot = state, true, false
	r.position, r.floor, r.time, r.others = right.position, m.Floor, m.Time, m.Seq
	r.crossed = nil
	clear(r.users)
	r.learn(m.Users)
	r.trail.begin(r.here(), true)
	return nil
}

func (r *Replica[S]) learn(users []wire.User) {
	for _, u := range users {
		r.users[u.Client] = u.Name
	}
}

func (r *Replica[S]) frame(m wire.Frame) error {
	if !r.Joined() {
		return ErrOrder
	}
	if r.diverged != nil && r.diverged.stuck {
		r.follow(&m)
		return nil // the snapshot that is on its way has it all
	}
	if m.First != r.position.Seq+1 || m.Events.Len() == 0 {
		return ErrOrder
	}
	r.follow(&m)
	r.learn(m.Users)
	if m.Floor != 0 {
		r.raise(m.Floor)
	}
	before, index := r.time, 0
	for e := range m.Events.All() {
		if err := r.event(&m, e, index); err != nil {
			return err
		}
		if r.diverged != nil && r.diverged.stuck {
			r.position.Tag = 0
			return nil
		}
		index++
	}
	r.position.Tag = m.Tag
	r.keep(before)
	return nil
}

func (r *Replica[S]) event(m *wire.Frame, e wire.Event, index int) error {
	seq := r.position.Seq + 1
	r.coder.DecodeFrom(e.Transition)
	t := aper.CodeTransition[S](&r.coder, nil)
	if _, err := r.coder.Finish(); err != nil {
		return r.diverge(seq, err, 0, 0)
	}
	r.meta = r.capable.metaOf(m, &e, index, r.users[e.Client], r.floor)
	as := Applied[S]{t, r.confirmed, r.meta}
	state, err := apply(t, r.confirmed, &r.meta)
	if err != nil {
		return r.diverge(seq, err, 0, 0)
	}
	r.confirmed, r.position.Seq, r.time = state, seq, as.Meta.Time
	if e.Client == r.client {
		return r.own(e, as)
	}
	r.others = seq
	return nil
}

// metaOf returns the meta of the event at index in a frame.
func (c capabilities) metaOf(m *wire.Frame, e *wire.Event, index int, user string, floor aper.Seq) aper.Meta {
	meta := aper.Meta{
		Seq:       m.First + aper.Seq(index),
		Client:    e.Client,
		User:      user,
		ClientSeq: e.ClientSeq,
		Time:      m.Time + e.After,
		Floor:     floor,
		Lost:      e.Lost,
		Entropy:   wire.Entropy(m.Seed, index),
	}
	if c.anchored {
		meta.Base = meta.Seq - aper.Seq(e.Behind)
	}
	return meta
}

// own takes the author's side of an event.
func (r *Replica[S]) own(e wire.Event, as Applied[S]) error {
	p := r.find(e.ClientSeq)
	if p == nil {
		if e.ClientSeq >= r.next {
			return ErrNotMine
		}
		if as.Meta.Seq > r.seen {
			r.slip()
		}
		return nil
	}
	if e.Amended {
		r.slip()
	} else if !bytes.Equal(e.Transition, p.encoded) {
		return ErrNotMine
	}
	p.transition, p.met, p.meta = as.Transition, as.Before, as.Meta
	r.settle(p, Outcome{Seq: as.Meta.Seq})
	return nil
}

func (r *Replica[S]) verdicts(m wire.Verdicts) error {
	if !r.welcomed {
		return ErrOrder
	}
	r.held = append(r.held, m.List...)
	return nil
}

// takeVerdicts takes the outcomes that were decided in states which this replica has reached; nobody is to learn an
// outcome before its reason is visible.
func (r *Replica[S]) takeVerdicts() {
	kept := r.held[:0]
	for _, v := range r.held {
		if v.Seq > r.position.Seq {
			kept = append(kept, v)
			continue
		}
		if p := r.find(v.ClientSeq); p != nil {
			o := Outcome{Seq: v.Seq}
			if v.Rejected {
				o.Conflict = conflictError(v.Path, v.Conflict)
			}
			r.settle(p, o)
		}
	}
	r.held = kept
}

// attend takes presences. Changes mean nothing before all were told.
func (r *Replica[S]) attend(m wire.Presences) {
	if m.Reset {
		clear(r.presences)
		r.presence.known = true
	}
	if !r.presence.known {
		return
	}
	for _, entry := range m.Set {
		entry.Value = bytes.Clone(entry.Value)
		r.presences[entry.Client] = entry
	}
	for _, client := range m.Gone {
		delete(r.presences, client)
	}
	r.presence.changed = true
}
