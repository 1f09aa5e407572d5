// Package admin is the program that looks after the rooms of a file: it lists them, tells what happened in one and what its
// state was, verifies all of it, backs up, restores and deletes. States and transitions are those of a machine, so each
// machine has its own such program, which is three lines:
//
//	package main
//
//	func main() { admin.Main(counter.Counter{}) }
//
// It has these verbs:
//
//	rooms FILE [-json]                           what rooms there are
//	log FILE ROOM [-from SEQ] [-json]            what happened in a room, and who did it
//	state FILE ROOM [-at SEQ]                    the state of a room, now or after an earlier event
//	verify FILE                                  whether all rooms are whole and can be replayed
//	backup FILE COPY                             copy all rooms to a new file
//	restore BACKUP FILE ROOM [-at SEQ]           bring back one room, as it was last or after an earlier event
//	delete FILE ROOM -yes                        remove a room for good
//	diagnose EVIDENCE [-json]                    why a client had another state than its server
//	bench FILE ROOM [-json]                      how fast this machine is on the history of a room
//	help [verb]
//
// A room "lobby" is "counter.Counter/lobby" in the file of a server (see server.Options.Name). Either name will do; the
// short one is looked for under the name of the machine.
//
// The exit status is 0 when all went well, 1 when it did not or something is damaged, and 2 for a command line that cannot be
// understood.
//
// Diagnose looks at no room: what it explains is a file that a client kept (client.Options.Evidence), which it replays by the
// rules of this program. It finds out whether they are those of the server, those of the client or neither, and whether one
// comes to something else each time. Its status is 0 when it could say so.
//
// # Beside a server
//
// One program at a time has a file open for writing. When that is a server, the verbs look into it, by way of the socket
// that it has beside the file (server.Options.Socket); the path of a socket can be given for FILE, too. It serves the server's
// own user and root, and nobody else. Everything works as on a file that nobody uses, with these differences:
//
//   - verify replays all events and reads all records and snapshots, as the server reads them, and says what it did not check:
//     the pages of the file, for which it takes a backup that is verified;
//   - backup lets the server write the copy, which is the server's, at a place that the server can reach;
//   - delete closes the room first: who is in it is told to come back later;
//   - restore does not work, because the server has the file. Stop it for that.
//
// A file that nobody has open is opened for reading only, and not one byte of it is changed, by all verbs but restore and
// delete. A server that is started meanwhile finds it locked. Where there is no socket the verbs fail while the file is in use.
//
// What takes long tells at a terminal how far it is, on the stream of errors. To a pipe or a file it does not.
//
// # Measuring
//
// The verb bench reads the history of a room, replays it, applies its events without the rest, and tells how long that took on
// this machine, with what is stored of an event and what each kind of transition costs. Each is repeated for a tenth of a second
// or more. It measures one processor and no disk and no network: it answers whether the rules are fast enough, and which of
// them is not.
//
// # Versions
//
// Rules are part of what a room is: log and state replay events, and verify replays all that is kept. They need the version of
// the machine that wrote them, and say so where it was another. The rooms of other machines are listed, copied, restored and
// deleted like any, and verify checks all but what their events do.
package admin
