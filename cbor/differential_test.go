package cbor

import (
	"bytes"
	"encoding/binary"
	"flag"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	reference "github.com/fxamacker/cbor/v2"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the random tests; 0 means a new one each time")

func newRandom(t *testing.T) *rand.Rand {
	seed := *seedFlag
	for seed == 0 {
		seed = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to see this again: go test ./cbor -run '^%s$' -seed %d", t.Name(), seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0))
}

// randomValue returns a value of the model with at most depth levels of arrays and maps.
func randomValue(random *rand.Rand, depth int) any {
	kinds := 9
	if depth == 0 {
		kinds = 7
	}
	switch random.IntN(kinds) {
	case 0:
		return random.Uint64() >> random.IntN(64)
	case 1:
		return ^int64(random.Uint64() >> (1 + random.IntN(63)))
	case 2:
		content := make([]byte, randomLength(random))
		for i := range content {
			content[i] = byte(random.Uint32())
		}
		return content
	case 3:
		return randomText(random)
	case 4:
		return random.IntN(2) == 0
	case 5:
		return nil
	case 6:
		return randomFloat(random)
	case 7:
		items := make([]any, randomLength(random))
		for i := range items {
			items[i] = randomValue(random, depth-1)
		}
		return items
	}
	pairs := make(map[any]any)
	for range randomLength(random) {
		pairs[randomKey(random)] = randomValue(random, depth-1)
	}
	return pairs
}

// randomKey returns a scalar that a Go map takes as a key.
func randomKey(random *rand.Rand) any {
	for {
		switch key := randomValue(random, 0).(type) {
		case nil, []byte:
		default:
			return key
		}
	}
}

// randomLength is mostly small, and at times on either side of a head's edge.
func randomLength(random *rand.Rand) int {
	switch random.IntN(40) {
	case 0:
		return 22 + random.IntN(4)
	case 1:
		return 254 + random.IntN(4)
	}
	return random.IntN(6)
}

func randomText(random *rand.Rand) string {
	characters := []rune("aé水\U00010151\x00\u007f\u0080\u07ff\u0800\uffff")
	text := make([]rune, randomLength(random))
	for i := range text {
		text[i] = characters[random.IntN(len(characters))]
	}
	return string(text)
}

// randomFloat prefers values near the edges of the three widths. It returns neither NaN, nor an infinity, nor negative zero.
func randomFloat(random *rand.Rand) float64 {
	for {
		var v float64
		switch random.IntN(5) {
		case 0:
			v = float16value(uint16(random.Uint32()))
		case 1:
			v = float64(math.Float32frombits(random.Uint32()))
		case 2:
			v = math.Float64frombits(random.Uint64())
		case 3:
			v = float64(random.IntN(1<<13)-1<<12) / 16
		case 4:
			v = math.Ldexp(float64(random.IntN(1<<12)), random.IntN(64)-40) // on both sides of float16's limits
		}
		if !math.IsNaN(v) && !math.IsInf(v, 0) && !(v == 0 && math.Signbit(v)) {
			return v
		}
	}
}

// Random values have the same bytes here and there, and both sides read them back.
func TestSameBytesAsTheReference(t *testing.T) {
	random := newRandom(t)
	for range 3000 {
		value := randomValue(random, 3)
		ours, theirs := appendValue(nil, value), must(referenceEncoder.Marshal(value))
		if !bytes.Equal(ours, theirs) {
			t.Fatalf("%#v\nis written as %x\nreference:    %x", value, ours, theirs)
		}
		r := NewReader(theirs)
		if got, err := readValue(&r), r.End(); err != nil || !reflect.DeepEqual(got, value) {
			t.Fatalf("%x\nis read as %#v\nwith error %v\nwant %#v", theirs, got, err, value)
		}
		var there any
		if err := referenceDecoder.Unmarshal(ours, &there); err != nil || !reflect.DeepEqual(there, value) {
			t.Fatalf("%x\nis read there as %#v\nwith error %v\nwant %#v", ours, there, err, value)
		}
		if err := skip(ours); err != nil {
			t.Fatalf("%x: Skip: %v", ours, err)
		}
	}
}

// Skip and the reference agree on encodings with a few bytes spoiled.
func TestSkipAgreesWithTheReference(t *testing.T) {
	random := newRandom(t)
	for range 3000 {
		data := appendValue(nil, randomValue(random, 3))
		for range 1 + random.IntN(3) {
			data = spoil(random, data)
		}
		checkSkip(t, data)
	}
}

func spoil(random *rand.Rand, data []byte) []byte {
	if len(data) == 0 {
		return data
	}
	at := random.IntN(len(data))
	switch random.IntN(4) {
	case 0:
		data[at] = byte(random.Uint32())
	case 1:
		data[at]++
	case 2:
		return slices.Delete(data, at, at+1)
	case 3:
		return slices.Insert(data, at, byte(random.Uint32()))
	}
	return data
}

// Every input of one and of two bytes.
func TestSkipAgreesWithTheReferenceOnShortInputs(t *testing.T) {
	for first := range 256 {
		checkSkip(t, []byte{byte(first)})
		for second := range 256 {
			checkSkip(t, []byte{byte(first), byte(second)})
		}
	}
}

// Every float16 there is, written in each of the three widths.
func TestEveryFloat16(t *testing.T) {
	for bits := range 1 << 16 {
		encoding := binary.BigEndian.AppendUint16([]byte{0xf9}, uint16(bits))
		var value float64
		if err := reference.Unmarshal(encoding, &value); err != nil {
			t.Fatal(err)
		}

		got := float16value(uint16(bits))
		if got != value && !(math.IsNaN(value) && math.IsNaN(got)) || math.Signbit(got) != (bits >= 0x8000) {
			t.Fatalf("%x is %v, want %v", encoding, got, value)
		}
		r := NewReader(encoding)
		got = r.Float()
		err := r.End()
		if math.IsNaN(value) || math.IsInf(value, 0) || bits == 0x8000 {
			if err == nil {
				t.Fatalf("%x is accepted as %v", encoding, got)
			}
			continue
		}
		if err != nil || got != value {
			t.Fatalf("%x is read as %v and error %v, want %v", encoding, got, err, value)
		}
		if written := AppendFloat(nil, value); !bytes.Equal(written, encoding) {
			t.Fatalf("%v is written as %x, want %x", value, written, encoding)
		}
		for _, longer := range [][]byte{
			binary.BigEndian.AppendUint32([]byte{0xfa}, math.Float32bits(float32(value))),
			binary.BigEndian.AppendUint64([]byte{0xfb}, math.Float64bits(value)),
		} {
			r := NewReader(longer)
			if got := r.Float(); r.Err() == nil {
				t.Fatalf("%x is accepted as %v, though %x is shorter", longer, got, encoding)
			}
		}
	}
}

// A float one bit away from a float16 or a float32 does not fit there.
func TestFloatsNextToAnEdge(t *testing.T) {
	random := newRandom(t)
	for range 20000 {
		edge := randomFloat(random)
		for _, v := range []float64{
			math.Nextafter(edge, math.Inf(1)), math.Nextafter(edge, math.Inf(-1)),
			float64(math.Nextafter32(float32(edge), 0)),
		} {
			if math.IsInf(v, 0) || v == 0 {
				continue
			}
			ours, theirs := AppendFloat(nil, v), must(referenceEncoder.Marshal(v))
			if !bytes.Equal(ours, theirs) {
				t.Fatalf("%v (%x) is written as %x, reference %x", v, math.Float64bits(v), ours, theirs)
			}
			r := NewReader(ours)
			if got, err := r.Float(), r.End(); got != v || err != nil {
				t.Fatalf("%x is read as %v and error %v, want %v", ours, got, err, v)
			}
		}
	}
}
