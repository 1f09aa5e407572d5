package data

import "github.com/aper-go/aper"

// Inverse deletes the item, unless its value was changed.
func (t ListAppend[V]) Inverse(before, now List[V], m *aper.Meta) (aper.Transition[List[V]], error) {
	return now.uninsert(before.newID(m), t.Value)
}

// Inverse deletes the item, unless its value was changed.
func (t ListPrepend[V]) Inverse(before, now List[V], m *aper.Meta) (aper.Transition[List[V]], error) {
	return now.uninsert(before.newID(m), t.Value)
}

// Inverse deletes the item, unless its value was changed.
func (t ListInsertAfter[V]) Inverse(before, now List[V], m *aper.Meta) (aper.Transition[List[V]], error) {
	return now.uninsert(before.newID(m), t.Value)
}

// Inverse deletes the item, unless its value was changed.
func (t ListInsertBefore[V]) Inverse(before, now List[V], m *aper.Meta) (aper.Transition[List[V]], error) {
	return now.uninsert(before.newID(m), t.Value)
}

// Inverse deletes the item, unless its value was changed.
func (t ListInsertBetween[V]) Inverse(before, now List[V], m *aper.Meta) (aper.Transition[List[V]], error) {
	return now.uninsert(before.newID(m), t.Value)
}

// Inverse deletes the item, unless its value was changed.
func (t ListRestore[V]) Inverse(_, now List[V], _ *aper.Meta) (aper.Transition[List[V]], error) {
	return now.uninsert(t.ID, t.Value)
}

// uninsert returns the transition that deletes an item which still has the value that it was inserted with. Where it stands now
// does not matter.
func (s List[V]) uninsert(id aper.ID, value V) (aper.Transition[List[V]], error) {
	if is, ok := s.Get(id); !ok || !same(is, value) {
		return nil, aper.In(id.String(), ErrOverwritten)
	}
	return ListDelete[V]{id}, nil
}

// Inverse puts the item back between the nearest of its old neighbours that are there.
func (t ListDelete[V]) Inverse(before, now List[V], _ *aper.Meta) (aper.Transition[List[V]], error) {
	value, ok := before.Get(t.ID)
	if _, there := now.Get(t.ID); there || !ok {
		return nil, aper.In(t.ID.String(), ErrOverwritten)
	}
	left, right := before.around(t.ID, now)
	return ListRestore[V]{t.ID, left, right, value}, nil
}

// Inverse takes back what was done to the value.
func (t ListChange[V]) Inverse(before, now List[V], m *aper.Meta) (aper.Transition[List[V]], error) {
	was, ok := before.Get(t.ID)
	is, there := now.Get(t.ID)
	if !ok || !there {
		return nil, aper.In(t.ID.String(), ErrOverwritten)
	}
	do, err := Inverse(t.Do, was, is, m)
	if do == nil || err != nil {
		return nil, aper.In(t.ID.String(), err)
	}
	return ListChange[V]{t.ID, do}, nil
}

// Inverse moves the item back between the nearest of its old neighbours that are there, unless it was moved again.
func (t ListMoveFirst[V]) Inverse(before, now List[V], m *aper.Meta) (aper.Transition[List[V]], error) {
	return unmove(t, t.ID, before, now, m)
}

// Inverse moves the item back between the nearest of its old neighbours that are there, unless it was moved again.
func (t ListMoveLast[V]) Inverse(before, now List[V], m *aper.Meta) (aper.Transition[List[V]], error) {
	return unmove(t, t.ID, before, now, m)
}

// Inverse moves the item back between the nearest of its old neighbours that are there, unless it was moved again.
func (t ListMoveAfter[V]) Inverse(before, now List[V], m *aper.Meta) (aper.Transition[List[V]], error) {
	return unmove(t, t.ID, before, now, m)
}

// Inverse moves the item back between the nearest of its old neighbours that are there, unless it was moved again.
func (t ListMoveBefore[V]) Inverse(before, now List[V], m *aper.Meta) (aper.Transition[List[V]], error) {
	return unmove(t, t.ID, before, now, m)
}

// Inverse moves the item back between the nearest of its old neighbours that are there, unless it was moved again.
func (t ListMoveBetween[V]) Inverse(before, now List[V], m *aper.Meta) (aper.Transition[List[V]], error) {
	return unmove(t, t.ID, before, now, m)
}

// unmove returns the transition that takes back a move. Whether the item was moved again is seen by whether it still stands
// between the two where t put it, as far as those are there.
func unmove[V aper.StateMachine[V]](t aper.Transition[List[V]], id aper.ID, before, now List[V], m *aper.Meta) (aper.Transition[List[V]], error) {
	after, err := t.Apply(before, m)
	if err != nil {
		return nil, err
	}
	oldLeft, oldRight := before.around(id, before)
	newLeft, newRight := after.around(id, after)
	switch {
	case oldLeft == newLeft && oldRight == newRight:
		return nothing[List[V]]()
	case !now.isBetween(id, newLeft, newRight):
		return nil, aper.In(id.String(), ErrOverwritten)
	}
	left, right := before.around(id, now)
	return ListMoveBetween[V]{id, left, right}, nil
}

// around returns the nearest items before and after one that are in another list, too. The zero ID stands for the ends.
func (s List[V]) around(id aper.ID, other List[V]) (left, right aper.ID) {
	at, _ := s.Index(id)
	for i := at - 1; i >= 0 && left.N == 0; i-- {
		left = s.shared(i, other)
	}
	for i := at + 1; i < s.Len() && right.N == 0; i++ {
		right = s.shared(i, other)
	}
	return left, right
}

// shared returns the item at an index if it is in another list, too, and else the zero ID.
func (s List[V]) shared(i int, other List[V]) (id aper.ID) {
	id, _ = s.At(i)
	if _, there := other.index.get(id, compareIDs); !there {
		return aper.ID{}
	}
	return id
}

// isBetween reports whether an item is there, and behind left and before right if these are there.
func (s List[V]) isBetween(id, left, right aper.ID) bool {
	at, ok := s.Index(id)
	if i, there := s.Index(left); there {
		ok = ok && i < at
	}
	if i, there := s.Index(right); there {
		ok = ok && at < i
	}
	return ok
}
