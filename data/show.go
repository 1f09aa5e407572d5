package data

import "github.com/aper-go/aper/cbor"

// Every container says what it holds in the manner of JSON, for people to look at: with spaces, and cut short.

const maxShown = 16 // items of a container

// appendItems appends what is between the brackets of a container of n items. The function appends the next one.
func appendItems(b []byte, n int, next func([]byte) []byte) []byte {
	for i := range min(n, maxShown) {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = next(b)
	}
	if n > maxShown {
		b = append(b, ", … "...)
		b = append(append(b, decimal(uint64(n-maxShown))...), " more"...)
	}
	return b
}

// appendValue appends a plain value or a machine.
func appendValue[T any](b []byte, v T) []byte {
	if value, ok := any(v).(interface{ String() string }); ok {
		return append(b, value.String()...)
	}
	r := encoded(v)
	return appendEncoded(b, &r)
}

// appendEncoded appends what an encoding holds, which is how to look into a type parameter without reflection.
func appendEncoded(b []byte, r *cbor.Reader) []byte {
	switch r.Kind() {
	case cbor.Uint, cbor.NegativeInt:
		return appendInteger(b, r)
	case cbor.Text:
		return appendQuoted(b, r.Text())
	case cbor.Bytes:
		return appendQuoted(b, string(r.Bytes()))
	case cbor.Float:
		return appendFloat(b, r.Float())
	case cbor.Bool:
		if r.Bool() {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case cbor.Array:
		n := r.Array()
		b = appendItems(append(b, '['), n, func(b []byte) []byte { return appendEncoded(b, r) })
		for range n - maxShown {
			r.Skip()
		}
		return append(b, ']')
	}
	return append(b, '?')
}

func appendInteger(b []byte, r *cbor.Reader) []byte {
	if r.Kind() == cbor.Uint {
		return append(b, decimal(r.Uint())...)
	}
	return append(b, signedText(r.Int())...)
}

func appendQuoted(b []byte, text string) []byte {
	b = append(b, '"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, '\\', 'n')
		case r < ' ':
			b = append(b, "�"...)
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}

// appendFloat appends a number with at most six digits after the point.
func appendFloat(b []byte, v float64) []byte {
	if v < 0 {
		b, v = append(b, '-'), -v
	}
	exponent := 0
	for v >= 1e12 || exponent > 0 && v >= 10 {
		v, exponent = v/10, exponent+1
	}
	for v > 0 && v < 1e-4 || exponent < 0 && v < 1 {
		v, exponent = v*10, exponent-1
	}
	millionths := uint64(v*1e6 + 0.5)
	b = append(b, decimal(millionths/1e6)...)
	if rest := millionths % 1e6; rest > 0 {
		digits := decimal(1e6 + rest)[1:]
		for digits[len(digits)-1] == '0' {
			digits = digits[:len(digits)-1]
		}
		b = append(append(b, '.'), digits...)
	}
	if exponent != 0 {
		b = append(append(b, 'e'), indexText(exponent)...)
	}
	return b
}

func indexText(i int) string { return signedText(int64(i)) }

func signedText(n int64) string {
	if n < 0 {
		return "-" + decimal(-uint64(n))
	}
	return decimal(uint64(n))
}

func decimal(n uint64) string {
	var digits [20]byte
	at := len(digits)
	for more := true; more; more = n > 0 {
		at--
		digits[at] = byte('0' + n%10)
		n /= 10
	}
	return string(digits[at:])
}
