package data

import "github.com/aper-go/aper"

// A Map holds state machines by key, in the order of the keys. Reading and changing one take O(log n), Len and copying
// O(1).
//
// Transitions at different keys never disturb each other. Of two that put at one key the later one stays; what is done to
// a value that somebody deleted before is the conflict ErrNoKey.
//
// It is encoded as an array of keys and values in turn, the keys in strict order, and is an object in JSON, where the
// members may come in any order and keys that are numbers are strings.
type Map[K Key, V aper.StateMachine[V]] struct{ entries tree[K, V] }

// ErrNoKey is the conflict of a transition that needs a value where there is none.
const ErrNoKey = aper.Conflict("no such key")

// Len returns how many keys there are.
func (s Map[K, V]) Len() int { return s.entries.len() }

// Get returns the value at k, and whether there is one.
func (s Map[K, V]) Get(k K) (V, bool) { return s.entries.get(k, keyOrder[K]()) }

// All yields keys and values, in order.
func (s Map[K, V]) All() func(yield func(K, V) bool) { return s.entries.all }

// From yields the keys that are not below k with their values, in order.
func (s Map[K, V]) From(k K) func(yield func(K, V) bool) {
	return func(yield func(K, V) bool) { s.entries.from(k, keyOrder[K](), yield) }
}

// String returns keys and values, as in {"ann": 1, "bob": 2}. Of many it shows the first.
func (s Map[K, V]) String() string {
	i := 0
	b := appendItems([]byte{'{'}, s.Len(), func(b []byte) []byte {
		k, v := s.entries.at(i)
		i++
		b = append(appendQuoted(b, keyText(k)), ": "...)
		return appendValue(b, v)
	})
	return string(append(b, '}'))
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
	return Map[K, V]{s.entries.put(t.Key, t.Value, keyOrder[K]())}, nil
}

// Apply returns ErrNoKey when the key is not there.
func (t MapDelete[K, V]) Apply(s Map[K, V], _ *aper.Meta) (Map[K, V], error) {
	entries, ok := s.entries.delete(t.Key, keyOrder[K]())
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
	return Map[K, V]{s.entries.put(t.Key, value, keyOrder[K]())}, nil
}

// Code encodes or decodes the map.
func (s Map[K, V]) Code(c *aper.Coder) Map[K, V] {
	n := c.Map(s.Len())
	if c.Writing() {
		for k, v := range s.All() {
			codeKey(c.Key(), k)
			v.Code(c.Value())
		}
		c.End()
		return s
	}
	entries := newLeaves[K, V](n)
	for i := 0; i < n && !c.Failed(); i++ {
		var e entry[K, V]
		e.key = codeKey(c.Key(), e.key)
		e.value = e.value.Code(c.Value())
		entries.add(e.key, e.value)
	}
	c.End()
	return Map[K, V]{entries.tree(c)}
}

// Diff visits the keys that were added or removed, and what changed in the values.
func (s Map[K, V]) Diff(d *aper.Difference, old Map[K, V]) {
	s.entries.diff(old.entries, keyOrder[K](), func(k K, was, is *V) bool {
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
		t.Key = codeKey(c.Field("key"), t.Key)
		t.Value = t.Value.Code(c.Field("value"))
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t MapDelete[K, V]) Code(c *aper.Coder) MapDelete[K, V] {
	if c.Variant(2, "Delete", 1) {
		t.Key = codeKey(c.Field("key"), t.Key)
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t MapChange[K, V]) Code(c *aper.Coder) MapChange[K, V] {
	if c.Variant(3, "Change", 2) {
		t.Key = codeKey(c.Field("key"), t.Key)
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
