package sim

import (
	"fmt"
	"hash/fnv"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// errForbidden is the conflict of what owners that authorize do not let anyone push.
const errForbidden = aper.Conflict("nobody may do this")

// forbiddenOf is of how many transitions one is forbidden.
const forbiddenOf = 13

// authorize answers as engine.Options.Authorize.
func (m Machine[S]) authorize(p *engine.Proposal) error {
	var c aper.Coder
	t := p.Transition.(aper.Transition[S])
	instead, err := m.allow(&c, t)
	if err == nil && instead != nil {
		p.Amend(instead)
	}
	return err
}

// allow returns what stands in the place of a transition, nil when nothing does, or why it may not be made. It depends on
// the transition alone, so that anybody can tell what the answer has to be.
func (m Machine[S]) allow(c *aper.Coder, t aper.Transition[S]) (instead aper.Transition[S], err error) {
	hash := fnv.New32a()
	hash.Write(encodeTransition(c, t))
	switch n := hash.Sum32(); {
	case n%forbiddenOf != 0:
	case n%2 == 0:
		return nil, errForbidden
	default:
		return nil, aper.In("here", fmt.Errorf("today: %w", errForbidden))
	}
	if m.Amend == nil {
		return nil, nil
	}
	return m.Amend(t), nil
}

// allowAll does that with each member of a group.
func (m Machine[S]) allowAll(c *aper.Coder, t aper.Transition[S]) (instead aper.Transition[S], amended bool, err error) {
	group, ok := t.(interface{ Members() []aper.Transition[S] })
	if !ok || len(group.Members()) == 0 {
		instead, err = m.allow(c, t)
		if amended = instead != nil; !amended {
			instead = t
		}
		return instead, amended, err
	}
	members := group.Members()
	for i := range members {
		member, changed, err := m.allowAll(c, members[i])
		if err != nil {
			return nil, false, err
		}
		members[i], amended = member, amended || changed
	}
	return aper.All(members...), amended, nil
}

// countAnswers counts what a record says of who may do what.
func (w *World[S]) countAnswers(r *wire.Record) {
	for e := range r.Events.All() {
		if e.Amended {
			w.counts.Happened[pushAmended]++
		}
	}
	for _, v := range r.Rejections {
		switch v.Conflict {
		case errForbidden:
			w.counts.Happened[pushForbidden]++
		case engine.ErrReadOnly:
			w.counts.Happened[pushReadOnly]++
		}
	}
}
