// Package apertest tests state machines: whether what a person wrote keeps the rules that engines, rooms and clients
// count on.
//
//	func TestMachine(t *testing.T) {
//		apertest.Check(t, counter.Counter{}, counter.Increment{By: 1}, counter.Decrement{By: 3}, counter.Reset{})
//	}
//
// # Why
//
// The authority and every replica run Apply, some of them many times for one transition, and must all come to the same
// state. A rule that reads a clock, or writes into a slice that the old state shares, works in a test with one copy and
// fails in a room with three. The generator refuses states that share memory, and writes methods that forget nothing; it
// does not see what Apply does, nor types that are marked //aper:owned, nor a Code that is written by hand.
//
// # What is checked
//
// Check begins with one state and walks: in each state it tries every transition it was given, then follows one of
// them, chosen at random, to the next state. Walks grow from one step to thirty. In each state:
//
//   - A state and a transition have one encoding, and come back from it and from JSON with all their fields.
//   - Damaged bytes give an error and never a panic: those that stop early, go on too long, or have a bit changed. One
//     with a bit changed may also be another value.
//   - Apply gives the same result for the same state, transition and Meta, new IDs and random numbers included.
//   - Apply leaves alone the state, the transition and the Meta it was given, and all states before; what it returned
//     stays the same while others go on from the same state; and it does not keep the Meta.
//   - With go test -race: encoding and applying write nothing that others may read at the same time.
//   - Apply does the same with a decoded state and a decoded transition.
//   - Apply does not panic, neither for the transitions given nor for those that they become when one bit of their
//     fields changes. What it returns together with a conflict is not looked at.
//   - A conflict arrives as it was sent: the constant that errors.Is finds here is found there; its text is not empty,
//     is UTF-8, and has at most 256 bytes with its path.
//
// Transitions come from clients 1, 2 and 3, whose users are "ann", "bob" and "cy", in order of time. A state in which
// those are players or members lets the walks get further.
//
// # What a failure says
//
// The rule; a history that breaks it, as Go, from which nothing can be left out; what was seen; and what to do about it:
//
//	apertest: Apply changed its argument, the state it was given.
//
//		s := scores.Board{Points: []int64{}}
//		s, _ = scores.Add{Points: 2}.Apply(s, &aper.Meta{})
//		scores.Correct{To: 9}.Apply(s, &aper.Meta{})
//
//	s was {"points":[2]}, and is {"points":[9]} after Apply.
//	The old state stays in use: a replica goes back to it when the authority decides otherwise. Copy before you
//	change, or use data.List.
//	(Seed 0. The values above are written by %#v.)
//
// A Meta shows the fields that matter. Values that %#v cannot write as Go, such as pointers inside a state, are there to
// be read only. A failure whose consequences would look like more failures ends the check, and so does the third.
//
// # Whole rooms
//
// Converge simulates rooms: owners, journals, networks and clients, of which everything breaks that can, and checks that
// all come to the same state, and that each push has one effect and one outcome.
//
//	func TestRooms(t *testing.T) {
//		apertest.Converge(t, counter.Counter{}, counter.Increment{By: 1}, counter.Decrement{By: 3}, counter.Reset{})
//	}
//
// It takes longer than Check and finds less about one rule, but it sees what only happens between several: a Diff that
// forgets something, a rule that looks at what a replica guesses, timers, joining and leaving, and bases.
//
// # What cannot be seen
//
//   - Whether the rules of the machine are the right ones. Write tests of your own for those; Apply needs nothing to be
//     called.
//   - Transitions and values that Check was not given, and states that its walks do not reach. A client can send any
//     value of any field: give the ones at the edges, too.
//   - What depends on the machine that runs the test: the operating system, the size of int, floating point that
//     compilers fuse in one place and not in another, a clock that moves slower than the test.
//   - A state in which Apply, or Code with damaged bytes, does not end or takes all memory. The test then does not end
//     either, or dies.
//   - A field that Code forgets behind a slice, map or pointer, as long as no rule looks at it.
//   - Whether stored rooms can still be read. The generator keeps a record of that.
//
// # Programs around rooms
//
// Server gives tests of a program a server with rooms in memory, and a clock that is the test's in a bubble of testing/synctest.
package apertest
