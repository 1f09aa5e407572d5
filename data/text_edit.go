package data

import (
	"slices"
	"unicode/utf8"

	"github.com/aper-go/aper"
)

// A TextEdit deletes so many characters from a position on and inserts a text there.
type TextEdit struct {
	At, Delete int // code points
	Insert     string
}

// The transitions of a Text.
type (
	// TextInsert inserts a text before the character at a position, or at the end.
	TextInsert struct {
		At   int
		Text string
	}
	// TextDelete deletes characters from a position on.
	TextDelete struct{ At, Count int }
	// TextReplace deletes characters from a position on and inserts a text there.
	TextReplace struct {
		At, Count int
		Text      string
	}
	// TextEdits are several edits that stand or fall together. The positions of each count in the text as those before it
	// have left it. EditText makes one.
	TextEdits struct{ edits []TextEdit } // never changed
)

// InsertText returns the transition that inserts a text before the character at a position of a Text.
func InsertText(at int, text string) aper.Transition[Text] { return TextInsert{at, text} }

// DeleteText returns the transition that deletes characters of a Text from a position on.
func DeleteText(at, count int) aper.Transition[Text] { return TextDelete{at, count} }

// EditText returns the transition that edits a Text, in the given order: the positions of each edit count in the text as
// those before it have left it.
func EditText(edits ...TextEdit) aper.Transition[Text] {
	if len(edits) != 1 {
		return TextEdits{slices.Clone(edits)}
	}
	switch e := edits[0]; {
	case e.Delete == 0:
		return TextInsert{e.At, e.Insert}
	case e.Insert == "":
		return TextDelete{e.At, e.Delete}
	default:
		return TextReplace{e.At, e.Delete, e.Insert}
	}
}

// Insert returns the transition that inserts a text before the character at a position.
func (Text) Insert(at int, text string) aper.Transition[Text] { return InsertText(at, text) }

// Delete returns the transition that deletes characters from a position on.
func (Text) Delete(at, count int) aper.Transition[Text] { return DeleteText(at, count) }

// Edit returns the transition that edits the text, in the given order.
func (Text) Edit(edits ...TextEdit) aper.Transition[Text] { return EditText(edits...) }

// Apply finds the place that the author saw. Conflicts: ErrRange, ErrStale, ErrLost, ErrNotText, ErrTextFull.
func (t TextInsert) Apply(s Text, m *aper.Meta) (Text, error) {
	return s.edited(m, TextEdit{At: t.At, Insert: t.Text})
}

// Apply deletes what the author saw there, as far as it is not deleted yet. Conflicts: ErrRange, ErrStale, ErrLost.
func (t TextDelete) Apply(s Text, m *aper.Meta) (Text, error) {
	return s.edited(m, TextEdit{At: t.At, Delete: t.Count})
}

// Apply does both. Conflicts are those of TextInsert and TextDelete.
func (t TextReplace) Apply(s Text, m *aper.Meta) (Text, error) {
	return s.edited(m, TextEdit{t.At, t.Count, t.Text})
}

// Apply makes all edits or none. Conflicts are those of TextInsert and TextDelete, and ErrManyEdits.
func (t TextEdits) Apply(s Text, m *aper.Meta) (Text, error) { return s.edited(m, t.edits...) }

// Edits returns the edits, which must not be changed.
func (t TextEdits) Edits() []TextEdit { return t.edits }

// editsOf returns the edits that a transition makes.
func editsOf(t aper.Transition[Text]) (edits []TextEdit, ok bool) {
	switch t := t.(type) {
	case TextInsert:
		return []TextEdit{{At: t.At, Insert: t.Text}}, true
	case TextDelete:
		return []TextEdit{{At: t.At, Delete: t.Count}}, true
	case TextReplace:
		return []TextEdit{{t.At, t.Count, t.Text}}, true
	case TextEdits:
		return t.edits, true
	}
	return nil, false
}

func (s Text) edited(m *aper.Meta, edits ...TextEdit) (Text, error) {
	switch {
	case len(edits) > MaxEdits:
		return s, ErrManyEdits
	case m.Base < s.reach:
		return s, ErrStale
	case m.Lost:
		return s, ErrLost
	}
	next := s.remember(m)
	next.anchors = slices.Clone(s.anchors)
	for _, e := range edits {
		var err error
		if next, err = next.edit(perspective{m.Base, m.Client}, m.Seq, e); err != nil {
			return s, err
		}
	}
	return next, nil
}

// remember returns the text with the reach that the authority's floor asks for.
func (s Text) remember(m *aper.Meta) Text {
	if m.Floor <= s.reach+remembered {
		return s
	}
	before := s.reach
	s.reach = m.Floor - remembered
	if s.root != nil && s.reach/forgetEvery != before/forgetEvery {
		s.root = shrink(s.root.forget(s.reach))
	}
	return s
}

// edit makes one edit. It changes the list of anchors, which must be the caller's own.
func (s Text) edit(p perspective, seq aper.Seq, e TextEdit) (Text, error) {
	switch seen := s.seen(p); {
	case e.At < 0 || e.Delete < 0 || e.At > seen || e.Delete > seen-e.At:
		return s, ErrRange
	case !utf8.ValidString(e.Insert):
		return s, ErrNotText
	case len(e.Insert) > MaxText-s.size().bytes:
		return s, ErrTextFull
	}
	by := stamp{client: p.client, first: seq, known: true}
	if e.Delete > 0 {
		x := deletion{p, s.root.after(p, e.At), s.root.after(p, e.At+e.Delete), by}
		if len(s.anchors) > 0 {
			s.anchors.delete(s.restateDeletion(nil, p, x.from, x.to))
		}
		s.root = rootOf(s.root.delete(0, &x))
	}
	if e.Insert != "" {
		place := s.place(p, e.At)
		if len(s.anchors) > 0 {
			s.anchors.insert(s.pointsBefore(place), e.Insert)
		}
		s = s.insert(place, e.Insert, by)
	}
	return s, nil
}

func (s Text) insert(place int, text string, by stamp) Text {
	for text != "" {
		chunk := text[:chunkOf(text)]
		text = text[len(chunk):]
		x := insertion{chunk, by}
		if s.root == nil {
			s.root = leafOf([]span{newSpan(chunk, &marks{inserted: by})})
		} else {
			s.root = rootOf(s.root.insert(place, &x))
		}
		place += utf8.RuneCountInString(chunk)
	}
	return s
}

// seen returns how many characters an author saw.
func (s Text) seen(p perspective) int {
	if s.root == nil {
		return 0
	}
	return s.root.seen(p)
}

// place returns where a text goes that an author inserts at a position. Where others have put something that he did not see
// between the two characters that he saw, the text goes behind the left one, before what is there, unless the right one alone
// is the author's own of after the base: who types backwards stays beside what he typed.
func (s Text) place(p perspective, at int) int {
	if s.root == nil {
		return 0
	}
	left := s.root.after(p, at)
	if !s.root.news.concern(p) || at > 0 && s.root.owns(p, left-1) {
		return left
	}
	if right, ok := s.root.ownRight(p, left); ok {
		return right
	}
	return left
}

// owns reports whether the character at a place is the author's, of after the base.
func (n *textNode) owns(p perspective, place int) (own bool) {
	n.from(place, 0, func(s *span, at int) bool {
		own = p.own(s, place-at)
		return false
	})
	return own
}

// ownRight returns the place of the first character from a place on that the author saw, if it is his own of after the base, and
// others have put something before it that he did not see.
func (n *textNode) ownRight(p perspective, place int) (right int, ok bool) {
	unseen := false
	n.from(place, 0, func(s *span, at int) bool {
		first := max(place-at, 0)
		next := p.firstSeen(s, first)
		unseen = unseen || next > first && !p.inserted(s, first, next)
		if next < int(s.points) {
			right, ok = at+next, unseen && p.own(s, next)
			return false
		}
		return true
	})
	return right, ok
}
