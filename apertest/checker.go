package apertest

import (
	"testing"

	"github.com/aper-go/aper"
)

// Check looks for breaches of the rules of state machines, in the states that the transitions lead to from state, and
// reports each as an error of t. Give it every kind of transition that the machine has, with values that matter to its
// rules. It is the Check of a zero Checker.
func Check[S aper.StateMachine[S]](t testing.TB, state S, transitions ...aper.Transition[S]) {
	t.Helper()
	Checker[S]{}.Check(t, state, transitions...)
}

// A Checker says how far to look. Its zero value is good for the test of a machine; other seeds and more steps suit a
// long run at night.
type Checker[S aper.StateMachine[S]] struct {
	Seed  uint64 // of the random walks; the same seed gives the same walks
	Steps int    // how many states to visit; 0 means 500
}

const defaultSteps = 500

// Check is like the function Check.
func (c Checker[S]) Check(t testing.TB, state S, transitions ...aper.Transition[S]) {
	t.Helper()
	for i, transition := range transitions {
		if transition == nil {
			t.Errorf("apertest: transition %d of those given to Check is nil", i+1)
			return
		}
	}
	if c.Steps <= 0 {
		c.Steps = defaultSteps
	}
	e := newExploration(c, state, transitions)
	e.run()
	for _, failure := range e.failures {
		t.Errorf("apertest: %s", failure)
	}
	t.Logf("apertest: seed %d, %d states visited", c.Seed, e.visited)
}
