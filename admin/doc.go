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
//	help [verb]
//
// A room "lobby" is "counter.Counter/lobby" in the file of a server (see server.Options.Name). Either name will do; the
// short one is looked for under the name of the machine.
//
// The exit status is 0 when all went well, 1 when it did not or something is damaged, and 2 for a command line that cannot be
// understood.
//
// # Beside a server
//
// One program at a time has a file open for writing, so these verbs fail while a server runs, also those that only look: they
// open the file for reading only, and change not one byte of it. To look at the rooms of a running server, let it make a
// copy with its method Backup, and look at that. A server has methods that delete a room and tell its past, too.
//
// # Versions
//
// Rules are part of what a room is: log and state replay events, and verify replays all that is kept. They need the version of
// the machine that wrote them, and say so where it was another. The rooms of other machines are listed, copied, restored and
// deleted like any, and verify checks all but what their events do.
package admin
