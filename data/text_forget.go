package data

import (
	"slices"

	"github.com/aper-go/aper"
)

// forgetEvery is after how many events a text lets go of what it need not remember any more. In between that is only left out of
// what is encoded.
const forgetEvery = 512

// forget returns a node without what happened at or before reach, or nil when nothing is left.
func (n *textNode) forget(reach aper.Seq) *textNode {
	switch {
	case n.news.first.seq == 0:
		return n
	case n.children == nil:
		return n.forgetHere(reach)
	}
	children := make([]*textNode, 0, len(n.children))
	same := true
	for _, c := range n.children {
		next := c.forget(reach)
		if same = same && next == c; next != nil {
			children = append(children, next)
		}
	}
	switch {
	case same:
		return n
	case len(children) == 0:
		return nil
	}
	return nodeOf(mend(children))
}

// forgetHere is forget, in a leaf.
func (n *textNode) forgetHere(reach aper.Seq) *textNode {
	if !slices.ContainsFunc(n.spans, func(s span) bool { return s.settles(reach) }) {
		return n
	}
	spans := make([]span, 0, len(n.spans))
	for _, s := range n.spans {
		if settled, remains := s.settle(reach); remains {
			spans = appendSpan(spans, settled)
		}
	}
	if len(spans) == 0 {
		return nil
	}
	return leafOf(spans)
}

// mend puts small neighbours together. Children are the caller's.
func mend(children []*textNode) []*textNode {
	mended := children[:1]
	for _, c := range children[1:] {
		last := mended[len(mended)-1]
		switch {
		case len(last.spans)+len(c.spans) > maxSpans/2, len(last.children)+len(c.children) > maxChildren/2:
			mended = append(mended, c)
			continue
		case c.children != nil:
			last = nodeOf(slices.Concat(last.children, c.children))
		default:
			last = last.mendHere(c)
		}
		mended[len(mended)-1] = last
	}
	return mended
}

// mendHere returns one leaf in place of two.
func (n *textNode) mendHere(next *textNode) *textNode {
	spans := slices.Grow(slices.Clone(n.spans), len(next.spans))
	for _, s := range next.spans {
		spans = appendSpan(spans, s)
	}
	return leafOf(spans)
}
