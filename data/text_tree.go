package data

import (
	"slices"

	"github.com/aper-go/aper"
)

// A textNode is a node of a rope (Boehm, Atkinson, Plass, "Ropes: an alternative to strings", 1995) whose leaves hold spans,
// also of deleted characters that somebody may still see. Nodes are never changed once they are reachable from a Text.
//
// Who edits with an older state in mind counts characters that are gone, and does not count some that are here. The news of
// a node say whether that makes a difference below it; where it does not, the node is passed over as a whole. So finding a
// place takes O(log n), and more only for what the author had not seen. Merge trees do the same (Microsoft, Fluid Framework,
// "SharedString").
type textNode struct {
	children []*textNode
	spans    []span // instead, at the bottom
	size     textSize
	news     news
}

// textSize says how much is below a node. Places are characters, and such as are deleted and remembered.
type textSize struct{ bytes, points, units, places int }

func (a textSize) plus(b textSize) textSize {
	return textSize{a.bytes + b.bytes, a.points + b.points, a.units + b.units, a.places + b.places}
}

func (a textSize) minus(b textSize) textSize {
	return textSize{a.bytes - b.bytes, a.points - b.points, a.units - b.units, a.places - b.places}
}

func (s *span) size() textSize {
	if s.dead() {
		return textSize{places: int(s.points)}
	}
	return textSize{len(s.text), int(s.points), int(s.units), int(s.points)}
}

// news are the newest stamp below a node, and the newest of anybody else.
type news struct{ first, second stampKey }

// A stampKey is the newest that one client did: 0 is nothing, and what is speculative is the newest of all.
type stampKey struct {
	client aper.ClientID
	seq    aper.Seq
}

const speculative = ^aper.Seq(0)

// key returns the newest in a stamp of n characters.
func (s stamp) key(n int) stampKey {
	if s.first == 0 {
		return stampKey{s.client, speculative}
	}
	return stampKey{s.client, s.newest(n)}
}

func (n *news) add(k stampKey) {
	switch {
	case k.seq == 0:
	case k.client == n.first.client || n.first.seq == 0:
		n.first = stampKey{k.client, max(n.first.seq, k.seq)}
	case k.seq > n.first.seq:
		n.first, n.second = k, n.first
	case k.seq > n.second.seq:
		n.second = k
	}
}

func (n *news) addSpan(s *span) {
	for _, t := range [...]stamp{s.marks.inserted, s.marks.deleted} {
		if t.known {
			n.add(t.key(int(s.points)))
		}
	}
}

// concern reports whether something happened that the author had not seen.
func (n *news) concern(p perspective) bool {
	newest := n.first
	if newest.client == p.client {
		newest = n.second
	}
	return newest.seq > p.base
}

// How many spans a leaf has at most, and how many children another node.
const (
	maxSpans    = 16
	maxChildren = 16
)

func leafOf(spans []span) *textNode {
	n := newLeafNode(len(spans))
	copy(n.spans, spans)
	for i := range n.spans {
		s := &n.spans[i]
		n.size = n.size.plus(s.size())
		if s.marks != nil {
			n.news.addSpan(s)
		}
	}
	return n
}

func nodeOf(children []*textNode) *textNode {
	n := newInnerNode(len(children))
	copy(n.children, children)
	for _, c := range children {
		n.size = n.size.plus(c.size)
		n.news.add(c.news.first)
		n.news.add(c.news.second)
	}
	return n
}

// leavesOf returns leaves for spans: one, and more where they do not fit into one.
func leavesOf(spans []span) (leaf *textNode, more []*textNode) {
	for parts := (len(spans) + maxSpans - 1) / maxSpans; parts > 1; parts-- {
		last := len(spans) - len(spans)/parts
		more = append(more, leafOf(spans[last:]))
		spans = spans[:last]
	}
	slices.Reverse(more)
	return leafOf(spans), more
}

// nodesOf returns nodes above children: one, and more where they do not fit below one.
func nodesOf(children []*textNode) (n *textNode, more []*textNode) {
	for parts := (len(children) + maxChildren - 1) / maxChildren; parts > 1; parts-- {
		last := len(children) - len(children)/parts
		more = append(more, nodeOf(children[last:]))
		children = children[:last]
	}
	slices.Reverse(more)
	return nodeOf(children), more
}

// treeOf returns the root of a tree of spans, or nil when there are none.
func treeOf(spans []span) *textNode {
	if len(spans) == 0 {
		return nil
	}
	return rootOf(leavesOf(spans))
}

// rootOf puts nodes of one level below one root.
func rootOf(n *textNode, more []*textNode) *textNode {
	for len(more) > 0 {
		n, more = nodesOf(append([]*textNode{n}, more...))
	}
	return n
}

// shrink takes away roots with one child.
func shrink(n *textNode) *textNode {
	for n != nil && len(n.children) == 1 {
		n = n.children[0]
	}
	return n
}

// seen returns how many characters below a node the author saw.
func (n *textNode) seen(p perspective) (count int) {
	if !n.news.concern(p) {
		return n.size.points
	}
	for _, c := range n.children {
		count += c.seen(p)
	}
	for i := range n.spans {
		for _, piece := range p.sees(&n.spans[i]) {
			count += piece.to - piece.from
		}
	}
	return count
}

// after returns the place behind the first count characters, of those that the author saw. There are so many.
func (n *textNode) after(p perspective, count int) (place int) {
	for count > 0 && n.children != nil {
		for _, c := range n.children {
			seen := c.seen(p)
			if count <= seen {
				n = c
				break
			}
			count -= seen
			place += c.size.places
		}
	}
	if count == 0 {
		return place
	}
	return place + n.afterHere(p, count)
}

// afterHere is after, in a leaf.
func (n *textNode) afterHere(p perspective, count int) (place int) {
	quiet := !n.news.concern(p)
	for i := range n.spans {
		s := &n.spans[i]
		switch {
		case s.marks != nil && !quiet:
			for _, piece := range p.sees(s) {
				if count <= piece.to-piece.from {
					return place + piece.from + count
				}
				count -= piece.to - piece.from
			}
		case s.dead():
		case count <= int(s.points):
			return place + count
		default:
			count -= int(s.points)
		}
		place += int(s.points)
	}
	panic("data: a text has fewer characters than it says")
}

// from visits the spans that end behind a place, in order, each with its own place, until visit returns false.
func (n *textNode) from(place, at int, visit func(s *span, at int) bool) bool {
	for _, c := range n.children {
		if at+c.size.places > place && !c.from(place, at, visit) {
			return false
		}
		at += c.size.places
	}
	for i := range n.spans {
		s := &n.spans[i]
		if at+int(s.points) > place && !visit(s, at) {
			return false
		}
		at += int(s.points)
	}
	return true
}
