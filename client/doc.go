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
//
// Status tells how that goes, and WatchStatus whenever it changes:
//
//	for s := range c.WatchStatus(ctx) {
//		if !s.Connected {
//			banner("reconnecting at %v: %v; %d changes are not sent", s.Next, s.Lost, s.Pending)
//		}
//	}
//
// # Who is there
//
// Beside the state each client has a presence: a small value of the program's own, a cursor or a name, that others see
// while it is connected. It is never part of the log. SetPresence sets it and the client says it again over each new
// connection; Presences and WatchPresences show everyone's. A signal is for the moment: Signal sends it to everyone who is
// connected now, Signals yields what comes in. Signals may be lost, presences only lag.
//
// # Undo and redo
//
// An Undo takes back what was pushed through it, and nothing that others did:
//
//	u := client.NewUndo(c, client.UndoOptions{})
//	p, err := u.Push(todo.TodoTitle{To: "Saturday"}) // as c.Push
//	p, err = u.Undo()                                // shown at once, and decided by the authority; data.ErrOverwritten
//	                                                 // says that somebody has changed this since
//	p, err = u.Redo()
//
// It goes by what a transition changed in the authority's order: when somebody else's title came just before, that is what Undo
// brings back, whether it was ever seen here or not.
//
// Of a data.Text it takes back exactly the characters that were typed here, wherever they stand now, and restores those
// that were deleted here. What others typed stays; what was restored stands before what others have typed at its place meanwhile,
// and is there also where somebody else deleted it at the same time. What somebody restores is his from then on. Extend puts what is typed without a pause into one step.
//
// # The end
//
// Close ends a client at once, whatever is pending. Flush waits until nothing is. Leave does both, and tells the room that
// this session is gone, so that the others need not wait to see whether it comes back.
//
// # After the end of the program
//
// Without a Store the end of the program is the end of its session, and what was pending then may have happened or not.
// With one, the next client goes on where the last was, also after a crash or a loss of power:
//
//	c, err := client.Dial[counter.Counter](ctx, address, client.Options{Store: client.File("lobby.session")})
//
// In a browser LocalStorage takes the place of File. The client shows at once what the last one knew, without a connection too, and Dial does not wait for one. What was pending still
// is, is sent again, and takes effect once; Waiting returns it, for those who want to see the outcomes. An outcome that came
// just before the end may so be told twice.
//
// What the client sends it has stored before. Push does not wait for that: what is pushed while one save is on its way
// shares the next, which is as much delay for an outcome as the store takes, and no more saves than it can do. Each
// save has the whole state in it, so that a store is not for states of many megabytes. What is pushed without a connection
// is stored at once. With a connection that takes nothing more it may take a second, and so do changes that others made.
//
// A session belongs to one room of one server, and to one client at a time. One of another room is refused, and so is one
// that another version of the machine has left while something was pending: run that version once more, and Flush, or move
// the session away. When nothing was pending, a new session begins. Where a copy of a store, or an older one, is used all
// the same, nothing happens twice; the client gets a new session, and what the old one had sent has the outcome ErrUnknown.
//
// # Who this is
//
// Options.Header is asked for the header of each connection, so that a token can be refreshed. When the server answers 401
// all the same, Dial fails with ErrUnauthenticated; later the client asks again, after growing pauses. After 403, which says
// that the server knows who this is and does not want it, the client ends with a *StopError, as it does when the
// server closes a connection for good.
package client
