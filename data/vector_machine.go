package data

import "github.com/aper-go/aper"

// SetAt returns the transition that sets the value at index i, which conflicts with ErrRange when there is none.
func (Vector[T]) SetAt(i int, to T) aper.Transition[Vector[T]] { return VectorSet[T]{i, to} }

// AppendValue returns the transition that adds v at the end.
func (Vector[T]) AppendValue(v T) aper.Transition[Vector[T]] { return VectorAppend[T]{v} }

// Truncate returns the transition that leaves the first n values, which conflicts with ErrRange when there are not as many.
func (Vector[T]) Truncate(n int) aper.Transition[Vector[T]] { return VectorTruncate[T]{n} }

// SetAt returns the transition that sets the value at index i of a Vector.
func SetAt[T any](i int, to T) aper.Transition[Vector[T]] { return VectorSet[T]{i, to} }

// AppendValue returns the transition that adds v at the end of a Vector.
func AppendValue[T any](v T) aper.Transition[Vector[T]] { return VectorAppend[T]{v} }

// Truncate returns the transition that leaves the first n values of a Vector.
func Truncate[T any](n int) aper.Transition[Vector[T]] { return VectorTruncate[T]{n} }

// VectorSet sets the value at an index.
type VectorSet[T any] struct {
	Index int
	To    T
}

// VectorAppend adds a value at the end.
type VectorAppend[T any] struct{ Value T }

// VectorTruncate leaves the first values.
type VectorTruncate[T any] struct{ Len int }

// Apply returns ErrRange when there is no such index.
func (t VectorSet[T]) Apply(s Vector[T], _ *aper.Meta) (Vector[T], error) {
	if !s.has(t.Index) {
		return s, aper.In(indexText(t.Index), ErrRange)
	}
	return s.With(t.Index, t.To), nil
}

// Apply never conflicts.
func (t VectorAppend[T]) Apply(s Vector[T], _ *aper.Meta) (Vector[T], error) {
	return s.WithAppended(t.Value), nil
}

// Apply returns ErrRange when there are not as many values.
func (t VectorTruncate[T]) Apply(s Vector[T], _ *aper.Meta) (Vector[T], error) {
	if t.Len < 0 || t.Len > s.length {
		return s, aper.In(indexText(t.Len), ErrRange)
	}
	return s.First(t.Len), nil
}

// Code encodes or decodes the vector.
func (s Vector[T]) Code(c *aper.Coder) Vector[T] {
	n := c.List(s.length)
	if c.Writing() {
		s.root.all(func(v T) bool { aper.CodeValue(c.Item(), v); return !c.Failed() })
	} else {
		s = s.decodeMore(c, n)
	}
	c.End()
	return s
}

// decodeMore appends n items of a list, and allocates as it goes.
func (s Vector[T]) decodeMore(c *aper.Coder, n int) Vector[T] {
	var part []T
	for i := 0; i < n && !c.Failed(); i++ {
		var none T
		if part = append(part, aper.CodeValue(c.Item(), none)); (s.length+len(part))%blockSize == 0 {
			s = s.append(part)
			part = part[:0]
		}
	}
	if c.Failed() {
		return Vector[T]{}
	}
	return s.WithAppended(part...)
}

// Diff visits the values that were replaced, then those that were removed, from the last, or added.
func (s Vector[T]) Diff(d *aper.Difference, old Vector[T]) {
	s.differ(old, func(i int, was, is T) bool {
		aper.DiffValue(d, indexText(i), was, is)
		return !d.Stopped()
	})
	for i := old.length - 1; i >= s.length && !d.Stopped(); i-- {
		d.Enter(indexText(i))
		d.Removed()
		d.Leave()
	}
	for i := old.length; i < s.length && !d.Stopped(); i++ {
		d.Enter(indexText(i))
		v, _ := s.At(i)
		d.Added(func(c *aper.Coder) { aper.CodeValue(c, v) })
		d.Leave()
	}
}

// Code encodes or decodes the transition.
func (t VectorSet[T]) Code(c *aper.Coder) VectorSet[T] {
	if c.Variant(1, "Set", 2) {
		t.Index = c.Field("index").Int(t.Index)
		t.To = aper.CodeValue(c.Field("to"), t.To)
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t VectorAppend[T]) Code(c *aper.Coder) VectorAppend[T] {
	if c.Variant(2, "Append", 1) {
		t.Value = aper.CodeValue(c.Field("value"), t.Value)
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t VectorTruncate[T]) Code(c *aper.Coder) VectorTruncate[T] {
	if c.Variant(3, "Truncate", 1) {
		t.Len = c.Field("len").Int(t.Len)
		c.End()
	}
	return t
}

var vectorTransitions = []string{"Set", "Append", "Truncate"}

// CodeTransition encodes or decodes a transition.
func (Vector[T]) CodeTransition(c *aper.Coder, t aper.Transition[Vector[T]]) aper.Transition[Vector[T]] {
	switch c.Choice("data.Vector", vectorTransitions) {
	case 1:
		return VectorSet[T]{}.Code(c)
	case 2:
		return VectorAppend[T]{}.Code(c)
	case 3:
		return VectorTruncate[T]{}.Code(c)
	}
	switch t := t.(type) {
	case VectorSet[T]:
		t.Code(c)
	case VectorAppend[T]:
		t.Code(c)
	case VectorTruncate[T]:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}
