package apertest

import (
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/aper-go/aper"
)

const (
	longestWalk = 30 // transitions from the start
	maxFailures = 3  // of one check; more would only hide the first
)

// An exploration walks through the states of a machine and asks in each whether a rule is broken.
type exploration[S aper.StateMachine[S]] struct {
	seed        uint64
	steps       int
	random      *rand.Rand
	start       start[S]
	transitions []aper.Transition[S]

	rules    []rule[S] // that nobody has broken yet
	visited  int
	failures []string
	over     bool
}

func newExploration[S aper.StateMachine[S]](c Checker[S], state S, transitions []aper.Transition[S]) *exploration[S] {
	return &exploration[S]{
		seed:        c.Seed,
		steps:       c.Steps,
		random:      rand.New(rand.NewPCG(c.Seed, 0)),
		start:       newStart(state),
		transitions: transitions,
		rules:       placeRules[S](),
	}
}

func (e *exploration[S]) run() {
	e.checkTransitions()
	steps := e.steps
	if len(e.transitions) == 0 {
		steps = 1
	}
	for length := 1; !e.over && e.visited < steps; length = min(length+1, longestWalk) {
		e.walk(length)
	}
	if len(e.failures) == 0 {
		e.walkTogether()
	}
}

// walkTogether walks once more and has everything done by two goroutines at once, as rooms encode a state while they apply
// transitions to it: the race detector says what is written where the other reads. The rules say it more clearly where the
// value changes, so they go first.
func (e *exploration[S]) walkTogether() {
	for here, ok := e.start.place(), true; ok && len(here.past) < longestWalk; {
		tries := e.tries(here)
		use := func() {
			encode(codeState[S], here.state())
			for _, try := range tries {
				encode(codeTransition[S], try.transition)
				apply(here.state(), try)
			}
		}
		var other sync.WaitGroup
		other.Go(use)
		use()
		other.Wait()
		here, ok = e.advance(here, tries)
	}
}

// checkTransitions checks what has to do with the transitions alone.
func (e *exploration[S]) checkTransitions() {
	rules := e.rules
	e.rules = transitionRules[S]()
	for _, t := range e.transitions {
		if !e.over {
			e.check(e.start.place(), []step[S]{{transition: t}})
		}
	}
	e.rules = rules
}

// walk visits states at random. Walks grow, so that what few transitions can show is found after few.
func (e *exploration[S]) walk(length int) {
	here := e.start.place()
	for range length {
		tries := e.tries(here)
		e.visited++
		e.check(here, tries)
		next, ok := e.advance(here, tries)
		if e.over || e.visited >= e.steps || !ok {
			return
		}
		here = next
	}
}

// tries returns every transition, each with a meta it could have here.
func (e *exploration[S]) tries(here place[S]) []step[S] {
	var tries []step[S]
	for _, t := range e.transitions {
		tries = append(tries, step[S]{transition: t, meta: inventMeta(e.random, here.past)})
	}
	return tries
}

// advance follows one of the tries that the state allows.
func (e *exploration[S]) advance(here place[S], tries []step[S]) (place[S], bool) {
	for _, i := range e.random.Perm(len(tries)) {
		if next, ok := here.then(tries[i]); ok {
			return next, true
		}
	}
	return here, false
}

// check reports the first rule that is broken here. The rules after it are not asked: what they would find is most often
// a consequence.
func (e *exploration[S]) check(here place[S], tries []step[S]) {
	for _, r := range e.rules {
		if evidence := r.broken(here, tries); evidence != "" {
			e.fail(breach[S]{rule: r, past: here.past, tries: tries, evidence: evidence})
			return
		}
	}
}

func (e *exploration[S]) fail(b breach[S]) {
	b = e.shrink(e.blame(b))
	e.failures = append(e.failures, e.describe(b))
	e.rules = slices.DeleteFunc(e.rules, func(r rule[S]) bool { return r.says == b.rule.says })
	e.over = b.rule.fatal || len(e.failures) == maxFailures
}
