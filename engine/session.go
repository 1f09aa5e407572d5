package engine

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// decide notes the outcome of the session's next transition. Nothing was made on top of one that was withdrawn: that its author
// has said anew, or withdrawn too.
func (s *session) decide(v wire.Verdict) {
	s.Decided = v.ClientSeq
	if v.Rejected && v.Conflict != ErrWithdrawn {
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

// open makes the batch's record say that the session exists, with the first that is said about it.
func (a *Authority[S]) open(s *session) {
	if s.opened {
		return
	}
	a.batch.record.Opened = append(a.batch.record.Opened, s.Opened)
	a.batch.write = true
	a.opened(s)
	a.touch(s)
	if excess := len(a.rows) - a.options.MaxSessions; excess > 0 {
		a.evictUnused(excess + a.options.MaxSessions/16) // so that the next time is far
	}
}

// opened puts a session among those that the journal knows.
func (a *Authority[S]) opened(s *session) {
	s.opened = true
	a.rows = append(a.rows, s)
	if s.User == "" {
		return
	}
	a.users = append(a.users, wire.User{Client: s.Client, Name: s.User})
	if !s.Told {
		a.untold = append(a.untold, s)
	}
}

// touch notes that the batch's record says something about the session.
func (a *Authority[S]) touch(s *session) {
	if s.touched != a.batch.number {
		s.touched = a.batch.number
		a.batch.touched = append(a.batch.touched, s)
	}
}

// evictOld forgets the sessions that nobody used for so long.
func (a *Authority[S]) evictOld() {
	a.evict(slices.DeleteFunc(a.unused(), func(s *session) bool { return s.Active >= a.now-a.options.SessionAge }))
}

// evictUnused forgets so many sessions, the longest unused first.
func (a *Authority[S]) evictUnused(count int) {
	unused := a.unused()
	slices.SortStableFunc(unused, func(x, y *session) int { return cmp.Compare(x.Active, y.Active) })
	a.evict(unused[:min(len(unused), count)])
}

// unused returns the sessions that can be forgotten. Not those that the batch says something about.
func (a *Authority[S]) unused() (list []*session) {
	for _, s := range a.rows {
		if s.attach == 0 && !s.Joined && s.touched != a.batch.number {
			list = append(list, s)
		}
	}
	return list
}

func (a *Authority[S]) evict(list []*session) {
	for _, s := range list {
		a.batch.record.Evicted = append(a.batch.record.Evicted, s.Client)
		a.batch.write = true
	}
	a.forget(a.batch.record.Evicted)
}

// forget drops sessions.
func (a *Authority[S]) forget(clients []aper.ClientID) {
	if len(clients) == 0 {
		return
	}
	for _, client := range clients {
		delete(a.sessions, client)
		a.evictedBelow = max(a.evictedBelow, client+1)
	}
	a.rows = slices.DeleteFunc(a.rows, func(s *session) bool { return a.sessions[s.Client] != s })
	a.untold = slices.DeleteFunc(a.untold, func(s *session) bool { return a.sessions[s.Client] != s })
	a.users = nil // a Ready may hold the old ones
	for _, s := range a.rows {
		if s.User != "" {
			a.users = append(a.users, wire.User{Client: s.Client, Name: s.User})
		}
	}
}

// setAside keeps a session that no record knows while its client may still come back, so that nobody else can say that
// its number is his. Only so many are kept.
func (a *Authority[S]) setAside(s *session) {
	a.unopened = append(a.unopened, s)
	if len(a.unopened) <= clientBlock {
		return
	}
	oldest := a.unopened[0]
	a.unopened = a.unopened[1:]
	if !oldest.opened && oldest.attach == 0 {
		delete(a.sessions, oldest.Client)
	}
}

// hello finds or begins the session of a connection.
func (a *Authority[S]) hello(at *attachment, m *wire.Hello) {
	switch {
	case at.session != nil:
		a.close(at, wire.CloseProtocol, "Hello comes once")
		return
	case m.Protocol < wire.OldestVersion || m.Protocol > wire.Version:
		a.close(at, wire.CloseVersion, "this server speaks another version of the protocol; update the older side")
		return
	case !m.View && m.Schema != a.schema:
		a.close(at, wire.CloseMachine, "client and server were built from different versions of "+a.machine+
			"; reload or update the older one")
		return
	}
	if a.capable.secretive && !m.View && !at.peer.SeesAll {
		a.close(at, wire.CloseRefused, a.machine+" hides information, so only views may join")
		return
	}
	s := a.identify(at, m)
	if s == nil {
		return
	}
	if m.Instance != 0 && m.Instance == s.instance && m.Attempt < s.attempt {
		a.close(at, wire.CloseSuperseded, "a later connection of this client is here already")
		return
	}
	s.instance, s.attempt = m.Instance, m.Attempt
	if old := a.attached[s.attach]; old != nil {
		a.close(old, wire.CloseSuperseded, "another connection took over this session")
	}
	s.attach, s.view, s.verdicts = at.attach, m.View, nil
	a.setPresence(s, nil)
	s.base, s.heard = 0, neverHeard
	a.progress(s, m.Base)
	at.session, a.sessions[s.Client] = s, s
	a.batch.joined = append(a.batch.joined, at)
	a.join(s)
}

// identify returns the session of a connection, and sets how it is welcomed. It returns nil when the connection had to be
// closed.
func (a *Authority[S]) identify(at *attachment, m *wire.Hello) *session {
	at.rewound = a.place(at, m)
	if m.Client == 0 {
		at.mode = wire.Fresh
		return a.begin(at)
	}
	s, forgotten := a.find(at, m)
	switch {
	case forgotten:
		at.mode = wire.Fresh
		return a.begin(at)
	case s == nil || m.Known > s.Decided:
		// Nothing of it has happened here. Either the journal is older than what the client saw, or this is no longer the
		// owner of the room: then the record that has to be written first cannot be.
		a.batch.write = true
		at.mode, at.rewound, at.resumes = wire.Forked, true, false
		return a.begin(at)
	case s.Decided > m.Sent || s.acknowledged() > m.Known:
		reason := "the client's store is older than what it has pushed"
		a.closeWith(at, wire.Close{Code: wire.CloseRolledBack, Reason: reason, Decided: s.Decided})
		return nil
	}
	a.acknowledge(s, m.Known)
	at.mode, at.peer.Token = wire.Resumed, m.Token
	return s
}

// place finds out what a client misses. It reports whether the client was in another history than this one.
func (a *Authority[S]) place(at *attachment, m *wire.Hello) (rewound bool) {
	if m.Position.Epoch != a.epoch {
		elsewhere := m.Position.Epoch != 0
		a.batch.write = a.batch.write || elsewhere // the room may have been restored since it was opened here
		return elsewhere
	}
	at.from = tailEnd{m.Position.Seq, m.Position.Tag}
	_, there, contradicts := a.tail.since(at.from)
	at.resumes = there && !m.View
	a.batch.write = a.batch.write || contradicts // only the room's owner may say so
	return contradicts
}

// find returns the session that a Hello asks for, and whether one was forgotten, or is somebody else's. A number that was
// given out, and whose session no record opened, has nothing decided: it goes on from the beginning.
func (a *Authority[S]) find(at *attachment, m *wire.Hello) (s *session, forgotten bool) {
	hash := a.options.HashToken(m.Token)
	s = a.sessions[m.Client]
	switch {
	case s != nil:
		if !bytes.Equal(s.TokenHash, hash) || s.User != at.peer.User {
			return nil, !at.rewound || s.opened
		}
	case m.Client < a.evictedBelow:
		return nil, true
	case m.Client < a.nextClient && !at.rewound:
		s = &session{}
		s.Opened = wire.Opened{Client: m.Client, TokenHash: hash, User: at.peer.User}
	}
	return s, false
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
