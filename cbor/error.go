package cbor

// An Error says what is wrong with an input, and where.
type Error struct {
	Offset  int    // of the item at fault, in bytes from the start of the input
	Problem string // in plain words: mostly what was expected and what was found
}

func (e *Error) Error() string {
	return "cbor: at byte " + decimal(uint64(e.Offset)) + ": " + e.Problem
}

// decimal stands in for strconv, which is large in a browser.
func decimal(v uint64) string {
	var digits [20]byte // 2^64-1 has 20
	start := len(digits)
	for {
		start--
		digits[start] = '0' + byte(v%10)
		v /= 10
		if v == 0 {
			return string(digits[start:])
		}
	}
}

// quantity returns a number of things, such as "3 bytes".
func quantity(v uint64, unit string) string {
	if v != 1 {
		unit += "s"
	}
	return decimal(v) + " " + unit
}

// hexadecimal returns both digits of a byte.
func hexadecimal(v byte) string {
	const digits = "0123456789abcdef"
	return "0x" + digits[v>>4:v>>4+1] + digits[v&15:v&15+1]
}
