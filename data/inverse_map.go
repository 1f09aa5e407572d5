package data

import "github.com/aper-go/aper"

// Inverse puts back what was there before, or removes the key when nothing was.
func (t MapPut[K, V]) Inverse(before, now Map[K, V], m *aper.Meta) (aper.Transition[Map[K, V]], error) {
	err := aper.In(keyText(t.Key), Overwritten(t, now, m))
	if was, ok := before.Get(t.Key); ok {
		return MapPut[K, V]{t.Key, was}, err
	}
	return MapDelete[K, V]{t.Key}, err
}

// Inverse puts back what was there before, unless something is there.
func (t MapDelete[K, V]) Inverse(before, now Map[K, V], _ *aper.Meta) (aper.Transition[Map[K, V]], error) {
	was, ok := before.Get(t.Key)
	if _, there := now.Get(t.Key); there || !ok {
		return nil, aper.In(keyText(t.Key), ErrOverwritten)
	}
	return MapPut[K, V]{t.Key, was}, nil
}

// Inverse takes back what was done to the value.
func (t MapChange[K, V]) Inverse(before, now Map[K, V], m *aper.Meta) (aper.Transition[Map[K, V]], error) {
	was, ok := before.Get(t.Key)
	is, there := now.Get(t.Key)
	if !ok || !there {
		return nil, aper.In(keyText(t.Key), ErrOverwritten)
	}
	do, err := Inverse(t.Do, was, is, m)
	if do == nil || err != nil {
		return nil, aper.In(keyText(t.Key), err)
	}
	return MapChange[K, V]{t.Key, do}, nil
}
