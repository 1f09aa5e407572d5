package data

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/aper-go/aper"
)

var listSizes = []int{1000, 100_000}

func eachListSize(b *testing.B, run func(b *testing.B, n int)) {
	for _, n := range listSizes {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			run(b, n)
		})
	}
}

// benchList returns a list that n random inserts made, and the IDs in another random order.
func benchList(n int) (counters, []aper.ID) {
	random := rand.New(rand.NewPCG(1, 2))
	s := many(n, func(s counters, _ int) int { return random.IntN(s.Len() + 1) })
	ids := make([]aper.ID, 0, n)
	for id := range s.All() {
		ids = append(ids, id)
	}
	random.Shuffle(n, func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return s, ids
}

// each applies transitions to a list of n items, beginning again from there after n of them.
func benchTransitions(b *testing.B, start counters, n int, make func(i int) aper.Transition[counters]) {
	s, m := start, &aper.Meta{}
	todo := []aper.Transition[counters]{}
	for i := range min(n, 100_000) {
		todo = append(todo, make(i))
	}
	b.ResetTimer()
	for i := range b.N {
		if i%len(todo) == 0 {
			s = start
		}
		*m = aper.Meta{Client: 9, ClientSeq: aper.ClientSeq(i + 1)}
		s, _ = todo[i%len(todo)].Apply(s, m)
	}
	if err := s.check(); err != nil {
		b.Fatal(err)
	}
}

// A list of n items that was built by appends, and goes on.
func BenchmarkListAppend(b *testing.B) {
	eachListSize(b, func(b *testing.B, n int) {
		s := many(n, func(s counters, _ int) int { return s.Len() })
		benchTransitions(b, s, n, func(int) aper.Transition[counters] { return Append(NewCounter(1)) })
	})
}

func BenchmarkListInsertRandom(b *testing.B) {
	eachListSize(b, func(b *testing.B, n int) {
		s, ids := benchList(n)
		benchTransitions(b, s, n, func(i int) aper.Transition[counters] { return InsertAfter(ids[i], NewCounter(1)) })
	})
}

func BenchmarkListInsertOneSpot(b *testing.B) {
	eachListSize(b, func(b *testing.B, n int) {
		s, ids := benchList(n)
		benchTransitions(b, s, n, func(i int) aper.Transition[counters] { return InsertAfter(ids[0], NewCounter(1)) })
	})
}

func BenchmarkListMove(b *testing.B) {
	eachListSize(b, func(b *testing.B, n int) {
		s, ids := benchList(n)
		benchTransitions(b, s, n, func(i int) aper.Transition[counters] {
			return MoveAfter[Counter](ids[i], ids[(i*7919+1)%n])
		})
	})
}

func BenchmarkListChange(b *testing.B) {
	eachListSize(b, func(b *testing.B, n int) {
		s, ids := benchList(n)
		benchTransitions(b, s, n, func(i int) aper.Transition[counters] { return ChangeItem(ids[i], Increment(1)) })
	})
}

func BenchmarkListDelete(b *testing.B) {
	eachListSize(b, func(b *testing.B, n int) {
		s, ids := benchList(n)
		benchTransitions(b, s, n, func(i int) aper.Transition[counters] { return DeleteItem[Counter](ids[i]) })
	})
}

func BenchmarkListIterate(b *testing.B) {
	eachListSize(b, func(b *testing.B, n int) {
		s, _ := benchList(n)
		for b.Loop() {
			for range s.All() {
			}
		}
	})
}

func BenchmarkListEncode(b *testing.B) {
	benchEncoding(b, func(s counters, _ []byte) { aper.Encode(s) })
}

func BenchmarkListDecode(b *testing.B) {
	benchEncoding(b, func(_ counters, encoded []byte) { aper.Decode[counters](encoded) })
}

func benchEncoding(b *testing.B, run func(counters, []byte)) {
	const n = 100_000
	appended := many(n, func(s counters, _ int) int { return s.Len() })
	random, _ := benchList(n)
	for _, c := range []struct {
		name string
		list counters
	}{{"appended", appended}, {"random", random}} {
		b.Run(c.name, func(b *testing.B) {
			encoded := encodeList(b, c.list)
			b.ReportAllocs()
			for b.Loop() {
				run(c.list, encoded)
			}
			b.ReportMetric(float64(len(encoded))/n, "bytes/item")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/item")
		})
	}
}

func BenchmarkListDiff(b *testing.B) {
	eachListSize(b, func(b *testing.B, n int) {
		s, ids := benchList(n)
		changed, err := aper.All(MoveAfter[Counter](ids[0], ids[1]), ChangeItem(ids[2], Increment(1)), Append(Counter{}),
			DeleteItem[Counter](ids[3])).Apply(s, &aper.Meta{Client: 9, ClientSeq: 1})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			aper.Diff(s, changed, func(aper.Change) bool { return true })
		}
	})
}

// Memory that stays in use for each item.
func BenchmarkListMemory(b *testing.B) {
	const n = 100_000
	for name, build := range map[string]func() counters{
		"appended": func() counters { return many(n, func(s counters, _ int) int { return s.Len() }) },
		"random":   func() counters { s, _ := benchList(n); return s },
	} {
		b.Run(name, func(b *testing.B) {
			var held uint64
			for range b.N {
				before := heapInUse()
				s := build()
				held = heapInUse() - before
				runtime.KeepAlive(s)
			}
			b.ReportMetric(float64(held)/n, "bytes-held/item")
		})
	}
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
