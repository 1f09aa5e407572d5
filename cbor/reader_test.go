package cbor

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func unhex(text string) []byte {
	return must(hex.DecodeString(strings.ReplaceAll(text, " ", "")))
}

// rfc holds the examples of RFC 8949, appendix A, that are deterministic encodings in our subset.
var rfc = []struct {
	encoding string
	value    any
}{
	{"00", uint64(0)},
	{"01", uint64(1)},
	{"0a", uint64(10)},
	{"17", uint64(23)},
	{"1818", uint64(24)},
	{"1819", uint64(25)},
	{"1864", uint64(100)},
	{"1903e8", uint64(1000)},
	{"1a000f4240", uint64(1000000)},
	{"1b000000e8d4a51000", uint64(1000000000000)},
	{"1bffffffffffffffff", uint64(18446744073709551615)},
	{"20", int64(-1)},
	{"29", int64(-10)},
	{"3863", int64(-100)},
	{"3903e7", int64(-1000)},
	{"f90000", 0.0},
	{"f93c00", 1.0},
	{"fb3ff199999999999a", 1.1},
	{"f93e00", 1.5},
	{"f97bff", 65504.0},
	{"fa47c35000", 100000.0},
	{"fa7f7fffff", 3.4028234663852886e+38},
	{"fb7e37e43c8800759c", 1.0e+300},
	{"f90001", 5.960464477539063e-8},
	{"f90400", 0.00006103515625},
	{"f9c400", -4.0},
	{"fbc010666666666666", -4.1},
	{"f4", false},
	{"f5", true},
	{"f6", nil},
	{"40", []byte{}},
	{"4401020304", []byte{1, 2, 3, 4}},
	{"60", ""},
	{"6161", "a"},
	{"6449455446", "IETF"},
	{"62225c", "\"\\"},
	{"62c3bc", "\u00fc"},
	{"63e6b0b4", "\u6c34"},
	{"64f0908591", "\U00010151"},
	{"80", []any{}},
	{"83010203", []any{uint64(1), uint64(2), uint64(3)}},
	{"8301820203820405", []any{uint64(1), []any{uint64(2), uint64(3)}, []any{uint64(4), uint64(5)}}},
	{"98190102030405060708090a0b0c0d0e0f101112131415161718181819", upTo(25)},
	{"a0", map[any]any{}},
	{"a201020304", map[any]any{uint64(1): uint64(2), uint64(3): uint64(4)}},
	{"a26161016162820203", map[any]any{"a": uint64(1), "b": []any{uint64(2), uint64(3)}}},
	{"826161a161626163", []any{"a", map[any]any{"b": "c"}}},
	{"a56161614161626142616361436164614461656145", map[any]any{"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"}},
}

func upTo(n uint64) []any {
	var items []any
	for v := uint64(1); v <= n; v++ {
		items = append(items, v)
	}
	return items
}

func TestExamplesOfRFC8949(t *testing.T) {
	for _, example := range rfc {
		encoding := unhex(example.encoding)
		if got := appendValue(nil, example.value); !bytes.Equal(got, encoding) {
			t.Errorf("%v is written as %x, want %x", example.value, got, encoding)
		}
		r := NewReader(encoding)
		got, err := readValue(&r), r.End()
		if !reflect.DeepEqual(got, example.value) || err != nil {
			t.Errorf("%x is read as %#v and error %v, want %#v", encoding, got, err, example.value)
		}
		checkSkip(t, encoding)
		for length := range encoding {
			if skip(encoding[:length]) == nil {
				t.Errorf("Skip accepts %x, cut off from %x", encoding[:length], encoding)
			}
			cut := NewReader(encoding[:length])
			if readValue(&cut); cut.End() == nil {
				t.Errorf("typed reads accept %x, cut off from %x", encoding[:length], encoding)
			}
		}
	}
}

func skip(data []byte) error {
	r := NewReader(data)
	r.Skip()
	return r.End()
}

// refused lists inputs that Skip refuses, with the error.
var refused = []struct{ encoding, problem string }{
	// RFC 8949, appendix A: what is outside the subset, or not deterministic.
	{"c249010000000000000000", "at byte 0: expected any item, found tag"},
	{"c349010000000000000000", "at byte 0: expected any item, found tag"},
	{"c074323031332d30332d32315432303a30343a30305a", "at byte 0: expected any item, found tag"},
	{"c11a514b67b0", "at byte 0: expected any item, found tag"},
	{"c1fb41d452d9e8200000", "at byte 0: expected any item, found tag"},
	{"d74401020304", "at byte 0: expected any item, found tag"},
	{"d818456449455446", "at byte 0: expected any item, found tag"},
	{"d82076687474703a2f2f7777772e6578616d706c652e636f6d", "at byte 0: expected any item, found tag"},
	{"f98000", "at byte 0: expected float, found negative zero"},
	{"f97c00", "at byte 0: expected finite float, found infinity"},
	{"f97e00", "at byte 0: expected finite float, found NaN"},
	{"f9fc00", "at byte 0: expected finite float, found infinity"},
	{"fa7f800000", "at byte 0: expected finite float, found infinity"},
	{"fa7fc00000", "at byte 0: expected finite float, found NaN"},
	{"faff800000", "at byte 0: expected finite float, found infinity"},
	{"fb7ff0000000000000", "at byte 0: expected finite float, found infinity"},
	{"fb7ff8000000000000", "at byte 0: expected finite float, found NaN"},
	{"fbfff0000000000000", "at byte 0: expected finite float, found infinity"},
	{"f7", "at byte 0: expected any item, found undefined"},
	{"f0", "at byte 0: expected any item, found simple value"},
	{"f8ff", "at byte 0: expected any item, found simple value"},
	{"5f42010243030405ff", "at byte 0: expected any item, found indefinite-length byte string"},
	{"7f657374726561646d696e67ff", "at byte 0: expected any item, found indefinite-length text string"},
	{"9fff", "at byte 0: expected any item, found indefinite-length array"},
	{"9f018202039f0405ffff", "at byte 0: expected any item, found indefinite-length array"},
	{"9f01820203820405ff", "at byte 0: expected any item, found indefinite-length array"},
	{"83018202039f0405ff", "at byte 5: expected any item, found indefinite-length array"},
	{"83019f0203ff820405", "at byte 2: expected any item, found indefinite-length array"},
	{"9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", "at byte 0: expected any item, found indefinite-length array"},
	{"bf61610161629f0203ffff", "at byte 0: expected any item, found indefinite-length map"},
	{"826161bf61626163ff", "at byte 3: expected any item, found indefinite-length map"},
	{"bf6346756ef563416d7421ff", "at byte 0: expected any item, found indefinite-length map"},

	// RFC 8949, appendix F: not well-formed. End of input in a head.
	{"", "at byte 0: expected any item, found end of input"},
	{"18", "at byte 0: expected 2 bytes in the head of unsigned integer, found only 1 byte"},
	{"19", "at byte 0: expected 3 bytes in the head of unsigned integer, found only 1 byte"},
	{"1a", "at byte 0: expected 5 bytes in the head of unsigned integer, found only 1 byte"},
	{"1b", "at byte 0: expected 9 bytes in the head of unsigned integer, found only 1 byte"},
	{"1901", "at byte 0: expected 3 bytes in the head of unsigned integer, found only 2 bytes"},
	{"1a0102", "at byte 0: expected 5 bytes in the head of unsigned integer, found only 3 bytes"},
	{"1b01020304050607", "at byte 0: expected 9 bytes in the head of unsigned integer, found only 8 bytes"},
	{"38", "at byte 0: expected 2 bytes in the head of negative integer, found only 1 byte"},
	{"58", "at byte 0: expected 2 bytes in the head of byte string, found only 1 byte"},
	{"78", "at byte 0: expected 2 bytes in the head of text string, found only 1 byte"},
	{"98", "at byte 0: expected 2 bytes in the head of array, found only 1 byte"},
	{"9a01ff00", "at byte 0: expected 5 bytes in the head of array, found only 4 bytes"},
	{"b8", "at byte 0: expected 2 bytes in the head of map, found only 1 byte"},
	{"f8", "at byte 0: expected any item, found simple value"},
	{"f900", "at byte 0: expected 3 bytes in float, found only 2 bytes"},
	{"fa0000", "at byte 0: expected 5 bytes in float, found only 3 bytes"},
	{"fb000000", "at byte 0: expected 9 bytes in float, found only 4 bytes"},
	// End of input in what a head announces.
	{"41", "at byte 0: expected 1 byte in byte string, found only 0 bytes"},
	{"61", "at byte 0: expected 1 byte in text string, found only 0 bytes"},
	{"5affffffff00", "at byte 0: expected 4294967295 bytes in byte string, found only 1 byte"},
	{"5bffffffffffffffff010203", "at byte 0: expected 18446744073709551615 bytes in byte string, found only 3 bytes"},
	{"7affffffff00", "at byte 0: expected 4294967295 bytes in text string, found only 1 byte"},
	{"7b7fffffffffffffff010203", "at byte 0: expected 9223372036854775807 bytes in text string, found only 3 bytes"},
	{"9bffffffffffffffff", "at byte 0: expected 18446744073709551615 items in array, found only 0 bytes"},
	{"bb8000000000000001010203", "at byte 0: expected 9223372036854775809 pairs in map, found only 3 bytes"},
	{"81", "at byte 0: expected 1 item in array, found only 0 bytes"},
	{"818181818181818181", "at byte 8: expected 1 item in array, found only 0 bytes"},
	{"8200", "at byte 0: expected 2 items in array, found only 1 byte"},
	{"828100", "at byte 3: expected any item, found end of input"},
	{"a1", "at byte 0: expected 1 pair in map, found only 0 bytes"},
	{"a100", "at byte 0: expected 1 pair in map, found only 1 byte"},
	{"a2000000", "at byte 0: expected 2 pairs in map, found only 3 bytes"},
	{"a2000001", "at byte 0: expected 2 pairs in map, found only 3 bytes"},
	{"a1820000", "at byte 4: expected any item, found end of input"},
	// Reserved additional information, and breaks.
	{"1c", "at byte 0: expected any item, found reserved byte 0x1c"},
	{"3d", "at byte 0: expected any item, found reserved byte 0x3d"},
	{"5e", "at byte 0: expected any item, found reserved byte 0x5e"},
	{"7c", "at byte 0: expected any item, found reserved byte 0x7c"},
	{"9d", "at byte 0: expected any item, found reserved byte 0x9d"},
	{"be", "at byte 0: expected any item, found reserved byte 0xbe"},
	{"dc", "at byte 0: expected any item, found reserved byte 0xdc"},
	{"fd", "at byte 0: expected any item, found reserved byte 0xfd"},
	{"1f", "at byte 0: expected any item, found reserved byte 0x1f"},
	{"3f", "at byte 0: expected any item, found reserved byte 0x3f"},
	{"df", "at byte 0: expected any item, found reserved byte 0xdf"},
	{"ff", "at byte 0: expected any item, found break, the end of an indefinite length"},
	{"81ff", "at byte 1: expected any item, found break, the end of an indefinite length"},
	{"a100ff", "at byte 2: expected any item, found break, the end of an indefinite length"},

	// A second way to write something.
	{"1800", "at byte 0: expected unsigned integer with the shortest head, found 2 bytes for 0"},
	{"1817", "at byte 0: expected unsigned integer with the shortest head, found 2 bytes for 23"},
	{"1900ff", "at byte 0: expected unsigned integer with the shortest head, found 3 bytes for 255"},
	{"1a0000ffff", "at byte 0: expected unsigned integer with the shortest head, found 5 bytes for 65535"},
	{"1b00000000ffffffff", "at byte 0: expected unsigned integer with the shortest head, found 9 bytes for 4294967295"},
	{"3817", "at byte 0: expected negative integer with the shortest head, found 2 bytes for 23"},
	{"580100", "at byte 0: expected byte string with the shortest head, found 2 bytes for 1"},
	{"780161", "at byte 0: expected text string with the shortest head, found 2 bytes for 1"},
	{"980100", "at byte 0: expected array with the shortest head, found 2 bytes for 1"},
	{"b8010000", "at byte 0: expected map with the shortest head, found 2 bytes for 1"},
	{"fa3fc00000", "at byte 0: expected float in its shortest width of 16 bits, found it in 32"},
	{"fb3ff8000000000000", "at byte 0: expected float in its shortest width of 16 bits, found it in 64"},
	{"fb40f86a0000000000", "at byte 0: expected float in its shortest width of 32 bits, found it in 64"},
	{"fa80000000", "at byte 0: expected float, found negative zero"},
	{"fb8000000000000000", "at byte 0: expected float, found negative zero"},
	{"fa00000000", "at byte 0: expected float in its shortest width of 16 bits, found it in 32"},
	{"a201000000", "at byte 3: expected map keys in ascending order, found one that belongs before its predecessor"},
	{"a200000000", "at byte 3: expected map keys to differ, found one twice"},
	{"a2626161006162 00", "at byte 5: expected map keys in ascending order, found one that belongs before its predecessor"},
	{"a3000020000100", "at byte 5: expected map keys in ascending order, found one that belongs before its predecessor"},
	{"81a1a201000000 00", "at byte 5: expected map keys in ascending order, found one that belongs before its predecessor"},

	// Not UTF-8: a stray byte, an overlong form, a surrogate, beyond Unicode, cut off.
	{"61ff", "at byte 0: expected text string in UTF-8, found other bytes in it"},
	{"8162c080", "at byte 1: expected text string in UTF-8, found other bytes in it"},
	{"63eda080", "at byte 0: expected text string in UTF-8, found other bytes in it"},
	{"64f4908080", "at byte 0: expected text string in UTF-8, found other bytes in it"},
	{"62e6b0", "at byte 0: expected text string in UTF-8, found other bytes in it"},

	{"0000", "at byte 1: expected end of input, found another 1 byte"},
	{"000000", "at byte 1: expected end of input, found another 2 bytes"},
}

func TestSkipRefuses(t *testing.T) {
	for _, test := range refused {
		data := unhex(test.encoding)
		err := skip(data)
		if err == nil || err.Error() != "cbor: "+test.problem {
			t.Errorf("%s:\n got %v\nwant cbor: %s", test.encoding, err, test.problem)
		}
		checkSkip(t, data)
	}
}

// Whatever Skip refuses in a scalar, the read of that kind refuses too.
func TestTypedReadsRefuseWhatSkipRefuses(t *testing.T) {
	for _, test := range refused {
		data := unhex(test.encoding)
		if kind := kindOf(append(data, 0)[0]); kind == Array || kind == Map {
			continue
		}
		for kind := Uint; kind <= Float; kind++ {
			r := NewReader(data)
			if readKind(&r, kind); r.End() == nil {
				t.Errorf("the read of %v accepts %x", kind, data)
			}
		}
	}
}

// readKind calls the method that reads this kind of item, and returns what it returned.
func readKind(r *Reader, kind Kind) any {
	switch kind {
	case Uint:
		return r.Uint()
	case NegativeInt:
		return r.Int()
	case Bytes:
		return r.Bytes()
	case Text:
		return r.Text()
	case Array:
		return r.Array()
	case Map:
		return r.Map()
	case Bool:
		return r.Bool()
	case Float:
		return r.Float()
	}
	r.Null()
	return nil
}

// Each read takes its own kind of item only, and names both kinds otherwise. Int takes two.
func TestReadsOfTheWrongKind(t *testing.T) {
	one := map[Kind][]byte{
		Uint: {0x05}, NegativeInt: {0x24}, Bytes: {0x41, 0x61}, Text: {0x61, 0x61}, Array: {0x80}, Map: {0xa0},
		Bool: {0xf4}, Null: {0xf6}, Float: {0xf9, 0x3c, 0x00},
	}
	for wanted := Uint; wanted <= Float; wanted++ {
		for found := Uint; found <= Float; found++ {
			r := NewReader(one[found])
			if r.Kind() != found {
				t.Errorf("Kind of %x is %v, want %v", one[found], r.Kind(), found)
			}
			readKind(&r, wanted)
			err := r.End()
			if wanted == found || wanted == NegativeInt && found == Uint {
				if err != nil {
					t.Errorf("read of %v from %v: %v", wanted, found, err)
				}
				continue
			}
			expected := wanted.String()
			if wanted == NegativeInt {
				expected = "integer"
			}
			if want := "cbor: at byte 0: expected " + expected + ", found " + found.String(); err == nil || err.Error() != want {
				t.Errorf("read of %v from %v: error %v, want %s", wanted, found, err, want)
			}
		}
	}
}

func TestKind(t *testing.T) {
	for _, data := range []string{"", "1c", "1f", "5f", "7f", "9f", "bf", "c0", "d8", "e0", "f3", "f7", "f8", "fc", "ff"} {
		if r := NewReader(unhex(data)); r.Kind() != Invalid {
			t.Errorf("Kind of %q is %v", data, r.Kind())
		}
	}
	if got := Kind(200).String(); got != "invalid" {
		t.Errorf("Kind(200) is %q", got)
	}
}

func TestIntRange(t *testing.T) {
	for _, test := range []struct {
		encoding string
		want     int64
		problem  string
	}{
		{"1b7fffffffffffffff", math.MaxInt64, ""},
		{"3b7fffffffffffffff", math.MinInt64, ""},
		{"1b8000000000000000", 0, "expected integer of at most 2^63-1, found 9223372036854775808"},
		{"1bffffffffffffffff", 0, "expected integer of at most 2^63-1, found 18446744073709551615"},
		{"3b8000000000000000", 0, "expected integer of at least -2^63, found a lower one"},
		{"3bffffffffffffffff", 0, "expected integer of at least -2^63, found a lower one"},
		{"3817", 0, "expected negative integer with the shortest head, found 2 bytes for 23"},
		{"1817", 0, "expected unsigned integer with the shortest head, found 2 bytes for 23"},
	} {
		r := NewReader(append([]byte{0x00}, unhex(test.encoding)...))
		r.Int()
		got, err := r.Int(), r.End()
		problem := ""
		if located, ok := errors.AsType[*Error](err); ok {
			problem = located.Problem
			if located.Offset != 1 {
				t.Errorf("%s: error at byte %d, want 1", test.encoding, located.Offset)
			}
		}
		if got != test.want || problem != test.problem {
			t.Errorf("%s: %d and %q, want %d and %q", test.encoding, got, problem, test.want, test.problem)
		}
	}
}

// For every kind that has an argument, and every argument at an edge, exactly one head is accepted: the shortest.
func TestOnlyTheShortestHeadIsAccepted(t *testing.T) {
	edges := []uint64{0, 1, 22, 23, 24, 25, 254, 255, 256, 257, 65534, 65535, 65536, 65537,
		1<<32 - 2, 1<<32 - 1, 1 << 32, 1<<32 + 1, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64 - 1, math.MaxUint64}
	for kind := Uint; kind <= Map; kind++ {
		for _, argument := range edges {
			shortest := appendHead(nil, kind.major(), argument)
			for size := 0; size <= 8; size = max(1, 2*size) {
				head := headOfSize(kind, argument, size)
				if head == nil {
					continue
				}
				r := NewReader(head)
				got := r.head(kind)
				if bytes.Equal(head, shortest) {
					if got != argument || r.End() != nil {
						t.Errorf("%v head %x is read as %d and error %v", kind, head, got, r.Err())
					}
				} else if got != 0 || r.Err() == nil {
					t.Errorf("%v head %x is read as %d, though %x is shorter", kind, head, got, shortest)
				}
			}
		}
	}
}

// Additional information 28 to 31 begins no item, however many bytes follow.
func TestReservedHeadsAreRefused(t *testing.T) {
	for kind := Uint; kind <= Map; kind++ {
		for information := byte(28); information <= 31; information++ {
			data := append([]byte{kind.major() | information}, bytes.Repeat([]byte{0x99}, 100)...)
			r := NewReader(data)
			readKind(&r, kind)
			if r.Err() == nil || r.Offset() != 0 || skip(data) == nil {
				t.Errorf("%x is accepted as %v", data[0], kind)
			}
		}
	}
}

// headOfSize writes a head with size bytes after the first, nil if the argument does not fit.
func headOfSize(kind Kind, argument uint64, size int) []byte {
	if size == 0 {
		if argument > 23 {
			return nil
		}
		return []byte{kind.major() | byte(argument)}
	}
	if size < 8 && argument>>(8*size) != 0 {
		return nil
	}
	information := map[int]byte{1: 24, 2: 25, 4: 26, 8: 27}[size]
	head := []byte{kind.major() | information}
	for shift := 8 * (size - 1); shift >= 0; shift -= 8 {
		head = append(head, byte(argument>>shift))
	}
	return head
}

// After the first error every read returns the zero value, nothing moves, and the error stays the same.
func TestErrorIsSticky(t *testing.T) {
	r := NewReader(unhex("01 f5 02 03 04"))
	r.Uint()
	r.Text() // finds a boolean
	first := r.Err()
	if first == nil {
		t.Fatal("no error")
	}
	for kind := Uint; kind <= Float; kind++ {
		if got := readKind(&r, kind); got != nil && !reflect.ValueOf(got).IsZero() {
			t.Errorf("read of %v after an error returns %v", kind, got)
		}
	}
	r.Skip()
	if raw := r.Raw(); raw != nil {
		t.Errorf("Raw after an error returns %x", raw)
	}
	r.Fail("another problem")
	if r.End() != first || r.Err() != first {
		t.Errorf("error %v became %v", first, r.Err())
	}
	if r.Offset() != 1 || r.More() || len(r.Rest()) != 0 || r.Kind() != Invalid {
		t.Errorf("offset %d, more %v, rest %x, kind %v", r.Offset(), r.More(), r.Rest(), r.Kind())
	}
}

func TestFail(t *testing.T) {
	r := NewReader([]byte{0x01, 0x02})
	r.Uint()
	r.Fail("expected an even number")
	if got, want := r.Err().Error(), "cbor: at byte 1: expected an even number"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if r.Uint() != 0 || r.Offset() != 1 {
		t.Error("the Reader moved after Fail")
	}
}

// An error of a nil *Error inside would not be nil.
func TestNoErrorIsNil(t *testing.T) {
	var zero Reader
	if zero.Err() != nil || zero.End() != nil || zero.More() || zero.Offset() != 0 || len(zero.Rest()) != 0 {
		t.Error("the zero Reader is not at the end of an empty input")
	}
	if zero.Skip(); zero.Err() == nil {
		t.Error("Skip at the end of the input is no error")
	}
}

func TestPositions(t *testing.T) {
	input := unhex("01 1903e8 6161 8102")
	r := NewReader(input)
	offsets := []int{r.Offset()}
	for r.More() {
		r.Skip()
		offsets = append(offsets, r.Offset())
		if !bytes.Equal(r.Rest(), input[r.Offset():]) {
			t.Errorf("at %d the rest is %x", r.Offset(), r.Rest())
		}
	}
	if want := []int{0, 1, 4, 6, 8}; !reflect.DeepEqual(offsets, want) || r.End() != nil {
		t.Errorf("offsets %v and error %v, want %v", offsets, r.Err(), want)
	}
}

// Views show the input itself, and appending to one does not write into the input.
func TestViews(t *testing.T) {
	for name, view := range map[string]func(r *Reader) []byte{
		"Bytes": (*Reader).Bytes,
		"Raw":   (*Reader).Raw,
		"Rest":  func(r *Reader) []byte { return r.Rest() },
	} {
		backing := unhex("43 010203 05 06")
		r := NewReader(backing[:5])
		got := view(&r)
		if cap(got) != len(got) {
			t.Errorf("%s: length %d, capacity %d", name, len(got), cap(got))
		}
		got[len(got)-1] = 0xee
		if !bytes.Contains(backing, []byte{0xee}) {
			t.Errorf("%s is a copy", name)
		}
	}
	input := unhex("6161")
	r := NewReader(input)
	text := r.Text()
	input[1] = 'b'
	if text != "a" {
		t.Error("Text is a view")
	}
}

func TestSkipDepth(t *testing.T) {
	for name, open := range map[string]string{"arrays": "\x81", "map values": "\xa1\x00", "map keys": "\xa1"} {
		nest := func(depth int) []byte {
			nested := []byte(strings.Repeat(open, depth) + "\x00")
			if open == "\xa1" {
				nested = append(nested, make([]byte, depth)...) // the values
			}
			return nested
		}
		if err := skip(nest(MaxDepth)); err != nil {
			t.Errorf("%s, at the limit: %v", name, err)
		}
		if r := NewReader(nest(MaxDepth)); !bytes.Equal(r.Raw(), nest(MaxDepth)) {
			t.Errorf("%s, at the limit, by Raw: %v", name, r.Err())
		}
		want := &Error{MaxDepth * len(open), "expected at most 256 arrays and maps inside each other, found more"}
		if err := skip(nest(MaxDepth + 1)); !reflect.DeepEqual(err, error(want)) {
			t.Errorf("%s, beyond the limit: %v, want %v", name, err, want)
		}
		if err := skip(nest(1_000_000)); !reflect.DeepEqual(err, error(want)) {
			t.Errorf("%s, far beyond the limit: %v, want %v", name, err, want)
		}
	}
	deepest := strings.Repeat("81", MaxDepth-1) + "00"
	if err := skip(unhex("82" + deepest + deepest)); err != nil {
		t.Errorf("two siblings at the limit: %v", err)
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	untitled := exampleCard
	untitled.Title = ""
	encoded := appendCard(nil, &untitled)
	skipped := appendValue(nil, map[any]any{"a": 1.5, "b": "text", "c": []any{exampleCard.Blob}})
	var c card
	readOnce := func() {
		r := NewReader(encoded)
		readCard(&r, &c)
		again := NewReader(skipped)
		again.Skip()
		again = NewReader(skipped)
		again.Raw()
		if r.End() != nil || again.End() != nil {
			t.Fatal(r.Err(), again.Err())
		}
	}
	readOnce() // makes c.Labels
	if allocations := testing.AllocsPerRun(100, readOnce); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

// What a head announces costs nothing; a refusal costs one small error, however often the Reader is asked afterwards.
func TestHostileHeadsAllocateOnlyAnError(t *testing.T) {
	const runs, limit = 200, 512
	for _, head := range []string{
		"9bffffffffffffffff", "9b7fffffffffffffff", "9affffffff", "bbffffffffffffffff", "bb8000000000000000",
		"bb7fffffffffffffff", "5bffffffffffffffff", "5b7fffffffffffffff", "7bffffffffffffffff", "7b7fffffffffffffff", "7affffffff",
		"9f", "bf", "5f", "7f", "c0", "ff", "1c", "",
	} {
		data := append(unhex(head), make([]byte, 16)...)[:len(unhex(head))+min(16, 16*len(head))]
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			for kind := Bytes; kind <= Map; kind++ {
				r := NewReader(data)
				readKind(&r, kind)
				for range 10 {
					readKind(&r, kind)
					r.Skip()
				}
			}
		}
		runtime.ReadMemStats(&after)
		if each := (after.TotalAlloc - before.TotalAlloc) / (runs * uint64(Map-Bytes+1)); each > limit {
			t.Errorf("%s: %d bytes for a refusal, want at most %d", head, each, limit)
		}
	}
}
