package data

import (
	"cmp"

	"github.com/aper-go/aper"
)

// A List holds state machines in an order that people make. Each item has an ID from the moment it is inserted, which it
// keeps when it is moved or changed; transitions name items by it, because indexes shift under the hands of others.
//
// What happens at once:
//
//   - Of several inserts at one place all survive. An item that is inserted after another stands immediately after it,
//     so the later of two inserts after one item stands before the earlier. Who inserts each item after the last of his
//     own gets them in one piece, whatever others insert at the same place.
//   - An insert between two items goes immediately after the left one; when that is gone, immediately before the right
//     one; when both are gone, to the end. So does a move.
//   - To insert or move after or before an item that is gone is the conflict ErrNoItem.
//   - A deletion wins: what is done to the item later is the conflict ErrNoItem, unless it is restored before.
//   - Of two moves of one item the later one stays. A move to where the item is changes nothing, and so does a move that
//     names the moved item itself as the neighbour.
//
// Conflicts carry the ID that is missing. All reading and changing takes O(log n), amortised where items are inserted at
// one spot over and over; Len and copying take O(1).
//
// It is encoded as an array of runs. A run is an array of the ID of its first item as three numbers and, if there are
// more items, by how much seq and n change from each to the next; then come the values. As many items as possible are in
// each run, from the beginning on, so what one person appends, prepends, or inserts at one spot is one run. In JSON it is
// an array of {"id": "7-3-1", "value": …}.
type List[V aper.StateMachine[V]] struct {
	order tree[label, item[V]]
	index tree[aper.ID, label]
}

type item[V aper.StateMachine[V]] struct {
	id    aper.ID
	value V
}

// ErrNoItem is the conflict of a transition that needs an item which is not there.
const ErrNoItem = aper.Conflict("no such item")

func noItem(id aper.ID) error { return aper.In(id.String(), ErrNoItem) }

// Len returns how many items there are.
func (s List[V]) Len() int { return s.order.len() }

// Get returns the value of an item, and whether there is one.
func (s List[V]) Get(id aper.ID) (V, bool) {
	at, ok := s.index.get(id, compareIDs)
	if !ok {
		var none V
		return none, false
	}
	found, _ := s.order.get(at, cmp.Compare[label])
	return found.value, true
}

// Index returns how many items stand before this one, and whether it is there.
func (s List[V]) Index(id aper.ID) (int, bool) {
	at, ok := s.index.get(id, compareIDs)
	if !ok {
		return 0, false
	}
	return s.order.rank(at, cmp.Compare[label]), true
}

// At returns the item at an index, which must be in range.
func (s List[V]) At(index int) (aper.ID, V) {
	_, found := s.order.at(index)
	return found.id, found.value
}

// All yields IDs and values, in order.
func (s List[V]) All() func(yield func(aper.ID, V) bool) {
	return func(yield func(aper.ID, V) bool) {
		s.order.all(func(_ label, i item[V]) bool { return yield(i.id, i.value) })
	}
}

// Backward yields IDs and values, from the last to the first.
func (s List[V]) Backward() func(yield func(aper.ID, V) bool) {
	return func(yield func(aper.ID, V) bool) {
		for i := s.Len() - 1; i >= 0; i-- {
			if !yield(s.At(i)) {
				return
			}
		}
	}
}

// String returns IDs and values, as in [7-3-1: 5, 7-4-1: 2]. Of many it shows the first.
func (s List[V]) String() string {
	i := 0
	b := appendItems([]byte{'['}, s.Len(), func(b []byte) []byte {
		id, value := s.At(i)
		i++
		return appendValue(append(append(b, id.String()...), ": "...), value)
	})
	return string(append(b, ']'))
}

func compareIDs(a, b aper.ID) int {
	switch {
	case a.Client != b.Client:
		return cmp.Compare(a.Client, b.Client)
	case a.Seq != b.Seq:
		return cmp.Compare(a.Seq, b.Seq)
	}
	return cmp.Compare(a.N, b.N)
}
