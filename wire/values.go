package wire

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
)

// Version is the version of the protocol that this package speaks, and OldestVersion the oldest that it understands.
const (
	Version       = 1
	OldestVersion = 1
)

// RecordVersion is the version of the records, room snapshots and saved sessions that this package writes.
const RecordVersion = 1

// An Epoch identifies one history of a room. A room that is restored to an older past gets a new one.
type Epoch uint64

// A Tag is a random number that every batch of events gets, so that two histories which came to the same seq on
// different ways can be told apart.
type Tag uint64

// A Term numbers the openings of a room. Only the authority of the newest can append.
type Term uint64

// An LSN is the position of a record in a room's journal, from 1.
type LSN uint64

// A Position names one point of one history.
type Position struct {
	Epoch Epoch
	Seq   aper.Seq
	Tag   Tag // of the batch that ended at Seq; 0 at seq 0
}

// A Token proves that a client owns a session. It is secret and random.
type Token [16]byte

// A Fingerprint identifies a machine: its schema and the version of its rules.
type Fingerprint uint64

// FingerprintOf returns the fingerprint of a schema (64-bit FNV-1a, which guards against mistakes, not against malice).
func FingerprintOf(schema string) Fingerprint {
	hash := uint64(0xcbf29ce484222325)
	for i := range len(schema) {
		hash = (hash ^ uint64(schema[i])) * 0x100000001b3
	}
	return Fingerprint(hash)
}

// A Sum is a checksum of an encoded state.
type Sum uint64

// SumOf returns the sum of an encoded state: its 64-bit words, little-endian, the last filled up with zeros, are mixed in
// one after the other like the bytes of FNV-1a, and at last the length. It guards against mistakes, not against malice.
// It is never 0, which stands for no sum.
func SumOf(state []byte) Sum {
	sum := uint64(0xcbf29ce484222325)
	for i := 0; i < len(state); i += 8 {
		sum = mixIn(sum, word(state[i:]))
	}
	return Sum(mixIn(sum, uint64(len(state))) | 1)
}

// mixIn multiplies by the golden ratio, and brings the high bits back to where they matter.
func mixIn(sum, word uint64) uint64 {
	sum = (sum ^ word) * 0x9e3779b97f4a7c15
	return sum ^ sum>>29
}

func word(b []byte) (w uint64) {
	for i := range min(8, len(b)) {
		w |= uint64(b[i]) << (8 * i)
	}
	return w
}

// Mode says how a Welcome answers the Hello.
type Mode uint64

const (
	// Resumed: the session goes on. Welcome.Decided says how far it got.
	Resumed Mode = iota
	// Fresh: this is a new session. What an earlier session of this client pushed and has no outcome for is unknown.
	Fresh
	// Forked: this is a new session, and nothing of what is pending has happened in this history of the room.
	Forked
)

// Limits tells clients what the authority will accept, so that they can refuse at once.
type Limits struct {
	Transition int // bytes of one encoded transition
	Pending    int // transitions of one session without an acknowledged outcome
	Presence   int // bytes of one presence, and of one signal
	CheckEvery int // milliseconds between two states whose sums may be told; 0 when none are
}

// fields reads the items of an array whose length may differ from what this program knows.
type fields struct {
	in   *cbor.Reader
	left int
}

func openFields(in *cbor.Reader) fields { return fields{in, in.Array()} }

func (f *fields) has() bool {
	if f.left <= 0 || f.in.Err() != nil {
		return false
	}
	f.left--
	return true
}

func (f *fields) uint() uint64 {
	if f.has() {
		return f.in.Uint()
	}
	return 0
}

func (f *fields) time() aper.Time {
	if f.has() {
		return aper.Time(f.in.Int())
	}
	return 0
}

// size reads a number that is used as a count or a length.
func (f *fields) size() int {
	n := f.uint()
	if n > 1<<30 {
		f.in.Fail("expected a size of at most 2^30")
		return 0
	}
	return int(n)
}

func (f *fields) text() string {
	if f.has() {
		return f.in.Text()
	}
	return ""
}

// bytes returns a view.
func (f *fields) bytes() []byte {
	if f.has() {
		return f.in.Bytes()
	}
	return nil
}

func (f *fields) bool() bool { return f.has() && f.in.Bool() }

func (f *fields) token() (t Token) {
	b := f.bytes()
	if len(b) != 0 && len(b) != len(t) {
		f.in.Fail("a token has 16 bytes")
	}
	copy(t[:], b)
	return t
}

// list opens an array field and returns how many items follow.
func (f *fields) list() int {
	if f.has() {
		return f.in.Array()
	}
	return 0
}

// close passes over the fields that a newer program added.
func (f *fields) close() {
	for f.has() {
		f.in.Skip()
	}
}
