package data

import (
	"cmp"

	"github.com/aper-go/aper"
)

// ListMoveFirst moves an item to the beginning.
type ListMoveFirst[V aper.StateMachine[V]] struct{ ID aper.ID }

// ListMoveLast moves an item to the end.
type ListMoveLast[V aper.StateMachine[V]] struct{ ID aper.ID }

// ListMoveAfter moves an item to immediately after another.
type ListMoveAfter[V aper.StateMachine[V]] struct{ ID, Anchor aper.ID }

// ListMoveBefore moves an item to immediately before another.
type ListMoveBefore[V aper.StateMachine[V]] struct{ ID, Anchor aper.ID }

// ListMoveBetween moves an item to after the left one, else before the right one, else to the end.
type ListMoveBetween[V aper.StateMachine[V]] struct{ ID, Left, Right aper.ID }

// MoveFirst returns the transition that moves an item to the beginning of a List.
func MoveFirst[V aper.StateMachine[V]](id aper.ID) aper.Transition[List[V]] {
	return ListMoveFirst[V]{id}
}

// MoveLast returns the transition that moves an item to the end of a List.
func MoveLast[V aper.StateMachine[V]](id aper.ID) aper.Transition[List[V]] {
	return ListMoveLast[V]{id}
}

// MoveAfter returns the transition that moves an item of a List to immediately after another.
func MoveAfter[V aper.StateMachine[V]](id, anchor aper.ID) aper.Transition[List[V]] {
	return ListMoveAfter[V]{id, anchor}
}

// MoveBefore returns the transition that moves an item of a List to immediately before another.
func MoveBefore[V aper.StateMachine[V]](id, anchor aper.ID) aper.Transition[List[V]] {
	return ListMoveBefore[V]{id, anchor}
}

// MoveBetween returns the transition that moves an item of a List to after the left of two others, else before the right
// one, else to the end.
func MoveBetween[V aper.StateMachine[V]](id, left, right aper.ID) aper.Transition[List[V]] {
	return ListMoveBetween[V]{id, left, right}
}

// MoveFirst returns the transition that moves an item to the beginning. All moves conflict with ErrNoItem when the item
// is gone.
func (List[V]) MoveFirst(id aper.ID) aper.Transition[List[V]] { return ListMoveFirst[V]{id} }

// MoveLast returns the transition that moves an item to the end.
func (List[V]) MoveLast(id aper.ID) aper.Transition[List[V]] { return ListMoveLast[V]{id} }

// MoveAfter returns the transition that moves an item to immediately after another. It conflicts with ErrNoItem when
// either is gone.
func (List[V]) MoveAfter(id, anchor aper.ID) aper.Transition[List[V]] {
	return ListMoveAfter[V]{id, anchor}
}

// MoveBefore returns the transition that moves an item to immediately before another. It conflicts with ErrNoItem when
// either is gone.
func (List[V]) MoveBefore(id, anchor aper.ID) aper.Transition[List[V]] {
	return ListMoveBefore[V]{id, anchor}
}

// MoveBetween returns the transition that moves an item to after the left of two others, else before the right one, else
// to the end. Either of the two may be zero, which names nothing.
func (List[V]) MoveBetween(id, left, right aper.ID) aper.Transition[List[V]] {
	return ListMoveBetween[V]{id, left, right}
}

// Apply returns ErrNoItem when the item is gone.
func (t ListMoveFirst[V]) Apply(s List[V], _ *aper.Meta) (List[V], error) {
	return s.move(t.ID, 0)
}

// Apply returns ErrNoItem when the item is gone.
func (t ListMoveLast[V]) Apply(s List[V], _ *aper.Meta) (List[V], error) {
	return s.move(t.ID, s.Len())
}

// Apply returns ErrNoItem when the item or the anchor is gone.
func (t ListMoveAfter[V]) Apply(s List[V], _ *aper.Meta) (List[V], error) {
	i, ok := s.Index(t.Anchor)
	if !ok {
		return s, noItem(t.Anchor)
	}
	return s.move(t.ID, i+1)
}

// Apply returns ErrNoItem when the item or the anchor is gone.
func (t ListMoveBefore[V]) Apply(s List[V], _ *aper.Meta) (List[V], error) {
	i, ok := s.Index(t.Anchor)
	if !ok {
		return s, noItem(t.Anchor)
	}
	return s.move(t.ID, i)
}

// Apply returns ErrNoItem when the item is gone.
func (t ListMoveBetween[V]) Apply(s List[V], _ *aper.Meta) (List[V], error) {
	if i, ok := s.Index(t.ID); ok && (t.ID == t.Left || t.ID == t.Right) {
		return s.move(t.ID, i)
	}
	return s.move(t.ID, s.between(t.Left, t.Right))
}

// move returns a list in which the item stands before the one that has index to in s.
func (s List[V]) move(id aper.ID, to int) (List[V], error) {
	at, ok := s.index.get(id, compareIDs)
	if !ok {
		return s, noItem(id)
	}
	from := s.order.rank(at, cmp.Compare[label])
	if to == from || to == from+1 {
		return s, nil
	}
	if to > from {
		to-- // the item itself no longer stands before that place
	}
	_, moved := s.order.at(from)
	s.order, _ = s.order.delete(at, cmp.Compare[label])
	return s.insert(to, id, moved.value), nil
}
