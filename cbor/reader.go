package cbor

import (
	"math"
	"unicode/utf8"
)

// A Reader reads the items of a byte slice one after the other. After the first error every read returns the zero value and
// nothing moves, so a caller may read all it wants and look at [Reader.Err] once.
//
// The input must not change while views of it ([Reader.Bytes], [Reader.Raw], [Reader.Rest]) are in use. A copy of a Reader
// is a second, independent position in the same input, good for looking ahead. The zero Reader is at the end of an empty
// input.
type Reader struct {
	input  []byte // up to offset once an error is recorded: there is nothing left to read then, and fast paths need not ask
	offset int    // of the next item; never beyond input
	err    *Error
}

// NewReader returns a Reader at the start of b, which it does not copy.
func NewReader(b []byte) Reader {
	return Reader{input: b}
}

// Kind returns the kind of the next item without moving: Invalid at the end, after an error, and where something begins
// that this subset of CBOR does not have. The item may still be refused when it is read.
func (r *Reader) Kind() Kind {
	if r.offset >= len(r.input) {
		return Invalid
	}
	return kindOf(r.input[r.offset])
}

// Uint reads an unsigned integer.
func (r *Reader) Uint() uint64 {
	if at := r.offset; at < len(r.input) && r.input[at] < argumentIn1Byte {
		r.offset = at + 1
		return uint64(r.input[at])
	}
	return r.head(Uint)
}

// Int reads an integer, negative or not. It refuses one that does not fit in an int64.
func (r *Reader) Int() int64 {
	if at := r.offset; at < len(r.input) && r.input[at] < argumentIn1Byte {
		r.offset = at + 1
		return int64(r.input[at])
	}
	return r.longInt()
}

func (r *Reader) longInt() int64 {
	start := r.offset
	switch r.Kind() {
	case Uint:
		v := r.head(Uint)
		if v > math.MaxInt64 {
			r.failAt(start, "expected integer of at most 2^63-1, found "+decimal(v))
			return 0
		}
		return int64(v)
	case NegativeInt:
		argument := r.head(NegativeInt)
		if argument > math.MaxInt64 {
			r.failAt(start, "expected integer of at least -2^63, found a lower one")
			return 0
		}
		if r.err != nil {
			return 0
		}
		return ^int64(argument) // -1-argument
	}
	r.unexpected("integer")
	return 0
}

// Bool reads a boolean.
func (r *Reader) Bool() bool {
	if at := r.offset; at < len(r.input) && r.input[at]&^1 == initialFalse {
		r.offset = at + 1
		return r.input[at] == initialTrue
	}
	r.unexpected(Bool.String())
	return false
}

// Null reads null.
func (r *Reader) Null() {
	if r.offset < len(r.input) && r.input[r.offset] == initialNull {
		r.offset++
		return
	}
	r.unexpected(Null.String())
}

// Float reads a float. It refuses NaN, the infinities, negative zero, and a width that is not the shortest for the value. An
// integer is not a float, even where their values are equal.
func (r *Reader) Float() float64 {
	if r.Kind() != Float {
		r.unexpected(Float.String())
		return 0
	}
	initial := r.input[r.offset]
	width := 16 << (initial - initialFloat16)
	size := 1 + width/8
	if len(r.input)-r.offset < size {
		r.tooShort(r.offset, uint64(size), "byte", "float")
		return 0
	}
	v := floatValue(initial, r.input[r.offset+1:r.offset+size])
	if problem := floatProblem(v, width); problem != "" {
		r.Fail(problem)
		return 0
	}
	r.offset += size
	return v
}

func floatValue(initial byte, content []byte) float64 {
	switch initial {
	case initialFloat16:
		return float16value(bigEndian16(content))
	case initialFloat32:
		return float64(math.Float32frombits(bigEndian32(content)))
	}
	return math.Float64frombits(bigEndian64(content))
}

// floatProblem says what is wrong with a float that was found in this width, "" if nothing is.
func floatProblem(v float64, width int) string {
	switch {
	case math.IsNaN(v):
		return "expected finite float, found NaN"
	case math.IsInf(v, 0):
		return "expected finite float, found infinity"
	case v == 0 && math.Signbit(v):
		return "expected float, found negative zero"
	}
	if shortest := floatWidth(v); shortest != width {
		return "expected float in its shortest width of " + decimal(uint64(shortest)) +
			" bits, found it in " + decimal(uint64(width))
	}
	return ""
}

// Text reads a text string and returns a copy of it. It refuses invalid UTF-8.
func (r *Reader) Text() string {
	return string(r.text())
}

// text is Text without the copy.
func (r *Reader) text() []byte {
	start := r.offset
	content := r.content(Text)
	if !utf8.Valid(content) {
		r.failAt(start, "expected text string in UTF-8, found other bytes in it")
		return nil
	}
	return content
}

// Bytes reads a byte string and returns a view of it in the input, with no capacity beyond its length.
func (r *Reader) Bytes() []byte {
	return r.content(Bytes)
}

// content reads a byte or text string and returns a view of what it holds, nil after an error.
func (r *Reader) content(kind Kind) []byte {
	start := r.offset
	length := r.head(kind)
	if length > uint64(len(r.input)-r.offset) {
		r.tooShort(start, length, "byte", kind.String())
	}
	if r.err != nil {
		return nil
	}
	begin := r.offset
	r.offset += int(length)
	return r.input[begin:r.offset:r.offset]
}

// Array reads the head of an array and returns how many items follow. It refuses more of them than bytes remain: a slice
// made for them has at most one element per byte of input.
func (r *Reader) Array() int {
	start := r.offset
	items := r.head(Array)
	if items > uint64(len(r.input)-r.offset) {
		r.tooShort(start, items, "item", Array.String())
		return 0
	}
	return int(items)
}

// Map reads the head of a map and returns how many pairs follow. It refuses more of them than fit in the bytes that remain.
// The keys are the caller's to read; that they ascend is checked by [Reader.Skip] and [Reader.Raw] only.
func (r *Reader) Map() int {
	start := r.offset
	pairs := r.head(Map)
	if pairs > uint64(len(r.input)-r.offset)/2 {
		r.tooShort(start, pairs, "pair", Map.String())
		return 0
	}
	return int(pairs)
}

// Offset returns how many bytes have been read. After an error it is the error's offset.
func (r *Reader) Offset() int {
	return r.offset
}

// More reports whether there was no error and bytes remain.
func (r *Reader) More() bool {
	return r.offset < len(r.input)
}

// Rest returns a view of the bytes not yet read, with no capacity beyond its length. It is empty after an error.
func (r *Reader) Rest() []byte {
	return r.input[r.offset:len(r.input):len(r.input)]
}

// Err returns the first error, an [*Error], or nil.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil // not a nil *Error inside an error
	}
	return r.err
}

// Fail records an error at the current offset, unless there is one already. With it, a caller who finds a value wrong joins
// the Reader's own way of failing.
func (r *Reader) Fail(problem string) {
	if r.err == nil {
		r.failAt(r.offset, problem)
	}
}

// End returns the first error. If there is none and bytes remain, that is one.
func (r *Reader) End() error {
	if r.More() {
		r.Fail("expected end of input, found another " + quantity(uint64(len(r.input)-r.offset), "byte"))
	}
	return r.Err()
}

// head reads the head of an item of this kind, one of Uint to Map, and returns its argument.
func (r *Reader) head(kind Kind) uint64 {
	if r.offset >= len(r.input) || r.input[r.offset]&^0x1f != kind.major() {
		r.unexpected(kind.String())
		return 0
	}
	information := r.input[r.offset] & 0x1f
	if information < argumentIn1Byte {
		r.offset++
		return uint64(information)
	}
	return r.longHead(kind, information)
}

// longHead is head for an argument that follows the initial byte.
func (r *Reader) longHead(kind Kind, information byte) uint64 {
	if information > argumentIn8Bytes {
		r.unexpected(kind.String())
		return 0
	}
	size := 1 + 1<<(information-argumentIn1Byte)
	if len(r.input)-r.offset < size {
		r.tooShort(r.offset, uint64(size), "byte", "the head of "+kind.String())
		return 0
	}
	argument, least := longArgument(information, r.input[r.offset+1:r.offset+size])
	if argument < least {
		r.Fail("expected " + kind.String() + " with the shortest head, found " +
			quantity(uint64(size), "byte") + " for " + decimal(argument))
		return 0
	}
	r.offset += size
	return argument
}

// longArgument returns the argument held by the bytes after the initial byte, and the least one that needs as many.
func longArgument(information byte, content []byte) (argument, least uint64) {
	switch information {
	case argumentIn1Byte:
		return uint64(content[0]), argumentIn1Byte
	case argumentIn2Bytes:
		return uint64(bigEndian16(content)), math.MaxUint8 + 1
	case argumentIn4Bytes:
		return uint64(bigEndian32(content)), math.MaxUint16 + 1
	}
	return bigEndian64(content), math.MaxUint32 + 1
}

// unexpected records that something else than what was expected comes next.
func (r *Reader) unexpected(expected string) {
	if r.err != nil {
		return
	}
	found := "end of input"
	if r.More() {
		found = describe(r.input[r.offset])
	}
	r.Fail("expected " + expected + ", found " + found)
}

// tooShort records that what begins at start needs more than the bytes that remain.
func (r *Reader) tooShort(start int, count uint64, unit, in string) {
	remaining := uint64(len(r.input) - r.offset)
	r.failAt(start, "expected "+quantity(count, unit)+" in "+in+", found only "+quantity(remaining, "byte"))
}

// failAt records the first error and stops the Reader at the offset of the item at fault.
func (r *Reader) failAt(offset int, problem string) {
	r.err = &Error{Offset: offset, Problem: problem}
	r.offset = offset
	r.input = r.input[:offset]
}

func bigEndian16(b []byte) uint16 {
	_ = b[1]
	return uint16(b[0])<<8 | uint16(b[1])
}

func bigEndian32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

func bigEndian64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0])<<56 | uint64(b[1])<<48 | uint64(b[2])<<40 | uint64(b[3])<<32 |
		uint64(b[4])<<24 | uint64(b[5])<<16 | uint64(b[6])<<8 | uint64(b[7])
}
