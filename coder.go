package aper

import (
	"errors"
	"math"
	"unicode/utf8"

	"github.com/aper-go/aper/cbor"
)

// A Coder turns values into bytes and back. Generated methods describe each type once, as a sequence of calls, and the
// coder does with them what it was started for: encode to CBOR, decode from it, write JSON, read JSON, or describe the
// schema. Each call takes the present value and returns the value to use from then on:
//
//	func (s Counter) Code(c *aper.Coder) Counter {
//		if c.Struct("counter.Counter", 1) {
//			s.Value = c.Field("value").Int64(s.Value)
//			c.End()
//		}
//		return s
//	}
//
// While reading, the receiver is a zero value. The first error stays: later calls return zero values, and Finish
// reports it. A Coder can be used again and again, by one goroutine at a time.
type Coder struct {
	mode   mode
	absent bool   // reading: the field that comes next is not there, because an older program wrote the value
	out    []byte // what is being written
	in     cbor.Reader
	other  form    // what is neither encoding nor decoding
	open   []frame // what has begun and not ended, outermost first; empty while encoding
	depth  int     // encoding: how much has begun and not ended
	err    error

	variant int // number of the transition whose head was read last, or that is described
	items   int // how many fields follow that head in CBOR

	machine  string // what Choice was told last
	variants int
}

type mode byte

const (
	encode mode = iota
	decode
	toJSON
	fromJSON
	describe
)

// A form does a coder's calls in another way than CBOR. JSON stands behind this interface so that a browser build, which
// has no use for it, does not carry it; the two CBOR modes do not, because they are the ones that must be fast.
type form interface {
	openStruct(name string, kind frameKind) bool
	field(name string) (present bool)
	openList(n int) int
	item()
	openMap(n int) int
	key()
	value()
	close(kind frameKind)
	head() (variant int)
	choose(names []string) int

	signed(v int64, kind string) int64
	unsigned(v uint64, kind string) uint64
	boolean(v bool) bool
	float(v float64, kind string) float64
	text(v string) string
}

// maxDepth limits how deep values nest, because coding recurses. The limit holds for writing too: nobody could read what
// goes beyond it. It is lower than the one for CBOR, because messages put arrays of their own around a transition, and one
// that was accepted must be readable in every message.
const maxDepth = cbor.MaxDepth - 16

type frame struct {
	kind  frameKind
	name  string // of the type
	field string // that was named last
	index int    // of the current item, from 1
	left  int    // decoding: items not yet named
}

type frameKind byte

const (
	structFrame frameKind = iota
	variantFrame
	listFrame
	mapFrame
)

// A CodeError says where coding failed and why.
type CodeError struct {
	Path string // such as "board.Board.cards[2].title"; empty before anything has begun, and while encoding
	Err  error
}

func (e *CodeError) Error() string {
	if e.Path == "" {
		return "aper: " + e.Err.Error()
	}
	return "aper: " + e.Path + ": " + e.Err.Error()
}

// Unwrap returns the cause, a *cbor.Error when the bytes were at fault.
func (e *CodeError) Unwrap() error { return e.Err }

// EncodeTo starts encoding to CBOR, appended to dst.
func (c *Coder) EncodeTo(dst []byte) { c.start(encode); c.out = dst }

// Deepen counts so many levels as begun, for the encoding of a value that will stand inside others.
func (c *Coder) Deepen(levels int) { c.depth += levels }

// DecodeFrom starts decoding CBOR. What is decoded does not refer to src.
func (c *Coder) DecodeFrom(src []byte) { c.start(decode); c.in = cbor.NewReader(src) }

func (c *Coder) start(m mode) {
	c.mode, c.absent, c.open, c.depth, c.err, c.out, c.other = m, false, c.open[:0], 0, nil, nil, nil
	c.in = cbor.Reader{}
}

// Finish ends what was started. It returns what was written, and the first error. Bytes that are left over after a
// decoded value are an error.
func (c *Coder) Finish() ([]byte, error) {
	if c.mode == decode && c.err == nil && c.in.End() != nil {
		c.Fail("")
	}
	out := c.out
	c.out, c.in, c.other = nil, cbor.Reader{}, nil
	return out, c.err
}

// Failed reports whether there was an error. Loops over decoded counts ask it.
func (c *Coder) Failed() bool { return c.err != nil || c.mode == decode && c.in.Err() != nil }

// Fail records an error at the place where the coder is, unless there is one already.
func (c *Coder) Fail(problem string) {
	if c.err != nil {
		return
	}
	cause := errors.New(problem)
	if c.mode == decode {
		c.in.Fail(problem)
		cause = c.in.Err()
	}
	c.err = &CodeError{Path: c.path(), Err: cause}
}

func (c *Coder) path() string {
	path := ""
	for i, f := range c.open {
		if i == 0 {
			path = f.name
		}
		if f.index > 0 {
			path += "[" + decimal(uint64(f.index-1)) + "]"
		}
		if f.field != "" {
			path += "." + f.field
		}
	}
	return path
}

// reading reports whether values come out of the coder.
func (c *Coder) reading() bool { return c.mode == decode || c.mode == fromJSON }

// Writing reports whether values go into the coder. Otherwise they come out of it, or the schema is described; code that
// reads does for both, because there is one zero item of each container to describe.
func (c *Coder) Writing() bool { return c.mode == encode || c.mode == toJSON }

// Canonical reports whether what is read has one spelling only, as CBOR has. In JSON the members of an object may come in
// any order.
func (c *Coder) Canonical() bool { return c.mode == decode }

// IsText reports whether values stand the way people read them, as in JSON, and not in the shortest way, as in CBOR.
func (c *Coder) IsText() bool { return c.mode == toJSON || c.mode == fromJSON }

// Struct begins a value of named fields: an array in CBOR, an object in JSON. When it returns true the fields follow,
// each announced by Field, then End. When it returns false there is nothing to code, and no End.
func (c *Coder) Struct(name string, fields int) bool {
	if c.mode == encode {
		c.out = cbor.AppendArray(c.out, fields)
		return c.deeper()
	}
	return c.openStruct(name, fields, structFrame)
}

// Variant begins a transition: an array of its number and its fields in CBOR, {"Name": {fields}} in JSON. It is used
// like Struct.
func (c *Coder) Variant(number int, name string, fields int) bool {
	if c.mode == encode {
		c.out = cbor.AppendUint(cbor.AppendArray(c.out, fields+1), uint64(number))
		return c.deeper()
	}
	return c.openStruct(name, fields, variantFrame)
}

func (c *Coder) openStruct(name string, fields int, kind frameKind) bool {
	if c.takeAbsent() || c.Failed() {
		return false
	}
	f := frame{kind: kind, name: name}
	if c.mode != decode {
		return c.push(f) && c.opened(c.other.openStruct(name, kind))
	}
	if f.left = c.items; kind == structFrame {
		f.left = c.in.Array()
	}
	if f.left > fields {
		c.Fail(name + " has " + decimal(uint64(f.left)) + " fields where this program knows " +
			decimal(uint64(fields)) + ": a newer version wrote it; update this program")
		return false
	}
	return c.push(f)
}

func (c *Coder) push(f frame) bool {
	if c.Failed() {
		return false
	}
	if len(c.open) == maxDepth {
		c.tooDeep()
		return false
	}
	c.open = append(c.open, f)
	return true
}

// deeper is push for encoding, which needs no more than a count.
func (c *Coder) deeper() bool {
	if c.depth++; c.depth > maxDepth {
		c.tooDeep()
		return false
	}
	return true
}

func (c *Coder) tooDeep() { c.Fail("nested more than " + decimal(maxDepth) + " deep") }

// opened takes back the frame of what turned out to have nothing inside.
func (c *Coder) opened(ok bool) bool {
	if !ok && !c.Failed() {
		c.open = c.open[:len(c.open)-1]
	}
	return ok
}

// Field announces the field that is coded next. A field that an older program did not write is decoded as zero.
func (c *Coder) Field(name string) *Coder {
	if c.mode != encode {
		c.field(name)
	}
	return c
}

func (c *Coder) field(name string) {
	f := c.top()
	if f == nil {
		return
	}
	f.field = name
	switch {
	case c.mode != decode:
		c.absent = !c.other.field(name)
	case f.left == 0:
		c.absent = true
	default:
		f.left--
	}
}

func (c *Coder) top() *frame {
	if c.Failed() || len(c.open) == 0 {
		return nil
	}
	return &c.open[len(c.open)-1]
}

// takeAbsent reports whether the value that would be coded now is not there.
func (c *Coder) takeAbsent() bool {
	was := c.absent
	c.absent = false
	return was
}

// List begins a sequence of n items, and returns how many there are. Each is announced by Item; End follows even when
// there are none.
func (c *Coder) List(n int) int {
	if c.mode == encode {
		c.out = cbor.AppendArray(c.out, n)
		if !c.deeper() {
			return 0
		}
		return n
	}
	return c.openList(n)
}

// Array begins a sequence that always has n items, such as a Go array. It is used like List, and returns how many items
// to code: n, or none where there is nothing to read. Another count is an error.
func (c *Coder) Array(n int) int {
	if c.mode == describe {
		c.out = append(appendDecimal(append(c.out, ' '), uint64(n)), " times"...)
		return min(c.List(n), n)
	}
	missing := c.absent
	found := c.List(n)
	if found == n || missing || c.Failed() {
		return found
	}
	c.Fail("expected " + decimal(uint64(n)) + " items, found " + decimal(uint64(found)))
	return 0
}

func (c *Coder) openList(n int) int {
	f := frame{kind: listFrame}
	switch {
	case c.Failed():
		return 0
	case c.takeAbsent():
		f.index = -1 // end has nothing to close
	case c.mode == decode:
		f.left = c.in.Array()
	default:
		f.left = c.other.openList(n)
	}
	return c.pushCounted(f)
}

func (c *Coder) pushCounted(f frame) int {
	if !c.push(f) {
		return 0
	}
	return f.left
}

// Map begins n entries of a key and a value, and returns how many there are: a flat array of keys and values in CBOR, in
// the order in which they are coded; an object in JSON. Each key is announced by Key and each value by Value; End follows
// even when there are none. Whoever reads the entries checks that the keys are in order.
func (c *Coder) Map(n int) int {
	if c.mode == encode {
		c.out = cbor.AppendArray(c.out, 2*n)
		if !c.deeper() {
			return 0
		}
		return n
	}
	f := frame{kind: mapFrame}
	switch {
	case c.Failed():
		return 0
	case c.takeAbsent():
		f.index = -1 // end has nothing to close
	case c.mode == decode:
		items := c.in.Array()
		if f.left = items / 2; items%2 != 0 {
			c.Fail("a key has no value")
		}
	default:
		f.left = c.other.openMap(n)
	}
	return c.pushCounted(f)
}

// Key announces the key of the next entry, which is one plain value.
func (c *Coder) Key() *Coder {
	if c.mode == encode {
		return c
	}
	if f := c.top(); f != nil {
		f.index++
		f.left--
		if c.mode != decode {
			c.other.key()
		}
	}
	return c
}

// Value announces the value of the entry whose key was coded last.
func (c *Coder) Value() *Coder {
	if c.mode != encode && c.mode != decode && !c.Failed() {
		c.other.value()
	}
	return c
}

// Item announces the next item of a list.
func (c *Coder) Item() *Coder {
	if c.mode != encode {
		c.item()
	}
	return c
}

func (c *Coder) item() {
	f := c.top()
	if f == nil {
		return
	}
	f.index++
	f.left--
	if c.mode != decode {
		c.other.item()
	}
}

// End ends what Struct, Variant, List, Array or Map began.
func (c *Coder) End() {
	if c.mode != encode {
		c.end()
		return
	}
	c.depth--
}

func (c *Coder) end() {
	f := c.top()
	if f == nil {
		return
	}
	switch {
	case f.index < 0:
	case c.mode != decode:
		c.other.close(f.kind)
	case f.left != 0:
		c.Fail("the generated code does not fit the type; run go generate")
	}
	if !c.Failed() {
		c.open = c.open[:len(c.open)-1]
	}
}

// openTransition reads the head of a transition, so that its variant is known before anyone asks for the fields.
func (c *Coder) openTransition() bool {
	if c.takeAbsent() {
		c.Fail("the transition is missing")
	}
	if c.Failed() {
		return false
	}
	if c.mode != decode {
		c.variant = c.other.head()
		return !c.Failed()
	}
	c.items = c.in.Array() - 1
	if c.items < 0 {
		c.Fail("a transition is an array that begins with its variant number")
	}
	c.variant = int(min(c.in.Uint(), math.MaxInt32))
	return !c.Failed()
}

// Choice returns the number of the variant to code, when one is being read or described. It returns 0 while writing,
// when the transition itself says which it is, and after an error. The first of names has number 1.
func (c *Coder) Choice(machine string, names []string) int {
	c.machine, c.variants = machine, len(names)
	switch {
	case c.mode == encode || c.Failed():
		return 0
	case c.mode != decode:
		return c.other.choose(names)
	case c.variant <= len(names):
		return c.variant
	}
	c.Fail("variant " + decimal(uint64(c.variant)) + " of the transitions of " + machine +
		" is unknown: a newer version wrote it; update this program")
	return 0
}

// Unknown records that the generated code does not know a transition.
func (c *Coder) Unknown() {
	if c.mode != describe && !c.reading() {
		c.Fail("not a transition of " + c.machine + " that the generated code knows: if it is new, run go generate; " +
			"if it is a pointer, pass the value")
	}
}

// scalar is what all plain values have in common, in all modes but encoding.
func (c *Coder) scalar() bool { return !c.takeAbsent() && !c.Failed() }

// Int64 codes a signed integer: a number in JSON, or a string where JavaScript's numbers would lose digits.
func (c *Coder) Int64(v int64) int64 { return c.signed(v, math.MinInt64, math.MaxInt64, "int64") }

// Int32 codes a signed integer.
func (c *Coder) Int32(v int32) int32 {
	return int32(c.signed(int64(v), math.MinInt32, math.MaxInt32, "int32"))
}

// Int16 codes a signed integer.
func (c *Coder) Int16(v int16) int16 {
	return int16(c.signed(int64(v), math.MinInt16, math.MaxInt16, "int16"))
}

// Int8 codes a signed integer.
func (c *Coder) Int8(v int8) int8 {
	return int8(c.signed(int64(v), math.MinInt8, math.MaxInt8, "int8"))
}

// Int codes a signed integer of 64 bits. Where int is smaller, a value that does not fit is an error.
func (c *Coder) Int(v int) int { return int(c.signed(int64(v), math.MinInt, math.MaxInt, "int64")) }

// Uint64 codes an unsigned integer, as Int64 does a signed one.
func (c *Coder) Uint64(v uint64) uint64 { return c.unsigned(v, math.MaxUint64, "uint64") }

// Uint32 codes an unsigned integer.
func (c *Coder) Uint32(v uint32) uint32 {
	return uint32(c.unsigned(uint64(v), math.MaxUint32, "uint32"))
}

// Uint16 codes an unsigned integer.
func (c *Coder) Uint16(v uint16) uint16 {
	return uint16(c.unsigned(uint64(v), math.MaxUint16, "uint16"))
}

// Uint8 codes an unsigned integer.
func (c *Coder) Uint8(v uint8) uint8 { return uint8(c.unsigned(uint64(v), math.MaxUint8, "uint8")) }

// Uint codes an unsigned integer of 64 bits. Where uint is smaller, a value that does not fit is an error.
func (c *Coder) Uint(v uint) uint { return uint(c.unsigned(uint64(v), math.MaxUint, "uint64")) }

func (c *Coder) signed(v, low, high int64, kind string) int64 {
	if c.mode == encode {
		c.out = cbor.AppendInt(c.out, v)
		return v
	}
	if !c.scalar() {
		return 0
	}
	if c.mode == decode {
		v = c.in.Int()
	} else {
		v = c.other.signed(v, kind)
	}
	if v < low || v > high {
		c.Fail("the number does not fit into " + kind)
		return 0
	}
	return v
}

func (c *Coder) unsigned(v, high uint64, kind string) uint64 {
	if c.mode == encode {
		c.out = cbor.AppendUint(c.out, v)
		return v
	}
	if !c.scalar() {
		return 0
	}
	if c.mode == decode {
		v = c.in.Uint()
	} else {
		v = c.other.unsigned(v, kind)
	}
	if v > high {
		c.Fail("the number does not fit into " + kind)
		return 0
	}
	return v
}

// Bool codes a truth value.
func (c *Coder) Bool(v bool) bool {
	if c.mode == encode {
		c.out = cbor.AppendBool(c.out, v)
		return v
	}
	if !c.scalar() {
		return false
	}
	if c.mode == decode {
		return c.in.Bool()
	}
	return c.other.boolean(v)
}

// Float64 codes a finite number; NaN and the infinities are errors, and -0 becomes 0, so that equal states have equal
// bytes.
func (c *Coder) Float64(v float64) float64 { return c.float(v, math.MaxFloat64, "float64") }

// Float32 codes a finite number, as Float64 does.
func (c *Coder) Float32(v float32) float32 {
	wide := c.float(float64(v), math.MaxFloat32, "float32")
	if c.mode == decode && float64(float32(wide)) != wide {
		c.Fail("the number does not fit into float32")
	}
	return float32(wide)
}

func (c *Coder) float(v, high float64, kind string) float64 {
	if v == 0 {
		v = 0 // -0 too
	}
	if !c.reading() && !(v >= -high && v <= high) {
		c.Fail("NaN and infinity cannot be encoded: with them, equal states would have unequal bytes")
		return 0
	}
	if c.mode == encode {
		c.out = cbor.AppendFloat(c.out, v)
		return v
	}
	if !c.scalar() {
		return 0
	}
	if c.mode == decode {
		v = c.in.Float()
	} else {
		v = c.other.float(v, kind)
	}
	if !(v >= -high && v <= high) {
		c.Fail("the number does not fit into " + kind)
		return 0
	}
	return v
}

// Text codes a string. One that is not valid UTF-8 travels as a byte string, because replicas must hold exactly what the
// authority holds; JSON shows U+FFFD in place of what is not valid.
func (c *Coder) Text(v string) string {
	if c.mode == encode {
		if utf8.ValidString(v) {
			c.out = cbor.AppendText(c.out, v)
		} else {
			c.out = cbor.AppendBytes(c.out, []byte(v))
		}
		return v
	}
	if !c.scalar() {
		return ""
	}
	if c.mode != decode {
		return c.other.text(v)
	}
	if c.in.Kind() != cbor.Bytes {
		return c.in.Text()
	}
	v = string(c.in.Bytes())
	if utf8.ValidString(v) {
		c.Fail("valid UTF-8 must be a text string, not a byte string")
	}
	return v
}
