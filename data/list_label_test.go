package data

import (
	"cmp"
	"math"
	"math/rand/v2"
	"testing"
)

// relabelled returns how many items have another label than before.
func relabelled(before, after counters) (n int) {
	after.order.diff(before.order, cmp.Compare[label], func(_ label, was, is *item[Counter]) bool {
		if is != nil && (was == nil || was.id != is.id) {
			n++
		}
		return true
	})
	return n
}

// Labels are 64 bits, and few items get others, however the list is built.
func TestListRelabelsFewItems(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, spot := range append(spots, []spotOf{
		{"after the last one", func(s counters, i int) int { return min(i, 1+i/2) }},
		{"anywhere", func(s counters, _ int) int { return random.IntN(s.Len() + 1) }},
		{"appended, then after one item", func(s counters, i int) int { return min(i, 5000) }},
		{"ten spots in turn", func(s counters, i int) int { return i % 10 * s.Len() / 10 }},
		{"the narrowest gap, nearly", func(s counters, i int) int { return s.Len()/2 + i%2 }},
	}...) {
		n := rounds(4_000)
		switch spot.name {
		case "before one item":
			n = 1<<16 + 4_000 // before that, there is room
		case "after one item", "appended, then after one item", "anywhere":
			n = rounds(15_000)
		}
		var s counters
		total, times := 0, 0
		for i := range n {
			at := spot.where(s, i)
			if _, ok := s.freeLabel(at); !ok {
				wider := s.makeRoom(at)
				total += relabelled(s, wider)
				times++
				s = wider
			}
			s = s.insert(at, id(7, uint64(1+i), 1), Counter{})
		}
		if err := s.check(); err != nil {
			t.Fatal(err)
		}
		perItem := float64(total) / float64(n)
		t.Logf("%s: %.3f items relabelled per insertion, in %d goes", spot.name, perItem, times)
		if perItem > math.Log2(float64(n)) {
			t.Errorf("%s: %.1f items relabelled per insertion", spot.name, perItem)
		}
	}
}

// A queue, where one end grows and the other shrinks, runs out of labels after a long time. So does a list that grows at
// one end only.
func TestListAtTheEndOfAllLabels(t *testing.T) {
	for _, edge := range []struct {
		name  string
		first label
		where func(s counters) int
	}{
		{"last", highestLabel - 20*labelStep, counters.Len},
		{"first", 20 * labelStep, func(counters) int { return 0 }},
	} {
		s := listOf(id(1, 1, 1), id(1, 2, 1), id(1, 3, 1)).relabel(0, 3, edge.first, 1)
		var want model
		for id, value := range s.All() {
			want = append(want, modelItem{id, value.value})
		}
		for i := range 100 {
			at := edge.where(s)
			made := id(2, uint64(i+1), 1)
			s, want = s.insert(at, made, Counter{}), want.insert(at, modelItem{id: made})
			if err := s.check(); err != nil {
				t.Fatalf("%s: %v", edge.name, err)
			}
		}
		want.compareReading(t, s)
	}
}

// Everything is as dense as can be: all labels next to each other, anywhere.
func TestListMakesRoomInTheDensestList(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 31, 32, 33, 150} {
		packed := many(n, func(s counters, _ int) int { return s.Len() })
		for _, first := range []label{0, 1, 100, firstLabel - 1, firstLabel, highestLabel - label(n) + 1} {
			for i := range n + 1 {
				s := packed.relabel(0, n, first, 1)
				s = s.insert(i, id(8, 1, 1), Counter{})
				if err := s.check(); err != nil {
					t.Fatalf("%d items from label %d, insert at %d: %v", n, first, i, err)
				}
				if at, ok := s.Index(id(8, 1, 1)); !ok || at != i {
					t.Fatalf("%d items from label %d, insert at %d: it is at %d, %v", n, first, i, at, ok)
				}
			}
		}
	}
}
