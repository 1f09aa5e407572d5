// Package editor is a text that several people write at once, with a title. There is no rule in it: the text is a data.Text,
// which knows what to make of edits that cross each other, and the rest is derived.
//
// # The model
//
// An edit says where it begins, how much it deletes, and what it inserts. The position counts in the text as its author saw
// it, and by the time the edit is decided that may be another one. So each edit has a base, which is the state that its author
// had, and the rule finds the place again: what two people type at two places stays at its places; what they type at one
// place stays whole, one after the other; and what one types into what another deletes meanwhile, stays.
//
// A replica, as package client is one, knows its base by itself, shows what its user types at once, and says anew what it has not
// been able to send for long. A page without the rules does three things for itself: it says by "seq" which state it was
// showing, it sends one edit at a time, and it moves what was typed since along with what comes. ../page/draft.js is that.
//
// # Names and cursors
//
// Who is there, and where, is not in the state: it would be in the log for ever. It is a presence, which is kept in memory and goes
// with the connection. A cursor is told as a position and the seq of the text that it counts in. Whoever is told it moves
// it with each change of the text that comes after that, so nobody has to say anything when others type.
//
// # The files
//
//   - editor.go: the machine.
//   - editor_aper.go and aper.schema: what the generator makes of it.
//   - editor_test.go: the machine, and edits that cross each other in every order.
//   - room_test.go: two clients who type at once.
//   - example_test.go: the machine used by itself.
package editor
