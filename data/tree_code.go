package data

import (
	"cmp"
	"slices"

	"github.com/aper-go/aper"
)

// leaves collects decoded entries as the leaves of a tree. It allocates one leaf at a time, so that a count which nothing
// stands behind costs nothing.
type leaves[K Key, V any] struct {
	expected int
	parts    [][]entry[K, V]
	last     []entry[K, V]
}

func newLeaves[K Key, V any](expected int) *leaves[K, V] { return &leaves[K, V]{expected: expected} }

func (l *leaves[K, V]) add(k K, v V) {
	if len(l.last) == cap(l.last) {
		l.next()
	}
	l.last = append(l.last, entry[K, V]{k, v})
}

// next begins a leaf as long as evenly would make it.
func (l *leaves[K, V]) next() {
	if l.last != nil {
		l.parts = append(l.parts, l.last)
	}
	count := (l.expected + maxWidth - 1) / maxWidth
	i := min(len(l.parts), count-1)
	l.last = make([]entry[K, V], 0, (i+1)*l.expected/count-i*l.expected/count)
}

// tree returns the tree of all that was added, or an empty one after an error.
func (l *leaves[K, V]) tree(c *aper.Coder) tree[K, V] {
	if l.last == nil || c.Failed() {
		return tree[K, V]{}
	}
	parts := append(l.parts, l.last)
	if !c.Canonical() {
		parts = sorted(parts)
	}
	if problem := disorder(parts); problem != "" {
		c.Fail(problem)
		return tree[K, V]{}
	}
	return buildOn(parts)
}

// sorted puts entries in order where their order had no meaning, as in JSON.
func sorted[K Key, V any](parts [][]entry[K, V]) [][]entry[K, V] {
	entries := slices.Concat(parts...)
	slices.SortStableFunc(entries, func(a, b entry[K, V]) int { return cmp.Compare(a.key, b.key) })
	return slices.Collect(evenly(entries))
}

// disorder says what is wrong with the order of the keys, "" if nothing is.
func disorder[K Key, V any](parts [][]entry[K, V]) string {
	last := parts[0][0].key
	for i, part := range parts {
		for j := range part {
			key := part[j].key
			switch {
			case key > last || i == 0 && j == 0:
				last = key
			case key == last:
				return "a key is there twice"
			default:
				return "the keys are not in order"
			}
		}
	}
	return ""
}
