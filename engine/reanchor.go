package engine

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// nack makes what the authority did not take, because it was made on a state that is too old, mean the same on the
// confirmed state. It will be sent again under the same numbers.
func (r *Replica[S]) nack(m wire.Nack) error {
	if !r.Joined() || !r.capable.anchored || m.From == 0 {
		return ErrOrder
	}
	if p := r.find(m.From); p != nil && p.meta.Base >= m.Floor {
		return nil // it was said anew already; this is about what came before
	}
	if r.nacked == 0 || m.From < r.nacked {
		r.nacked = m.From
	}
	return nil
}

// anchor does that when all outcomes of a step are known, and for what was not sent before the authority has to say so.
func (r *Replica[S]) anchor() {
	if !r.capable.anchored {
		return
	}
	from := r.nacked
	for i := range r.pending {
		if p := &r.pending[i]; from == 0 && !p.sent && p.meta.Base < r.floor {
			from = p.meta.ClientSeq
		}
	}
	if r.nacked = 0; from != 0 {
		r.reanchorFrom(from)
	}
}

func (r *Replica[S]) reanchorFrom(number aper.ClientSeq) {
	r.ran.whole = false
	state := r.confirmed
	for i := range r.pending {
		p := &r.pending[i]
		if p.meta.ClientSeq >= number {
			r.reanchor(p, state)
		}
		if p.withdrawn != nil {
			continue
		}
		r.meta = p.meta
		if next, err := apply(p.transition, state, &r.meta); err == nil {
			state = next
		}
	}
}

// reanchor gives one pending transition a new base, or withdraws it.
func (r *Replica[S]) reanchor(p *pending[S], state S) {
	p.sent = false
	if p.withdrawn == nil && p.meta.Base != r.position.Seq {
		t, err := reanchor(state, p.transition, p.meta, r.position.Seq)
		if err == nil {
			r.coder.EncodeTo(nil)
			aper.CodeTransition(&r.coder, t)
			p.encoded, err = r.coder.Finish()
		}
		if p.transition = t; err != nil {
			p.withdraw(err)
		}
	}
	p.meta.Base, p.known = r.position.Seq, r.known()
}

// withdraw leaves nothing of a transition but its number, which has to be used up.
func (p *pending[S]) withdraw(why error) {
	p.withdrawn, p.transition, p.encoded = why, nil, []byte(wire.Void)
}

// uproot gives up what was made on states of another history: positions in them mean nothing in this one. Nothing of it
// was sent to this authority, so the numbers are free.
func (r *Replica[S]) uproot(decided aper.ClientSeq) {
	for i := range r.pending {
		if p := &r.pending[i]; p.meta.ClientSeq > decided {
			r.settle(p, Outcome{Conflict: ErrForked})
		}
	}
	r.dropDecided()
	r.ran.whole = false
	r.next, r.sent = decided+1, min(r.sent, decided)
}
