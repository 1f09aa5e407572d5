package counter_test

import (
	"errors"
	"math"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
	"github.com/aper-go/aper/examples/counter"
)

// What every machine must keep to, in all states that these transitions lead to.
func TestMachine(t *testing.T) {
	apertest.Check(t, counter.Counter{},
		counter.Increment{By: 1},
		counter.Increment{By: 1 << 53}, // JSON writes it as a string
		counter.Increment{By: math.MaxInt64},
		counter.Increment{By: -1},
		counter.Decrement{By: 1},
		counter.Decrement{By: 3},
		counter.Decrement{By: math.MinInt64},
		counter.Reset{},
		aper.All(counter.Increment{By: 2}, counter.Decrement{By: 5}),
	)
}

// What this machine is meant to do.
func TestRules(t *testing.T) {
	tests := []struct {
		name       string
		value      int64
		transition aper.Transition[counter.Counter]
		want       int64
		conflict   error
	}{
		{"up from zero", 0, counter.Increment{By: 3}, 3, nil},
		{"up", 4, counter.Increment{By: 3}, 7, nil},
		{"up by nothing", 4, counter.Increment{}, 4, nil},
		{"down", 4, counter.Decrement{By: 3}, 1, nil},
		{"down to zero", 4, counter.Decrement{By: 4}, 0, nil},
		{"down by nothing", 0, counter.Decrement{}, 0, nil},
		{"below zero", 4, counter.Decrement{By: 5}, 0, counter.ErrNegative},
		{"below zero at once", 0, counter.Decrement{By: math.MaxInt64}, 0, counter.ErrNegative},
		{"reset", 4, counter.Reset{}, 0, nil},
		{"reset at zero", 0, counter.Reset{}, 0, nil},
		{"both at once", 4, aper.All(counter.Decrement{By: 4}, counter.Increment{By: 1}), 1, nil},
		{"neither at once", 4, aper.All(counter.Increment{By: 1}, counter.Decrement{By: 6}), 0, counter.ErrNegative},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { check(t, test.value, test.transition, test.want, test.conflict) })
	}
}

// What a rule does not mention, it allows. These are not what a bank would want: a machine whose numbers matter refuses
// a By that is negative, and an Increment of more than math.MaxInt64-c.Value. Each replica goes wrong in the same way,
// because Go defines what integers do when they overflow, so they stay in step all the same.
func TestWhatTheRulesAllow(t *testing.T) {
	tests := []struct {
		name       string
		value      int64
		transition aper.Transition[counter.Counter]
		want       int64
	}{
		{"up past the largest number", math.MaxInt64, counter.Increment{By: 1}, math.MinInt64},
		{"up by less than nothing", 1, counter.Increment{By: -3}, -2},
		{"down by less than nothing", 1, counter.Decrement{By: -3}, 4},
		{"down by the smallest number", 1, counter.Decrement{By: math.MinInt64}, math.MinInt64 + 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { check(t, test.value, test.transition, test.want, nil) })
	}
}

func check(t *testing.T, value int64, transition aper.Transition[counter.Counter], want int64, conflict error) {
	t.Helper()
	got, err := transition.Apply(counter.Counter{Value: value}, &aper.Meta{})
	if !errors.Is(err, conflict) {
		t.Fatalf("conflict %v, want %v", err, conflict)
	}
	if err == nil && got.Value != want {
		t.Errorf("%d became %d, want %d", value, got.Value, want)
	}
}
