package data

import "github.com/aper-go/aper"

// Inverse sets the value back.
func (t AtomSet[T]) Inverse(before, now Atom[T], m *aper.Meta) (aper.Transition[Atom[T]], error) {
	return SetAtom(before.value), Overwritten(t, now, m)
}

// Inverse takes the number away, whatever others have counted since.
func (t CounterAdd) Inverse(_, _ Counter, _ *aper.Meta) (aper.Transition[Counter], error) {
	return CounterSubtract(t), nil
}

// Inverse adds the number, whatever others have counted since.
func (t CounterSubtract) Inverse(_, _ Counter, _ *aper.Meta) (aper.Transition[Counter], error) {
	return CounterAdd(t), nil
}

// Inverse sets the number back, unless others have counted since.
func (t CounterSet) Inverse(before, now Counter, m *aper.Meta) (aper.Transition[Counter], error) {
	return CounterSet{before.value}, Overwritten(t, now, m)
}

// Inverse removes the key, if it was not there before.
func (t SetAdd[K]) Inverse(before, now Set[K], m *aper.Meta) (aper.Transition[Set[K]], error) {
	if before.Has(t.Key) {
		return nothing[Set[K]]()
	}
	return SetRemove[K](t), aper.In(keyText(t.Key), Overwritten(t, now, m))
}

// Inverse adds the key, if it was there before.
func (t SetRemove[K]) Inverse(before, now Set[K], m *aper.Meta) (aper.Transition[Set[K]], error) {
	if !before.Has(t.Key) {
		return nothing[Set[K]]()
	}
	return SetAdd[K](t), aper.In(keyText(t.Key), Overwritten(t, now, m))
}

// Inverse sets the cell back.
func (t GridSet[T]) Inverse(before, now Grid[T], m *aper.Meta) (aper.Transition[Grid[T]], error) {
	was, ok := before.At(t.X, t.Y)
	if !ok {
		return nil, ErrOverwritten
	}
	return GridSet[T]{t.X, t.Y, was}, aper.In(indexText(t.Y)+"."+indexText(t.X), Overwritten(t, now, m))
}
