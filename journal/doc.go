// Package journal is the durable memory of rooms: what a room has decided stays decided, whatever crashes.
//
// # The model
//
// Each room has one log: records, numbered by LSN from 1 without a gap, each carrying the tag of the one before. Beside
// the log stand snapshots, each of which says what all records up to its LSN amount to: the newest two, and those that
// the newest names because the history can be rebuilt from there. A record or snapshot is there in full or not at all.
// The journal reads from them only their LSN, term and tags, and which snapshots one names; what the rest means is the
// business of whoever writes them.
//
// A room has one owner at a time, and opening is how one becomes the owner. Every Open durably raises the room's term
// by one. A log writes under the term of its opening, and the store checks that term together with each write, so from
// the moment an Open has returned every log that was opened earlier is fenced: it can read and no more. Nobody is asked
// to step down, no clock or lease is involved, and it does not matter whether the earlier owner is dead, slow, or in
// another process.
//
// A room is absent until somebody creates it. An empty room, one that was created and holds no record, is something
// else; and a room that cannot be read is a third thing, which a store neither repairs nor writes to. The three are
// told apart by ErrAbsent, a nil error with Head.LSN 0, and ErrUnreadable, so that a room which failed to load is never
// begun anew over its own remains.
//
// A store that is a Catalog can list its rooms, let somebody look at one without becoming its owner, and delete one. A
// deleted room is absent, but its terms are not used again: whoever held a log of it is fenced for ever and reads nothing,
// also when a room of the same name is made. A room that came back from a backup says so in Head.Restored until something
// is appended: its history may have gone on differently before, so the next record must begin a new epoch.
//
// # What an error of Append means
//
// After nil the record is durable: it survives the crash of the process and of the machine. After ErrFenced or
// ErrRefused it was certainly not written, and when the context was done before the store took the record up, so that
// the error is the context's, it was not either. After any other error nobody knows. The record may be there, or not.
// The next Open settles it: either its Head includes the record, or the record will never be seen.
//
// # The duties of the caller
//
//  1. Open the room, restore from Head.Snapshot, and read from the record after it (or from record 1) to Head.LSN before
//     appending anything.
//  2. Create a room only after ErrAbsent, or where making it is what was asked for, and never after another error.
//  3. Append one record at a time: LSN one higher than the last, Previous the tag of the last, Term that of the Head.
//  4. Tell nobody about anything in a record before its Append has returned nil.
//  5. After any error of Append drop everything that is newer than the last durable record, close the log, and open
//     again. Never append the same record again: it may be there.
//  6. After ErrFenced the room belongs to someone else. Open it again only when somebody asks for the room here, or two
//     owners will take it from each other for ever.
//  7. Put snapshots of durable state only, and name in each the earlier ones that are to be kept. Truncate to the last
//     snapshot but one: then a damaged snapshot costs nothing.
//  8. Begin a new epoch with the first record after Head.Restored.
//  9. Close every log, then the store.
//
// # Implementations
//
// Memory, in this package, is the reference: correct, small, and gone with the process. Package bolt keeps rooms in one
// file. Every implementation must pass package journaltest. One that can read and write something about a room in the
// transaction of each change keeps a Row there, whose methods are the rules of this contract: a bucket of a file, or a
// row of a table in a database that serves many machines. One over a replicated log puts the term into the log itself
// and lets expected sequence numbers do the fencing.
package journal
