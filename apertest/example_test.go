package apertest_test

import (
	"fmt"
	"testing"

	"github.com/aper-go/aper/apertest"
	"github.com/aper-go/aper/examples/counter"
)

// A printer stands here for the t of a test.
type printer struct{ testing.TB }

func (printer) Helper()                       {}
func (printer) Logf(form string, args ...any) { fmt.Printf(form+"\n", args...) }

var t testing.TB = printer{}

// The test of a machine. Every kind of transition is there, with a value at the edge of its rule.
func ExampleCheck() {
	apertest.Check(t, counter.Counter{Value: 2},
		counter.Increment{By: 1}, counter.Decrement{By: 3}, counter.Reset{})
	// Output: apertest: seed 0, 500 states visited
}

// Rooms of the machine are simulated for two seconds.
func ExampleConverge() {
	t := quiet{t}
	apertest.Converge(t, counter.Counter{Value: 2},
		counter.Increment{By: 1}, counter.Decrement{By: 3}, counter.Reset{})
	// Output:
}

// A quiet test does not show what happened.
type quiet struct{ testing.TB }

func (quiet) Logf(string, ...any) {}

// Other seeds give other walks.
func ExampleChecker() {
	for seed := range uint64(3) {
		apertest.Checker[counter.Counter]{Seed: seed, Steps: 200}.Check(t, counter.Counter{},
			counter.Increment{By: 1}, counter.Decrement{By: 3}, counter.Reset{})
	}
	// Output:
	// apertest: seed 0, 200 states visited
	// apertest: seed 1, 200 states visited
	// apertest: seed 2, 200 states visited
}
