package data

import (
	"math"
	"math/big"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

var edges = []int64{math.MinInt64, math.MinInt64 + 1, -2, -1, 0, 1, 2, math.MaxInt64 - 1, math.MaxInt64}

// A counter counts as numbers without end do, where those fit.
func TestCounterAtTheEdges(t *testing.T) {
	for _, value := range edges {
		for _, by := range edges {
			s := NewCounter(value)
			exact(t, s, Increment(by), new(big.Int).Add(big.NewInt(value), big.NewInt(by)))
			exact(t, s, Decrement(by), new(big.Int).Sub(big.NewInt(value), big.NewInt(by)))
			exact(t, s, SetCounter(by), big.NewInt(by))
		}
		roundTrip(t, NewCounter(value))
		checkDiff(t, NewCounter(value), NewCounter(1))
	}
}

func exact(t *testing.T, s Counter, transition aper.Transition[Counter], want *big.Int) {
	t.Helper()
	if !want.IsInt64() {
		refused(t, s, transition, ErrOverflow, "the counter cannot hold a number so large")
		return
	}
	if got := apply(t, s, transition); got.Value() != want.Int64() || got.String() != want.String() {
		t.Errorf("%#v makes %v of %v, want %v", transition, got, s, want)
	}
}

func TestCounterTransitions(t *testing.T) {
	var s Counter
	sameTransition(t, s.Increment(3), Increment(3), `{"Add":{"by":3}}`)
	sameTransition(t, s.Decrement(math.MinInt64), Decrement(math.MinInt64), `{"Subtract":{"by":"-9223372036854775808"}}`)
	sameTransition(t, s.Set(3), SetCounter(3), `{"Set":{"to":3}}`)
	if !aper.Equal(CounterAdd{3}, CounterAdd{3}) || aper.Equal(CounterAdd{3}, CounterAdd{4}) {
		t.Error("Equal does not tell transitions apart")
	}
}

func TestCounterRules(t *testing.T) {
	apertest.Check(t, Counter{}, Increment(1), Decrement(5), SetCounter(math.MaxInt64-2), Decrement(math.MinInt64),
		aper.All(Increment(2), Decrement(1)))
}

func TestCounterApplyAllocatesNothing(t *testing.T) {
	s, m, add := Counter{}, &aper.Meta{}, Increment(1)
	if n := testing.AllocsPerRun(100, func() { s, _ = add.Apply(s, m) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
