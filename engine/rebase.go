package engine

import "github.com/aper-go/aper"

// A run is how the pending transitions were applied last. It is whole while none of them, and no meta, was changed since.
type run struct {
	whole bool
	seq   aper.Seq       // of the confirmed state
	known aper.ClientSeq // that were decided
}

// rebase applies the pending transitions to the confirmed state. One that conflicts, or that draws random numbers which
// only the authority has, stays pending without effect.
func (r *Replica[S]) rebase() {
	r.changed = true
	if !r.holds() {
		r.rerun()
	}
	r.ran = run{true, r.position.Seq, r.known()}
}

func (r *Replica[S]) rerun() {
	r.optimistic = r.confirmed
	for i := range r.pending {
		p := &r.pending[i]
		p.met = r.optimistic
		p.tell()
		if p.withdrawn != nil {
			continue
		}
		r.meta = p.meta
		if state, err := apply(p.transition, r.optimistic, &r.meta); err == nil && !r.meta.Drew() {
			r.optimistic = state
		} else {
			r.slip()
		}
	}
}

// comparison is how many transitions can be applied in the time that it takes to compare what one of them changed: five in
// a list or a map, up to forty in a counter.
const comparison = 16

// holds reports whether the optimistic state is what applying the pending transitions again would give. Rules depend on
// nothing but their arguments, so it is when the same transitions would meet the same states: when only the oldest of
// them are gone, and the confirmed state equals the one that the next of them met. That is worth finding out only where a
// few of many were confirmed, with no event between them. The comparison also finds a rule that stores the seq or the
// time, which were a guess; but not what an anchored state remembers of its edits, which is no part of any difference.
func (r *Replica[S]) holds() bool {
	confirmed := int(r.known() - r.ran.known)
	if r.capable.anchored || !r.ran.whole || !r.isTail() || r.position.Seq != r.ran.seq+aper.Seq(confirmed) || len(r.pending) <= comparison*confirmed {
		return false
	}
	met := r.pending[0].met
	if !same(r.confirmed, met) {
		return false
	}
	r.confirmed = met // it shares more with what follows, so that the next comparison is short
	return true
}

// isTail reports whether what is pending is what was pushed last, with nothing missing in between.
func (r *Replica[S]) isTail() bool {
	n := len(r.pending)
	return n > 0 && r.pending[0].id == r.nextID-PushID(n-1)
}

// same reports whether two states are equal, in time of what they do not share. Where their own methods fail, they are not.
func same[S aper.StateMachine[S]](one, other S) bool {
	same := true
	failed := guard(func() {
		aper.Diff(one, other, func(aper.Change) bool {
			same = false
			return false
		})
	})
	return same && failed == nil
}
