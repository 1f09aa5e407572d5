package counter_test

import (
	"errors"
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
)

// A machine is plain Go. Here it runs without a network: every transition is applied to the state that the one before
// left, and a conflict leaves the state as it was.
func Example() {
	transitions := []aper.Transition[counter.Counter]{
		counter.Increment{By: 3},
		counter.Decrement{By: 1},
		counter.Decrement{By: 5},
		counter.Increment{By: 2},
	}
	var state counter.Counter
	for _, transition := range transitions {
		next, err := transition.Apply(state, &aper.Meta{})
		if errors.Is(err, counter.ErrNegative) {
			fmt.Println(state.Value, "stays:", err)
			continue
		}
		fmt.Println(state.Value, "becomes", next.Value)
		state = next
	}
	// Output:
	// 0 becomes 3
	// 3 becomes 2
	// 2 stays: the counter cannot go below zero
	// 2 becomes 4
}

// What the generator wrote makes states and transitions travel, for programs as CBOR and for people as JSON.
func Example_travel() {
	bytes, err := aper.Encode(counter.Counter{Value: 4})
	fmt.Printf("%x %v\n", bytes, err)

	state, err := aper.Decode[counter.Counter](bytes)
	fmt.Println(state, err)

	text, err := aper.ToJSON(state)
	fmt.Println(string(text), err)
	// Output:
	// 8104 <nil>
	// {4} <nil>
	// {"value":4} <nil>
}
