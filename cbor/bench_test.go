package cbor

import "testing"

func BenchmarkAppendCard(b *testing.B) {
	buffer := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		buffer = appendCard(buffer[:0], &exampleCard)
	}
	b.SetBytes(int64(len(buffer)))
}

func BenchmarkReadCard(b *testing.B) {
	encoded := appendCard(nil, &exampleCard)
	var c card
	b.SetBytes(int64(len(encoded)))
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader(encoded)
		readCard(&r, &c)
		if r.End() != nil {
			b.Fatal(r.Err())
		}
	}
}

func BenchmarkReadSmallInts(b *testing.B) {
	const count = 1000
	encoded := AppendArray(nil, count)
	for i := range int64(count) {
		encoded = AppendInt(encoded, i%24)
	}
	b.SetBytes(int64(len(encoded)))
	for b.Loop() {
		r := NewReader(encoded)
		var sum int64
		for range r.Array() {
			sum += r.Int()
		}
		if sum == 0 || r.End() != nil {
			b.Fatal(sum, r.Err())
		}
	}
}

func BenchmarkSkip1MB(b *testing.B) {
	const size = 1 << 20
	one := appendCard(nil, &exampleCard)
	for _, input := range []struct {
		name  string
		build func() []byte
	}{
		{"cards", func() []byte {
			encoded := AppendArray(nil, size/len(one))
			for range size / len(one) {
				encoded = append(encoded, one...)
			}
			return encoded
		}},
		{"map", func() []byte {
			const pairs = size / (5 + 41)
			encoded := AppendMap(nil, pairs)
			for key := range uint64(pairs) {
				encoded = append(AppendUint(encoded, key+1<<16), one...)
			}
			return encoded
		}},
		{"text", func() []byte { return AppendText(nil, string(make([]byte, size))) }},
	} {
		encoded := input.build()
		b.Run(input.name, func(b *testing.B) {
			b.SetBytes(int64(len(encoded)))
			b.ReportAllocs()
			for b.Loop() {
				r := NewReader(encoded)
				r.Skip()
				if r.End() != nil {
					b.Fatal(r.Err())
				}
			}
		})
	}
}
