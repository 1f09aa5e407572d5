package aper_test

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
)

// Transitions are coded by a coder that is kept, as an engine keeps one; then only what is decoded takes memory.

func BenchmarkEncodeTransition(b *testing.B) {
	b.Run("counter", func(b *testing.B) { benchmarkEncodeTransition[counter.Counter](b, counter.Increment{By: 1000}) })
	b.Run("nested", func(b *testing.B) { benchmarkEncodeTransition[Hall](b, HallVotes{Vote{true}}) })
}

func benchmarkEncodeTransition[S aper.StateMachine[S]](b *testing.B, t aper.Transition[S]) {
	var c aper.Coder
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		c.EncodeTo(out[:0])
		aper.CodeTransition(&c, t)
		var err error
		if out, err = c.Finish(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(out)), "bytes")
}

func BenchmarkDecodeTransition(b *testing.B) {
	b.Run("counter", func(b *testing.B) { benchmarkDecodeTransition[counter.Counter](b, counter.Increment{By: 1000}) })
	b.Run("nested", func(b *testing.B) { benchmarkDecodeTransition[Hall](b, HallVotes{Vote{true}}) })
}

func benchmarkDecodeTransition[S aper.StateMachine[S]](b *testing.B, t aper.Transition[S]) {
	var c aper.Coder
	encoded := must(encodeTransition(t))
	b.ReportAllocs()
	for b.Loop() {
		c.DecodeFrom(encoded)
		aper.CodeTransition[S](&c, nil)
		if _, err := c.Finish(); err != nil {
			b.Fatal(err)
		}
	}
}

// The state has 20 fields of all kinds.
func BenchmarkEncodeState(b *testing.B) { benchmarkWrite(b, aper.Encode[Hall]) }
func BenchmarkToJSON(b *testing.B)      { benchmarkWrite(b, aper.ToJSON[Hall]) }

func benchmarkWrite(b *testing.B, write func(Hall) ([]byte, error)) {
	out := must(write(fullHall))
	b.SetBytes(int64(len(out)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := write(fullHall); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeState(b *testing.B) {
	benchmarkRead(b, must(aper.Encode(fullHall)), aper.Decode[Hall])
}

func BenchmarkFromJSON(b *testing.B) {
	benchmarkRead(b, must(aper.ToJSON(fullHall)), aper.FromJSON[Hall])
}

func benchmarkRead(b *testing.B, encoded []byte, read func([]byte) (Hall, error)) {
	b.SetBytes(int64(len(encoded)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := read(encoded); err != nil {
			b.Fatal(err)
		}
	}
}

// Applying all transitions of a group needs no memory.
func BenchmarkApplyAll(b *testing.B) {
	t := aper.All[counter.Counter](counter.Increment{By: 1}, counter.Increment{By: 2}, counter.Decrement{By: 3})
	var m aper.Meta
	var s counter.Counter
	b.ReportAllocs()
	for b.Loop() {
		s, _ = t.Apply(s, &m)
	}
}
