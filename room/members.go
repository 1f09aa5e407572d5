package room

import (
	"maps"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
)

// A Member is a session that is connected.
type Member struct {
	Principal
	Client aper.ClientID
	View   bool
}

func (s *Session[S]) member() Member {
	return Member{Principal{s.peer.User, s.peer.ReadOnly, s.peer.SeesAll}, s.client, s.viewer != nil}
}

// Members returns who is connected and has said hello, in no particular order.
func (r *Room[S]) Members() (list []Member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.sessions {
		if s.client != 0 {
			list = append(list, s.member())
		}
	}
	return list
}

// remaining returns the sessions of a room that has ended, which have not been seen to leave.
func (r *Room[S]) remaining() []*Session[S] {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Values(r.sessions))
}

func (r *Room[S]) traceLeft(s *Session[S]) {
	if m := s.member(); m.Client != 0 && r.options.Trace.Left != nil {
		r.options.Trace.Left(r.id, m)
	}
}

// Expel closes the connections of those whom who picks, and tells them why. Their clients do not come back by themselves;
// who is to be kept out must also be refused when joining.
func (r *Room[S]) Expel(reason string, who func(Member) bool) {
	r.inbox.tell(input[S]{kind: expels, who: who, reason: reason})
}

func (r *Room[S]) expel(who func(Member) bool, reason string) {
	connected := map[engine.Attach]Member{}
	r.mu.Lock()
	for _, s := range r.sessions {
		connected[s.attach] = s.member()
	}
	r.mu.Unlock()
	for attach, m := range connected {
		if who(m) {
			r.authority.Expel(attach, reason)
		}
	}
}
