package apertest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/internal/sim"
)

// What the environment says to Converge.
const (
	seedVariable = "APER_SEED"     // simulate this seed alone
	timeVariable = "APER_CONVERGE" // simulate for so long, such as 10m
)

// Converge simulates rooms of the machine: owners, journals, networks and up to sixteen clients, who push the transitions
// that are given, groups of them, and what they become when a bit of their fields changes. Whatever can break breaks:
// connections, programs, owners, journals, clocks and stores. All that happens is checked against the laws of sync: that
// everyone comes to the same state, that each push has one effect and one outcome, and that what was confirmed stays.
//
// It runs fresh seeds for 2 seconds, or a fifth of one with -short; the environment variable APER_CONVERGE=10m makes that
// ten minutes. Begin with a state and transitions that users have, so that their pushes get into each other's way.
//
// A failure prints the shortest history that was found, with what each step of it brought about, and how to repeat it. It
// means one of two things. Mostly, the machine breaks a rule: its Apply depends on more than its arguments, or its Code or
// Diff is not right; Check then tells more. If Check finds nothing, it may be a mistake in aper: please report the history.
//
// Conflicts are no failures, and neither are panics of Apply, which a room answers; Check finds those.
func Converge[S aper.StateMachine[S]](t testing.TB, initial S, transitions ...aper.Transition[S]) {
	t.Helper()
	c, err := newConvergence(initial, transitions)
	if err != nil {
		t.Errorf("apertest: %v", err)
		return
	}
	seeds, duration, err := simulationFor()
	if err != nil {
		t.Errorf("apertest: %v", err)
		return
	}
	var counts sim.Counts
	for start := time.Now(); counts.Seeds < len(seeds) || len(seeds) == 0 && (counts.Seeds == 0 || time.Since(start) < duration); {
		seed := rand.Uint64()
		if len(seeds) > 0 {
			seed = seeds[counts.Seeds]
		}
		report := c.run(seed)
		counts.Add(&report.Counts)
		if report.Failure != nil {
			t.Errorf("apertest: %s", c.describe(report.Failure, t.Name()))
			return
		}
	}
	t.Logf("apertest: %d seeds, %d events, %d outcomes", counts.Seeds, counts.Events, counts.Outcomes)
}

// simulationFor returns the seeds that the environment names, and else for how long to simulate fresh ones.
func simulationFor() (seeds []uint64, duration time.Duration, err error) {
	duration = 2 * time.Second
	if testing.Short() {
		duration = 200 * time.Millisecond
	}
	if text := os.Getenv(seedVariable); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, 0, fmt.Errorf("%s is not the number of a seed: %w", seedVariable, err)
		}
		return []uint64{seed}, 0, nil
	}
	if text := os.Getenv(timeVariable); text != "" {
		if duration, err = time.ParseDuration(text); err != nil {
			return nil, 0, fmt.Errorf("%s is not a duration, such as 10m: %w", timeVariable, err)
		}
	}
	return nil, duration, nil
}

// A convergence is what Converge simulates.
type convergence[S aper.StateMachine[S]] struct {
	initial []byte   // encoded, so that every run begins with a state that nobody changed
	pushes  [][]byte // encoded likewise
	name    string
}

// newConvergence refuses what has no encoding.
func newConvergence[S aper.StateMachine[S]](initial S, transitions []aper.Transition[S]) (*convergence[S], error) {
	c := &convergence[S]{}
	var err error
	if panicked := catch(func() { c.name = engine.MachineName[S]() }); panicked != nil {
		return nil, fmt.Errorf("the machine has no schema, which Check says more about: %w", panicked)
	}
	if c.initial, err = encode(codeState[S], initial); err != nil {
		return nil, fmt.Errorf("the state has no encoding, which Check says more about: %w", err)
	}
	if len(transitions) == 0 {
		return nil, fmt.Errorf("there are no transitions that clients could push")
	}
	for i, t := range transitions {
		if t == nil {
			return nil, fmt.Errorf("transition %d of those given to Converge is nil", i+1)
		}
		encoded, err := encode(codeTransition[S], t)
		if err != nil {
			return nil, fmt.Errorf("transition %d of those given to Converge has no encoding, which Check says more about: %w", i+1, err)
		}
		c.pushes = append(c.pushes, encoded)
	}
	return c, nil
}

// run simulates one seed. Some are short, so that what few actions can show is found after few.
func (c *convergence[S]) run(seed uint64) sim.Report {
	initial, err := decode(codeState[S], c.initial)
	if err != nil {
		return sim.Report{Failure: &sim.Failure{Seed: seed, Err: fmt.Errorf("the initial state does not come back from its encoding: %w", err)}}
	}
	subject := sim.Subject[S]{
		Machine:   sim.Machine[S]{Name: c.name, Initial: initial, Make: c.push},
		Observers: sim.All[S],
	}
	return subject.Run(seed, sim.Options{Actions: 100 << (seed % 4)})
}

// push returns what a client pushes: mostly what was given.
func (c *convergence[S]) push(random *rand.Rand, _ S) aper.Transition[S] {
	switch random.IntN(8) {
	case 0:
		return aper.All(c.pick(random), c.pick(random))
	case 1:
		return c.vary(random)
	}
	return c.pick(random)
}

func (c *convergence[S]) pick(random *rand.Rand) aper.Transition[S] {
	return c.decode(c.pushes[random.IntN(len(c.pushes))])
}

// vary changes one bit of a field where that gives a transition that can be sent.
func (c *convergence[S]) vary(random *rand.Rand) aper.Transition[S] {
	encoded := c.pushes[random.IntN(len(c.pushes))]
	const head = 2 // of the array, and the number of the variant
	if len(encoded) > head {
		changed := append([]byte(nil), encoded...)
		changed[head+random.IntN(len(encoded)-head)] ^= 1 << random.IntN(8)
		if t, err := decode(codeTransition[S], changed); err == nil && sendable(t) {
			return t
		}
	}
	return c.decode(encoded)
}

// sendable reports whether a transition survives the notation of histories.
func sendable[S aper.StateMachine[S]](t aper.Transition[S]) bool {
	text, err := toJSON(codeTransition[S], t)
	if err != nil {
		return false
	}
	_, err = fromJSON(codeTransition[S], text)
	return err == nil
}

func (c *convergence[S]) decode(encoded []byte) aper.Transition[S] {
	t, err := decode(codeTransition[S], encoded)
	if err != nil {
		panic("a transition does not come back from its encoding: " + err.Error())
	}
	return t
}

// describe writes what a person needs to see a failure again and to end it.
func (c *convergence[S]) describe(f *sim.Failure, test string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "a simulated room of %s broke a law of sync.\n\n", c.name)
	for line := range strings.Lines(f.Shown) {
		text.WriteString("\t" + line)
	}
	fmt.Fprintf(&text, "\n%v\n", f.Err)
	if f.Shown != "" && !strings.Contains(f.Shown, "!!!") {
		text.WriteString("It did not happen again when this history was replayed: something besides it has a part in it.\n")
	}
	text.WriteString("Apply must depend on nothing but its arguments, and Code and Diff must tell everything. apertest.Check says more.\n")
	fmt.Fprintf(&text, "Repeat it with: %s=%d go test -run '%s'\n", seedVariable, f.Seed, runPattern(test))
	return text.String()
}

// runPattern returns the -run that selects one test.
func runPattern(test string) string {
	return "^" + strings.ReplaceAll(test, "/", "$/^") + "$"
}
