package sim

import (
	"math/rand/v2"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
)

var runners = []runner{Subject[counter.Counter]{
	Machine: Machine[counter.Counter]{Name: "counter", Make: func(r *rand.Rand, s counter.Counter) aper.Transition[counter.Counter] {
		if r.IntN(2) == 0 {
			return counter.Increment{By: r.Int64N(100)}
		}
		return counter.Decrement{By: r.Int64N(s.Value + 2)}
	}},
	Observers: All[counter.Counter],
}}
