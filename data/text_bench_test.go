package data

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/aper-go/aper"
)

// sentence is 64 characters long.
const sentence = "What people type is mostly plain words, which follow each other. "

func longText(n int) Text { return NewText(strings.Repeat(sentence, n/len(sentence)+1)[:n]) }

// writer is a room in which everybody sees what was written lag events before.
type writer struct {
	text  Text
	meta  aper.Meta
	lag   aper.Seq
	count aper.ClientID // of writers, who take turns
}

func (w *writer) edit(tb testing.TB, t aper.Transition[Text]) {
	m := &w.meta
	m.Seq++
	m.Client = aper.ClientID(m.Seq)%max(w.count, 1) + 1
	m.Base = max(m.Seq-1, w.lag) - w.lag
	m.Floor = max(m.Base, remembered) - remembered
	next, err := t.Apply(w.text, m)
	if err != nil {
		tb.Fatal(err)
	}
	w.text = next
}

// A character is inserted somewhere in a text of n.
func BenchmarkTextInsertRandom(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			w, random := writer{text: longText(n)}, rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			for b.Loop() {
				w.edit(b, TextInsert{random.IntN(n), "x"})
			}
		})
	}
}

// Somebody goes on typing in the middle of a text of n.
func BenchmarkTextType(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			w, at := writer{text: longText(n)}, n/2
			b.ReportAllocs()
			for b.Loop() {
				w.edit(b, TextInsert{at, "x"})
				at++
			}
		})
	}
}

// An edit is made on a state so many events back, all of which others made since, anywhere in the text.
func BenchmarkTextConcurrent(b *testing.B) {
	const n = 100_000
	for _, unseen := range []int{0, 1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("unseen=%d", unseen), func(b *testing.B) {
			w, random := writer{text: longText(n), lag: aper.Seq(unseen), count: 2000}, rand.New(rand.NewPCG(1, 2))
			for range 3000 {
				w.edit(b, TextInsert{random.IntN(n), "x"})
			}
			b.ReportAllocs()
			for b.Loop() {
				w.edit(b, TextInsert{random.IntN(n), "x"})
			}
		})
	}
}

// What is remembered of a text in which 100 people write at places of their own, each with the room 100 events back.
func BenchmarkTextWindow(b *testing.B) {
	const n, people = 100_000, 100
	for b.Loop() {
		before := heapNow()
		w := writer{text: longText(n), lag: people, count: people}
		for i := range 10_000 {
			w.edit(b, TextInsert{i % people * (n / people), "x"})
		}
		b.ReportMetric(float64(heapNow()-before-n), "bytes-held")
		encoded, err := aper.Encode(w.text)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(encoded)-w.text.size().bytes), "bytes-encoded")
		runtime.KeepAlive(w)
	}
}

func heapNow() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
