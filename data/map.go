package data

import (
	"cmp"
	"slices"

	"github.com/aper-go/aper"
)

// Key is what a Map or a Set can be ordered by. Floating-point numbers are not among it, because replicas must agree which
// keys are equal.
type Key interface {
	~string | ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// A Map holds state machines by key, in the order of the keys. Reading and changing one take O(log n), Len and copying
// O(1).
//
// Transitions at different keys never disturb each other. Of two that put at one key the later one stays; what is done to
// a value that somebody deleted before is the conflict ErrNoKey.
//
// It is encoded as an array of keys and values in turn, and is an object in JSON.
type Map[K Key, V aper.StateMachine[V]] struct{ entries tree[K, V] }

// ErrNoKey is the conflict of a transition that needs a value where there is none.
const ErrNoKey = aper.Conflict("no such key")

// Len returns how many keys there are.
func (s Map[K, V]) Len() int { return s.entries.len() }

// Get returns the value at k, and whether there is one.
func (s Map[K, V]) Get(k K) (V, bool) { return s.entries.get(k, cmp.Compare[K]) }

// All yields keys and values, in order.
func (s Map[K, V]) All() func(yield func(K, V) bool) { return s.entries.all }

// From yields the keys that are not below k with their values, in order.
func (s Map[K, V]) From(k K) func(yield func(K, V) bool) {
	return func(yield func(K, V) bool) { s.entries.from(k, cmp.Compare[K], yield) }
}

// Put returns the transition that puts v at k, whether something is there or not.
func (Map[K, V]) Put(k K, v V) aper.Transition[Map[K, V]] { return MapPut[K, V]{k, v} }

// Delete returns the transition that removes k, which conflicts with ErrNoKey when it is not there.
func (Map[K, V]) Delete(k K) aper.Transition[Map[K, V]] { return MapDelete[K, V]{k} }

// Change returns the transition that applies another to the value at k. It conflicts with ErrNoKey, and where the other
// does.
func (Map[K, V]) Change(k K, do aper.Transition[V]) aper.Transition[Map[K, V]] {
	return MapChange[K, V]{k, do}
}

// Put returns the transition that puts v at k in a Map.
func Put[K Key, V aper.StateMachine[V]](k K, v V) aper.Transition[Map[K, V]] {
	return MapPut[K, V]{k, v}
}

// Delete returns the transition that removes k from a Map.
func Delete[K Key, V aper.StateMachine[V]](k K) aper.Transition[Map[K, V]] { return MapDelete[K, V]{k} }

// Change returns the transition that applies another to the value at k in a Map.
func Change[K Key, V aper.StateMachine[V]](k K, do aper.Transition[V]) aper.Transition[Map[K, V]] {
	return MapChange[K, V]{k, do}
}

// MapPut puts a value at a key.
type MapPut[K Key, V aper.StateMachine[V]] struct {
	Key   K
	Value V
}

// MapDelete removes a key.
type MapDelete[K Key, V aper.StateMachine[V]] struct{ Key K }

// MapChange applies a transition to the value at a key.
type MapChange[K Key, V aper.StateMachine[V]] struct {
	Key K
	Do  aper.Transition[V]
}

// Apply never conflicts.
func (t MapPut[K, V]) Apply(s Map[K, V], _ *aper.Meta) (Map[K, V], error) {
	return Map[K, V]{s.entries.put(t.Key, t.Value, cmp.Compare[K])}, nil
}

// Apply returns ErrNoKey when the key is not there.
func (t MapDelete[K, V]) Apply(s Map[K, V], _ *aper.Meta) (Map[K, V], error) {
	entries, ok := s.entries.delete(t.Key, cmp.Compare[K])
	if !ok {
		return s, aper.In(keyText(t.Key), ErrNoKey)
	}
	return Map[K, V]{entries}, nil
}

// Apply returns ErrNoKey when the key is not there, and the conflict of Do.
func (t MapChange[K, V]) Apply(s Map[K, V], m *aper.Meta) (Map[K, V], error) {
	value, ok := s.Get(t.Key)
	if !ok {
		return s, aper.In(keyText(t.Key), ErrNoKey)
	}
	value, err := t.Do.Apply(value, m)
	if err != nil {
		return s, aper.In(keyText(t.Key), err)
	}
	return Map[K, V]{s.entries.put(t.Key, value, cmp.Compare[K])}, nil
}

// Code encodes or decodes the map.
func (s Map[K, V]) Code(c *aper.Coder) Map[K, V] {
	n := c.Map(s.Len())
	if c.Writing() {
		for k, v := range s.All() {
			aper.CodeValue(c.Key(), k)
			v.Code(c.Value())
		}
		c.End()
		return s
	}
	entries := make([]entry[K, V], 0, min(n, firstAllocation))
	for i := 0; i < n && !c.Failed(); i++ {
		var e entry[K, V]
		e.key = aper.CodeValue(c.Key(), e.key)
		e.value = e.value.Code(c.Value())
		entries = append(entries, e)
	}
	c.End()
	if !inOrder(c, entries) {
		return Map[K, V]{}
	}
	return Map[K, V]{build(entries)}
}

// firstAllocation limits what is allocated because of a decoded count, before the items themselves have been seen.
const firstAllocation = 64

// inOrder reports whether decoded keys are in strict order. Where the order has no meaning, as in JSON, it makes one.
func inOrder[K Key, V any](c *aper.Coder, entries []entry[K, V]) bool {
	byKey := func(a, b entry[K, V]) int { return cmp.Compare(a.key, b.key) }
	if !c.Canonical() {
		slices.SortStableFunc(entries, byKey)
	}
	for i := 1; i < len(entries); i++ {
		switch c1 := byKey(entries[i-1], entries[i]); {
		case c1 == 0:
			c.Fail("a key is there twice")
			return false
		case c1 > 0:
			c.Fail("the keys are not in order")
			return false
		}
	}
	return !c.Failed()
}

// Diff visits the keys that were added or removed, and what changed in the values.
func (s Map[K, V]) Diff(d *aper.Difference, old Map[K, V]) {
	s.entries.diff(old.entries, cmp.Compare[K], func(k K, was, is *V) bool {
		step := keyText(k)
		switch {
		case was == nil:
			d.Enter(step)
			d.Added(func(c *aper.Coder) { (*is).Code(c) })
			d.Leave()
		case is == nil:
			d.Enter(step)
			d.Removed()
			d.Leave()
		default:
			aper.DiffValue(d, step, *was, *is)
		}
		return !d.Stopped()
	})
}

// Code encodes or decodes the transition.
func (t MapPut[K, V]) Code(c *aper.Coder) MapPut[K, V] {
	if c.Variant(1, "Put", 2) {
		t.Key = aper.CodeValue(c.Field("key"), t.Key)
		t.Value = t.Value.Code(c.Field("value"))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t MapDelete[K, V]) Code(c *aper.Coder) MapDelete[K, V] {
	if c.Variant(2, "Delete", 1) {
		t.Key = aper.CodeValue(c.Field("key"), t.Key)
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t MapChange[K, V]) Code(c *aper.Coder) MapChange[K, V] {
	if c.Variant(3, "Change", 2) {
		t.Key = aper.CodeValue(c.Field("key"), t.Key)
		t.Do = aper.CodeTransition(c.Field("do"), t.Do)
		c.End()
	}
	return t
}

var mapTransitions = []string{"Put", "Delete", "Change"}

// CodeTransition encodes or decodes a transition.
func (Map[K, V]) CodeTransition(c *aper.Coder, t aper.Transition[Map[K, V]]) aper.Transition[Map[K, V]] {
	switch c.Choice("data.Map", mapTransitions) {
	case 1:
		return MapPut[K, V]{}.Code(c)
	case 2:
		return MapDelete[K, V]{}.Code(c)
	case 3:
		return MapChange[K, V]{}.Code(c)
	}
	switch t := t.(type) {
	case MapPut[K, V]:
		t.Code(c)
	case MapDelete[K, V]:
		t.Code(c)
	case MapChange[K, V]:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}
