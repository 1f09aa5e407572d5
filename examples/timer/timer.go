package timer

//go:generate go tool apergen

import "github.com/aper-go/aper"

// Longest is the longest countdown, in seconds. A room that was closed meanwhile makes up for all ticks that were due, one
// event each, so there is a limit to them.
const Longest = 60 * 60

// second is the time between two ticks, in milliseconds like all of aper's times.
const second = 1000

// Timer is the state: a countdown. It runs when Beat is set, is paused when only Left is, and has come to its end when
// Left is zero and Set is not. The zero value is a countdown that nobody has started.
type Timer struct {
	Set  uint32    // seconds that it was started with
	Left uint32    // seconds to go
	Beat aper.Time // when the next tick is due, while it runs
	Rest aper.Time // milliseconds to the next tick, while it is paused
}

type (
	// Start begins a countdown.
	Start struct{ Seconds uint32 }
	// Pause stops it, in the middle of a second too.
	Pause struct{}
	// Resume lets it go on from there.
	Resume struct{}
	// Reset ends it.
	Reset struct{}
	// Tick counts one second down. Only the room itself makes it, when it is due.
	Tick struct{}
)

const (
	ErrSeconds    = aper.Conflict("a countdown takes from 1 to 3600 seconds")
	ErrStarted    = aper.Conflict("the countdown was started already; reset it first")
	ErrNotRunning = aper.Conflict("the countdown is not running")
	ErrNotPaused  = aper.Conflict("the countdown is not paused")
	ErrRoom       = aper.Conflict("only the room itself makes time pass")
	ErrNotDue     = aper.Conflict("the second is not over")
)

// NextTimer returns what is due next and when: nothing, unless the countdown runs.
func (s Timer) NextTimer() (aper.Time, aper.Transition[Timer]) {
	if !s.Running() {
		return 0, nil
	}
	return s.Beat, Tick{}
}

func (Tick) Apply(s Timer, m *aper.Meta) (Timer, error) {
	switch {
	case m.Client != 0:
		return s, ErrRoom
	case !s.Running():
		return s, ErrNotRunning
	case m.Time < s.Beat:
		return s, ErrNotDue
	}
	s.Left--
	s.Beat += second // from when this one was due, however late it is
	if s.Left == 0 {
		s.Beat = 0
	}
	return s, nil
}

func (t Start) Apply(s Timer, m *aper.Meta) (Timer, error) {
	switch {
	case t.Seconds < 1 || t.Seconds > Longest:
		return s, ErrSeconds
	case s.Left > 0:
		return s, ErrStarted
	}
	return Timer{Set: t.Seconds, Left: t.Seconds, Beat: m.Time + second}, nil
}

func (Pause) Apply(s Timer, m *aper.Meta) (Timer, error) {
	if !s.Running() {
		return s, ErrNotRunning
	}
	// The ticks that were due have happened before this, so the next one is at most a second away. Only a replica that
	// guesses the time, until the authority tells it, may find anything else.
	s.Rest = min(max(s.Beat-m.Time, 0), second)
	s.Beat = 0
	return s, nil
}

func (Resume) Apply(s Timer, m *aper.Meta) (Timer, error) {
	if !s.Paused() {
		return s, ErrNotPaused
	}
	s.Beat, s.Rest = m.Time+s.Rest, 0
	return s, nil
}

func (Reset) Apply(Timer, *aper.Meta) (Timer, error) { return Timer{}, nil }

// Running reports whether the seconds pass.
func (s Timer) Running() bool { return s.Beat != 0 }

// Paused reports whether the countdown waits to be resumed.
func (s Timer) Paused() bool { return s.Beat == 0 && s.Left > 0 }

// Over reports whether the countdown has come to its end.
func (s Timer) Over() bool { return s.Left == 0 && s.Set > 0 }
