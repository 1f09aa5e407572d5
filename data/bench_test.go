package data

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/aper-go/aper"
)

var sizes = []int{1000, 100_000}

func BenchmarkCounterApply(b *testing.B) {
	s, m := Counter{}, &aper.Meta{}
	add := Increment(1)
	b.ReportAllocs()
	for b.Loop() {
		s, _ = add.Apply(s, m)
	}
}

// shuffled returns keys in random order.
func shuffled(n int) []string {
	keys := make([]string, n)
	for i, p := range rand.New(rand.NewPCG(1, 2)).Perm(n) {
		keys[i] = fmt.Sprintf("key-%06d", p)
	}
	return keys
}

func filled(keys []string) (s tally) {
	for i, k := range keys {
		s = s.With(k, NewCounter(int64(i)))
	}
	return s
}

// perSize runs a benchmark on maps that were filled in random order.
func perSize(b *testing.B, run func(b *testing.B, s tally, keys []string)) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			keys := shuffled(n)
			s := filled(keys)
			runtime.GC()
			b.ReportAllocs()
			b.ResetTimer()
			run(b, s, keys)
		})
	}
}

func BenchmarkMapSet(b *testing.B) {
	perSize(b, func(b *testing.B, s tally, keys []string) {
		m := &aper.Meta{}
		for i := range b.N {
			s, _ = MapPut[string, Counter]{keys[i%len(keys)], NewCounter(int64(i))}.Apply(s, m)
		}
	})
}

// Half of the keys are there, the others are put in, until all are and it begins anew.
func BenchmarkMapInsert(b *testing.B) {
	perSize(b, func(b *testing.B, _ tally, keys []string) {
		half, m := len(keys)/2, &aper.Meta{}
		s := filled(keys[:half])
		start := s
		b.ResetTimer()
		for i := range b.N {
			if i%half == 0 {
				s = start
			}
			s, _ = MapPut[string, Counter]{keys[half+i%half], Counter{}}.Apply(s, m)
		}
	})
}

func BenchmarkMapDelete(b *testing.B) {
	perSize(b, func(b *testing.B, s tally, keys []string) {
		half, m, start := len(keys)/2, &aper.Meta{}, s
		for i := range b.N {
			if i%half == 0 {
				s = start
			}
			s, _ = MapDelete[string, Counter]{keys[i%half]}.Apply(s, m)
		}
	})
}

func BenchmarkMapGet(b *testing.B) {
	perSize(b, func(b *testing.B, s tally, keys []string) {
		for i := range b.N {
			s.Get(keys[i%len(keys)])
		}
	})
}

// A map that was filled in random order lies scattered in memory, one that was decoded in the order of its keys.
func BenchmarkEncodeMap(b *testing.B) {
	perSize(b, func(b *testing.B, s tally, keys []string) { encodeAgain(b, s) })
	b.Run("decoded/n=100000", func(b *testing.B) {
		s, _ := aper.Decode[tally](encode(b, filled(shuffled(100_000))))
		encodeAgain(b, s)
	})
}

func BenchmarkEncodeMapOfAtoms(b *testing.B) {
	var s Map[string, Atom[int64]]
	for i, k := range shuffled(100_000) {
		s = s.With(k, NewAtom(int64(i)))
	}
	encodeAgain(b, s)
}

// encodeAgain encodes into a buffer that is large enough, as the authority does.
func encodeAgain[S aper.StateMachine[S]](b *testing.B, s S) {
	c, buffer := &aper.Coder{}, encode(b, s)
	b.ReportAllocs()
	for b.Loop() {
		c.EncodeTo(buffer[:0])
		s.Code(c)
		buffer, _ = c.Finish()
	}
}

func BenchmarkDecodeMap(b *testing.B) {
	perSize(b, func(b *testing.B, s tally, keys []string) {
		encoded := encode(b, s)
		for b.Loop() {
			if _, err := aper.Decode[tally](encoded); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVectorSet(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			s, m := repeat(int64(1), n), &aper.Meta{}
			for i := range n {
				s = s.With(i, int64(i))
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				s, _ = VectorSet[int64]{i * 7919 % n, int64(i)}.Apply(s, m)
			}
		})
	}
}

func BenchmarkVectorAppend(b *testing.B) {
	s, m := Vector[int64]{}, &aper.Meta{}
	b.ReportAllocs()
	for i := range b.N {
		if i%100_000 == 0 {
			s = Vector[int64]{}
		}
		s, _ = VectorAppend[int64]{int64(i)}.Apply(s, m)
	}
}

// BenchmarkMemory reports the bytes that an item takes in memory, its value included. The characters of keys are counted
// only where the map was decoded.
func BenchmarkMemory(b *testing.B) {
	const n = 100_000
	keys := shuffled(n)
	numbers := rand.New(rand.NewPCG(1, 2)).Perm(n)
	encoded := encode(b, filled(keys))
	for name, make := range map[string]func() any{
		"Map":         func() any { return filled(keys) },
		"Map/decoded": func() any { s, _ := aper.Decode[tally](encoded); return s },
		"Set":         func() any { return NewSet(numbers...) },
		"Vector":      func() any { return NewVector(numbers...) },
		"Grid/filled": func() any { return NewGrid(n/100, 100, 0) },
	} {
		b.Run(name, func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			held := make()
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "B/item")
			b.ReportMetric(0, "ns/op")
			runtime.KeepAlive(held)
		})
	}
}
