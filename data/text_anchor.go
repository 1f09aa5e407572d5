package data

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/aper-go/aper"
)

// A Side says to which of its two neighbours an anchor of a Text sticks. It matters for what is inserted right at the anchor.
type Side bool

const (
	StickLeft  Side = false // the anchor stays behind the character on its left
	StickRight Side = true  // the anchor stays before the character on its right
)

// MaxAnchors is how many anchors a Text can have. An edit of a text with anchors takes O(anchors) more.
const MaxAnchors = 10_000

// Conflicts of the anchors of a Text.
const (
	// ErrNoAnchor is the conflict of removing an anchor that is not there.
	ErrNoAnchor = aper.Conflict("no such anchor")
	// ErrManyAnchors is the conflict of adding an anchor to a Text that has MaxAnchors.
	ErrManyAnchors = aper.Conflict("there are too many anchors in the text")
)

// A textAnchor is an anchor with its position in the text as it is now.
type textAnchor struct {
	at   int
	side Side
	id   aper.ID
}

func (a textAnchor) compare(b textAnchor) int {
	switch {
	case a.at != b.at:
		return cmp.Compare(a.at, b.at)
	case a.side != b.side && a.side == StickLeft:
		return -1
	case a.side != b.side:
		return 1
	}
	return compareIDs(a.id, b.id)
}

// The transitions of the anchors of a Text. They go with the text and are seen by all, so they are for comments and
// bookmarks; cursors belong into presences (Text.Locate).
type (
	// TextAddAnchor puts an anchor at a position. Its ID is the first that the transition makes.
	TextAddAnchor struct {
		At   int
		Side Side
	}
	// TextRemoveAnchor removes an anchor.
	TextRemoveAnchor struct{ ID aper.ID }
	// TextRestoreAnchor puts an anchor that was removed at a position, under the ID that it had. It is what the inverse of a
	// TextRemoveAnchor is.
	TextRestoreAnchor struct {
		ID   aper.ID
		At   int
		Side Side
	}
)

// AddAnchor returns the transition that puts an anchor at a position of a Text.
func AddAnchor(at int, side Side) aper.Transition[Text] { return TextAddAnchor{at, side} }

// RemoveAnchor returns the transition that removes an anchor of a Text.
func RemoveAnchor(id aper.ID) aper.Transition[Text] { return TextRemoveAnchor{id} }

// AddAnchor returns the transition that puts an anchor at a position.
func (Text) AddAnchor(at int, side Side) aper.Transition[Text] { return AddAnchor(at, side) }

// RemoveAnchor returns the transition that removes an anchor.
func (Text) RemoveAnchor(id aper.ID) aper.Transition[Text] { return RemoveAnchor(id) }

// Apply finds the place that the author saw. Conflicts: ErrRange, ErrStale, ErrLost, ErrManyAnchors.
func (t TextAddAnchor) Apply(s Text, m *aper.Meta) (Text, error) {
	next, _, err := s.WithAnchor(t.At, t.Side, m)
	return next, err
}

// Apply removes the anchor. Conflicts: ErrNoAnchor.
func (t TextRemoveAnchor) Apply(s Text, m *aper.Meta) (Text, error) {
	if next := s.WithoutAnchor(t.ID); len(next.anchors) < len(s.anchors) {
		return next, nil
	}
	return s, ErrNoAnchor
}

// Apply finds the place that the author saw. Conflicts: those of TextAddAnchor, and ErrRestored.
func (t TextRestoreAnchor) Apply(s Text, m *aper.Meta) (Text, error) {
	if s.anchors.index(t.ID) >= 0 || t.ID.N == 0 {
		return s, aper.In(t.ID.String(), ErrRestored)
	}
	return s.withAnchor(t.At, t.Side, m, func() aper.ID { return t.ID })
}

// WithAnchor returns the text with an anchor more, and the ID of that. It is for rules, such as one that adds a comment together
// with the anchor of it. The position and the conflicts are those of TextAddAnchor.
func (s Text) WithAnchor(at int, side Side, m *aper.Meta) (next Text, id aper.ID, err error) {
	next, err = s.withAnchor(at, side, m, func() aper.ID {
		for id = m.NewID(); s.anchors.index(id) >= 0; { // a text that came from another room may have it already
			id = m.NewID()
		}
		return id
	})
	return next, id, err
}

// withAnchor returns the text with an anchor more, for which it asks for an ID when there is no conflict.
func (s Text) withAnchor(at int, side Side, m *aper.Meta, id func() aper.ID) (Text, error) {
	switch {
	case m.Base < s.reach:
		return s, ErrStale
	case m.Lost:
		return s, ErrLost
	case len(s.anchors) >= MaxAnchors:
		return s, ErrManyAnchors
	}
	at, err := s.positionOf(perspective{m.Base, m.Client}, at, side)
	if err != nil {
		return s, err
	}
	a := textAnchor{at, side, id()}
	i, _ := slices.BinarySearchFunc(s.anchors, a, textAnchor.compare)
	next := s.remember(m)
	next.anchors = slices.Concat(s.anchors[:i], textAnchors{a}, s.anchors[i:])
	return next, nil
}

// WithoutAnchor returns a text that does not have the anchor.
func (s Text) WithoutAnchor(id aper.ID) Text {
	if i := s.anchors.index(id); i >= 0 {
		s.anchors = slices.Concat(s.anchors[:i], s.anchors[i+1:])
	}
	return s
}

// Anchor returns where an anchor is. What is deleted around it leaves it where that was.
func (s Text) Anchor(id aper.ID) (position int, ok bool) {
	if i := s.anchors.index(id); i >= 0 {
		return s.anchors[i].at, true
	}
	return 0, false
}

// AllAnchors returns the anchors with their positions, from the beginning of the text on.
func (s Text) AllAnchors() func(yield func(id aper.ID, position int) bool) {
	return func(yield func(aper.ID, int) bool) {
		for _, a := range s.anchors {
			if !yield(a.id, a.at) {
				return
			}
		}
	}
}

// positionOf returns the position of today that an anchor has which its author puts at a position of what he saw: behind the
// left character that he saw, or before the right one. Where that is deleted, it is where it was. At the beginning, what sticks
// to the left stays at the beginning, and likewise at the end.
func (s Text) positionOf(p perspective, at int, side Side) (position int, err error) {
	switch seen := s.seen(p); {
	case at < 0 || at > seen:
		return 0, ErrRange
	case side == StickRight && at == seen:
		return s.Len(), nil
	case side == StickRight:
		return s.root.pointsBefore(s.root.after(p, at+1) - 1), nil
	}
	if s.root == nil {
		return 0, nil
	}
	return s.root.pointsBefore(s.root.after(p, at)), nil
}

// textAnchors are the anchors of a Text, in order. An edit changes them all, so they are a flat list that is copied.
type textAnchors []textAnchor

func (list textAnchors) index(id aper.ID) int {
	return slices.IndexFunc(list, func(a textAnchor) bool { return a.id == id })
}

// insert moves them out of the way of a text that is inserted at a position. It changes the list.
func (list textAnchors) insert(at int, text string) {
	points := utf8.RuneCountInString(text)
	for i := range list {
		if a := &list[i]; a.at > at || a.at == at && a.side == StickRight {
			a.at += points
		}
	}
}

// delete moves them for deletions, whose positions count in the text as those before have left it, and grow. It changes the
// list.
func (list textAnchors) delete(pieces []TextEdit) {
	deleted := 0
	for i := range list {
		a := &list[i]
		for len(pieces) > 0 && a.at >= pieces[0].At+deleted+pieces[0].Delete {
			deleted += pieces[0].Delete
			pieces = pieces[1:]
		}
		if a.at -= deleted; len(pieces) > 0 {
			a.at = min(a.at, pieces[0].At)
		}
	}
	if !slices.IsSortedFunc(list, textAnchor.compare) {
		slices.SortFunc(list, textAnchor.compare)
	}
}

func (list textAnchors) code(c *aper.Coder) textAnchors {
	n := c.List(len(list))
	if c.Writing() {
		for _, a := range list {
			a.code(c.Item())
		}
		c.End()
		return list
	}
	list = nil
	for i := 0; i < n && !c.Failed(); i++ {
		list = append(list, textAnchor{}.code(c.Item()))
	}
	c.End()
	return list
}

func (a textAnchor) code(c *aper.Coder) textAnchor {
	if c.Struct("data.Anchor", 3) {
		a.id = a.id.Code(c.Field("id"))
		a.at = c.Field("at").Int(a.at)
		a.side = Side(c.Field("right").Bool(bool(a.side)))
		c.End()
	}
	return a
}

// check refuses decoded anchors that a text of so many characters cannot have.
func (list textAnchors) check(c *aper.Coder, length int) {
	known := make(map[aper.ID]bool, len(list))
	for i, a := range list {
		if a.at < 0 || a.at > length || a.id.N == 0 || known[a.id] || i >= MaxAnchors || i > 0 && list[i-1].compare(a) >= 0 {
			c.Fail("the anchors of a text are out of order, beyond its end, twice or too many")
			return
		}
		known[a.id] = true
	}
}

// Code encodes or decodes the transition.
func (t TextAddAnchor) Code(c *aper.Coder) TextAddAnchor {
	if c.Variant(5, "AddAnchor", 2) {
		t.At = c.Field("at").Int(t.At)
		t.Side = Side(c.Field("right").Bool(bool(t.Side)))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t TextRemoveAnchor) Code(c *aper.Coder) TextRemoveAnchor {
	if c.Variant(6, "RemoveAnchor", 1) {
		t.ID = t.ID.Code(c.Field("id"))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t TextRestoreAnchor) Code(c *aper.Coder) TextRestoreAnchor {
	if c.Variant(7, "RestoreAnchor", 3) {
		t.ID = t.ID.Code(c.Field("id"))
		t.At = c.Field("at").Int(t.At)
		t.Side = Side(c.Field("right").Bool(bool(t.Side)))
		c.End()
	}
	return t
}
