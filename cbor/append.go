package cbor

import (
	"math"
	"unicode/utf8"
)

// The initial byte of an item holds its major type in the upper three bits, the additional information in the lower five.
const (
	majorUint     = 0 << 5
	majorNegative = 1 << 5
	majorBytes    = 2 << 5
	majorText     = 3 << 5
	majorArray    = 4 << 5
	majorMap      = 5 << 5

	initialFalse   = 0xf4
	initialTrue    = 0xf5
	initialNull    = 0xf6
	initialFloat16 = 0xf9
	initialFloat32 = 0xfa
	initialFloat64 = 0xfb
)

// Additional information: an argument below argumentIn1Byte is the additional information itself, greater arguments follow
// the initial byte.
const (
	argumentIn1Byte  = 24
	argumentIn2Bytes = 25
	argumentIn4Bytes = 26
	argumentIn8Bytes = 27
	indefiniteLength = 31
)

// AppendUint appends an unsigned integer.
func AppendUint(b []byte, v uint64) []byte {
	if v < argumentIn1Byte {
		return append(b, byte(v))
	}
	return appendLongHead(b, majorUint, v)
}

// AppendInt appends an integer. It writes non-negative values as AppendUint does.
func AppendInt(b []byte, v int64) []byte {
	if uint64(v) < argumentIn1Byte {
		return append(b, byte(v))
	}
	return appendLongInt(b, v)
}

func appendLongInt(b []byte, v int64) []byte {
	if v >= 0 {
		return appendLongHead(b, majorUint, uint64(v))
	}
	return appendHead(b, majorNegative, uint64(^v)) // ^v is -1-v, the argument of a negative integer
}

// AppendBool appends a boolean.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, initialTrue)
	}
	return append(b, initialFalse)
}

// AppendNull appends null.
func AppendNull(b []byte) []byte {
	return append(b, initialNull)
}

// AppendFloat appends a float in the shortest of the widths 16, 32 and 64 bits that keeps the value. It writes negative
// zero as zero. It panics on NaN and the infinities, which have no place in a state: the caller has to refuse them earlier.
func AppendFloat(b []byte, v float64) []byte {
	switch floatWidth(v) {
	case 16:
		return appendBigEndian16(append(b, initialFloat16), float16bits(v))
	case 32:
		return appendBigEndian32(append(b, initialFloat32), math.Float32bits(float32(v)))
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		panic("cbor: AppendFloat of NaN or infinity")
	}
	return appendBigEndian64(append(b, initialFloat64), math.Float64bits(v))
}

// AppendText appends a text string. CBOR text is UTF-8 and a Go string need not be: each byte of v that is not part of valid
// UTF-8 is written as U+FFFD, as a range loop over v would see it. Strings that differ only there have equal encodings.
func AppendText(b []byte, v string) []byte {
	if !utf8.ValidString(v) {
		return appendRepaired(b, v)
	}
	b = appendHead(b, majorText, uint64(len(v)))
	return append(b, v...)
}

func appendRepaired(b []byte, v string) []byte {
	length := 0
	for _, character := range v {
		length += utf8.RuneLen(character)
	}
	b = appendHead(b, majorText, uint64(length))
	for _, character := range v {
		b = utf8.AppendRune(b, character)
	}
	return b
}

// AppendBytes appends a byte string. It writes nil as the empty byte string.
func AppendBytes(b []byte, v []byte) []byte {
	b = appendHead(b, majorBytes, uint64(len(v)))
	return append(b, v...)
}

// AppendArray appends the head of an array; the caller appends its n items. It panics if n is negative.
func AppendArray(b []byte, n int) []byte {
	if uint(n) < argumentIn1Byte {
		return append(b, majorArray|byte(n))
	}
	return appendLongCount(b, majorArray, n)
}

// AppendMap appends the head of a map; the caller appends its n pairs, each a key and a value, in ascending bytewise order
// of the encoded keys, no key twice. It panics if n is negative.
func AppendMap(b []byte, n int) []byte {
	if uint(n) < argumentIn1Byte {
		return append(b, majorMap|byte(n))
	}
	return appendLongCount(b, majorMap, n)
}

// appendLongCount stays out of line so that AppendArray and AppendMap inline: with a constant count they become one byte.
//
//go:noinline
func appendLongCount(b []byte, major byte, n int) []byte {
	if n < 0 {
		panic("cbor: negative count")
	}
	return appendLongHead(b, major, uint64(n))
}

func appendHead(b []byte, major byte, argument uint64) []byte {
	if argument < argumentIn1Byte {
		return append(b, major|byte(argument))
	}
	return appendLongHead(b, major, argument)
}

// appendLongHead appends a head whose argument is too large for the initial byte.
func appendLongHead(b []byte, major byte, argument uint64) []byte {
	switch {
	case argument <= math.MaxUint8:
		return append(b, major|argumentIn1Byte, byte(argument))
	case argument <= math.MaxUint16:
		return appendBigEndian16(append(b, major|argumentIn2Bytes), uint16(argument))
	case argument <= math.MaxUint32:
		return appendBigEndian32(append(b, major|argumentIn4Bytes), uint32(argument))
	}
	return appendBigEndian64(append(b, major|argumentIn8Bytes), argument)
}

func appendBigEndian16(b []byte, v uint16) []byte {
	return append(b, byte(v>>8), byte(v))
}

func appendBigEndian32(b []byte, v uint32) []byte {
	return append(b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func appendBigEndian64(b []byte, v uint64) []byte {
	return append(b,
		byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32),
		byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}
