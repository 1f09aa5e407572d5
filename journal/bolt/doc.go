// Package bolt keeps the journals of many rooms, of any number of machines, in one file. It is a journal.Store on top of
// bbolt, a B+tree in a file with transactions, and it is what a server uses when nothing else was chosen. It is a
// journal.Catalog too.
//
// # Durability
//
// Append, PutSnapshot, Truncate and the opening of a room return when the file system has said that the change is on
// the disk (two fdatasync calls of bbolt). Calls that come while the disk is busy, from whatever rooms, share the next
// transaction, so that a hundred rooms cost little more than one. Nobody waits for others to come: when the disk is
// idle a call is committed at once. Each call reads the row of its room in the transaction that writes it, which is what
// fences an earlier owner. A reading never shows what is not durable yet.
//
// When a commit fails nobody knows what reached the disk, and pages that failed to be written may look clean to the
// operating system. So the store takes nothing more: every later call fails with that first error, until somebody opens a
// room. Then the file itself is opened again, and what it has is found out anew. So a server whose disk was full goes on
// when it no longer is.
//
// # Damage
//
// Every row, record and snapshot is stored behind a format byte and a checksum (CRC-32C) that covers its key too.
// Whatever does not match is reported with its room and LSN and is neither used nor overwritten. Opening a room reads
// all that is needed to restore it before it writes anything: a damaged room keeps even its term. There is one exception
// where the room can still be restored in full: when a damaged snapshot has an older one beside it (or the whole log)
// and all records since, that is used, and the damage is logged.
//
// The file begins with two header pages that take turns. If one is invalid the other is used, which is the state before
// the last commit or the one after it. This is what a power failure during a commit leaves behind, and nothing is lost
// then; but damage to the page looks the same and loses the last commit, so it is logged.
//
// The other pages of the B+tree carry no checksums. Damage to them shows as an impossible page, as a fault beyond the
// end of the file, or as a record that is missing from its place; each of them is reported as unreadable too.
//
// Verify reads everything and reports each damaged place.
//
// # Copies
//
// Backup copies the file while it is used; the copy is a file like any other. To go back to it as a whole, stop the
// server and put the copy in the place of the file. To bring back one room, open the copy with Options.ReadOnly and
// Restore the room into the file that is used, as it was after any record that can be rebuilt. Both files need the space;
// neither shrinks. A room that is being restored, or whose restore was interrupted, can be restored again or deleted, and
// nothing else.
//
// # Deletion
//
// Delete marks the row of the room and then removes its records and snapshots in transactions of a bounded size. What
// stays for ever is the row with the term, some 30 bytes and the name, so that a room of the same name goes on with higher
// terms. When a deletion was interrupted the room is absent all the same, and the rest is removed when it is deleted or
// made again.
//
// # The file
//
// One process at a time has it open, or any number for reading only, guarded by a lock on the file, which network file
// systems may not honour. The top level of the B+tree has four buckets:
//
//	aper       "format"                                  the version of this layout, 1
//	rooms      room                                      machine, term, first and last LSN, last tag,
//	                                                     first term, flags (journal.Row)
//	records    length of room, room, LSN                 wire.Record
//	snapshots  length of room, room, LSN, term, tag      wire.RoomSnapshot
//
// The flags say that the room was restored, is being restored, or was deleted. Older files have rows without the last two.
// Lengths have two bytes, LSNs, terms and tags eight, all big-endian. The file never shrinks; what Truncate frees is
// used again.
package bolt
