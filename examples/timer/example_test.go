package timer_test

import (
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/timer"
)

// Without a room somebody else has to make time pass: here a loop that does what a room does, without waiting.
func Example() {
	state, err := timer.Start{Seconds: 3}.Apply(timer.Timer{}, &aper.Meta{Client: 1, Time: 1500})
	for err == nil && state.Running() {
		due, tick := state.NextTimer()
		state, err = tick.Apply(state, &aper.Meta{Time: due})
		fmt.Println("at", due, state.Left, "left")
	}
	fmt.Println(state.Over(), err)

	_, err = timer.Tick{}.Apply(timer.Timer{Set: 3, Left: 3, Beat: 2500}, &aper.Meta{Client: 1, Time: 9000})
	fmt.Println(err)
	// Output:
	// at 2500 2 left
	// at 3500 1 left
	// at 4500 0 left
	// true <nil>
	// only the room itself makes time pass
}
