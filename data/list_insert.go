package data

import "github.com/aper-go/aper"

// ListAppend inserts an item at the end.
type ListAppend[V aper.StateMachine[V]] struct{ Value V }

// ListPrepend inserts an item at the beginning.
type ListPrepend[V aper.StateMachine[V]] struct{ Value V }

// ListInsertAfter inserts an item immediately after another.
type ListInsertAfter[V aper.StateMachine[V]] struct {
	Anchor aper.ID
	Value  V
}

// ListInsertBefore inserts an item immediately before another.
type ListInsertBefore[V aper.StateMachine[V]] struct {
	Anchor aper.ID
	Value  V
}

// ListInsertBetween inserts an item after the left one, else before the right one, else at the end.
type ListInsertBetween[V aper.StateMachine[V]] struct {
	Left, Right aper.ID
	Value       V
}

// Append returns the transition that inserts v at the end of a List.
func Append[V aper.StateMachine[V]](v V) aper.Transition[List[V]] { return ListAppend[V]{v} }

// Prepend returns the transition that inserts v at the beginning of a List.
func Prepend[V aper.StateMachine[V]](v V) aper.Transition[List[V]] { return ListPrepend[V]{v} }

// InsertAfter returns the transition that inserts v immediately after an item of a List.
func InsertAfter[V aper.StateMachine[V]](anchor aper.ID, v V) aper.Transition[List[V]] {
	return ListInsertAfter[V]{anchor, v}
}

// InsertBefore returns the transition that inserts v immediately before an item of a List.
func InsertBefore[V aper.StateMachine[V]](anchor aper.ID, v V) aper.Transition[List[V]] {
	return ListInsertBefore[V]{anchor, v}
}

// InsertBetween returns the transition that inserts v after the left of two items of a List, else before the right one,
// else at the end.
func InsertBetween[V aper.StateMachine[V]](left, right aper.ID, v V) aper.Transition[List[V]] {
	return ListInsertBetween[V]{left, right, v}
}

// Append returns the transition that inserts v at the end.
func (List[V]) Append(v V) aper.Transition[List[V]] { return ListAppend[V]{v} }

// Prepend returns the transition that inserts v at the beginning.
func (List[V]) Prepend(v V) aper.Transition[List[V]] { return ListPrepend[V]{v} }

// InsertAfter returns the transition that inserts v immediately after an item. It conflicts with ErrNoItem when that is
// gone.
func (List[V]) InsertAfter(anchor aper.ID, v V) aper.Transition[List[V]] {
	return ListInsertAfter[V]{anchor, v}
}

// InsertBefore returns the transition that inserts v immediately before an item. It conflicts with ErrNoItem when that is
// gone.
func (List[V]) InsertBefore(anchor aper.ID, v V) aper.Transition[List[V]] {
	return ListInsertBefore[V]{anchor, v}
}

// InsertBetween returns the transition that inserts v after the left of two items, else before the right one, else at the
// end. Either ID may be zero, which names nothing.
func (List[V]) InsertBetween(left, right aper.ID, v V) aper.Transition[List[V]] {
	return ListInsertBetween[V]{left, right, v}
}

// Apply never conflicts.
func (t ListAppend[V]) Apply(s List[V], m *aper.Meta) (List[V], error) {
	return s.insert(s.Len(), s.newID(m), t.Value), nil
}

// Apply never conflicts.
func (t ListPrepend[V]) Apply(s List[V], m *aper.Meta) (List[V], error) {
	return s.insert(0, s.newID(m), t.Value), nil
}

// Apply returns ErrNoItem when the anchor is gone.
func (t ListInsertAfter[V]) Apply(s List[V], m *aper.Meta) (List[V], error) {
	i, ok := s.Index(t.Anchor)
	if !ok {
		return s, noItem(t.Anchor)
	}
	return s.insert(i+1, s.newID(m), t.Value), nil
}

// Apply returns ErrNoItem when the anchor is gone.
func (t ListInsertBefore[V]) Apply(s List[V], m *aper.Meta) (List[V], error) {
	i, ok := s.Index(t.Anchor)
	if !ok {
		return s, noItem(t.Anchor)
	}
	return s.insert(i, s.newID(m), t.Value), nil
}

// Apply never conflicts.
func (t ListInsertBetween[V]) Apply(s List[V], m *aper.Meta) (List[V], error) {
	return s.insert(s.between(t.Left, t.Right), s.newID(m), t.Value), nil
}

// between returns the index after the left item, else that of the right one, else the end.
func (s List[V]) between(left, right aper.ID) int {
	if i, ok := s.Index(left); ok {
		return i + 1
	}
	if i, ok := s.Index(right); ok {
		return i
	}
	return s.Len()
}

// newID returns a new ID. A list that came from another room may have it already; then it is the next.
func (s List[V]) newID(m *aper.Meta) aper.ID {
	for {
		id := m.NewID()
		if _, taken := s.index.get(id, compareIDs); !taken {
			return id
		}
	}
}
