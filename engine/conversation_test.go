package engine_test

import (
	"errors"
	"fmt"

	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
)

// One authority and two replicas over a pipe in memory. Nothing else is needed to drive them, but for a journal.
func Example() {
	authority := engine.New[counter.Counter](engine.Options{})
	authority.Create(counter.Counter{Value: 10}, 1)
	authority.Open(1)
	ann := engine.NewReplica[counter.Counter](engine.ReplicaOptions{Room: "lobby"})
	bob := engine.NewReplica[counter.Counter](engine.ReplicaOptions{Room: "lobby"})
	users := map[engine.Attach]*engine.Replica[counter.Counter]{1: ann, 2: bob}
	round := func() { // carries what there is to the authority, and what it decided back
		authority.Tick(0, 1, 1)
		for n := engine.Attach(1); n <= 2; n++ {
			authority.Step(n, users[n].Ready().Send)
		}
		ready := authority.Ready()
		for n, user := range users {
			message, _ := ready.To(n)
			user.Step(message, 0)
		}
	}
	for n, user := range users {
		authority.Attach(n, engine.Peer{})
		user.Connect()
	}
	round()
	ann.Push(counter.Decrement{By: 7}, 0)
	bob.Push(counter.Decrement{By: 8}, 0)
	fmt.Println("ann sees", ann.Optimistic().Value, "and bob sees", bob.Optimistic().Value)
	round()
	fmt.Println("ann sees", ann.Optimistic().Value, "and bob sees", bob.Optimistic().Value)
	conflict := bob.Ready().Outcomes[0].Conflict
	fmt.Println("bob is told:", conflict, errors.Is(conflict, counter.ErrNegative))
	// Output:
	// ann sees 3 and bob sees 2
	// ann sees 3 and bob sees 3
	// bob is told: the counter cannot go below zero true
}
