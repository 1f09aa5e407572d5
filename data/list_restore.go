package data

import "github.com/aper-go/aper"

// ListRestore puts an item that was deleted back under the ID that it had, so that it is the same item for everyone: after the
// left one, else before the right one, else at the end. It is what the inverse of a ListDelete is.
type ListRestore[V aper.StateMachine[V]] struct {
	ID, Left, Right aper.ID
	Value           V
}

// ErrRestored is the conflict of restoring an item of a List or an anchor of a Text that is there, or that has no ID.
const ErrRestored = aper.Conflict("it is there already")

// RestoreItem returns the transition that puts an item of a List that was deleted back under the ID that it had: after the left
// of two others, else before the right one, else at the end.
func RestoreItem[V aper.StateMachine[V]](id, left, right aper.ID, v V) aper.Transition[List[V]] {
	return ListRestore[V]{id, left, right, v}
}

// Restore returns the transition that puts an item that was deleted back under the ID that it had: after the left of two
// others, else before the right one, else at the end. Either of the two may be zero, which names nothing. It conflicts with
// ErrRestored when the item is there.
func (List[V]) Restore(id, left, right aper.ID, v V) aper.Transition[List[V]] {
	return ListRestore[V]{id, left, right, v}
}

// Apply returns ErrRestored when the item is there, or the ID names nothing.
func (t ListRestore[V]) Apply(s List[V], _ *aper.Meta) (List[V], error) {
	if _, there := s.index.get(t.ID, compareIDs); there || t.ID.N == 0 {
		return s, aper.In(t.ID.String(), ErrRestored)
	}
	return s.insert(s.between(t.Left, t.Right), t.ID, t.Value), nil
}

// Code encodes or decodes the transition.
func (t ListRestore[V]) Code(c *aper.Coder) ListRestore[V] {
	if c.Variant(13, "Restore", 4) {
		t.ID = t.ID.Code(c.Field("id"))
		t.Left = t.Left.Code(c.Field("left"))
		t.Right = t.Right.Code(c.Field("right"))
		t.Value = t.Value.Code(c.Field("value"))
		c.End()
	}
	return t
}
