package engine

import (
	"bytes"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// decide notes the outcome of the session's next transition.
func (s *session) decide(v wire.Verdict) {
	s.Decided = v.ClientSeq
	if v.Rejected {
		s.Rejected = v.ClientSeq
	}
	s.Window = append(s.Window, v)
}

// acknowledged returns the highest number whose outcome the client has acknowledged.
func (s *session) acknowledged() aper.ClientSeq { return s.Decided - aper.ClientSeq(len(s.Window)) }

// forget drops the outcomes up to through. It keeps the window's memory for those that follow.
func (s *session) forget(through aper.ClientSeq) {
	n := copy(s.Window, s.Window[through-s.acknowledged():])
	clear(s.Window[n:])
	s.Window = s.Window[:n]
}

// acknowledge notes that a client knows its outcomes up to through, and reports whether that can be. The record of the
// next batch that is written anyway says it too, so that a replayed journal gives the same sessions.
func (a *Authority[S]) acknowledge(s *session, through aper.ClientSeq) bool {
	if through <= s.acknowledged() {
		return true
	}
	if through > s.Decided {
		return false
	}
	s.forget(through)
	list := a.batch.record.Acknowledged
	if last := len(list) - 1; last >= 0 && list[last].Client == s.Client {
		list[last].Through = through
		return true
	}
	a.batch.record.Acknowledged = append(list, wire.Acknowledged{Client: s.Client, Through: through})
	return true
}

// open makes the batch's record say that the session exists, with the first decision about it.
func (a *Authority[S]) open(s *session) {
	if s.opened {
		return
	}
	a.batch.record.Opened = append(a.batch.record.Opened, s.Opened)
	a.opened(s)
	if s.User != "" {
		a.batch.users = append(a.batch.users, wire.User{Client: s.Client, Name: s.User})
	}
}

// opened puts a session among those that the journal knows.
func (a *Authority[S]) opened(s *session) {
	s.opened = true
	a.rows = append(a.rows, s)
	if s.User != "" {
		a.users = append(a.users, wire.User{Client: s.Client, Name: s.User})
	}
}

// hello finds or begins the session of a connection.
func (a *Authority[S]) hello(at *attachment, m *wire.Hello) {
	switch {
	case at.session != nil:
		a.close(at, wire.CloseProtocol, "Hello comes once")
		return
	case m.Protocol != wire.Version:
		a.close(at, wire.CloseVersion, "this server speaks another version of the protocol; update the older side")
		return
	case !m.View && m.Schema != a.schema:
		a.close(at, wire.CloseMachine, "client and server were built from different versions of "+a.machine+
			"; reload or update the older one")
		return
	}
	s := a.resume(at, m)
	if s == nil {
		if at.mode = wire.Fresh; m.Client != 0 && m.Position.Epoch != a.epoch {
			at.mode = wire.Forked
		}
		s = a.begin(at)
	} else if s.Decided > m.Sent {
		a.close(at, wire.CloseRolledBack, "the client's store is older than what it has pushed")
		return
	}
	if old := a.attached[s.attach]; old != nil {
		a.close(old, wire.CloseSuperseded, "another connection took over this session")
	}
	if at.mode == wire.Resumed && !a.acknowledge(s, m.Known) {
		a.close(at, wire.CloseProtocol, "an outcome was acknowledged that was not decided")
		return
	}
	s.attach, s.view, s.verdicts = at.attach, m.View, nil
	at.session, a.sessions[s.Client] = s, s
	a.batch.joined = append(a.batch.joined, at)
}

// resume returns the session that a Hello asks for, and nil when it must begin a new one. A number that was given out,
// and whose session no record opened, has nothing decided: it goes on from the beginning.
func (a *Authority[S]) resume(at *attachment, m *wire.Hello) *session {
	if m.Client == 0 || m.Position.Epoch != a.epoch || m.Client >= a.nextClient {
		return nil
	}
	hash := a.options.HashToken(m.Token)
	s := a.sessions[m.Client]
	if s == nil {
		s = &session{}
		s.Opened = wire.Opened{Client: m.Client, TokenHash: hash, User: at.peer.User}
	}
	if !bytes.Equal(s.TokenHash, hash) || s.User != at.peer.User {
		return nil
	}
	at.peer.Token = m.Token
	return s
}

func (a *Authority[S]) begin(at *attachment) *session {
	if a.nextClient >= a.clients {
		a.reserve()
	}
	s := &session{}
	s.Opened = wire.Opened{
		Client:    a.nextClient,
		TokenHash: a.options.HashToken(at.peer.Token),
		User:      at.peer.User,
	}
	a.nextClient++
	return s
}
