package data

import (
	"cmp"

	"github.com/aper-go/aper"
)

// ListDelete removes an item.
type ListDelete[V aper.StateMachine[V]] struct{ ID aper.ID }

// ListChange applies a transition to the value of an item.
type ListChange[V aper.StateMachine[V]] struct {
	ID aper.ID
	Do aper.Transition[V]
}

// DeleteItem returns the transition that removes an item from a List.
func DeleteItem[V aper.StateMachine[V]](id aper.ID) aper.Transition[List[V]] {
	return ListDelete[V]{id}
}

// ChangeItem returns the transition that applies another to the value of an item of a List.
func ChangeItem[V aper.StateMachine[V]](id aper.ID, do aper.Transition[V]) aper.Transition[List[V]] {
	return ListChange[V]{id, do}
}

// Delete returns the transition that removes an item, which conflicts with ErrNoItem when it is gone.
func (List[V]) Delete(id aper.ID) aper.Transition[List[V]] { return ListDelete[V]{id} }

// Change returns the transition that applies another to the value of an item. It conflicts with ErrNoItem when the item
// is gone, and where the other does.
func (List[V]) Change(id aper.ID, do aper.Transition[V]) aper.Transition[List[V]] {
	return ListChange[V]{id, do}
}

// Apply returns ErrNoItem when the item is gone.
func (t ListDelete[V]) Apply(s List[V], _ *aper.Meta) (List[V], error) {
	at, ok := s.index.get(t.ID, compareIDs)
	if !ok {
		return s, noItem(t.ID)
	}
	s.order, _ = s.order.delete(at, cmp.Compare[label])
	s.index, _ = s.index.delete(t.ID, compareIDs)
	return s, nil
}

// Apply returns ErrNoItem when the item is gone, and the conflict of Do.
func (t ListChange[V]) Apply(s List[V], m *aper.Meta) (List[V], error) {
	at, ok := s.index.get(t.ID, compareIDs)
	if !ok {
		return s, noItem(t.ID)
	}
	found, _ := s.order.get(at, cmp.Compare[label])
	value, err := t.Do.Apply(found.value, m)
	if err != nil {
		return s, aper.In(t.ID.String(), err)
	}
	s.order = s.order.put(at, item[V]{t.ID, value}, cmp.Compare[label])
	return s, nil
}
