package sim

import (
	"bytes"
	"errors"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// allowed checks I15 (A1 to A5): what is in the log was allowed, and amended as it had to be; what was forbidden is
// rejected for that; and sessions that may only look change nothing. It knows what replicas sent. Once bytes were sent in
// anybody's name it does not, and looks only at events that are not amended.
type allowed[S aper.StateMachine[S]] struct {
	Watcher[S]
	log     *history[S]
	machine Machine[S]
	coder   aper.Coder
	asking  bool           // those do that open from now on
	asks    map[Owner]bool // it authorizes
	pushed  map[numbered][][]byte
	forged  bool
	clients perClient[rights]
	had     map[aper.ClientID]rights // by those who were given the session
}

// rights are those under which somebody connected, at one time or another.
type rights struct{ looks, writes bool }

func newAllowed[S aper.StateMachine[S]](log *history[S], m Machine[S]) *allowed[S] {
	return &allowed[S]{log: log, machine: m, asks: map[Owner]bool{}, pushed: map[numbered][][]byte{}, had: map[aper.ClientID]rights{}}
}

func (o *allowed[S]) Authorizing() error {
	o.asking = true
	return nil
}

func (o *allowed[S]) Opened(owner Owner, _ *engine.Authority[S], _ *wire.RoomSnapshot, _ []*wire.Record) error {
	o.asks[owner] = o.asking
	return nil
}

func (o *allowed[S]) Dialed(_ Owner, c Client, p engine.Peer) error {
	r := o.clients.of(c)
	r.looks, r.writes = r.looks || p.ReadOnly, r.writes || !p.ReadOnly
	return nil
}

func (o *allowed[S]) Sent(_ Owner, c Client, message []byte) error {
	if r := wire.NewReader(message); r.Next() && r.Code() == wire.CodeWelcome {
		session := r.Welcome().Client
		had, has := o.had[session], o.clients.of(c)
		o.had[session] = rights{had.looks || has.looks, had.writes || has.writes}
	}
	return nil
}

func (o *allowed[S]) Forgot(_ Client, why string) error {
	o.forged = o.forged || why == forged
	return nil
}

func (o *allowed[S]) Stepped(_ Client, r *engine.Replica[S], ready *engine.ReplicaReady) error {
	if !o.asking {
		return nil
	}
	for _, sent := range sentIn(ready.Send) {
		name := numbered{r.Client(), sent.number}
		o.pushed[name] = append(o.pushed[name], sent.encoded)
	}
	return nil
}

func (o *allowed[S]) Durable(owner Owner, r *wire.Record) error {
	for _, d := range o.log.events[r.First-1 : r.First-1+aper.Seq(r.Events.Len())] {
		if err := o.event(d, o.asks[owner]); err != nil {
			return err
		}
	}
	for i := range r.Rejections {
		if err := o.rejection(&r.Rejections[i], o.asks[owner]); err != nil {
			return err
		}
	}
	return nil
}

func (o *allowed[S]) event(d *decision[S], asked bool) error {
	switch {
	case d.client == 0:
		if d.amended {
			return breach("I15", "A3", "event %d is the authority's own, and amended", d.seq)
		}
		return nil
	case o.looksOnly(d.client):
		return breach("I15", "A5", "event %d is of session %d, which may only look", d.seq, d.client)
	case d.amended:
		return o.amended(d, asked)
	case !asked:
		return nil
	}
	if _, amended, err := o.machine.allowAll(&o.coder, d.transition); amended || err != nil {
		return breach("I15", "A1", "event %d, %#v, is in the log as it was pushed, and may not be: amended %v, conflict %v",
			d.seq, d.transition, amended, err)
	}
	return nil
}

func (o *allowed[S]) amended(d *decision[S], asked bool) error {
	as := func(instead aper.Transition[S], amended bool, err error) bool {
		return err == nil && amended && bytes.Equal(encodeTransition(&o.coder, instead), d.encoded)
	}
	if asked && (o.forged || o.answered(numbered{d.client, d.number}, as)) {
		return nil
	}
	return breach("I15", "A3", "event %d, %#v, is amended, and not as it should be", d.seq, d.transition)
}

// answered reports whether something that was pushed under a number has an answer like that.
func (o *allowed[S]) answered(name numbered, like func(instead aper.Transition[S], amended bool, err error) bool) bool {
	for _, raw := range o.pushed[name] {
		if string(raw) == wire.Void {
			continue
		}
		if t, err := decodeTransition[S](&o.coder, raw); err == nil && like(o.machine.allowAll(&o.coder, t)) {
			return true
		}
	}
	return false
}

// looksOnly reports whether everyone who was given a session may only look.
func (o *allowed[S]) looksOnly(session aper.ClientID) bool {
	had := o.had[session]
	return had.looks && !had.writes && !o.forged
}

func (o *allowed[S]) rejection(v *wire.Rejection, asked bool) error {
	switch v.Conflict {
	case engine.ErrReadOnly:
		if had := o.had[v.Client]; !had.looks && !o.forged {
			return breach("I15", "A5", "transition %d of session %d is rejected as if it might only look", v.ClientSeq, v.Client)
		}
		return nil
	case engine.ErrUndecodable, engine.ErrTooLarge, engine.ErrWithdrawn:
		return nil
	}
	if o.looksOnly(v.Client) {
		return breach("I15", "A5", "transition %d of session %d, which may only look, is rejected for another reason: %v", v.ClientSeq, v.Client, v.Conflict)
	}
	if v.Conflict != errForbidden {
		return nil
	}
	as := func(_ aper.Transition[S], _ bool, err error) bool {
		var at *aper.ConflictError
		path := ""
		if errors.As(err, &at) {
			path = at.Path
		}
		return errors.Is(err, errForbidden) && path == v.Path
	}
	if asked && (o.forged || o.answered(numbered{v.Client, v.ClientSeq}, as)) {
		return nil
	}
	return breach("I15", "A1", "transition %d of session %d is forbidden, and should not be", v.ClientSeq, v.Client)
}
