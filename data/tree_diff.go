package data

// diff visits, in order, the keys where t and old may differ: those that are in one only, with nil for the other, and
// those in nodes that the two do not share. It takes time in the size of what is not shared.
func (t tree[K, V]) diff(old tree[K, V], compare order[K], visit func(k K, was, is *V) bool) {
	if t.root == old.root {
		return
	}
	was, is := newCursor(old), newCursor(t)
	for was.valid() && is.valid() {
		switch {
		case was.height > 0 && was.height == is.height && was.kid().node == is.kid().node:
			was.next()
			is.next()
			continue
		case was.height > 0 || is.height > 0:
			high := max(was.height, is.height)
			was.descendFrom(high)
			is.descendFrom(high)
			continue
		}
		one, other := was.entry(), is.entry()
		var more bool
		switch c := compare(one.key, other.key); {
		case c < 0:
			more = visit(one.key, &one.value, nil)
			was.next()
		case c > 0:
			more = visit(other.key, nil, &other.value)
			is.next()
		default:
			more = visit(one.key, &one.value, &other.value)
			was.next()
			is.next()
		}
		if !more {
			return
		}
	}
	for ; was.toEntry(); was.next() {
		if !visit(was.entry().key, &was.entry().value, nil) {
			return
		}
	}
	for ; is.toEntry(); is.next() {
		if !visit(is.entry().key, nil, &is.entry().value) {
			return
		}
	}
}

// A cursor stands at an entry or, above the leaves, at a whole kid.
type cursor[K, V any] struct {
	height int // of what it stands at: 0 is an entry
	path   []place[K, V]
}

type place[K, V any] struct {
	node *node[K, V]
	at   int
}

func newCursor[K, V any](t tree[K, V]) *cursor[K, V] {
	c := &cursor[K, V]{}
	if t.root == nil {
		return c
	}
	for n := t.root; n.kids != nil; n = n.kids[0].node {
		c.height++
	}
	c.path = append(c.path, place[K, V]{node: t.root})
	return c
}

func (c *cursor[K, V]) valid() bool         { return len(c.path) > 0 }
func (c *cursor[K, V]) top() *place[K, V]   { return &c.path[len(c.path)-1] }
func (c *cursor[K, V]) kid() *kid[K, V]     { return &c.top().node.kids[c.top().at] }
func (c *cursor[K, V]) entry() *entry[K, V] { return &c.top().node.entries[c.top().at] }

// next moves past what it stands at, and up where a node ends.
func (c *cursor[K, V]) next() {
	for c.valid() {
		top := c.top()
		if top.at++; top.at < top.node.width() {
			return
		}
		c.path = c.path[:len(c.path)-1]
		c.height++
	}
}

// descendFrom goes into the kid it stands at when that has the height.
func (c *cursor[K, V]) descendFrom(height int) {
	if c.height == height {
		c.path = append(c.path, place[K, V]{node: c.kid().node})
		c.height--
	}
}

// toEntry goes down to the next entry and reports whether there is one.
func (c *cursor[K, V]) toEntry() bool {
	if !c.valid() {
		return false
	}
	for c.height > 0 {
		c.descendFrom(c.height)
	}
	return true
}
