package data

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

// check reports what is wrong inside a vector: everything but its right edge must be full.
func (s Vector[T]) check() error {
	if s.length == 0 {
		if s.root != nil {
			return fmt.Errorf("an empty vector has a root")
		}
		return nil
	}
	n, err := s.root.check(s.shift(), true)
	if err == nil && n != s.length {
		err = fmt.Errorf("there are %d values, and Len is %d", n, s.length)
	}
	return err
}

func (b *block[T]) check(shift int, isLast bool) (n int, err error) {
	width := len(b.blocks)
	if shift == 0 {
		width = len(b.values)
	}
	if width == 0 || width > blockSize || width < blockSize && !isLast || b.blocks != nil && b.values != nil {
		return 0, fmt.Errorf("a block at shift %d has %d blocks and %d values", shift, len(b.blocks), len(b.values))
	}
	if shift == 0 {
		return width, nil
	}
	for i, below := range b.blocks {
		m, err := below.check(shift-blockBits, isLast && i == width-1)
		if err != nil {
			return 0, err
		}
		n += m
	}
	return n, nil
}

func TestVectorAgainstASlice(t *testing.T) {
	r := newRandom(t)
	for range rounds(4) {
		var s Vector[int64]
		var model []int64
		var kept history[Vector[int64]]
		for step := range int64(200) {
			s, model = randomVectorStep(t, r, s, model, step)
			if err := s.check(); err != nil {
				t.Fatal(err)
			}
			if r.IntN(15) == 0 {
				kept.keep(t, s)
				compareVector(t, s, model)
			}
		}
		kept.keep(t, s)
		kept.check(t, r)
	}
}

func randomVectorStep(t *testing.T, r *rand.Rand, s Vector[int64], model []int64, v int64) (Vector[int64], []int64) {
	i := r.IntN(len(model)+3) - 1
	text := indexText(i) + ": no such place"
	switch what := r.IntN(20); {
	case what == 0:
		n := max(0, len(model)-r.IntN(100))
		return apply(t, s, s.Truncate(n)), slices.Clone(model[:n])
	case what == 1:
		more := make([]int64, r.IntN(40*blockSize))
		return s.WithAppended(more...), slices.Concat(model, more)
	case what == 2:
		refused(t, s, s.Truncate(len(model)+1), ErrRange, indexText(len(model)+1)+": no such place")
		refused(t, s, s.Truncate(-1), ErrRange, "-1: no such place")
		return s, model
	case what < 10:
		return apply(t, s, s.AppendValue(v)), append(slices.Clone(model), v)
	case i < 0 || i >= len(model):
		refused(t, s, s.SetAt(i, v), ErrRange, text)
		return s, model
	}
	model = slices.Clone(model)
	model[i] = v
	return apply(t, s, s.SetAt(i, v)), model
}

func compareVector(t *testing.T, s Vector[int64], model []int64) {
	t.Helper()
	if s.Len() != len(model) {
		t.Fatalf("Len is %d, want %d", s.Len(), len(model))
	}
	next := 0
	for i, v := range s.All() {
		if i != next || v != model[i] {
			t.Fatalf("value %d is %d: %d, want %d", next, i, v, model[i])
		}
		if at, ok := s.At(i); !ok || at != v {
			t.Fatalf("At(%d) is %d, %v", i, at, ok)
		}
		next++
	}
	if next != len(model) {
		t.Fatalf("All yields %d values of %d", next, len(model))
	}
	for _, i := range []int{-1, len(model), 1 << 40, -1 << 40} {
		if _, ok := s.At(i); ok {
			t.Fatalf("At(%d) is there", i)
		}
	}
	for range s.All() {
		break
	}
}

// Around the lengths at which the tree grows.
func TestVectorGrowsAndShrinks(t *testing.T) {
	values := make([]int64, 33_000)
	for i := range values {
		values[i] = int64(i)
	}
	all := NewVector(values...)
	for _, n := range []int{0, 1, 31, 32, 33, 63, 64, 65, 1023, 1024, 1025, 1056, 1057, 32767, 32768, 32769, 33000} {
		first := all.First(n)
		grown := first.WithAppended(values[n:min(n+70, len(values))]...)
		for _, s := range []Vector[int64]{first, grown, repeat(int64(7), n), NewVector(values[:n]...)} {
			if err := s.check(); err != nil {
				t.Fatalf("%d: %v", n, err)
			}
		}
		compareVector(t, first, values[:n])
		compareVector(t, grown, values[:min(n+70, len(values))])
		roundTrip(t, first)
		checkDiff(t, all, first)
		checkDiff(t, first, grown)
	}
	if all.First(-1).Len() != 0 || all.First(1<<40).Len() != len(values) {
		t.Error("First beyond the ends")
	}
}

// The cost of a difference is that of the change.
func TestVectorDiffSkipsWhatIsShared(t *testing.T) {
	s := repeat(int64(1), 1_000_000)
	next := s.With(777_777, 2).With(5, 2).WithAppended(9)
	visited := 0
	next.differ(s, func(int, int64, int64) bool { visited++; return true })
	if visited > 3*blockSize {
		t.Errorf("two changes made it visit %d values", visited)
	}
	var got []string
	aper.Diff(s, next, func(c aper.Change) bool { got = append(got, fmt.Sprint(c.Op, c.Path)); return true })
	if want := []string{"replace[5]", "replace[777777]", "add[1000000]"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	aper.Diff(next, s, func(c aper.Change) bool { got = append(got[:0], c.Op); return false })
	if !slices.Equal(got, []string{"replace"}) {
		t.Errorf("a visit that ends after the first change sees %v", got)
	}
}

func TestVectorWithPanicsOutOfRange(t *testing.T) {
	for _, i := range []int{-1, 3} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("With(%d) does not panic", i)
				}
			}()
			NewVector(1, 2, 3).With(i, 0)
		}()
	}
}

func TestVectorCoding(t *testing.T) {
	wantJSON(t, Vector[string]{}, `[]`)
	wantJSON(t, NewVector("b", "a"), `["b","a"]`)
	wantJSON(t, NewVector(point{1, 2}), `[{"x":1,"y":2}]`)
	wantJSON(t, NewVector(0.5, -1e300), `[0.5,-1e+300]`)
	damaged(t, NewVector("a", "", "水"))
	if got := NewVector(0.5, -1e300, 1.0/3, 1e-9, 123456.75, 0).String(); got != "[0.5, -1e300, 0.333333, 1e-9, 123456.75, 0]" {
		t.Error(got)
	}
	if got := NewVector(point{-1, 1 << 60}).String(); got != "[[-1, 1152921504606846976]]" {
		t.Error(got)
	}
}

func TestVectorTransitions(t *testing.T) {
	var s Vector[bool]
	sameTransition(t, s.SetAt(3, true), SetAt(3, true), `{"Set":{"index":3,"to":true}}`)
	sameTransition(t, s.AppendValue(true), AppendValue(true), `{"Append":{"value":true}}`)
	sameTransition(t, s.Truncate(2), Truncate[bool](2), `{"Truncate":{"len":2}}`)
	apertest.Check(t, Vector[int64]{}, AppendValue(int64(1)), SetAt(0, int64(2)), SetAt(-1, int64(2)), SetAt(1<<40, int64(2)),
		Truncate[int64](1), Truncate[int64](-1), aper.All(AppendValue(int64(5)), AppendValue(int64(6)), Truncate[int64](3)))
}
