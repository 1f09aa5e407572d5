// Package client follows a room from a Go program: it keeps a replica of the room's state and shows the program's own
// transitions in it at once.
//
//	c, err := client.Dial[counter.Counter](ctx, "ws://localhost:8080/lobby", client.Options{})
//	…
//	defer c.Close()
//
//	p, err := c.Push(counter.Increment{By: 1})   // visible at once; an error is a local conflict, and nothing was sent
//	err = p.Wait(ctx)                            // the authority's outcome
//	err = c.Do(ctx, counter.Decrement{By: 1000}) // Push and Wait in one
//
//	for state := range c.Watch(ctx) {
//		…
//	}
//
// A client takes no initial state: the room has it, and two sides that began differently would never agree.
//
// # Connections come and go
//
// Dial returns when there is a state. From then on the client lives until Close, or until the server tells it to stop; it
// connects again by itself, after growing pauses. Meanwhile State and Watch go on to show what is known, and Push goes on
// to work: what is pending is sent when there is a connection, and takes effect once, however often it had to be sent.
package client
