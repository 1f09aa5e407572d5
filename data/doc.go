// Package data has the containers that states are made of. They are what slices and maps are elsewhere, with two
// differences: they are immutable, and they are state machines.
//
// # Immutable
//
// A container never changes. What looks like a change returns another container, which shares with the old one all that
// is the same; the old one stays valid. So copying a container is copying a few words, any number of versions can be kept
// at once, and the difference between two versions of a room is found at the cost of what differs. The zero value of each
// is empty and ready.
//
// # State machines
//
// Each container accepts transitions, which nest: a transition of a Map can carry one for the machine at a key. A
// transition is built from the container or, when the code that builds it does not have the state, by a function; the
// two are the same value:
//
//	board.Cards.Put("k", card)   // reads like a change, and returns a transition
//	data.Put("k", card)
//
// A rule that changes several places at once calls With, Without and their like, which return the changed container and
// not a transition:
//
//	b.Cells = b.Cells.With(t.X, t.Y, t.Piece)
//
// Conflicts are constants, such as ErrNoKey, and carry the path to the place: "Cards.k.Votes.bob: no such key".
//
// # Inverses
//
// Transitions can be taken back, as client.Undo does. One has an inverse when it has the method
//
//	func (t T) Inverse(before, now S, m *aper.Meta) (aper.Transition[S], error)
//
// which returns the transition that takes back in now what t did when it was applied to before with m. When somebody has
// changed since what t had changed, the error is ErrOverwritten or another conflict; what others did elsewhere must stay. Nil
// without an error says that there is no inverse after all. Like Apply, Inverse depends on nothing but its arguments; m is as
// Apply got it, so that the IDs which t made can be made again. What it returns should have an inverse, too: that is how what
// was taken back is done again.
//
// Transitions of containers have one, those that change what is inside when that has one, and groups when all members do. What
// sets a value sets it back, unless the value is another one now. Counting is counted back, whatever others have counted. An
// item that was inserted is deleted unless its value was changed, wherever it stands; one that was deleted is put back under
// its ID, and one that was moved is moved back, between the nearest of its old neighbours that are there. Of an edit of a Text
// is taken back what is left of it, which is never ErrOverwritten; Inverse finds that by comparing the texts, and client.Undo
// knows better, since it sees every edit that comes between.
//
// A transition may have the method Join, which makes one of itself and the next; Join is a function, too, for machines that hold
// others. Edits of a Text have it, so that a word is taken back by one edit, though it was typed letter by letter.
//
// # Which one
//
//	Atom      one plain value, replaced as a whole; for values inside containers, since plain fields need none
//	Constant  one plain value that cannot be changed
//	Counter   a number that several people count up and down at once
//	Map       machines by key, in the order of the keys
//	Set       keys, in order
//	List      machines in an order that people make, with identities that survive moves
//	Vector    plain values by index
//	Grid      plain values by row and column, of a fixed size
//	Text      plain text that several people edit at once, with anchors that stay at their place
package data
