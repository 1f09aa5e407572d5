package data

import (
	"cmp"
	"slices"

	"github.com/aper-go/aper"
)

// Diff visits the items that were removed, then those that were added and moved, in the order of the new list, then what
// changed in the values. It looks only at what the two lists do not share, so it takes O(k log n) for k items that differ
// or have other labels. Where there is a choice of what to call moved, two replicas may choose differently.
func (s List[V]) Diff(d *aper.Difference, old List[V]) {
	if s.order.root == old.order.root {
		return
	}
	e := listDiff[V]{old: old, new: s, to: d}
	e.collect()
	e.reportRemoved()
	e.reportPlaced()
	e.reportChanged()
}

// A listDiff finds the difference of two lists. An item that has the same label in both has kept its place, also among
// all others of which that is true. Of those with another label, many may have been relabelled only.
type listDiff[V aper.StateMachine[V]] struct {
	old, new List[V]
	to       *aper.Difference

	removed []int     // old indexes, ascending
	placed  []arrival // added, moved or relabelled, by new index
	leaving []int     // old indexes of those that are moved, ascending
	kept    []int     // new indexes of those whose values may have changed
}

// An arrival is an item that is in the new list at another label than in the old one, or not in the old one.
type arrival struct {
	id    aper.ID
	index int
	from  int // old index, or added
	moved bool
}

const added = -1

// collect finds the items that have another label, or are in one list only.
func (e *listDiff[V]) collect() {
	var gone []int // old indexes of the labels that no longer are, or are another item's, ascending
	e.new.order.diff(e.old.order, cmp.Compare[label], func(at label, was, is *item[V]) bool {
		if was != nil && is != nil && was.id == is.id {
			e.kept = append(e.kept, e.new.order.rank(at, cmp.Compare[label]))
			return true
		}
		if was != nil {
			gone = append(gone, e.old.order.rank(at, cmp.Compare[label]))
			e.leave(was.id, gone[len(gone)-1])
		}
		if is != nil {
			e.arrive(is.id, e.new.order.rank(at, cmp.Compare[label]))
		}
		return true
	})
	if 2*len(e.placed) > e.new.Len() {
		gone = e.collectAll()
	}
	e.findMoved(gone)
}

// collectAll takes all items as if they had other labels. It is for lists of which most do, where those that do not may
// have them by chance, and say nothing about the order.
func (e *listDiff[V]) collectAll() (gone []int) {
	e.removed, e.placed, e.kept = nil, nil, nil
	for id := range e.old.All() {
		e.leave(id, len(gone))
		gone = append(gone, len(gone))
	}
	for id := range e.new.All() {
		e.arrive(id, len(e.placed))
	}
	return gone
}

func (e *listDiff[V]) leave(id aper.ID, index int) {
	if _, ok := e.new.index.get(id, compareIDs); !ok {
		e.removed = append(e.removed, index)
	}
}

func (e *listDiff[V]) arrive(id aper.ID, index int) {
	from, ok := e.old.Index(id)
	if ok {
		e.kept = append(e.kept, index)
	} else {
		from = added
	}
	e.placed = append(e.placed, arrival{id: id, index: index, from: from})
}

// findMoved decides which arrivals must be moved. The others have as many items that kept their label before them as
// before, and form a longest sequence that is in its old order, so that few are moved.
func (e *listDiff[V]) findMoved(gone []int) {
	var candidates []int // indexes of placed
	for i := range e.placed {
		a := &e.placed[i]
		if a.from == added {
			continue
		}
		before, _ := slices.BinarySearch(gone, a.from)
		if a.moved = a.from-before != a.index-i; !a.moved {
			candidates = append(candidates, i)
		}
	}
	stay := longestAscending(candidates, func(i int) int { return e.placed[i].from })
	for _, i := range candidates {
		if len(stay) > 0 && stay[0] == i {
			stay = stay[1:]
		} else {
			e.placed[i].moved = true
		}
	}
	e.placed = slices.DeleteFunc(e.placed, func(a arrival) bool { return a.from != added && !a.moved })
	for _, a := range e.placed {
		if a.moved {
			e.leaving = append(e.leaving, a.from)
		}
	}
	slices.Sort(e.leaving)
}

// longestAscending returns a longest subsequence whose values ascend.
func longestAscending(of []int, value func(int) int) []int {
	var ends []int // index of the last element of the best sequence so far, by its length less one
	before := make([]int, len(of))
	for i := range of {
		length, _ := slices.BinarySearchFunc(ends, value(of[i]), func(j, v int) int { return cmp.Compare(value(of[j]), v) })
		if before[i] = -1; length > 0 {
			before[i] = ends[length-1]
		}
		if length == len(ends) {
			ends = append(ends, i)
		}
		ends[length] = i
	}
	if len(ends) == 0 {
		return nil
	}
	found := make([]int, len(ends))
	for i, j := len(ends)-1, ends[len(ends)-1]; i >= 0; i, j = i-1, before[j] {
		found[i] = of[j]
	}
	return found
}

// reportRemoved goes backwards, so that the indexes of those that follow stay what they were.
func (e *listDiff[V]) reportRemoved() {
	for _, i := range slices.Backward(e.removed) {
		e.to.Enter(decimal(uint64(i)))
		e.to.Removed()
		e.to.Leave()
	}
}

// reportPlaced brings one item after the other to its place. Meanwhile each gap between items that stay holds first what
// has been brought there, then what has yet to leave it.
func (e *listDiff[V]) reportPlaced() {
	present := newCensus(len(e.leaving))
	var brought []int // the gaps that items were brought to, ascending
	for _, a := range e.placed {
		gap := a.index - len(brought)
		from := 0
		if a.from != added {
			nth, _ := slices.BinarySearch(e.leaving, a.from)
			from = e.now(a.from, nth, brought, present)
			present.remove(nth)
		}
		waiting, _ := slices.BinarySearchFunc(e.leaving, gap, func(i, gap int) int { return cmp.Compare(e.gapOf(i), gap) })
		e.report(a, from, a.index+present.before(waiting))
		brought = append(brought, gap)
		if e.to.Stopped() {
			return
		}
	}
}

// gapOf returns how many items that stay are before the old index of one that leaves.
func (e *listDiff[V]) gapOf(from int) int {
	removed, _ := slices.BinarySearch(e.removed, from)
	leaving, _ := slices.BinarySearch(e.leaving, from)
	return from - removed - leaving
}

// now returns where the nth item that leaves is at the moment.
func (e *listDiff[V]) now(from, nth int, brought []int, present census) int {
	gap := e.gapOf(from)
	before, _ := slices.BinarySearch(brought, gap+1)
	return gap + before + present.before(nth)
}

func (e *listDiff[V]) report(a arrival, from, to int) {
	e.to.Enter(decimal(uint64(to)))
	if a.from == added {
		value, _ := e.new.Get(a.id)
		e.to.Added(func(c *aper.Coder) { item[V]{a.id, value}.code(c) })
	} else {
		value, _ := e.old.Get(a.id) // what changed in it is reported later
		e.to.Moved(decimal(uint64(from)), func(c *aper.Coder) { item[V]{a.id, value}.code(c) })
	}
	e.to.Leave()
}

func (e *listDiff[V]) reportChanged() {
	slices.Sort(e.kept)
	for _, index := range e.kept {
		if e.to.Stopped() {
			return
		}
		id, is := e.new.At(index)
		was, _ := e.old.Get(id)
		e.to.Enter(decimal(uint64(index)))
		aper.DiffValue(e.to, "value", was, is)
		e.to.Leave()
	}
}

// A census counts which of the numbers below n are there, all at first (Fenwick, "A New Data Structure for Cumulative
// Frequency Tables", 1994).
type census []int

func newCensus(n int) census {
	t := make(census, n+1)
	for i := range t {
		t[i] = i & -i
	}
	return t
}

func (t census) remove(k int) {
	for k++; k < len(t); k += k & -k {
		t[k]--
	}
}

// before returns how many of those below k are there.
func (t census) before(k int) int {
	sum := 0
	for ; k > 0; k -= k & -k {
		sum += t[k]
	}
	return sum
}
