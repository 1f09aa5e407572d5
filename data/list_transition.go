package data

import "github.com/aper-go/aper"

var listTransitions = []string{
	"Append", "Prepend", "InsertAfter", "InsertBefore", "InsertBetween", "Delete", "Change",
	"MoveFirst", "MoveLast", "MoveAfter", "MoveBefore", "MoveBetween", "Restore",
}

// CodeTransition encodes or decodes a transition.
func (List[V]) CodeTransition(c *aper.Coder, t aper.Transition[List[V]]) aper.Transition[List[V]] {
	switch c.Choice("data.List", listTransitions) {
	case 1:
		return ListAppend[V]{}.Code(c)
	case 2:
		return ListPrepend[V]{}.Code(c)
	case 3:
		return ListInsertAfter[V]{}.Code(c)
	case 4:
		return ListInsertBefore[V]{}.Code(c)
	case 5:
		return ListInsertBetween[V]{}.Code(c)
	case 6:
		return ListDelete[V]{}.Code(c)
	case 7:
		return ListChange[V]{}.Code(c)
	case 8:
		return ListMoveFirst[V]{}.Code(c)
	case 9:
		return ListMoveLast[V]{}.Code(c)
	case 10:
		return ListMoveAfter[V]{}.Code(c)
	case 11:
		return ListMoveBefore[V]{}.Code(c)
	case 12:
		return ListMoveBetween[V]{}.Code(c)
	case 13:
		return ListRestore[V]{}.Code(c)
	}
	writeListTransition(c, t)
	return t
}

func writeListTransition[V aper.StateMachine[V]](c *aper.Coder, t aper.Transition[List[V]]) {
	switch t := t.(type) {
	case ListAppend[V]:
		t.Code(c)
	case ListPrepend[V]:
		t.Code(c)
	case ListInsertAfter[V]:
		t.Code(c)
	case ListInsertBefore[V]:
		t.Code(c)
	case ListInsertBetween[V]:
		t.Code(c)
	case ListDelete[V]:
		t.Code(c)
	case ListChange[V]:
		t.Code(c)
	case ListMoveFirst[V]:
		t.Code(c)
	case ListMoveLast[V]:
		t.Code(c)
	case ListMoveAfter[V]:
		t.Code(c)
	case ListMoveBefore[V]:
		t.Code(c)
	case ListMoveBetween[V]:
		t.Code(c)
	case ListRestore[V]:
		t.Code(c)
	default:
		c.Unknown()
	}
}

// Code encodes or decodes the transition.
func (t ListAppend[V]) Code(c *aper.Coder) ListAppend[V] {
	if c.Variant(1, "Append", 1) {
		t.Value = t.Value.Code(c.Field("value"))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t ListPrepend[V]) Code(c *aper.Coder) ListPrepend[V] {
	if c.Variant(2, "Prepend", 1) {
		t.Value = t.Value.Code(c.Field("value"))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t ListInsertAfter[V]) Code(c *aper.Coder) ListInsertAfter[V] {
	if c.Variant(3, "InsertAfter", 2) {
		t.Anchor = t.Anchor.Code(c.Field("anchor"))
		t.Value = t.Value.Code(c.Field("value"))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t ListInsertBefore[V]) Code(c *aper.Coder) ListInsertBefore[V] {
	if c.Variant(4, "InsertBefore", 2) {
		t.Anchor = t.Anchor.Code(c.Field("anchor"))
		t.Value = t.Value.Code(c.Field("value"))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t ListInsertBetween[V]) Code(c *aper.Coder) ListInsertBetween[V] {
	if c.Variant(5, "InsertBetween", 3) {
		t.Left = t.Left.Code(c.Field("left"))
		t.Right = t.Right.Code(c.Field("right"))
		t.Value = t.Value.Code(c.Field("value"))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t ListDelete[V]) Code(c *aper.Coder) ListDelete[V] {
	if c.Variant(6, "Delete", 1) {
		t.ID = t.ID.Code(c.Field("id"))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t ListChange[V]) Code(c *aper.Coder) ListChange[V] {
	if c.Variant(7, "Change", 2) {
		t.ID = t.ID.Code(c.Field("id"))
		t.Do = aper.CodeTransition(c.Field("do"), t.Do)
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t ListMoveFirst[V]) Code(c *aper.Coder) ListMoveFirst[V] {
	if c.Variant(8, "MoveFirst", 1) {
		t.ID = t.ID.Code(c.Field("id"))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t ListMoveLast[V]) Code(c *aper.Coder) ListMoveLast[V] {
	if c.Variant(9, "MoveLast", 1) {
		t.ID = t.ID.Code(c.Field("id"))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t ListMoveAfter[V]) Code(c *aper.Coder) ListMoveAfter[V] {
	if c.Variant(10, "MoveAfter", 2) {
		t.ID = t.ID.Code(c.Field("id"))
		t.Anchor = t.Anchor.Code(c.Field("anchor"))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t ListMoveBefore[V]) Code(c *aper.Coder) ListMoveBefore[V] {
	if c.Variant(11, "MoveBefore", 2) {
		t.ID = t.ID.Code(c.Field("id"))
		t.Anchor = t.Anchor.Code(c.Field("anchor"))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t ListMoveBetween[V]) Code(c *aper.Coder) ListMoveBetween[V] {
	if c.Variant(12, "MoveBetween", 3) {
		t.ID = t.ID.Code(c.Field("id"))
		t.Left = t.Left.Code(c.Field("left"))
		t.Right = t.Right.Code(c.Field("right"))
		c.End()
	}
	return t
}
