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

// raise takes a new floor before the events that come with it: once they are applied, the state need not remember any more
// what it takes to make what was not sent mean the same.
func (r *Replica[S]) raise(floor aper.Seq) {
	r.floor = floor
	r.takeVerdicts()
	r.dropDecided()
	r.anchor()
}

// anchor makes pending transitions mean the same on the confirmed state when all outcomes so far are known: those that the
// authority did not take, and those that it would not take, because they were not sent and are too old, or were made on top of
// what never was.
func (r *Replica[S]) anchor() {
	if !r.capable.anchored {
		return
	}
	from := r.nacked
	for i := range r.pending {
		if p := &r.pending[i]; from == 0 && !p.sent && (p.lost || p.meta.Base < r.floor) {
			from = p.meta.ClientSeq
		}
	}
	if r.nacked = 0; from != 0 {
		r.reanchorFrom(from)
	}
}

// reanchorFrom does that with those that have this number, or a higher one.
func (r *Replica[S]) reanchorFrom(number aper.ClientSeq) {
	r.ran.whole = false
	state := r.confirmed
	for i := range r.pending {
		p := &r.pending[i]
		made := p.transition // what follows was made on top of this, not of what it is restated as
		r.meta = p.meta
		if p.meta.ClientSeq >= number {
			r.reanchor(p, state)
		}
		if p.withdrawn != nil || r.arriving.whole && p.meta.ClientSeq <= r.arriving.decided {
			continue
		}
		if next, err := apply(made, state, &r.meta); err == nil {
			state = next
		}
	}
}

// reanchor gives one pending transition a new base, or withdraws it.
func (r *Replica[S]) reanchor(p *pending[S], state S) {
	p.sent = false
	if p.meta.Base > r.position.Seq && !p.lost {
		return // it was made on more than there is again so far, after a snapshot that is older than what was here
	}
	if p.withdrawn == nil && (p.lost || p.meta.Base != r.position.Seq) {
		r.slip() // it is said without what others have done already
		meta := p.meta
		meta.Lost = p.lost
		t, err := reanchor(state, p.transition, meta, r.position.Seq)
		if err == nil {
			r.coder.EncodeTo(nil)
			aper.CodeTransition(&r.coder, t)
			p.encoded, err = r.coder.Finish()
		}
		if p.transition = t; err != nil {
			p.withdraw(err)
			r.lose(p)
		}
	}
	p.meta.Base, p.known, p.lost = r.position.Seq, r.known(), false
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
