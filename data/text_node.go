package data

// Allocating is half of what an edit costs, so a node and what it has are one piece of memory.

// newLeafNode returns a leaf with so many spans, at most maxSpans.
func newLeafNode(count int) *textNode {
	switch {
	case count <= 4:
		x := new(struct {
			textNode
			array [4]span
		})
		x.spans = x.array[:count:count]
		return &x.textNode
	case count <= 8:
		x := new(struct {
			textNode
			array [8]span
		})
		x.spans = x.array[:count:count]
		return &x.textNode
	case count <= 12:
		x := new(struct {
			textNode
			array [12]span
		})
		x.spans = x.array[:count:count]
		return &x.textNode
	}
	x := new(struct {
		textNode
		array [maxSpans]span
	})
	x.spans = x.array[:count:count]
	return &x.textNode
}

// newInnerNode returns a node with so many children, at most maxChildren.
func newInnerNode(count int) *textNode {
	if count <= maxChildren/2 {
		x := new(struct {
			textNode
			array [maxChildren / 2]*textNode
		})
		x.children = x.array[:count:count]
		return &x.textNode
	}
	x := new(struct {
		textNode
		array [maxChildren]*textNode
	})
	x.children = x.array[:count:count]
	return &x.textNode
}
