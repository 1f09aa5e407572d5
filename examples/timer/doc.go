// Package timer is a countdown that everybody in a room sees: a state that changes by itself every second, also while
// nobody is there, and also across a restart of the server.
//
// # The model
//
// Nothing happens to a state but transitions, and the passing of time is one: [Tick]. Its rule refuses every client, so only
// the room itself makes it. What the room needs to know is when, and it asks the state: [Timer.NextTimer] names the
// transition that is due next, and the moment at which it is. The room asks again after every event, and waits. There is
// no goroutine to stop, no ticker, and no timer to cancel: a countdown that is paused names none, and that is all.
//
// The moment is part of the state, and the state is what is kept. So a server that starts again knows what is due as well
// as the one before did. Ticks that were due while there was none happen when the room is opened, one after another, each
// once. The Meta.Time of each is the moment at which it was due, however late it happens, and it sets the next moment from
// that one: so ticks that are late do not make later ones late, and an hour has 3600 of them.
//
// Before a room decides on what a client pushes, it makes all ticks that are due. So a rule such as that of [Pause] meets
// a state in which the time is what Meta.Time says, and finds out how much of the second is left.
//
// # What follows from it
//
// Each tick is an event: it is journaled, and sent to all. That is right where each means something, as when a game moves
// on. Where people only look at the time that is left, one timer at the end is enough, and the page counts by its own clock.
//
// A room that was closed for long makes up for all of it: at most an hour here, which is why there is [Longest]. It does
// so a hundred at a time, and a client that pauses it meanwhile pauses it at the moment that it has come to. A tick cannot
// tell that it is late, so no rule can leave out what was missed. A machine in which time is to stand still while nobody is
// there stops its timer when the last session leaves, and starts it when one joins (engine.Attended).
//
// A room keeps itself open while something is due within room.Options.IdleAfter; one in which nothing is due ends after
// that time without people. Nothing happens in a room that is not open, until somebody comes and opens it.
//
// A client applies its own transitions at once, at a time that it guesses, so what Start, Pause and Resume store may change
// a little when they are confirmed. It never guesses a tick.
//
// # The files
//
//   - timer.go: the machine.
//   - timer_aper.go and aper.schema: what the generator makes of it.
//   - timer_test.go: the rules as a table, and as many ticks as seconds.
//   - room_test.go: rooms in which hours pass, that idle, are closed, and start again.
//   - example_test.go: the machine used by itself.
package timer
