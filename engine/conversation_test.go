package engine_test

import (
	"errors"
	"fmt"

	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
)

// A pipe carries messages between one authority and its replicas without a network. It is the whole of a driver, but for
// the journal: what an authority is ready to send is sent at once.
type pipe struct {
	authority *engine.Authority[counter.Counter]
	replicas  map[engine.Attach]*engine.Replica[counter.Counter]
	order     []engine.Attach
}

func (p *pipe) join(n engine.Attach, r *engine.Replica[counter.Counter]) {
	p.replicas[n] = r
	p.order = append(p.order, n)
	p.authority.Attach(n, engine.Peer{})
	r.Connect()
	p.run()
}

// run carries messages until there are none.
func (p *pipe) run() {
	for moved := true; moved; {
		moved = false
		p.authority.Tick(0, 1, 1)
		for _, n := range p.order {
			if send := p.replicas[n].Ready().Send; send != nil {
				p.authority.Step(n, send)
				moved = true
			}
		}
		p.deliver(p.authority.Ready())
	}
}

func (p *pipe) deliver(ready engine.Ready[counter.Counter]) {
	messages := map[engine.Attach][]byte{}
	for _, n := range p.order {
		messages[n] = append(messages[n], ready.Frame...)
	}
	snapshot, _ := ready.Snapshot()
	for _, j := range ready.Joined {
		messages[j.Attach] = append(append(j.Welcome, snapshot...), j.Outcomes...)
	}
	for _, m := range ready.Messages {
		messages[m.To] = append(messages[m.To], m.Bytes...)
	}
	for _, n := range p.order {
		if err := p.replicas[n].Step(messages[n], 0); err != nil {
			fmt.Println(err)
		}
	}
}

// One authority and two replicas, without a network.
func Example() {
	authority := engine.New[counter.Counter](engine.Options{})
	authority.Create(counter.Counter{Value: 10}, 1)
	authority.Open(1)
	p := &pipe{authority: authority, replicas: map[engine.Attach]*engine.Replica[counter.Counter]{}}

	ann := engine.NewReplica[counter.Counter](engine.ReplicaOptions{Room: "lobby"})
	bob := engine.NewReplica[counter.Counter](engine.ReplicaOptions{Room: "lobby"})
	p.join(1, ann)
	p.join(2, bob)

	ann.Push(counter.Decrement{By: 7}, 0)
	bob.Push(counter.Decrement{By: 8}, 0)
	fmt.Println("ann sees", ann.Optimistic().Value, "and bob sees", bob.Optimistic().Value)

	p.authority.Tick(0, 2, 2)
	authority.Step(1, ann.Ready().Send)
	authority.Step(2, bob.Ready().Send)
	p.deliver(authority.Ready())

	fmt.Println("ann sees", ann.Optimistic().Value, "and bob sees", bob.Optimistic().Value)
	for _, o := range bob.Ready().Outcomes {
		fmt.Println("bob is told:", o.Conflict, errors.Is(o.Conflict, counter.ErrNegative))
	}
	// Output:
	// ann sees 3 and bob sees 2
	// ann sees 3 and bob sees 3
	// bob is told: the counter cannot go below zero true
}
