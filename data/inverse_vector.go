package data

import "github.com/aper-go/aper"

// maxAppended limits how many values the inverse of a VectorTruncate appends. A room accepts no transition that is much larger.
const maxAppended = 1 << 16

// Inverse sets the value back.
func (t VectorSet[T]) Inverse(before, now Vector[T], m *aper.Meta) (aper.Transition[Vector[T]], error) {
	was, ok := before.At(t.Index)
	if !ok {
		return nil, ErrOverwritten
	}
	return VectorSet[T]{t.Index, was}, aper.In(indexText(t.Index), Overwritten(t, now, m))
}

// Inverse takes the value away, unless others have appended since: what is in the middle cannot go.
func (t VectorAppend[T]) Inverse(before, now Vector[T], m *aper.Meta) (aper.Transition[Vector[T]], error) {
	if now.length != before.length+1 {
		return nil, aper.In(indexText(before.length), ErrOverwritten)
	}
	err := Overwritten(VectorSet[T]{before.length, t.Value}, now, m)
	return VectorTruncate[T]{before.length}, aper.In(indexText(before.length), err)
}

// Inverse appends what was there, unless others have appended since. There is none for more than 65,536 values.
func (t VectorTruncate[T]) Inverse(before, now Vector[T], _ *aper.Meta) (aper.Transition[Vector[T]], error) {
	switch {
	case before.length-t.Len > maxAppended:
		return nil, nil
	case now.length != t.Len:
		return nil, aper.In(indexText(t.Len), ErrOverwritten)
	}
	var appends []aper.Transition[Vector[T]]
	for i := t.Len; i < before.length; i++ {
		was, _ := before.At(i)
		appends = append(appends, VectorAppend[T]{was})
	}
	return aper.All(appends...), nil
}
