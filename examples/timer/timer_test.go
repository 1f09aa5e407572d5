package timer

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

func moves() []aper.Transition[Timer] {
	return []aper.Transition[Timer]{Start{1}, Start{3}, Start{Longest}, Start{0}, Start{Longest + 1}, Pause{}, Resume{}, Reset{}, Tick{}}
}

// Nobody ticks in Check, where all transitions come from clients, so it begins with what ticks lead to.
func TestMachine(t *testing.T) {
	apertest.Check(t, Timer{}, moves()...)
	apertest.Check(t, Timer{Set: 3, Left: 1, Beat: 1_764_000_000_000}, moves()...)
	apertest.Check(t, Timer{Set: 3}, moves()...)
}

// Rooms of which everything breaks that can: ticks happen once and in order also there.
func TestRooms(t *testing.T) {
	apertest.Converge(t, Timer{}, moves()...)
}

func TestRules(t *testing.T) {
	running, paused := Timer{Set: 5, Left: 3, Beat: 9000}, Timer{Set: 5, Left: 3, Rest: 600}
	last, over := Timer{Set: 5, Left: 1, Beat: 9000}, Timer{Set: 5}
	for _, test := range []struct {
		name     string
		before   Timer
		by       aper.ClientID
		at       aper.Time
		do       aper.Transition[Timer]
		want     Timer
		conflict error
	}{
		{"start", Timer{}, 1, 4000, Start{5}, Timer{Set: 5, Left: 5, Beat: 5000}, nil},
		{"start after the end", over, 1, 4000, Start{2}, Timer{Set: 2, Left: 2, Beat: 5000}, nil},
		{"start the longest", Timer{}, 1, 0, Start{3600}, Timer{Set: 3600, Left: 3600, Beat: 1000}, nil},
		{"start nothing", Timer{}, 1, 0, Start{}, Timer{}, ErrSeconds},
		{"start too much", Timer{}, 1, 0, Start{3601}, Timer{}, ErrSeconds},
		{"start while it runs", running, 1, 8500, Start{5}, Timer{}, ErrStarted},
		{"start while it is paused", paused, 1, 8500, Start{5}, Timer{}, ErrStarted},

		{"tick", running, 0, 9000, Tick{}, Timer{Set: 5, Left: 2, Beat: 10_000}, nil},
		{"tick late", running, 0, 9700, Tick{}, Timer{Set: 5, Left: 2, Beat: 10_000}, nil},
		{"the last tick", last, 0, 9000, Tick{}, over, nil},
		{"tick early", running, 0, 8999, Tick{}, Timer{}, ErrNotDue},
		{"tick before the start", Timer{}, 0, 9000, Tick{}, Timer{}, ErrNotRunning},
		{"tick in a pause", paused, 0, 9000, Tick{}, Timer{}, ErrNotRunning},
		{"tick after the end", over, 0, 9000, Tick{}, Timer{}, ErrNotRunning},
		{"a client ticks", running, 1, 9000, Tick{}, Timer{}, ErrRoom},

		{"pause", running, 1, 8400, Pause{}, paused, nil},
		{"pause as a second begins", running, 1, 8000, Pause{}, Timer{Set: 5, Left: 3, Rest: 1000}, nil},
		{"pause by a clock that is wrong", running, 1, 99_000, Pause{}, Timer{Set: 5, Left: 3}, nil},
		{"pause by another", running, 1, 2000, Pause{}, Timer{Set: 5, Left: 3, Rest: 1000}, nil},
		{"pause twice", paused, 1, 8500, Pause{}, Timer{}, ErrNotRunning},
		{"pause before the start", Timer{}, 1, 8500, Pause{}, Timer{}, ErrNotRunning},
		{"pause after the end", over, 1, 8500, Pause{}, Timer{}, ErrNotRunning},

		{"resume", paused, 1, 70_000, Resume{}, Timer{Set: 5, Left: 3, Beat: 70_600}, nil},
		{"resume while it runs", running, 1, 8500, Resume{}, Timer{}, ErrNotPaused},
		{"resume before the start", Timer{}, 1, 8500, Resume{}, Timer{}, ErrNotPaused},
		{"resume after the end", over, 1, 8500, Resume{}, Timer{}, ErrNotPaused},

		{"reset", running, 1, 8500, Reset{}, Timer{}, nil},
		{"reset in a pause", paused, 1, 8500, Reset{}, Timer{}, nil},
		{"reset before the start", Timer{}, 1, 8500, Reset{}, Timer{}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.do.Apply(test.before, &aper.Meta{Client: test.by, Time: test.at})
			if !errors.Is(err, test.conflict) {
				t.Fatalf("conflict %v, want %v", err, test.conflict)
			}
			if err == nil && got != test.want {
				t.Errorf("it is %+v, want %+v", got, test.want)
			}
		})
	}
}

// A timer that is named is one that can fire, and each countdown has as many ticks as seconds.
func TestTicks(t *testing.T) {
	s, err := Start{5}.Apply(Timer{}, &aper.Meta{Client: 1, Time: 4321})
	if err != nil {
		t.Fatal(err)
	}
	ticks := aper.Time(0)
	for due, tick := s.NextTimer(); tick != nil && ticks < 10; due, tick = s.NextTimer() {
		ticks++
		if due != 4321+ticks*1000 {
			t.Errorf("tick %d is due at %d", ticks, due)
		}
		if s, err = tick.Apply(s, &aper.Meta{Time: due}); err != nil {
			t.Fatal(err)
		}
	}
	if ticks != 5 || !s.Over() || s.Running() || s.Paused() {
		t.Errorf("after %d ticks it is %+v", ticks, s)
	}
	for _, resting := range []Timer{{}, {Set: 5, Left: 3, Rest: 600}, {Set: 5}} {
		if due, tick := resting.NextTimer(); due != 0 || tick != nil {
			t.Errorf("%+v waits for %T at %d", resting, tick, due)
		}
	}
}

// What README.md shows is what there is.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("timer.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```go\n")
	shown, _, ok := strings.Cut(rest, "```")
	if !ok || !strings.Contains(string(source), shown) {
		t.Error("README.md shows what is not in timer.go")
	}
}
