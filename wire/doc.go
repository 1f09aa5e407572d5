// Package wire has everything that is sent or stored: the messages between clients and the authority, the records of a
// journal, and the small values in them. It knows bytes and no state machine; transitions and states pass through it
// encoded.
//
// # Messages
//
// A message is a CBOR array whose first item is its Code. A transport message (one WebSocket message) carries any number
// of them, one after the other, and whoever receives it treats it as one step. Each kind has a struct and a method
// Append; a Reader takes them apart. Fields are only ever added at the end: a reader takes fields that are not there for
// zero, and passes over those it does not know.
//
//	client to authority            authority to client
//	 1 Hello                       16 Welcome
//	 2 Push                        17 Snapshot
//	 4 Ping                        18 Frame
//	 5 Bye                         19 Verdicts
//	                               22 Pong
//	                               23 Close
//
// The gaps are kept for presence (3, 21), nack (20) and checks of divergence (24).
//
// # Events
//
// Frames and records share one form of the events in a batch, so that the authority writes them once: see Events.
//
// # Records
//
// A Record is one durable step of an authority: events, rejections, and what changed about sessions. Folding all records
// of a room, from its genesis or from a RoomSnapshot, gives its state and its sessions. Records chain by their tags.
package wire
