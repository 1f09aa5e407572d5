// Package room runs one authority: it gives it a clock, randomness, a journal and connections.
//
// A Room is one goroutine. It takes what came in from its connections, as one batch; steps the authority through it;
// appends the record to the journal; and publishes. Publishing puts one encoded frame into a ring of recent frames. Every
// connection is a cursor into that ring with a writer of its own, which runs only while there is something to write and
// takes everything there is into one transport message. So a slow connection needs no queue and holds up nobody: it falls
// behind by itself, in larger messages, and is closed when the ring has moved past it; connecting again brings a
// snapshot.
//
// Nothing is sent before it is durable. When an append fails the room ends: it cannot know whether the record is there,
// so every connection is told to come back, and the next Open finds out from the journal.
//
// The room knows no transport. Package server brings WebSockets; a program may bring anything that has the methods of
// Connection.
package room
