package engine

import "github.com/aper-go/aper"

// A Proposal is a transition that somebody wants to make.
type Proposal struct {
	Client     aper.ClientID
	User       string
	Transition any // one of the room's machine; of a group made by aper.All one member after the other, if it has any

	amended any
}

// Amend puts another transition of the same machine in the place of the one proposed, to stamp something into it that
// only the authority knows. The author's replica shows it as soon as it is confirmed.
func (p *Proposal) Amend(t any) { p.amended = t }

// authorize asks the program whether a transition may be made, and returns the one to make.
func (a *Authority[S]) authorize(at *attachment, t aper.Transition[S]) (_ aper.Transition[S], amended bool, err error) {
	switch {
	case at.peer.ReadOnly:
		return nil, false, ErrReadOnly
	case a.options.Authorize == nil:
		return t, false, nil
	}
	group, ok := t.(interface{ Members() []aper.Transition[S] })
	if !ok {
		return a.authorizeOne(at.session, t)
	}
	members := group.Members()
	if len(members) == 0 { // else nobody would be asked about it, and it is an event all the same
		return a.authorizeOne(at.session, t)
	}
	for i := range members {
		member, changed, err := a.authorize(at, members[i])
		if err != nil {
			return nil, false, err
		}
		members[i], amended = member, amended || changed
	}
	if amended {
		t = aper.All(members...)
	}
	return t, amended, nil
}

func (a *Authority[S]) authorizeOne(s *session, t aper.Transition[S]) (_ aper.Transition[S], amended bool, err error) {
	p := Proposal{Client: s.Client, User: s.User, Transition: t}
	if failed := guard(func() { err = a.options.Authorize(&p) }); failed != nil {
		err = failed
	}
	if err != nil || p.amended == nil {
		return t, false, err
	}
	t, ok := p.amended.(aper.Transition[S])
	if !ok {
		err = a.misplaced()
	}
	return t, true, err
}

// restate encodes what was put in a transition's place, and decodes it again: so the room does what everyone does who reads
// of it, also when the program changes later what it gave away.
func (a *Authority[S]) restate(t aper.Transition[S]) (_ aper.Transition[S], raw []byte, err error) {
	failed := guard(func() {
		if raw, err = a.encode(t); err == nil {
			t, err = a.decode(raw)
		}
	})
	if failed != nil || err != nil {
		return nil, nil, a.misplaced()
	}
	return t, raw, nil
}

func (a *Authority[S]) misplaced() error {
	return &PanicError{Value: "Authorize put something in the place of a transition that is none of " + a.machine}
}
