package sim

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// Counts are of one run, or of many.
type Counts struct {
	Seeds    int
	Actions  int // that did something
	Events   int // that became durable
	Records  int
	Outcomes int // that users were told
	Verbs    [verbCount]int
	Happened [happeningCount]int
}

// A happening is what actions bring about at times.
type happening byte

const (
	appendRefused happening = iota
	pushRefused
	fellBehind
	sessionSurrendered
	closedRetry
	closedReconnect
	closedNewSession
	closedStop
	joinedByEvents
	joinedByState
	baseRefused
	pushReanchored
	pushWithdrawn
	sessionForgotten
	historyForked
	sumTold
	epochBegun
	pushAmended
	pushForbidden
	pushReadOnly
	expelled
	footingLost
	happeningCount
)

var happenings = [happeningCount]string{
	appendRefused:      "appends refused",
	pushRefused:        "pushes with a conflict at once",
	fellBehind:         "connections that fell behind",
	sessionSurrendered: "sessions surrendered",
	closedRetry:        "closed to retry",
	closedReconnect:    "closed to reconnect",
	closedNewSession:   "closed for a new session",
	closedStop:         "closed for good",
	joinedByEvents:     "joined by events",
	joinedByState:      "joined by a state",
	baseRefused:        "nacks",
	pushReanchored:     "pushes re-anchored",
	pushWithdrawn:      "pushes withdrawn",
	sessionForgotten:   "sessions forgotten",
	historyForked:      "told that the room went back",
	sumTold:            "sums told",
	epochBegun:         "epochs begun",
	pushAmended:        "pushes amended",
	pushForbidden:      "pushes forbidden",
	pushReadOnly:       "pushes of who may only look",
	expelled:           "expelled",
	footingLost:        "memories given up",
}

func closedWith(code wire.CloseCode) happening {
	return [...]happening{
		wire.Retry:      closedRetry,
		wire.Reconnect:  closedReconnect,
		wire.NewSession: closedNewSession,
		wire.Stop:       closedStop,
	}[code.Action()]
}

// Add adds what happened in another run.
func (c *Counts) Add(other *Counts) {
	c.Seeds += other.Seeds
	c.Actions += other.Actions
	c.Events += other.Events
	c.Records += other.Records
	c.Outcomes += other.Outcomes
	for i := range c.Verbs {
		c.Verbs[i] += other.Verbs[i]
	}
	for i := range c.Happened {
		c.Happened[i] += other.Happened[i]
	}
}

func (c *Counts) String() string {
	words := []string{fmt.Sprintf("%d seeds, %d events in %d records, %d outcomes, %d actions",
		c.Seeds, c.Events, c.Records, c.Outcomes, c.Actions)}
	for v := Verb(1); v < verbCount; v++ {
		if v.Fault() {
			words = append(words, fmt.Sprintf("%s %d", v, c.Verbs[v]))
		}
	}
	for i, n := range c.Happened {
		words = append(words, fmt.Sprintf("%s %d", happenings[i], n))
	}
	return strings.Join(words, ", ")
}

// Options limit a run.
type Options struct {
	Actions int    // before everything settles; default 1000. Some seeds have ten times as many
	Without []Verb // that are never drawn, while a known mistake hides what else there is
	Whole   bool   // a history that fails is not made shorter, nor shown
}

// A Report says what happened in a run.
type Report struct {
	Counts
	Failure *Failure // nil when nothing was wrong
}

// A Failure is what was wrong in a run, with the shortest history that was found to show it.
type Failure struct {
	Machine string
	Seed    uint64
	Index   int      // of the action that failed, in the run of the seed
	Err     error    // what was wrong then
	History []Action // shorter, and the last action fails
	Shown   string   // that history with its effects
}

func (f *Failure) Error() string {
	return fmt.Sprintf("machine %s, seed %d, action %d: %v\n\n%s\nRepeat it with: go test ./internal/sim -run TestSimulation -seed %d -machine %[1]s",
		f.Machine, f.Seed, f.Index, f.Err, f.Shown, f.Seed)
}

// A Subject is a machine together with those who watch it.
type Subject[S aper.StateMachine[S]] struct {
	Machine   Machine[S]
	Observers func(Machine[S]) []Observer[S] // for one run, such as All
}

// Name returns the name of the machine.
func (s Subject[S]) Name() string { return s.Machine.Name }

// Run does what the generator draws from a seed.
func (s Subject[S]) Run(seed uint64, o Options) Report {
	if o.Actions == 0 {
		o.Actions = 1000
	}
	w := NewWorld(s.Machine, s.Observers(s.Machine)...)
	g := NewGenerator(w, seed, o.Without...)
	var history []Action
	err := protect(func() error {
		for len(history) < o.Actions*g.profile.length {
			history = append(history, g.Next())
			if err := w.Do(history[len(history)-1]); err != nil {
				return err
			}
		}
		history = append(history, Action{Verb: Settle})
		return w.Do(Action{Verb: Settle})
	})
	report := Report{Counts: w.Counts()}
	report.Seeds = 1
	if err != nil {
		report.Failure = &Failure{Machine: s.Machine.Name, Seed: seed, Index: len(history) - 1, Err: err, History: history}
		if !o.Whole {
			s.explain(report.Failure)
		}
	}
	return report
}

// Replay does the actions of a history until one fails, and writes them down with their effects when out is not nil.
func (s Subject[S]) Replay(history []Action, out *strings.Builder) error {
	_, err := s.replay(history, out)
	return err
}

// replay also returns how many actions were done, the one that failed included.
func (s Subject[S]) replay(history []Action, out *strings.Builder) (done int, err error) {
	w := NewWorld(s.Machine, s.Observers(s.Machine)...)
	w.Trace(out)
	w.trace.whole = true
	err = protect(func() error {
		for _, a := range history {
			done++
			if out != nil {
				out.WriteString(a.String() + "\n")
			}
			if err := w.Do(a); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

// protect turns a panic into an error.
func protect(run func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return run()
}

// explain makes the history shorter, and shows it.
func (s Subject[S]) explain(f *Failure) {
	f.History = s.shrink(f.History)
	var shown strings.Builder
	if err := s.Replay(f.History, &shown); err != nil {
		fmt.Fprintf(&shown, "    !!! %v\n", err)
	}
	f.Shown = shown.String()
}
