package aper_test

import (
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/aper-go/aper"
)

var (
	seedFlag = flag.Uint64("seed", 0, "seed of the random tests; 0 means a new one each time")
	rewrite  = flag.Bool("rewrite", false, "write the golden files in testdata anew")
)

// golden compares got with a file in testdata. The meaning says what a difference does to users.
func golden(t *testing.T, name, got, meaning string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs.\n%s\n\ngot:\n%s\nwant:\n%s", file, meaning, got, want)
	}
}

func newRandom(t *testing.T) *rand.Rand {
	seed := *seedFlag
	for seed == 0 {
		seed = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to see this again: go test . -run '^%s$' -seed %d", t.Name(), seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0))
}

// randomHall has values of all sizes in all fields, and often those at the edges.
func randomHall(r *rand.Rand) Hall {
	h := Hall{
		Open:    r.IntN(2) == 0,
		Int8:    int8(randomInt(r)),
		Int16:   int16(randomInt(r)),
		Int32:   int32(randomInt(r)),
		Int64:   randomInt(r),
		Int:     int(randomInt(r)),
		Uint8:   uint8(randomInt(r)),
		Uint16:  uint16(randomInt(r)),
		Uint32:  uint32(randomInt(r)),
		Uint64:  uint64(randomInt(r)),
		Uint:    uint(randomInt(r)),
		Float32: float32(randomFloat(r, math.MaxFloat32)),
		Float64: randomFloat(r, math.MaxFloat64),
		Name:    randomText(r),
		Since:   aper.Time(randomInt(r)),
		Owner:   aper.ID{Client: aper.ClientID(randomInt(r)), Seq: aper.ClientSeq(randomInt(r)), N: uint64(randomInt(r))},
		Stage:   randomPoint(r),
		Votes:   Tally{uint32(randomInt(r)), uint32(randomInt(r))},
	}
	for i := range h.Cells {
		h.Cells[i] = int32(randomInt(r))
	}
	for i := range h.Path {
		h.Path[i] = randomPoint(r)
	}
	return h
}

func randomPoint(r *rand.Rand) Point {
	return Point{int32(randomInt(r)), int32(randomInt(r)), randomText(r)}
}

func randomInt(r *rand.Rand) int64 {
	edges := []int64{0, 1, -1, 23, 24, -24, -25, 255, 256, 1<<53 - 1, 1 << 53, -(1<<53 - 1), -(1 << 53), math.MaxInt64, math.MinInt64}
	if r.IntN(3) == 0 {
		return edges[r.IntN(len(edges))]
	}
	return int64(r.Uint64()) >> r.IntN(64)
}

func randomFloat(r *rand.Rand, limit float64) float64 {
	edges := []float64{0, 1, -1.5, 0.1, 1e21, 1e-7, limit, -limit, math.SmallestNonzeroFloat32}
	switch r.IntN(3) {
	case 0:
		return edges[r.IntN(len(edges))]
	case 1:
		return math.Trunc(r.NormFloat64() * 1000)
	}
	for {
		f := math.Float64frombits(r.Uint64())
		if limit < math.MaxFloat64 {
			f = float64(math.Float32frombits(r.Uint32()))
		}
		if !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f + 0 // never -0, which comes back as 0
		}
	}
}

func randomText(r *rand.Rand) string {
	characters := []rune("a\"\\/é水\U00010151\x00\n\t\u007f\u0080\u2028\ufffd")
	text := make([]rune, r.IntN(6))
	for i := range text {
		text[i] = characters[r.IntN(len(characters))]
	}
	return string(text)
}

func randomTree(r *rand.Rand, depth int) Tree {
	s := Tree{Label: randomText(r)}
	for range r.IntN(depth + 1) {
		s.Branches = append(s.Branches, randomTree(r, depth-1))
	}
	return s
}

func randomHallTransition(r *rand.Rand, depth int) aper.Transition[Hall] {
	kinds := 6
	if depth == 0 {
		kinds = 5
	}
	switch r.IntN(kinds) {
	case 0:
		return Rename{randomText(r)}
	case 1:
		return Furnish{randomHall(r)}
	case 2:
		return Close{}
	case 3:
		return Draw{randomText(r)}
	case 4:
		return HallVotes{randomTallyTransition(r, depth)}
	}
	var group []aper.Transition[Hall]
	for range r.IntN(4) {
		group = append(group, randomHallTransition(r, depth-1))
	}
	return aper.All(group...)
}

func randomTallyTransition(r *rand.Rand, depth int) aper.Transition[Tally] {
	switch {
	case depth > 0 && r.IntN(3) == 0:
		return aper.All(randomTallyTransition(r, depth-1), randomTallyTransition(r, depth-1))
	case r.IntN(2) == 0:
		return Vote{r.IntN(2) == 0}
	}
	return Recount{uint32(randomInt(r)), uint32(randomInt(r))}
}

// encodeTransition, decodeTransition and the two for JSON are what engines and servers do with a Coder.
func encodeTransition[S aper.StateMachine[S]](t aper.Transition[S]) ([]byte, error) {
	var c aper.Coder
	c.EncodeTo(nil)
	aper.CodeTransition(&c, t)
	return c.Finish()
}

func decodeTransition[S aper.StateMachine[S]](b []byte) (aper.Transition[S], error) {
	var c aper.Coder
	c.DecodeFrom(b)
	t := aper.CodeTransition[S](&c, nil)
	_, err := c.Finish()
	return t, err
}

func transitionToJSON[S aper.StateMachine[S]](t aper.Transition[S]) ([]byte, error) {
	var c aper.Coder
	c.JSONTo(nil)
	aper.CodeTransition(&c, t)
	return c.Finish()
}

func transitionFromJSON[S aper.StateMachine[S]](b []byte) (aper.Transition[S], error) {
	var c aper.Coder
	c.JSONFrom(b)
	t := aper.CodeTransition[S](&c, nil)
	_, err := c.Finish()
	return t, err
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// wantError fails unless the error has exactly this text; "" means none.
func wantError(t *testing.T, what string, err error, text string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != text {
		t.Errorf("%s:\n got error %q\nwant error %q", what, got, text)
	}
}
