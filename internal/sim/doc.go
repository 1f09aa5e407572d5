// Package sim runs authorities, replicas, their networks, clocks and journals as one deterministic world, breaks
// whatever can break, and checks the laws of sync (docs/SPEC.md) on what happened.
//
// # Model
//
// A World holds clients named A, B, C…, owners numbered 1, 2, 3… (processes that open the room; more than one may
// believe that it owns it), and one journal. Nothing in it moves by itself: each Action moves one thing one step, and
// does nothing when it cannot be done. So a history is a list of actions, any part of one is a history too, and a
// failure shrinks by leaving actions out.
//
// A Generator draws actions from one seed. Observers watch; they are separate from the world and know the laws, and
// nothing of how the world works.
//
// # Notation of histories
//
// One action is one line: who, what, and with what.
//
//	A dial 1                           connects to owner 1; without a number to the newest
//	A push {"Increment":{"by":5}}      a transition as JSON
//	1 take A                           owner 1 takes the next message from A
//	1 decide                           ends its batch; the record is on its way to the journal
//	1 append ok                        that record is durable and the owner knows
//	1 publish                          what waited for that leaves
//	A take                             the next message from its owner arrives
//	A cut                              the connection is gone, and A knows; its owner will notice later
//	1 notice A                         now
//	# to the end of the line           a remark
//
// The table in action.go says all that can be done. A history begins with the machine that its world runs:
//
//	world machine counter
//
// What an action brought about stands below it, indented. Transcripts in testdata, the printed history of a failing
// seed and the documentation use this notation and no other.
package sim
