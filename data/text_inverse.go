package data

import (
	"slices"
	"unicode/utf8"

	"github.com/aper-go/aper"
)

// Inverse deletes what is left of the text that was inserted.
func (t TextInsert) Inverse(before, now Text, m *aper.Meta) (aper.Transition[Text], error) {
	return before.inverse(now, m, TextEdit{At: t.At, Insert: t.Text})
}

// Inverse inserts the characters that were deleted where they were.
func (t TextDelete) Inverse(before, now Text, m *aper.Meta) (aper.Transition[Text], error) {
	return before.inverse(now, m, TextEdit{At: t.At, Delete: t.Count})
}

// Inverse takes back both.
func (t TextReplace) Inverse(before, now Text, m *aper.Meta) (aper.Transition[Text], error) {
	return before.inverse(now, m, TextEdit{t.At, t.Count, t.Text})
}

// Inverse takes back all edits.
func (t TextEdits) Inverse(before, now Text, m *aper.Meta) (aper.Transition[Text], error) {
	return before.inverse(now, m, t.edits...)
}

// inverse returns what takes back in now what edits did to s, as far as others have not deleted it again. It is never
// ErrOverwritten: what nothing is left of is taken back by nothing.
func (s Text) inverse(now Text, m *aper.Meta, edits ...TextEdit) (aper.Transition[Text], error) {
	after, err := s.edited(m, edits...)
	if err != nil {
		return nil, err
	}
	return now.carry(EditText(s.takenBack(perspective{m.Base, m.Client}, m.Seq, edits)...), after)
}

// takenBack returns the edits that lead from the text as edits, which can be made, leave it to the text as it is. What was
// deleted goes back behind what was inserted instead, since it was there.
func (s Text) takenBack(p perspective, seq aper.Seq, edits []TextEdit) (back []TextEdit) {
	s.anchors = nil
	for _, e := range edits {
		deletion, insertion := TextEdit{At: e.At, Delete: e.Delete}, TextEdit{At: e.At, Insert: e.Insert}
		before, pieces := s, s.restate(nil, p, deletion)
		s, _ = s.edit(p, seq, deletion)
		inserted := utf8.RuneCountInString(e.Insert)
		for _, done := range s.restate(nil, p, insertion) {
			back = append(back, TextEdit{At: done.At, Delete: inserted})
		}
		s, _ = s.edit(p, seq, insertion)
		deleted := 0
		for _, done := range pieces {
			from := done.At + deleted
			deleted += done.Delete
			back = append(back, TextEdit{At: done.At + inserted, Insert: before.Slice(from, from+done.Delete)})
		}
	}
	slices.Reverse(back)
	return slices.Clip(joinEdits(back))
}

// joinEdits makes one edit of such as one makes after the other beside each other, as who types does. It changes the list.
func joinEdits(edits []TextEdit) []TextEdit {
	joined := edits[:0]
	for _, e := range edits {
		if last := len(joined) - 1; last >= 0 {
			if one, ok := joined[last].join(e); ok {
				joined[last] = one
				continue
			}
		}
		joined = append(joined, e)
	}
	return joined
}

// join returns one edit for two of which the other is made after e, when they can be one.
func (e TextEdit) join(other TextEdit) (joined TextEdit, ok bool) {
	switch end := e.At + utf8.RuneCountInString(e.Insert); {
	case other.Delete > 0 && e.Insert != "":
		return e, false // also where other deletes what e has left beside: the insertion keeps to the place between both
	case other.Delete > 0 && other.At <= e.At && e.At <= other.At+other.Delete: // or before and behind what e deletes
		return TextEdit{other.At, e.Delete + other.Delete, other.Insert}, true
	case other.Delete == 0 && other.At == e.At:
		return TextEdit{e.At, e.Delete, other.Insert + e.Insert}, true
	case other.Delete == 0 && other.At == end:
		return TextEdit{e.At, e.Delete, e.Insert + other.Insert}, true
	}
	return e, false
}

// carry returns a transition, whose positions count in an older version of the text, for this one.
func (s Text) carry(t aper.Transition[Text], old Text) (aper.Transition[Text], error) {
	changes := slices.Collect(s.Changes(old))
	if len(changes) == 0 {
		return t, nil
	}
	const author, others = 1, 2
	changed := Text{}
	if old.root != nil {
		changed.root = shrink(old.root.forget(speculative))
	}
	for _, e := range changes { // which the author did not see
		var err error
		if changed, err = changed.edit(perspective{0, others}, 1, e); err != nil {
			return nil, err
		}
	}
	return changed.Reanchor(t, &aper.Meta{Client: author}, 0)
}

// Inverse removes the anchor.
func (t TextAddAnchor) Inverse(before, now Text, m *aper.Meta) (aper.Transition[Text], error) {
	_, id, err := before.WithAnchor(t.At, t.Side, m)
	if err != nil {
		return nil, err
	}
	return now.unanchor(id)
}

// Inverse removes the anchor.
func (t TextRestoreAnchor) Inverse(_, now Text, _ *aper.Meta) (aper.Transition[Text], error) {
	return now.unanchor(t.ID)
}

func (s Text) unanchor(id aper.ID) (aper.Transition[Text], error) {
	if s.anchors.index(id) < 0 {
		return nil, ErrOverwritten
	}
	return TextRemoveAnchor{id}, nil
}

// Inverse puts the anchor back.
func (t TextRemoveAnchor) Inverse(before, now Text, _ *aper.Meta) (aper.Transition[Text], error) {
	i := before.anchors.index(t.ID)
	if i < 0 || now.anchors.index(t.ID) >= 0 {
		return nil, ErrOverwritten
	}
	a := before.anchors[i]
	return now.carry(TextRestoreAnchor{t.ID, a.at, a.side}, before)
}
