package engine

import (
	"errors"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// A Footing is what somebody stands on who makes transitions that are not pushed yet: the optimistic state at some time. Those
// that take back what was pushed are made so. The zero value is no footing.
type Footing struct {
	position wire.Position
	client   aper.ClientID
	settled  bool   // nothing was pending
	slips    uint64 // how many there had been
}

// ErrFooting says that it cannot be told any more what transitions mean that were made on a Footing.
var ErrFooting = errors.New("engine: the state that this was made on cannot be found again")

// Footing returns the footing of what is made now.
func (r *Replica[S]) Footing() Footing {
	return Footing{r.position, r.client, len(r.pending) == 0, r.slips}
}

// Carry says transitions anew that were made on a footing, the first on its state and each on that of those before it, so that
// they mean the same on the optimistic state as it is. Nothing must have been pushed since. The state is an Anchored one. The
// error is ErrFooting, or that of the state.
func (r *Replica[S]) Carry(made []aper.Transition[S], from Footing) ([]aper.Transition[S], error) {
	switch {
	case from.slips != r.slips, from.client != r.client && !from.settled, from.client == 0, from.position.Seq > r.position.Seq:
		return nil, ErrFooting
	case r.others <= from.position.Seq:
		return made, nil
	}
	return carry(made, r.optimistic, &aper.Meta{Client: r.client, User: r.user, Base: from.position.Seq}, r.position.Seq)
}

// CarryOver says transitions anew that were made on the optimistic state as it was before the last push, so that they mean the
// same behind what was pushed.
func (r *Replica[S]) CarryOver(made []aper.Transition[S]) ([]aper.Transition[S], error) {
	if len(made) == 0 {
		return made, nil
	}
	// Everything that is pending is taken for confirmed, and what was pushed for somebody else's, so that the author of made saw
	// the former but not the latter.
	const latest, another = ^aper.Seq(0) - 1, ^aper.ClientID(0) // what is not confirmed is still later
	state, last := r.confirmed, len(r.pending)-1
	for i := range r.pending {
		p := &r.pending[i]
		if p.withdrawn != nil {
			continue
		}
		meta := p.meta
		if meta.Seq = r.position.Seq + 1 + aper.Seq(i); i == last {
			meta.Seq, meta.Client, meta.Base = 0, another, latest
		}
		if next, err := apply(p.transition, state, &meta); err == nil && !meta.Drew() {
			state = next
		} else if i == last {
			return nil, ErrFooting
		}
	}
	return carry(made, state, &aper.Meta{Client: r.client, User: r.user, Base: latest}, r.position.Seq)
}

// Behind returns how many events there were since a footing, up to the last that somebody else made.
func (r *Replica[S]) Behind(f Footing) aper.Seq {
	return max(r.others, f.position.Seq) - f.position.Seq
}

// carry says transitions anew that were made with m, which means the state that is not there any more.
func carry[S any](made []aper.Transition[S], state S, m *aper.Meta, to aper.Seq) ([]aper.Transition[S], error) {
	again := make([]aper.Transition[S], len(made))
	for i, t := range made {
		var err error
		if again[i], err = reanchor(state, t, *m, to); err != nil {
			return nil, err
		}
		meta := *m
		if next, err := apply(t, state, &meta); err == nil {
			state = next
		}
	}
	return again, nil
}

// slip notes that the optimistic state is not what it would be if others' events had come to the one that was there, so that
// no footing from before holds: something of the user's own was not confirmed, not as it was made, or has no effect meanwhile.
func (r *Replica[S]) slip() { r.slips++ }
