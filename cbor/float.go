package cbor

import "math"

// IEEE 754 formats differ in how many bits hold the fraction, and in the bias that is added to the exponent.
const (
	fractionBits16 = 10
	fractionBits32 = 23
	fractionBits64 = 52

	bias16 = 15
	bias32 = 127
	bias64 = 1023

	smallestExponent16 = 1 - bias16                          // of a normal number
	smallestSubnormal  = smallestExponent16 - fractionBits16 // exponent of the least float16 above zero
)

// floatWidth returns the width in bits, 16, 32 or 64, of the shortest encoding of v. Negative zero counts as zero. For NaN
// and the infinities, which have no encoding, it returns 64.
func floatWidth(v float64) int {
	single := float32(v)
	switch {
	case float64(single) != v || math.IsInf(v, 0): // NaN differs from itself
		return 64
	case fitsFloat16(math.Float32bits(single)):
		return 16
	}
	return 32
}

// fitsFloat16 reports whether a float16 holds the same value as the finite float32 with these bits.
func fitsFloat16(bits uint32) bool {
	if bits<<1 == 0 {
		return true // zero
	}
	exponent := int(bits>>fractionBits32&0xff) - bias32
	if exponent < smallestSubnormal || exponent > bias16 {
		return false
	}
	spare := fractionBits32 - fractionBits16 // low bits of the fraction that a float16 does not have
	if exponent < smallestExponent16 {
		spare += smallestExponent16 - exponent // a subnormal number has fewer, the smaller it is
	}
	significand := bits&(1<<fractionBits32-1) | 1<<fractionBits32
	return significand&(1<<spare-1) == 0
}

// float16bits returns the float16 of a value for which floatWidth is 16. Negative zero becomes zero.
func float16bits(v float64) uint16 {
	if v == 0 {
		return 0
	}
	bits := math.Float64bits(v)
	sign := uint16(bits>>48) & 0x8000
	exponent := int(bits>>fractionBits64&0x7ff) - bias64
	if exponent < smallestExponent16 {
		return sign | uint16(math.Abs(v)*(1<<-smallestSubnormal)) // a multiple of the least float16: exact
	}
	fraction := uint16(bits>>(fractionBits64-fractionBits16)) & (1<<fractionBits16 - 1)
	return sign | uint16(exponent+bias16)<<fractionBits16 | fraction
}

// float16value is the inverse of float16bits, and knows NaN, the infinities and negative zero besides.
func float16value(bits uint16) float64 {
	sign := uint64(bits>>15) << 63
	exponent := uint64(bits >> fractionBits16 & 0x1f)
	fraction := uint64(bits & (1<<fractionBits16 - 1))
	switch exponent {
	case 0:
		magnitude := float64(fraction) / (1 << -smallestSubnormal)
		return math.Float64frombits(sign | math.Float64bits(magnitude))
	case 0x1f:
		exponent = 0x7ff
	default:
		exponent += bias64 - bias16
	}
	return math.Float64frombits(sign | exponent<<fractionBits64 | fraction<<(fractionBits64-fractionBits16))
}
