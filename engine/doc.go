// Package engine holds the two sides of the protocol as plain values: Authority decides, Replica follows. Neither knows
// goroutines, clocks, sockets, files or randomness; whoever drives them brings those in and carries out what they ask
// for. Packages room and client are such drivers, for everyone; a simulator is another.
//
// # Driving an authority
//
// An Authority is opened by New and then either Create (a room that does not exist yet) or Restore and Replay (from its
// journal), Rewind when the journal says that it was restored from a backup, and last Open. From then on its driver repeats,
// for one batch of input after the other:
//
//  1. Tick with the time and fresh random numbers. Each batch needs its own: they become public.
//  2. Attach for every new connection, Step for every message that came in, Detach for every connection that is gone, Expel
//     for every one that somebody does not want.
//  3. Ready. Append its Record to the journal, if it has one.
//  4. When the record and all before it are durable, send what the Ready holds, in the order of its fields: the Frame to
//     every replica that was welcomed before, and after it a snapshot to each of Repaired; to each of Joined its Welcome,
//     then what it missed, or a snapshot at the Ready's position, from where frames follow, then its outcomes and the
//     presences; then the Messages; then the changes of the presences. What goes to one connection out of one Ready goes
//     as one transport message, which Ready.To makes for drivers of few connections.
//  5. When an append fails, for whatever reason, drop the authority and everything not sent, close the connections with
//     wire.CloseRetry, and open a new one from the journal. Nothing of the Ready, nor of any after it, may be sent.
//
// It begins another batch at the time that Ready.Wake names, when nothing came in before: a timer is due, or somebody has
// left. When Ready.Check says so, it makes the Sum of the state at leisure, sends that to all replicas and tells Summed.
//
// The authority runs ahead of the journal: a driver may take the next Ready before the last one is durable, as long as
// it sends them in order.
//
// # Driving a replica
//
// A Replica belongs to one user of one room and outlives its connections. Its driver calls Connect when it has a
// connection, Step with each transport message, Push with each transition of its user, and Disconnect when the
// connection is gone; after each of these it takes one Ready, sends what that holds, and tells its user what changed. What
// Export returns lets another program, or the same one after a restart, go on where this one was.
package engine
