package apertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/aper-go/aper"
)

// encodesAlike encodes a few times: chance may give the same bytes twice.
func encodesAlike[V any](describe codec[V], v V) string {
	first, err := encode(describe, v)
	if err != nil {
		return fmt.Sprintf("%v.", err)
	}
	for range 3 {
		if again, _ := encode(describe, v); !bytes.Equal(first, again) {
			return fmt.Sprintf("One value was encoded as %x, and then as %x.", first, again)
		}
	}
	return ""
}

func comesBack[V any](describe codec[V], v V) string {
	before, err := encode(describe, v)
	if err != nil {
		return ""
	}
	decoded, err := decode(describe, before)
	if err != nil {
		return fmt.Sprintf("Decoding %x: %v.", before, err)
	}
	if after, err := encode(describe, decoded); err != nil || !bytes.Equal(before, after) {
		return fmt.Sprintf("It was encoded as %x, and after decoding as %x.", before, after)
	}
	return ""
}

func keepsFields[V any](describe codec[V], v V) string {
	before, err := encode(describe, v)
	if err != nil {
		return ""
	}
	decoded, err := decode(describe, before)
	if err != nil {
		return ""
	}
	lost := lostField(reflect.ValueOf(v), reflect.ValueOf(decoded))
	if lost == "" {
		return ""
	}
	return lost + " after decoding."
}

func comesBackFromJSON[V any](describe codec[V], v V) string {
	before, err := encode(describe, v)
	if err != nil {
		return ""
	}
	text, err := toJSON(describe, v)
	if err != nil {
		return fmt.Sprintf("Writing JSON: %v.", err)
	}
	if !json.Valid(text) {
		return fmt.Sprintf("What was written is no JSON: %s.", text)
	}
	if bytes.ContainsRune(text, '\uFFFD') {
		return "" // JSON cannot hold text that is not UTF-8
	}
	read, err := fromJSON(describe, text)
	if err != nil {
		return fmt.Sprintf("Reading %s: %v.", text, err)
	}
	if after, err := encode(describe, read); err != nil || !bytes.Equal(before, after) {
		again, _ := toJSON(describe, read)
		if bytes.Equal(text, again) && holdsText(describe) {
			return "" // what a text remembers, and its anchors, are not in its JSON
		}
		return fmt.Sprintf("It was written as %s, and after reading as %s: encoded %x and %x.", text, again, before, after)
	}
	return ""
}

// holdsText reports whether there is a data.Text in what is described.
func holdsText[V any](describe codec[V]) bool {
	var zero V
	schema, _ := write(describe, zero, func(c *aper.Coder) { c.Describe() })
	return bytes.Contains(schema, []byte("data.Text{"))
}

// refusesDamage decodes the beginnings of an encoding, some that go on after its end, and some with one bit changed. A
// changed bit may give another value; the others must give an error.
func refusesDamage[V any](describe codec[V], v V) string {
	b, err := encode(describe, v)
	if err != nil {
		return ""
	}
	for i := range samples(len(b)) {
		if err := refused(describe, b[:i]); err != nil {
			return fmt.Sprintf("The first %d bytes of %x: %v.", i, b, err)
		}
		for bit := range 8 {
			changed := bytes.Clone(b)
			changed[i] ^= 1 << bit
			if err := refused(describe, changed); isPanic(err) {
				return fmt.Sprintf("Decoding %x: %v.", changed, err)
			}
		}
	}
	for _, more := range [][]byte{{0}, {0xff}, b} {
		if err := refused(describe, append(bytes.Clone(b), more...)); err != nil {
			return fmt.Sprintf("%x and %x after it: %v.", b, more, err)
		}
	}
	return ""
}

// refused decodes what is no encoding, and returns nil when that is an error, as it should be.
func refused[V any](describe codec[V], b []byte) error {
	_, err := decode(describe, b)
	switch {
	case err == nil:
		return errors.New("decoded without an error")
	case isPanic(err):
		return err
	}
	return nil
}

func isPanic(err error) bool {
	var p *panicError
	return errors.As(err, &p)
}

// samples yields numbers below n: all, or when there are many some from everywhere.
func samples(n int) func(func(int) bool) {
	const enough = 16
	return func(yield func(int) bool) {
		for i := 0; i < n; i += 1 + n/enough {
			if !yield(i) {
				return
			}
		}
	}
}
