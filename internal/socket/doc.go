// Package socket lets programs of the same user on the same machine look into a store that another program has open: the
// rooms are listed and read, backed up and deleted by way of a Unix socket beside the file. Listen is the side of the
// server. A Client is a journal.Catalog, whose errors are those of the store as errors.Is sees them.
//
// # Who may
//
// The socket file belongs to the server's user, and nobody else has a right to it, at no moment of its life. On Linux the
// kernel also says who is at the other end, and that must be the same user, or root. On other systems the rights of the file
// are all there is.
//
// # What is said
//
// It is HTTP, with each operation at a path that begins with the version of all this. An answer is a stream of frames, each
// behind its length in four bytes: a CBOR array of a value, an error, or both. The array without items ends the stream, so
// one that was cut short shows. Records and snapshots travel in the form in which they are stored (package wire).
//
// A room is looked at for as long as the request lasts that asked for it: its first frame has a number, which other requests
// name to read. When the client goes away, whatever it asked for ends.
package socket
