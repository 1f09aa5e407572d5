package engine

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// Step takes one transport message. All of it becomes visible at once: the events are applied, the outcomes taken, and
// the pending transitions applied again one time. After an error the connection has to be closed; connecting again
// repairs. What came before the error in the same message has happened.
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
		r.rebase()
	}
	return err
}

// read applies the messages and reports whether the confirmed state, or what is pending, may have changed.
func (r *Replica[S]) read(data []byte, now aper.Time) (moved bool, err error) {
	m := wire.NewReader(data)
	for err == nil && m.Next() {
		moved = moved || m.Code() != wire.CodePong && m.Code() != wire.CodeClose
		err = r.one(&m, now)
	}
	if err == nil {
		err = m.Err()
	}
	return moved, err
}

// one takes one message. Its fields are only believed when all of them could be read.
func (r *Replica[S]) one(m *wire.Reader, now aper.Time) error {
	switch m.Code() {
	case wire.CodeWelcome:
		if welcome := m.Welcome(); m.Err() == nil {
			return r.welcome(welcome, now)
		}
	case wire.CodeSnapshot:
		if snapshot := m.Snapshot(); m.Err() == nil {
			return r.restore(snapshot)
		}
	case wire.CodeFrame:
		if frame := m.Frame(); m.Err() == nil {
			return r.frame(frame)
		}
	case wire.CodeVerdicts:
		if verdicts := m.Verdicts(); m.Err() == nil {
			return r.verdicts(verdicts)
		}
	case wire.CodePong:
		if pong := m.Pong(); m.Err() == nil {
			r.ahead = pong.Now - now
		}
	case wire.CodeClose:
		if closing := m.Close(); m.Err() == nil {
			r.closed = &closing
		}
	}
	return nil
}

// welcome takes the session that the authority gives. When it is another than before, what is pending is numbered anew:
// all of it in a forked history, where nothing of it has happened; only what was never sent otherwise.
func (r *Replica[S]) welcome(m wire.Welcome, now aper.Time) error {
	if r.welcomed || m.Client == 0 {
		return ErrOrder
	}
	r.welcomed, r.snapshot = true, true
	r.limits, r.ahead = m.Limits, m.Now-now
	r.token = m.Token
	if m.Mode == wire.Resumed {
		if m.Client != r.client || m.Decided >= r.next {
			return ErrNotMine
		}
		for i := range r.pending {
			r.pending[i].sent = r.pending[i].meta.ClientSeq <= m.Decided // the others are pushed again
		}
		r.position.Epoch = m.Epoch
		return nil
	}
	r.forked = m.Mode == wire.Forked && r.started
	for i := range r.pending {
		if p := &r.pending[i]; m.Mode == wire.Fresh && p.meta.ClientSeq <= r.sent {
			r.settle(p, Outcome{Unknown: true})
		}
	}
	r.dropDecided()
	r.client, r.next, r.sent, r.told = m.Client, 1, 0, 0
	for i := range r.pending {
		p := &r.pending[i]
		p.meta.Client, p.meta.ClientSeq = r.client, r.next
		p.sent, p.known = false, 0
		r.next++
	}
	r.position.Epoch = m.Epoch
	return nil
}

func (r *Replica[S]) restore(m wire.Snapshot) error {
	if !r.snapshot {
		return ErrOrder
	}
	state, err := aper.Decode[S](m.State)
	if err != nil {
		return err
	}
	r.confirmed, r.started, r.snapshot = state, true, false
	r.position.Seq, r.position.Tag = m.Seq, m.Tag
	clear(r.users)
	r.learn(m.Users)
	return nil
}

func (r *Replica[S]) learn(users []wire.User) {
	for _, u := range users {
		r.users[u.Client] = u.Name
	}
}

func (r *Replica[S]) frame(m wire.Frame) error {
	if !r.welcomed || r.snapshot || m.First != r.position.Seq+1 || m.Events.Len() == 0 {
		return ErrOrder
	}
	r.learn(m.Users)
	index := 0
	for e := range m.Events.All() {
		if err := r.event(&m, e, index); err != nil {
			return err
		}
		index++
	}
	r.position.Tag = m.Tag
	return nil
}

func (r *Replica[S]) event(m *wire.Frame, e wire.Event, index int) error {
	r.coder.DecodeFrom(e.Transition)
	t := aper.CodeTransition[S](&r.coder, nil)
	if _, err := r.coder.Finish(); err != nil {
		return err
	}
	seq := r.position.Seq + 1
	r.meta = aper.Meta{
		Seq:       seq,
		Client:    e.Client,
		User:      r.users[e.Client],
		ClientSeq: e.ClientSeq,
		Time:      m.Time + e.After,
		Lost:      e.Lost,
		Entropy:   wire.Entropy(m.Seed, index),
	}
	state, err := apply(t, r.confirmed, &r.meta)
	if err != nil {
		return &DivergenceError{seq, err}
	}
	r.confirmed, r.position.Seq = state, seq
	if e.Client == r.client {
		return r.own(e, seq)
	}
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
