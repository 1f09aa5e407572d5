package data

import (
	"iter"
	"slices"
)

// A tree is an immutable ordered map from K to V, the base of the containers here: a B+ tree whose updates copy the path
// from the root and share everything else (Driscoll, Sarnak, Sleator, Tarjan, "Making Data Structures Persistent", 1989).
// Reading and changing take O(log n); the size, and copying a tree, O(1). Entries can also be reached by their index.
//
// Nodes are never changed once they are reachable from a tree. The order of keys is a function given to each call, always
// the same for one tree, because a function inside the tree would make every container two words larger.
type tree[K, V any] struct{ root *node[K, V] }

// A node has either entries or, above the leaves, kids. All leaves have the same depth.
type node[K, V any] struct {
	entries []entry[K, V]
	kids    []kid[K, V]
}

type entry[K, V any] struct {
	key   K
	value V
}

type kid[K, V any] struct {
	low  K   // smallest key below
	size int // entries below
	node *node[K, V]
}

// A node has at most maxWidth items and, unless it is the root, at least minWidth. Wide nodes make shallow trees; narrow
// ones copy less. With 16 a change allocates a third less than with 32, and allocation is most of its cost.
const (
	maxWidth = 16
	minWidth = maxWidth / 4
)

type order[K any] func(a, b K) int

func (n *node[K, V]) size() int {
	total := len(n.entries)
	for i := range n.kids {
		total += n.kids[i].size
	}
	return total
}

func (t tree[K, V]) len() int {
	if t.root == nil {
		return 0
	}
	return t.root.size()
}

// find returns the index of the first entry whose key is not below k, and whether it is k.
func (n *node[K, V]) find(k K, compare order[K]) (int, bool) {
	low, high := 0, len(n.entries)
	for low < high {
		middle := int(uint(low+high) >> 1)
		switch c := compare(n.entries[middle].key, k); {
		case c == 0:
			return middle, true
		case c < 0:
			low = middle + 1
		default:
			high = middle
		}
	}
	return low, false
}

// route returns the index of the kid below which k is, or would be.
func (n *node[K, V]) route(k K, compare order[K]) int {
	low, high := 1, len(n.kids)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if compare(n.kids[middle].low, k) <= 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low - 1
}

// get returns the value at k.
func (t tree[K, V]) get(k K, compare order[K]) (value V, ok bool) {
	n := t.root
	if n == nil {
		return value, false
	}
	for n.kids != nil {
		n = n.kids[n.route(k, compare)].node
	}
	if i, ok := n.find(k, compare); ok {
		return n.entries[i].value, true
	}
	return value, false
}

// at returns the entry at index i, which must be in range.
func (t tree[K, V]) at(i int) (K, V) {
	n := t.root
	for n.kids != nil {
		j := 0
		for i >= n.kids[j].size {
			i -= n.kids[j].size
			j++
		}
		n = n.kids[j].node
	}
	return n.entries[i].key, n.entries[i].value
}

// rank returns how many keys are below k.
func (t tree[K, V]) rank(k K, compare order[K]) int {
	n, before := t.root, 0
	if n == nil {
		return 0
	}
	for n.kids != nil {
		i := n.route(k, compare)
		for j := range i {
			before += n.kids[j].size
		}
		n = n.kids[i].node
	}
	i, _ := n.find(k, compare)
	return before + i
}

// put returns a tree with v at k.
func (t tree[K, V]) put(k K, v V, compare order[K]) tree[K, V] {
	if t.root == nil {
		return tree[K, V]{&node[K, V]{entries: []entry[K, V]{{k, v}}}}
	}
	left, right := t.root.put(k, v, compare)
	if right == nil {
		return tree[K, V]{left}
	}
	return tree[K, V]{&node[K, V]{kids: []kid[K, V]{left.asKid(), right.asKid()}}}
}

func (n *node[K, V]) asKid() kid[K, V] { return kid[K, V]{n.low(), n.size(), n} }

func (n *node[K, V]) low() K {
	if n.kids != nil {
		return n.kids[0].low
	}
	return n.entries[0].key
}

// put returns the node that follows n, and a second one to its right when one would be too wide.
func (n *node[K, V]) put(k K, v V, compare order[K]) (left, right *node[K, V]) {
	if n.kids == nil {
		i, found := n.find(k, compare)
		if found {
			leaf := newLeaf[K, V](len(n.entries))
			copy(leaf.entries, n.entries)
			leaf.entries[i].value = v
			return leaf, nil
		}
		if len(n.entries) == maxWidth {
			return splitLeaf(insert(n.entries, i, entry[K, V]{k, v}), i)
		}
		leaf := newLeaf[K, V](len(n.entries) + 1)
		copy(leaf.entries, n.entries[:i])
		leaf.entries[i] = entry[K, V]{k, v}
		copy(leaf.entries[i+1:], n.entries[i:])
		return leaf, nil
	}
	i := n.route(k, compare)
	one, two := n.kids[i].node.put(k, v, compare)
	if two == nil {
		inner := newInner[K, V](len(n.kids))
		copy(inner.kids, n.kids)
		inner.kids[i] = one.asKid()
		return inner, nil
	}
	kids := insert(n.kids, i+1, two.asKid())
	kids[i] = one.asKid()
	return splitInner(kids, i+1)
}

// newLeaf returns a leaf with n entries, at most maxWidth, in one piece of memory with the node: allocating is much of the
// cost of a change.
func newLeaf[K, V any](n int) *node[K, V] {
	switch {
	case n <= 4:
		x := new(struct {
			node[K, V]
			array [4]entry[K, V]
		})
		x.entries = x.array[:n:n]
		return &x.node
	case n <= 8:
		x := new(struct {
			node[K, V]
			array [8]entry[K, V]
		})
		x.entries = x.array[:n:n]
		return &x.node
	case n <= 12:
		x := new(struct {
			node[K, V]
			array [12]entry[K, V]
		})
		x.entries = x.array[:n:n]
		return &x.node
	}
	x := new(struct {
		node[K, V]
		array [maxWidth]entry[K, V]
	})
	x.entries = x.array[:n:n]
	return &x.node
}

// newInner returns a node with n kids, as newLeaf does.
func newInner[K, V any](n int) *node[K, V] {
	switch {
	case n <= 8:
		x := new(struct {
			node[K, V]
			array [8]kid[K, V]
		})
		x.kids = x.array[:n:n]
		return &x.node
	case n <= 12:
		x := new(struct {
			node[K, V]
			array [12]kid[K, V]
		})
		x.kids = x.array[:n:n]
		return &x.node
	}
	x := new(struct {
		node[K, V]
		array [maxWidth]kid[K, V]
	})
	x.kids = x.array[:n:n]
	return &x.node
}

// insert returns a copy of s with x at i.
func insert[T any](s []T, i int, x T) []T {
	out := make([]T, len(s)+1)
	copy(out, s[:i])
	out[i] = x
	copy(out[i+1:], s[i:])
	return out
}

// remove returns a copy of s without what is at i.
func remove[T any](s []T, i int) []T {
	out := make([]T, len(s)-1)
	copy(out, s[:i])
	copy(out[i:], s[i+1:])
	return out
}

// splitAt returns where to split a node that became too wide by an insertion at i. At the ends most stays on one side:
// who appends or prepends makes full nodes.
func splitAt(width, i int) int {
	switch i {
	case 0:
		return minWidth
	case width - 1:
		return width - minWidth
	}
	return width / 2
}

func splitLeaf[K, V any](entries []entry[K, V], inserted int) (left, right *node[K, V]) {
	if len(entries) <= maxWidth {
		return &node[K, V]{entries: entries}, nil
	}
	at := splitAt(len(entries), inserted)
	return &node[K, V]{entries: slices.Clone(entries[:at])}, &node[K, V]{entries: slices.Clone(entries[at:])}
}

func splitInner[K, V any](kids []kid[K, V], inserted int) (left, right *node[K, V]) {
	if len(kids) <= maxWidth {
		return &node[K, V]{kids: kids}, nil
	}
	at := splitAt(len(kids), inserted)
	return &node[K, V]{kids: slices.Clone(kids[:at])}, &node[K, V]{kids: slices.Clone(kids[at:])}
}

// delete returns a tree without k, and whether it was there.
func (t tree[K, V]) delete(k K, compare order[K]) (tree[K, V], bool) {
	if t.root == nil {
		return t, false
	}
	root := t.root.delete(k, compare)
	switch {
	case root == nil:
		return t, false
	case root.kids == nil && len(root.entries) == 0:
		return tree[K, V]{}, true
	case len(root.kids) == 1:
		return tree[K, V]{root.kids[0].node}, true
	}
	return tree[K, V]{root}, true
}

// delete returns the node that follows n, perhaps too narrow, or nil when k is not there.
func (n *node[K, V]) delete(k K, compare order[K]) *node[K, V] {
	if n.kids == nil {
		i, found := n.find(k, compare)
		if !found {
			return nil
		}
		return &node[K, V]{entries: remove(n.entries, i)}
	}
	i := n.route(k, compare)
	below := n.kids[i].node.delete(k, compare)
	if below == nil {
		return nil
	}
	if below.width() >= minWidth {
		kids := slices.Clone(n.kids)
		kids[i] = below.asKid()
		return &node[K, V]{kids: kids}
	}
	return n.mend(i, below)
}

func (n *node[K, V]) width() int { return len(n.kids) + len(n.entries) }

// mend returns a copy of n whose kid at i, which became too narrow, is joined with a neighbour, and divided again when
// the two are too wide for one.
func (n *node[K, V]) mend(i int, narrow *node[K, V]) *node[K, V] {
	if len(n.kids) == 1 { // only at the root, which delete takes away then
		return &node[K, V]{kids: []kid[K, V]{narrow.asKid()}}
	}
	at := max(i-1, 0) // of the left one of the two
	left, right := n.kids[at].node, n.kids[at+1].node
	if i == at {
		left = narrow
	} else {
		right = narrow
	}
	one, two := join(left, right)
	if two == nil {
		kids := remove(n.kids, at+1)
		kids[at] = one.asKid()
		return &node[K, V]{kids: kids}
	}
	kids := slices.Clone(n.kids)
	kids[at], kids[at+1] = one.asKid(), two.asKid()
	return &node[K, V]{kids: kids}
}

func join[K, V any](left, right *node[K, V]) (one, two *node[K, V]) {
	const middle = -1 // where splitAt divides evenly
	if left.kids == nil {
		return splitLeaf(slices.Concat(left.entries, right.entries), middle)
	}
	return splitInner(slices.Concat(left.kids, right.kids), middle)
}

// build returns a tree of entries, which are in order. It takes O(n) and keeps the slice.
func build[K, V any](entries []entry[K, V]) tree[K, V] {
	if len(entries) == 0 {
		return tree[K, V]{}
	}
	return buildOn(slices.Collect(evenly(entries)))
}

// buildOn returns a tree of leaves, which are in order and as evenly makes them. It keeps the slices.
func buildOn[K, V any](leaves [][]entry[K, V]) tree[K, V] {
	level := make([]kid[K, V], len(leaves))
	for i, entries := range leaves {
		level[i] = (&node[K, V]{entries: entries}).asKid()
	}
	for len(level) > 1 {
		var above []kid[K, V]
		for part := range evenly(level) {
			above = append(above, (&node[K, V]{kids: part}).asKid())
		}
		level = above
	}
	return tree[K, V]{level[0].node}
}

// evenly divides s into as few parts of at most maxWidth as there can be, of about the same length.
func evenly[T any](s []T) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		parts := (len(s) + maxWidth - 1) / maxWidth
		for i := range parts {
			from, to := i*len(s)/parts, (i+1)*len(s)/parts
			if !yield(s[from:to:to]) {
				return
			}
		}
	}
}

// all yields the entries in order.
func (t tree[K, V]) all(yield func(K, V) bool) {
	if t.root != nil {
		t.root.all(yield)
	}
}

func (n *node[K, V]) all(yield func(K, V) bool) bool {
	for i := range n.kids {
		if !n.kids[i].node.all(yield) {
			return false
		}
	}
	for i := range n.entries {
		if !yield(n.entries[i].key, n.entries[i].value) {
			return false
		}
	}
	return true
}

// from yields the entries whose key is not below k, in order.
func (t tree[K, V]) from(k K, compare order[K], yield func(K, V) bool) {
	if t.root != nil {
		t.root.from(k, compare, yield)
	}
}

func (n *node[K, V]) from(k K, compare order[K], yield func(K, V) bool) bool {
	if n.kids == nil {
		i, _ := n.find(k, compare)
		rest := node[K, V]{entries: n.entries[i:]}
		return rest.all(yield)
	}
	i := n.route(k, compare)
	if !n.kids[i].node.from(k, compare, yield) {
		return false
	}
	rest := node[K, V]{kids: n.kids[i+1:]}
	return rest.all(yield)
}
