package data

import "slices"

// appendSpan appends a span, or puts it to the last one.
func appendSpan(spans []span, s span) []span {
	if s.points == 0 {
		return spans
	}
	if last := len(spans) - 1; last >= 0 {
		if joined, ok := spans[last].join(s); ok {
			spans[last] = joined
			return spans
		}
	}
	return append(spans, s)
}

// appendText appends a text that is treated alike, in spans that are not too long.
func appendText(spans []span, text string, m *marks) []span {
	for text != "" {
		n := chunkOf(text)
		spans = append(spans, newSpan(text[:n], m))
		text = text[n:]
	}
	return spans
}

// An insertion is what its author puts at one place.
type insertion struct {
	text  string
	stamp stamp
}

// insert returns what takes the place of a node.
func (n *textNode) insert(place int, x *insertion) (by *textNode, more []*textNode) {
	if n.children == nil {
		return n.insertHere(place, x)
	}
	i, last := 0, len(n.children)-1
	for ; i < last && place > n.children[i].size.places; i++ {
		place -= n.children[i].size.places
	}
	by, more = n.children[i].insert(place, x)
	return n.replace(i, by, more)
}

// insertHere is insert, in a leaf. Most often somebody goes on typing, which makes a span longer.
func (n *textNode) insertHere(place int, x *insertion) (by *textNode, more []*textNode) {
	i := 0
	for ; i < len(n.spans) && place >= int(n.spans[i].points); i++ {
		place -= int(n.spans[i].points)
	}
	key := x.stamp.key(1)
	if place == 0 && i > 0 {
		if longer, ok := n.spans[i-1].extend(x); ok {
			return n.splice(i-1, i, []span{longer}, key)
		}
	}
	var space [3]span
	spans := space[:0]
	right := span{}
	if i < len(n.spans) {
		right = n.spans[i]
	}
	if place > 0 {
		var left span
		left, right = right.cut(place)
		spans = appendSpan(spans, left)
	}
	spans = appendSpan(spans, newSpan(x.text, &marks{inserted: x.stamp}))
	spans = appendSpan(spans, right)
	return n.splice(i, min(i+1, len(n.spans)), spans, key)
}

// A deletion is the author's, of the characters that he saw between two places.
type deletion struct {
	perspective
	from, to int
	stamp    stamp
}

// delete returns what takes the place of a node that begins at a place.
func (n *textNode) delete(at int, x *deletion) (by *textNode, more []*textNode) {
	if n.children == nil {
		return n.deleteHere(at, x)
	}
	i := 0
	for ; at+n.children[i].size.places <= x.from; i++ {
		at += n.children[i].size.places
	}
	if at+n.children[i].size.places < x.to {
		return n.deleteAcross(i, at, x)
	}
	by, more = n.children[i].delete(at, x)
	return n.replace(i, by, more)
}

// deleteAcross is delete, in several children from one on, which begins at a place.
func (n *textNode) deleteAcross(i, at int, x *deletion) (*textNode, []*textNode) {
	children := slices.Clone(n.children[:i])
	for ; i < len(n.children) && at < x.to; i++ {
		by, more := n.children[i].delete(at, x)
		children = append(append(children, by), more...)
		at += n.children[i].size.places
	}
	return nodesOf(append(children, n.children[i:]...))
}

// deleteHere is delete, in a leaf. What is deleted may join what was deleted beside it.
func (n *textNode) deleteHere(at int, x *deletion) (by *textNode, more []*textNode) {
	i := 0
	for ; at+int(n.spans[i].points) <= x.from; i++ {
		at += int(n.spans[i].points)
	}
	var space [6]span
	spans := space[:0]
	first := max(i-1, 0)
	spans = append(spans, n.spans[first:i]...)
	for ; i < len(n.spans) && at < x.to; i++ {
		spans = x.part(spans, n.spans[i], at)
		at += int(n.spans[i].points)
	}
	if i < len(n.spans) {
		spans = appendSpan(spans, n.spans[i])
	}
	return n.splice(first, min(i+1, len(n.spans)), spans, x.stamp.key(1))
}

// part appends a span, and what is deleted of it as such.
func (x *deletion) part(spans []span, s span, at int) []span {
	done := 0
	for _, piece := range x.sees(&s) {
		from, to := max(piece.from, x.from-at), min(piece.to, x.to-at)
		if from >= to {
			continue
		}
		if from > done {
			var left span
			left, s = s.cut(from - done)
			spans = appendSpan(spans, left)
		}
		gone := s
		if to-from < int(s.points) {
			gone, s = s.cut(to - from)
		} else {
			s.points = 0
		}
		spans = appendSpan(spans, x.bury(gone))
		done = to
	}
	return appendSpan(spans, s)
}

// bury returns the characters as deleted by the author, whoever else has deleted them before.
func (x *deletion) bury(s span) span {
	m := marks{}
	if s.marks != nil {
		m = *s.marks
	}
	if m.deleted.known {
		at, found := slices.BinarySearch(m.also, x.client)
		if !found {
			m.also = slices.Insert(slices.Clone(m.also), at, x.client)
		}
	} else {
		m.deleted = x.stamp
	}
	return span{points: s.points, marks: &m}
}

// splice returns what takes the place of a leaf of which spans are replaced. The key is of what was done to those.
func (n *textNode) splice(from, to int, by []span, key stampKey) (leaf *textNode, more []*textNode) {
	count := len(n.spans) - (to - from) + len(by)
	if count > maxSpans {
		return leavesOf(slices.Concat(n.spans[:from], by, n.spans[to:]))
	}
	leaf = newLeafNode(count)
	copy(leaf.spans, n.spans[:from])
	copy(leaf.spans[from:], by)
	copy(leaf.spans[from+len(by):], n.spans[to:])
	leaf.size, leaf.news = n.size, n.news
	for i := from; i < to; i++ {
		leaf.size = leaf.size.minus(n.spans[i].size())
	}
	for i := range by {
		leaf.size = leaf.size.plus(by[i].size())
	}
	leaf.news.add(key)
	return leaf, nil
}

// replace returns what takes the place of a node of which one child is replaced.
func (n *textNode) replace(i int, by *textNode, more []*textNode) (*textNode, []*textNode) {
	if len(more) > 0 {
		children := slices.Insert(slices.Clone(n.children), i+1, more...)
		children[i] = by
		return nodesOf(children)
	}
	next := newInnerNode(len(n.children))
	copy(next.children, n.children)
	next.children[i] = by
	next.size = n.size.minus(n.children[i].size).plus(by.size)
	next.news = n.news
	next.news.add(by.news.first)
	next.news.add(by.news.second)
	return next, nil
}
