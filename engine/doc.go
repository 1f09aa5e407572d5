// Package engine holds the two sides of the protocol as plain values: Authority decides, Replica follows. Neither knows
// goroutines, clocks, sockets, files or randomness; whoever drives them brings those in and carries out what they ask
// for. Packages room and client are such drivers, for everyone; a simulator is another.
//
// # Driving an authority
//
// An Authority is opened by New and then either Create (a room that does not exist yet) or Restore and Replay (from its
// journal), and last Open. From then on its driver repeats, for one batch of input after the other:
//
//  1. Tick with the time and fresh random numbers. Each batch needs its own: they become public.
//  2. Attach for every new connection, Step for every message that came in, Detach for every connection that is gone.
//  3. Ready. Append its Record to the journal, if it has one.
//  4. When the record and all before it are durable, send what the Ready holds: the Frame to every replica that was
//     welcomed before; to each of Joined its Welcome and a snapshot at the Ready's position, from where frames follow;
//     then the Messages. What goes to one connection out of one Ready goes as one transport message.
//  5. When an append fails, for whatever reason, drop the authority and everything not sent, close the connections with
//     wire.CloseRetry, and open a new one from the journal. Nothing of the Ready, nor of any after it, may be sent.
//
// The authority runs ahead of the journal: a driver may take the next Ready before the last one is durable, as long as
// it sends them in order.
//
// # Driving a replica
//
// A Replica belongs to one user of one room and outlives its connections. Its driver calls Connect when it has a
// connection, Step with each transport message, Push with each transition of its user, and Disconnect when the
// connection is gone; after each of these it takes one Ready, sends what that holds, and tells its user what changed.
package engine
