package engine

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// A TimerError says that a timer's transition cannot become an event. The timer rests until something else happens in
// the room.
type TimerError struct {
	Due aper.Time
	Err error
}

func (e *TimerError) Error() string {
	return "engine: the timer due at " + decimal(uint64(e.Due)) + " cannot fire: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *TimerError) Unwrap() error { return e.Err }

// A MemberError says that the transition by which a session joins or leaves cannot become an event.
type MemberError struct {
	Client aper.ClientID
	Err    error
}

func (e *MemberError) Error() string {
	return "engine: session " + decimal(uint64(e.Client)) + " cannot join or leave: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *MemberError) Unwrap() error { return e.Err }

// ErrNoProgress says that a timer is still there after it fired.
const ErrNoProgress = aper.Conflict("its transition leaves the timer as it was")

// maxFired is how many timers fire in one batch, after a long pause for example; the rest follow in the next ones. One
// that was named so often in a row, with the same time and transition, makes no progress.
const maxFired = 100

// fire makes events of all timers that are due, in order.
func (a *Authority[S]) fire() {
	if !a.capable.timed {
		return
	}
	for !a.parked {
		due, t, err := nextTimer(a.state)
		a.due = max(1, due)
		switch {
		case err != nil:
			a.park(due, err)
			return
		case t == nil:
			a.due = 0
			return
		case due > a.now || a.batch.fired == maxFired:
			return
		}
		raw, err := a.occur(t, max(due, a.time))
		if err == nil && a.repeats(due, raw) {
			err = ErrNoProgress
		}
		if err != nil {
			a.park(due, err)
			return
		}
		a.batch.fired++
	}
}

// repeats reports whether timers fire too often without getting anywhere: to a later time, or at the latest one to another
// transition.
func (a *Authority[S]) repeats(due aper.Time, raw []byte) bool {
	switch f := &a.fired; {
	case due > f.due:
		f.due, f.times = due, 0
	case due < f.due || string(raw) == string(f.raw):
		f.times++
	}
	a.fired.raw = raw
	return a.fired.times >= maxFired
}

func (a *Authority[S]) park(due aper.Time, err error) {
	a.parked, a.fired.times = true, 0
	a.panicked(err)
	a.report(&TimerError{due, err})
}

func (a *Authority[S]) report(err error) { a.batch.reports = append(a.batch.reports, err) }

// occur makes an event of the authority itself.
func (a *Authority[S]) occur(t aper.Transition[S], at aper.Time) (raw []byte, err error) {
	if raw, err = a.encode(t); err != nil {
		return nil, err
	}
	a.meta = aper.Meta{ClientSeq: aper.ClientSeq(a.position.Seq + 1), Time: at, Base: a.position.Seq}
	if !a.capable.anchored {
		a.meta.Base = 0
	}
	return raw, a.accept(t, raw, false)
}

// A leaving session has lost its connection.
type leaving struct {
	session *session
	at      aper.Time
}

func (a *Authority[S]) leaveLater(s *session) {
	s.leaveAt = a.now + a.options.LeaveAfter
	a.leaving = append(a.leaving, leaving{s, s.leaveAt})
}

// leaveNow lets those leave who did not come back.
func (a *Authority[S]) leaveNow() {
	for len(a.leaving) > 0 && a.leaving[0].at <= a.now {
		l := a.leaving[0]
		a.leaving = a.leaving[1:]
		if l.session.Joined && l.session.attach == 0 && l.session.leaveAt == l.at {
			a.leave(l.session)
		}
	}
}

// join makes the event that a session is there.
func (a *Authority[S]) join(s *session) {
	if !a.capable.attended || s.Joined {
		return
	}
	a.fire()
	t, err := joinOf(a.state, s.Client, s.User)
	if t == nil && err == nil {
		return
	}
	a.open(s)
	if err == nil {
		_, err = a.occur(t, a.stamp())
	}
	if err != nil {
		a.report(&MemberError{s.Client, err})
		return
	}
	a.member(s, true)
}

// leave makes the event that a session is gone.
func (a *Authority[S]) leave(s *session) {
	a.fire()
	t, err := leaveOf(a.state, s.Client, s.User)
	if t != nil && err == nil {
		_, err = a.occur(t, a.stamp())
	}
	if err != nil {
		a.report(&MemberError{s.Client, err})
	}
	a.member(s, false)
}

func (a *Authority[S]) member(s *session, joined bool) {
	s.Joined = joined
	a.batch.record.Joined = append(a.batch.record.Joined, wire.Membership{Client: s.Client, Joined: joined})
	a.batch.write = true
	a.parked = false
	a.touch(s)
}

// bye ends a session whose client will not come back.
func (a *Authority[S]) bye(at *attachment) {
	s := at.session
	a.Detach(at.attach)
	if s.Joined && s.attach == 0 {
		a.leave(s)
	}
}

// wake returns when there is something to do without anyone saying so, and 0 for never.
func (a *Authority[S]) wake() aper.Time {
	wake := aper.Time(0)
	if a.due != 0 && !a.parked {
		wake = max(1, a.due)
	}
	if len(a.leaving) > 0 && (wake == 0 || a.leaving[0].at < wake) {
		wake = a.leaving[0].at
	}
	return wake
}
