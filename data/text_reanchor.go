package data

import (
	"slices"

	"github.com/aper-go/aper"
)

// A StaleTextError says that edits could not be kept: the text has changed too much since they were made, or they were made on
// top of one that was rejected. It has what their author typed, so that it need not be lost.
type StaleTextError struct {
	Edits    []TextEdit
	Conflict aper.Conflict // ErrStale or ErrLost
}

func (e *StaleTextError) Error() string { return e.Conflict.Error() }

// Unwrap returns the conflict.
func (e *StaleTextError) Unwrap() error { return e.Conflict }

// Reanchor returns the transition that does to the text as it is now what t, made with m, is to do: its positions count in the
// text as its author sees it now. The earlier ones that it was made on top of have been applied to s as they were made. The error
// is a *StaleTextError where something may have been typed. It is the method of engine.Anchored; a state that has a Text in it
// gets one from apergen.
func (s Text) Reanchor(t aper.Transition[Text], m *aper.Meta, to aper.Seq) (aper.Transition[Text], error) {
	switch t := t.(type) {
	case TextRemoveAnchor:
		return t, nil
	case TextAddAnchor:
		at, err := s.reanchorAnchor(t.At, t.Side, m)
		return TextAddAnchor{at, t.Side}, err
	case TextRestoreAnchor:
		at, err := s.reanchorAnchor(t.At, t.Side, m)
		return TextRestoreAnchor{t.ID, at, t.Side}, err
	}
	edits, ok := editsOf(t)
	switch {
	case !ok:
		return t, ErrStale
	case m.Base < s.reach:
		return t, &StaleTextError{slices.Clone(edits), ErrStale}
	case m.Lost:
		return t, &StaleTextError{slices.Clone(edits), ErrLost}
	}
	s.anchors = nil
	var now []TextEdit
	p := perspective{m.Base, m.Client}
	for _, e := range edits {
		for _, part := range [...]TextEdit{{At: e.At, Delete: e.Delete}, {At: e.At, Insert: e.Insert}} {
			next, err := s.edit(p, m.Seq, part)
			if err != nil {
				return t, err
			}
			now, s = s.restate(now, p, part), next
		}
	}
	return EditText(now...), nil
}

func (s Text) reanchorAnchor(at int, side Side, m *aper.Meta) (position int, err error) {
	switch {
	case m.Base < s.reach:
		return at, ErrStale
	case m.Lost:
		return at, ErrLost
	}
	return s.positionOf(perspective{m.Base, m.Client}, at, side)
}

// restate appends what an edit that can be made does, with positions that count in the text as it is.
func (s Text) restate(now []TextEdit, p perspective, e TextEdit) []TextEdit {
	switch {
	case e.Delete > 0:
		return s.restateDeletion(now, p, s.root.after(p, e.At), s.root.after(p, e.At+e.Delete))
	case e.Insert == "":
		return now
	}
	return append(now, TextEdit{At: s.pointsBefore(s.place(p, e.At)), Insert: e.Insert})
}

// restateDeletion appends deletions of what is alive of the characters that an author saw between two places.
func (s Text) restateDeletion(now []TextEdit, p perspective, from, to int) []TextEdit {
	position := s.root.pointsBefore(from)
	s.root.from(from, 0, func(sp *span, at int) bool {
		if sp.dead() {
			return at < to
		}
		next := max(from-at, 0)
		for _, piece := range p.sees(sp) {
			first, end := max(piece.from, next), min(piece.to, to-at)
			if first >= end {
				continue
			}
			position += first - next // others typed these
			if last := len(now) - 1; last >= 0 && now[last].Insert == "" && now[last].At == position {
				now[last].Delete += end - first
			} else {
				now = append(now, TextEdit{At: position, Delete: end - first})
			}
			next = end
		}
		position += int(sp.points) - next
		return at+int(sp.points) < to
	})
	return now
}

// pointsBefore returns how many characters stand before a place.
func (s Text) pointsBefore(place int) int {
	if s.root == nil {
		return 0
	}
	return s.root.pointsBefore(place)
}

func (n *textNode) pointsBefore(place int) (points int) {
	for _, c := range n.children {
		if place <= c.size.places {
			return points + c.pointsBefore(place)
		}
		place -= c.size.places
		points += c.size.points
	}
	for i := range n.spans {
		s := &n.spans[i]
		if place <= 0 {
			break
		}
		if !s.dead() {
			points += min(int(s.points), place)
		}
		place -= int(s.points)
	}
	return points
}
