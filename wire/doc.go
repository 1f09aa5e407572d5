// Package wire has everything that is sent or stored: the messages between clients and the authority, the records of a
// journal, and the small values in them. It knows bytes and no state machine; transitions and states pass through it
// encoded.
//
// # Messages
//
// A message is a CBOR array whose first item is its Code. A transport message (one WebSocket message) carries any number
// of them, one after the other, and whoever receives it treats it as one step. Each kind has a struct and a method
// Append; a Reader takes them apart. Fields are only ever added at the end: a reader takes fields that are not there for
// zero, and passes over those it does not know, as it does with codes.
//
//	client to authority               authority to client
//	 1 Hello     who, and from where  16 Welcome    the answer to Hello
//	 2 Push      transitions          17 Snapshot   the state, in parts
//	 3 Presence  beside the state     18 Frame      the events of a batch
//	 4 Ping                           19 Verdicts   outcomes that events do not tell
//	 5 Bye                            20 Nack       made on too old a state: say it again
//	 6 Signal    said once            21 Presences  of the others
//	 7 Diverged  the state is wrong   22 Pong
//	                                  23 Close      and why
//	                                  24 Check      the sum of the state
//	                                  25 Signals    of the others
//
// Codes below 16 are for what clients send, those from 16 for what the authority does.
//
// # Bases
//
// A machine may ask on which state a transition was made. Then a push has its base, the seq that its author had
// confirmed, and an event says how far behind that was. The floor is the lowest base that the authority still takes: a
// push below it is answered with a Nack. Clients tell what they still need, in Hello and Ping, to keep the floor there.
// For all other machines these fields are 0, and in what is sent most, Push and Frame, they are then not written.
//
// # Sums
//
// Both sides have the same state at the same seq, or something is wrong: a transition that depends on more than the
// state, or broken memory. To notice, the authority sends a Check now and then, with the Sum of its state. A client that
// has another answers Diverged, and gets a Snapshot.
//
// # Events
//
// Frames and records share one form of the events in a batch, so that the authority writes them once: see Events.
//
// # What is stored
//
// A Record is one durable step of an authority: events, rejections, and what changed about sessions. Folding all records
// of a room, from its genesis or from a RoomSnapshot, gives its state and its sessions. Records chain by their tags.
// Saved is what a client keeps, so that it goes on after a restart. All three begin with RecordVersion. A Divergence is what
// a replica knows about its having another state than the authority; it begins with DivergenceVersion.
package wire
