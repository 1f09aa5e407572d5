// Package dropfour is a game for two: discs fall into seven columns, and four in a row win. It is the one to copy for a
// game that people play in turns, with seats that belong to players and others who watch.
//
// # The model
//
// The state is the whole table: the board, who sits where, whose turn it is, and how the game ended. What a player may do
// is a transition, and what he may not do is a conflict, which says why. The authority applies the same rules as everyone:
// a modified client that plays out of turn is told [ErrNotYourTurn] like any other, and nobody else sees its move. A page
// needs no copy of the rules: it pushes, and shows what the conflict says.
//
// # Who is who
//
// A rule asks Meta who the author is, and never the transition, which a client fills in as it likes. With authentication
// (server.Options.Authenticate) a seat belongs to the user: who comes back with another session, from another device or
// after a restart of the server, still has it until he stands up. Without, it belongs to the session: the client library
// resumes that when the connection breaks or the server restarts, but by default not when the program ends. A session that
// does not come back leaves after room.Options.LeaveAfter, and its seat is free.
//
// Everybody else watches. A spectator is a client that pushes nothing.
//
// # What is stored and what is not
//
// The state has what cannot be computed and what a page would have to compute: a page that is written in another language
// sees the fields only. So the end and the line that won are fields; they are set by the one transition that can bring
// them about, which has to look at four directions and no more. The rest are methods.
//
// An array makes the state a plain value, which Go copies when it is assigned: no rule can change an older one. The zero
// Game is ready to play.
//
// # The files
//
//   - dropfour.go: the machine.
//   - dropfour_aper.go and aper.schema: what the generator makes of it.
//   - dropfour_test.go: the rules as a table, random games against a slow check of who won, and the machine's size in bytes.
//   - server_test.go: games in rooms, with restarts of the server.
//   - example_test.go: the machine used by itself.
package dropfour
