package apertest_test

import (
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

// breaches are bad machines, each with the one rule that it breaks.
type breach struct {
	name  string
	check func(testing.TB)
	says  string
}

func breaches() []breach {
	return []breach{
		// Purity.
		{"writes into a shared slice", board(Copied{1}, Copied{2}, Reset{9}),
			"Apply changed its argument, the state it was given"},
		{"counts behind a pointer", check(Lent{}, Bump{}),
			"Apply changed its argument, the state it was given"},
		{"appends to a shared slice", board(Push{1}, Push{2}),
			"a state that Apply returned changed later"},
		{"appends where it cut before", board(Copied{1}, Pop{}, Push{9}),
			"Apply changed its argument, the state it was given"},
		{"changes and keeps the transition", func(t testing.TB) { apertest.Check(t, Lent{}, &Order{1}) },
			"Apply changed the transition"},
		{"changes the Meta", check(Box{}, Sneak{}),
			"Apply changed the Meta"},
		{"keeps the Meta", check(Lent{}, Keep{}),
			"a state that Apply returned changed later"},

		// Chance.
		{"counts in a variable of the package", check(Box{}, Ticket{}),
			"Apply gives different results for the same state, transition and Meta"},
		{"goes through a map", check(Box{}, Shuffle{}),
			"Apply gives different results for the same state, transition and Meta"},
		{"conflicts as it likes", check(Box{}, Moody{}),
			"Apply gives different results for the same state, transition and Meta"},
		{"encodes a map in its order", check(Shaken{}, Step[Shaken]{}),
			"a state has no encoding, or more than one"},

		// Panics and conflicts.
		{"divides by zero", check(Box{}, Divide{2}, Divide{0}),
			"Apply panicked"},
		{"divides by zero, which the test does not try", check(Box{}, Divide{2}),
			"Apply panicked"},
		{"returns a nil pointer as a conflict", check(Box{}, Nil{}),
			"Apply panicked"},
		{"joins two constants", check(Box{}, Joined{}),
			"a conflict loses its constant on the way"},
		{"has a conflict without text", check(Box{}, Silent{}),
			"the text of a conflict cannot travel"},
		{"has a conflict with too long a path", check(Box{}, Verbose{}),
			"the text of a conflict cannot travel"},
		{"has a conflict that is not UTF-8", check(Box{}, Garbled{}),
			"the text of a conflict cannot travel"},

		// Encoding of states.
		{"forgets a field", check(Forgetful{}, Step[Forgetful]{}),
			"Code forgets a field of the state"},
		{"forgets a field that was set from the start", check(Forgetful{Title: [2]string{"x"}}),
			"Code forgets a field of the state"},
		{"forgets what is behind a pointer", check(Hidden{}, Step[Hidden]{}),
			"Apply does something else after decoding"},
		{"panics on a decoded state", check(Prepared{by: new(int64)}, Step[Prepared]{}),
			"Apply does something else after decoding"},
		{"makes infinity", check(Infinite{}, Step[Infinite]{}),
			"a state has no encoding, or more than one"},
		{"counts its fields wrong", check(Miscounted{}, Step[Miscounted]{}),
			"a state does not come back from its encoding"},
		{"loses a field in JSON", check(Namesakes{}, Step[Namesakes]{}),
			"a state does not come back from JSON"},
		{"believes a count", check(Greedy{}, Step[Greedy]{}),
			"damaged bytes of a state are not refused"},
		{"forgives what cannot be read", check(Forgiving{}, Step[Forgiving]{}),
			"damaged bytes of a state are not refused"},

		// Encoding of transitions.
		{"has a transition that was not generated", check(Box{}, Gone{}),
			"a transition has no encoding, or more than one"},
		{"forgets a field of a transition", check(Box{}, Lossy{By: 1}),
			"Code forgets a field of a transition"},
		{"loses a field of a transition in JSON", check(Box{}, Twice{A: 1, B: 2}),
			"a transition does not come back from JSON"},
		{"counts the fields of a transition wrong", check(Inbox{}, Postage{1}),
			"a transition does not come back from its encoding"},
		{"forgets what a transition points to", check(Inbox{}, Stamp{new(int64(5))}),
			"Apply does something else after decoding"},
		{"trusts the bytes of a transition", check(Inbox{}, Letter{"x"}),
			"damaged bytes of a transition are not refused"},
	}
}

// enough is how many states show each of the breaches.
const enough = 100

// check puts a check off.
func check[S aper.StateMachine[S]](state S, transitions ...aper.Transition[S]) func(testing.TB) {
	return func(t testing.TB) { apertest.Checker[S]{Steps: enough}.Check(t, state, transitions...) }
}

// board checks a slice with room to grow, as append makes them.
func board(transitions ...aper.Transition[Board]) func(testing.TB) {
	return func(t testing.TB) {
		state := Board{Points: make([]int64, 0, 8)}
		apertest.Checker[Board]{Steps: enough}.Check(t, state, transitions...)
	}
}

func TestEachBreachIsFound(t *testing.T) {
	for _, b := range breaches() {
		t.Run(b.name, func(t *testing.T) {
			found := failures(b.check)
			if len(found) != 1 || !strings.HasPrefix(found[0], "apertest: "+b.says+".\n") {
				t.Errorf("reported:\n%s\nwant one failure: %s", strings.Join(found, "\n"), b.says)
			}
		})
	}
}

// A rule that no bad machine breaks may as well not be there.
func TestEachRuleIsProven(t *testing.T) {
	proven := map[string]bool{}
	for _, b := range breaches() {
		proven[b.says] = true
	}
	for _, says := range apertest.Rules() {
		if !proven[says] {
			t.Errorf("no machine in breaches proves the rule: %s", says)
		}
		delete(proven, says)
	}
	for says := range proven {
		t.Errorf("breaches names what is no rule: %s", says)
	}
}
