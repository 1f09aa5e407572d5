package data

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/aper-go/aper"
)

// A label is a number that says where in a List an item stands. Labels have gaps between them; an insertion takes one
// from the gap, and where there is none the items around get new ones. Nobody sees labels: equal lists may have different
// ones, and behave the same.
type label uint64

const (
	labelBits          = 64
	firstLabel   label = 1 << (labelBits - 1)
	labelStep    label = 1 << 40 // from the item at an end to the next one there
	runStep      label = 1 << 24 // from an item to one that is inserted after it, where there is room
	highestLabel label = 1<<labelBits - 1
	spreadBits         = labelBits - 2 // of the range over which a whole list is spread
)

// insert returns a list with a new item at index i. Its ID must be new.
func (s List[V]) insert(i int, id aper.ID, value V) List[V] {
	at, ok := s.freeLabel(i)
	if !ok {
		s = s.makeRoom(i)
		at, _ = s.freeLabel(i)
	}
	s.order = s.order.put(at, item[V]{id, value}, cmp.Compare[label])
	s.index = s.index.put(id, at, compareIDs)
	return s
}

// freeLabel returns a label for a new item at index i, and whether there is one. In a wide gap it stays near the left
// neighbour, because the next item is often inserted after this one.
func (s List[V]) freeLabel(i int) (label, bool) {
	n := s.Len()
	switch {
	case n == 0:
		return firstLabel, true
	case i == n:
		last := s.labelAt(n - 1)
		return last + labelStep, last < highestLabel-labelStep
	case i == 0:
		first := s.labelAt(0)
		return first - labelStep, first > labelStep
	}
	left, right := s.labelAt(i-1), s.labelAt(i)
	return left + min((right-left)/2, runStep), right-left > 1
}

func (s List[V]) labelAt(i int) label {
	at, _ := s.order.at(i)
	return at
}

// makeRoom returns the same list with other labels, so that there is one for a new item at index i. It relabels the items
// in the smallest aligned range of labels around i that is thin enough, where a range may be denser the smaller it is.
// Then O(log n) items are relabelled for an insertion, amortised (Bender, Cole, Demaine, Farach-Colton, Zito, "Two
// Simplified Algorithms for Maintaining Order in a List", 2002). The limits here are powers of two, chosen such that all
// items just fit into the range that is never too dense: 2^k items in 2^(k·62/log n) labels.
func (s List[V]) makeRoom(i int) List[V] {
	n := s.Len()
	if i == 0 || i == n {
		return s.spread()
	}
	left, log := s.labelAt(i-1), bits.Len(uint(n))
	for k := 1; k < log; k++ {
		size := label(1) << (k * spreadBits / log)
		low := left &^ (size - 1)
		from, to := s.order.rank(low, cmp.Compare[label]), n
		if high := low + size; high != 0 {
			to = s.order.rank(high, cmp.Compare[label])
		}
		if gap := size / label(to-from); to-from <= 1<<k && gap > 1 {
			return s.relabel(from, to, low+gap/2, gap)
		}
	}
	return s.spread()
}

// spread relabels all items evenly, in the middle of all labels.
func (s List[V]) spread() List[V] {
	first, gap := evenLabels(s.Len())
	return s.relabel(0, s.Len(), first, gap)
}

// evenLabels returns the first label of n items, and the gap from each to the next.
func evenLabels(n int) (first, gap label) {
	gap = min(labelStep, 1<<spreadBits/label(max(n, 1)))
	return firstLabel - label(n/2)*gap, gap
}

// relabel returns the same list in which the items at indexes from ≤ i < to have the labels first, first + gap, and so
// on. These must keep the order.
func (s List[V]) relabel(from, to int, first, gap label) List[V] {
	root := s.order.root.relabel(from, to, func(i int, of item[V]) label {
		at := first + label(i)*gap
		s.index = s.index.put(of.id, at, compareIDs)
		return at
	})
	s.order.root = root
	return s
}

// relabel returns a node with other keys at the indexes from ≤ i < to. The function gets indexes that count from there.
func (n *node[K, V]) relabel(from, to int, key func(i int, of V) K) *node[K, V] {
	if n.kids == nil {
		entries := slices.Clone(n.entries)
		for i := max(from, 0); i < min(to, len(entries)); i++ {
			entries[i].key = key(i-from, entries[i].value)
		}
		return &node[K, V]{entries: entries}
	}
	kids := slices.Clone(n.kids)
	for i := range kids {
		if from < kids[i].size && to > 0 {
			kids[i] = kids[i].node.relabel(from, to, key).asKid()
		}
		from, to = from-n.kids[i].size, to-n.kids[i].size
	}
	return &node[K, V]{kids: kids}
}
