package room

import (
	"sync"
	"time"
)

// A pace slows down who sends more than a rate. What was sent is paid for in time: it may be borrowed for one second, and
// beyond that the sender waits. (The generic cell rate algorithm, ITU-T I.371.)
type pace struct {
	mu   sync.Mutex
	paid time.Time // until when the time is used up
}

const paceBurst = time.Second

// charge takes the time that so much costs.
func (p *pace) charge(weight, rate int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paid.Before(now) {
		p.paid = now
	}
	p.paid = p.paid.Add(time.Duration(weight) * time.Second / time.Duration(rate))
}

// wait returns how long to wait before sending more.
func (p *pace) wait(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.paid.Sub(now.Add(paceBurst))
}

// A userPace is the pace of all sessions of one user. The room's mutex protects the count of them.
type userPace struct {
	pace
	sessions int
}

// paceOf returns the pace that a new session of the user shares. The room's mutex is held.
func (r *Room[S]) paceOf(user string) *userPace {
	if user == "" {
		return nil
	}
	found := r.users[user]
	if found == nil {
		found = &userPace{}
		r.users[user] = found
	}
	found.sessions++
	return found
}

// charge notes what the session asked of the room.
func (s *Session[S]) charge(weight int) {
	o := &s.room.options
	if o.Rate > 0 {
		s.pace.charge(weight, o.Rate, o.Now())
	}
	if o.UserRate > 0 && s.user != nil {
		s.user.charge(weight, o.UserRate, o.Now())
	}
}

// calmDown waits until the session may send more.
func (s *Session[S]) calmDown() error {
	now := s.room.options.Now()
	wait := s.pace.wait(now)
	if s.user != nil {
		wait = max(wait, s.user.wait(now))
	}
	if wait <= 0 {
		return nil
	}
	s.slowed.Do(func() {
		s.room.options.Log.Info("a session sends more than Options.Rate allows and is read more slowly", "room", s.room.id, "user", s.peer.User)
	})
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-s.gone:
		return ErrClosed
	case <-s.room.ended:
		return ErrClosed
	}
}
