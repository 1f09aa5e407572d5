package engine

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// floorHeldFor is how long a session that says nothing keeps the floor where it may still push, in milliseconds.
const floorHeldFor = 30_000

// neverHeard is when a session said something that has not said anything yet.
const neverHeard = -floorHeldFor - 1

// floorNow returns the lowest base that a push may have now. Within a batch it is the same from the first event on.
func (a *Authority[S]) floorNow() aper.Seq {
	head, keep := a.position.Seq, aper.Seq(a.options.KeepBehind)
	if !a.capable.anchored || a.batch.record.Events.Len() > 0 || head <= a.floor+keep {
		return a.floor
	}
	lowest := head - keep
	for _, at := range a.attached { // any order: the lowest is the same in any order
		s := at.session
		if s == nil || s.attach != at.attach || a.now-s.heard > floorHeldFor {
			continue
		}
		lowest = min(lowest, s.base)
	}
	if head > aper.Seq(a.options.MaxBehind) {
		lowest = max(lowest, head-aper.Seq(a.options.MaxBehind))
	}
	return max(a.floor, lowest)
}

// progress notes the lowest base that a session may still push with, if it says one.
func (a *Authority[S]) progress(s *session, base aper.Seq) {
	if base == wire.NoBase {
		return
	}
	s.base, s.heard = max(s.base, min(base, a.position.Seq)), a.now
}

// baseOf checks the base of a push, and reports whether its transitions can be decided. A base that is too old is no
// outcome: the client is asked to say again what it wants, and until it does nothing that follows is looked at. A view cannot
// say it again, so what it pushes is decided in any case.
func (a *Authority[S]) baseOf(at *attachment, m *wire.Push, next aper.ClientSeq) (base aper.Seq, ok bool) {
	switch {
	case !a.capable.anchored:
		return 0, true
	case at.session.view && m.Base == wire.NoBase:
		return m.Base, true
	case m.Base > a.position.Seq:
		a.close(at, wire.CloseProtocol, "a transition was made on a state that is still to come")
		return 0, false
	case at.session.view: // decide looks whether it is too old
	case m.Base < a.floorNow():
		a.nack(at, next)
		return 0, false
	}
	a.progress(at.session, m.Base)
	return m.Base, true
}

func (a *Authority[S]) nack(at *attachment, from aper.ClientSeq) {
	at.nacked = from
	m := wire.Nack{From: from, Floor: a.floorNow()}
	a.batch.replies = append(a.batch.replies, Message{To: at.attach, Bytes: m.Append(nil)})
}
