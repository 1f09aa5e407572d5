package cbor

import (
	"bytes"
	"math"
	"reflect"
	"testing"
)

// FuzzReader drives a Reader over arbitrary bytes by an arbitrary script, one read for each byte of the script.
func FuzzReader(f *testing.F) {
	for _, example := range rfc {
		f.Add([]byte{0}, unhex(example.encoding))
	}
	for _, test := range refused {
		f.Add([]byte{0}, unhex(test.encoding))
	}
	f.Add([]byte{5, 1, 2, 4, 7, 9, 3, 5, 2, 2, 2, 11}, appendCard(nil, &exampleCard))
	f.Add([]byte{6, 4, 10, 0}, unhex("a26161016162820203"))
	f.Fuzz(func(t *testing.T, script, data []byte) {
		checkSkip(t, data)
		runScript(t, script, data)
	})
}

func runScript(t *testing.T, script, data []byte) {
	r := NewReader(data)
	for _, instruction := range script {
		before, failed := r.Offset(), r.Err()
		var got any
		switch instruction := instruction % 12; instruction {
		case 0:
			r.Skip()
		case 10:
			got = r.Raw()
		case 11:
			r.End()
		default:
			got = readKind(&r, Kind(instruction))
		}
		if r.Offset() < before || r.Offset() > len(data) {
			t.Fatalf("instruction %d moved from %d to %d of %d", instruction, before, r.Offset(), len(data))
		}
		if failed != nil && (r.Offset() != before || r.Err() != failed) {
			t.Fatalf("instruction %d went from %v at %d to %v at %d", instruction, failed, before, r.Err(), r.Offset())
		}
		if r.Err() == nil {
			checkRead(t, got, data[before:r.Offset()])
			continue
		}
		if got != nil && !reflect.ValueOf(got).IsZero() {
			t.Fatalf("instruction %d failed with %v and returned %v", instruction, r.Err(), got)
		}
		if located := r.Err().(*Error); located.Offset != r.Offset() || located.Problem == "" || r.More() {
			t.Fatalf("instruction %d failed with %v at %d", instruction, located, r.Offset())
		}
	}
}

// checkRead writes a scalar that was read, and expects the bytes it was read from.
func checkRead(t *testing.T, got any, from []byte) {
	switch got.(type) {
	case uint64, int64, string, bool, float64:
		if again := appendValue(nil, got); !bytes.Equal(again, from) {
			t.Fatalf("%v was read from %x and is written as %x", got, from, again)
		}
	}
}

// FuzzRoundTrip writes arbitrary scalars, reads them back, and compares with the reference.
func FuzzRoundTrip(f *testing.F) {
	f.Add(uint64(0), int64(0), 0.0, "", []byte(nil))
	f.Add(uint64(23), int64(-24), 1.5, "水", []byte{1, 2, 3})
	f.Add(uint64(1<<32), int64(-1<<63), 0x1p-24, "a\xffb", []byte("\xff"))
	f.Add(uint64(24), int64(24), math.Copysign(0, -1), "\xff", []byte{})
	f.Add(uint64(math.MaxUint64), int64(math.MaxInt64), math.MaxFloat32, "\xed\xa0\x80", make([]byte, 24))
	f.Fuzz(func(t *testing.T, unsigned uint64, signed int64, float float64, text string, content []byte) {
		if math.IsNaN(float) || math.IsInf(float, 0) {
			float = 0
		}
		var b []byte
		b = AppendArray(b, 5)
		b = AppendUint(b, unsigned)
		b = AppendInt(b, signed)
		b = AppendFloat(b, float)
		b = AppendText(b, text)
		b = AppendBytes(b, content)

		text = string([]rune(text))            // as AppendText repairs it
		float += 0                             // as AppendFloat writes negative zero
		content = append([]byte{}, content...) // nil would be null there
		theirs := must(referenceEncoder.Marshal([]any{unsigned, signed, float, text, content}))
		if !bytes.Equal(b, theirs) {
			t.Fatalf("written as %x, reference %x", b, theirs)
		}
		r := NewReader(b)
		if r.Array() != 5 || r.Uint() != unsigned || r.Int() != signed || r.Float() != float || r.Text() != text ||
			!bytes.Equal(r.Bytes(), content) || r.End() != nil {
			t.Fatalf("%x is not read back: %v", b, r.Err())
		}
		if err := skip(b); err != nil {
			t.Fatalf("%x: Skip: %v", b, err)
		}
	})
}
