// Package cbor reads and writes the small deterministic subset of CBOR in which states, transitions and messages travel.
//
// # The model
//
// CBOR (RFC 8949) is a binary format with the data model of JSON, plus byte strings and exact integers. A CBOR text is a
// sequence of items. Every item begins with a head: one byte that says what the item is, and an argument of up to eight
// more bytes, which is the value of an integer, the length of a string, or the number of items in an array or map.
//
// Of all that CBOR can say, this package knows nine kinds of item:
//
//	unsigned integer    0 to 2^64-1
//	negative integer    -2^64 to -1; what is below -2^63 can be skipped but not read
//	byte string
//	text string         valid UTF-8
//	array               of items
//	map                 of pairs of items, keys in ascending order of their encodings, no key twice
//	boolean
//	null
//	float               finite, and never negative zero
//
// Tags, undefined, other simple values and indefinite lengths are outside, and so is every second way to write
// something.
//
// # One value, one encoding
//
// The encoding is the one of RFC 8949, section 4.2.1 (core deterministic encoding): preferred serialization, which means
// the shortest head and the shortest float that keep the value, definite lengths, sorted keys. Equal values therefore have
// equal bytes on every machine, so bytes can be compared, hashed and logged in place of values. Both sides keep the rule:
// the Append functions write nothing else, and the [Reader] refuses everything else. Any CBOR library can read what is
// written here.
//
// Two values of Go have no encoding of their own and are replaced on writing: negative zero by zero, and bytes of a string
// that are not UTF-8 by U+FFFD. NaN and the infinities have none at all; passing one to [AppendFloat] is a mistake of the
// program and panics.
//
// # Writing
//
// Each Append function adds one item, or the head of one, to a byte slice and returns the longer slice. Arrays and maps
// are a head followed by their items; the caller writes as many as the head announced, and the keys of a map in ascending
// order of their encodings: for text this means shorter keys first, and those of one length by their bytes; for integers
// 0, 1, 2, …, then -1, -2, ….
//
// # Reading
//
// A [Reader] walks over a byte slice. It keeps the first error and answers everything after it with the zero value, without
// moving. So code that reads ten fields is ten lines and one check at the end, as with bufio.Scanner; and since zero is
// also the count of an array that could not be read, loops over counts stop by themselves. Check [Reader.Err] before
// acting on a value, not after each read.
//
// # Limits
//
// Input may come from a stranger. Whatever it holds, a Reader does not panic, does not read past the end, and takes time
// in proportion to the input. It allocates one copy per [Reader.Text] and at most one small error, nothing else.
//
// Lengths and counts are held against the bytes that remain before the caller sees them. A slice made for the count of an
// array has therefore at most one element per byte of input. But each array inside may announce as many again before
// the input turns out too short: code that sizes slices ahead and nests deeply should size them with care.
//
// [Reader.Skip] and [Reader.Raw] descend at most [MaxDepth] arrays and maps. Code that recurses on its own, as deep as the
// input says, must count for itself. In the same way the order of a map's keys is checked by Skip and Raw, and is the
// caller's to check after [Reader.Map].
//
// The package imports almost nothing, so that it adds little to a browser build, and it has no state of its own.
package cbor
