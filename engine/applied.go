package engine

import (
	"cmp"
	"slices"

	"github.com/aper-go/aper"
)

// An Applied is how a pushed transition was applied last. It is what its inverse is made of.
type Applied[S any] struct {
	Transition aper.Transition[S] // what was pushed, unless the authority amended it, or the replica said it anew
	Before     S
	Meta       aper.Meta
}

// Follow returns how a pending transition was applied. The replica brings that up to date whenever it applies it again, and for
// the last time with its outcome: a confirmed one was applied to the state before its event, as far as the replica received the
// event and not a later snapshot. Nil means that nothing pending has the ID.
func (r *Replica[S]) Follow(id PushID) *Applied[S] {
	i, ok := slices.BinarySearchFunc(r.pending, id, func(p pending[S], id PushID) int { return cmp.Compare(p.id, id) })
	if !ok {
		return nil
	}
	p := &r.pending[i]
	if p.followed == nil {
		p.followed = &Applied[S]{}
		p.tell()
	}
	return p.followed
}

// tell tells whoever follows a pending transition how it was applied last.
func (p *pending[S]) tell() {
	if p.followed != nil {
		*p.followed = Applied[S]{p.transition, p.met, p.meta}
	}
}
