// Package room runs one authority: it gives it a clock, randomness, a journal and connections.
//
// # The loop
//
// A Room is one goroutine, and no other while nothing happens. It takes what came in, one message of each session after the
// other; steps the authority through it; appends the record to the journal; and publishes. While a record is being
// written the next batch is decided already, and is closed when the write has ended: so a batch is as large as the journal is
// slow, and nobody waits for company. Nothing is sent before it is durable.
//
// Publishing puts one encoded frame into a ring of recent frames. Every connection is a cursor into that ring with a writer
// of its own, which runs only while there is something to write and takes everything there is into one transport message.
// So a slow connection needs no queue and holds up nobody: it falls behind by itself, in larger messages, and is closed
// when the ring has moved past it; connecting again brings a snapshot. Who sends much fills a small queue of his own, and is
// read more slowly when he sends more than Options.Rate.
//
// # Its life
//
// Open makes a room or restores it from its journal: the newest snapshot, and the records since. When nobody is in it for a
// while it ends and takes no memory; whoever comes next opens it again. When an append fails it ends, too: it cannot know
// whether the record is there, so every connection is told to come back, and the next Open finds out from the journal.
//
// # From within
//
// State is the latest durable state, without waiting. Past tells what happened and what the state was at any time that
// the journal still has. Members and Expel are for those who look after a room, Options.Authorize for those who decide what
// may be done in it, and Options.Trace for metrics.
//
// The room knows no transport. Package server brings WebSockets; a program may bring anything that has the methods of
// Connection.
package room
