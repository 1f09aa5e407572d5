package data

import "github.com/aper-go/aper"

// A Set holds keys, in order. Asking, adding and removing take O(log n), Len and copying O(1).
//
// Its transitions say what is to hold afterwards, so they never conflict: two people who add a key at once agree, and so
// do two who remove it. Of an addition and a removal of one key the later one counts. Where it matters who was first, as
// when each key is a seat that one person takes, write a transition that asks Has.
//
// It is encoded as an array of its keys in strict order, and is an array in JSON, where the keys may come in any order.
type Set[K Key] struct{ keys tree[K, struct{}] }

// NewSet returns a set of keys, in whatever order they are given.
func NewSet[K Key](keys ...K) Set[K] {
	var s Set[K]
	for _, k := range keys {
		s = s.With(k)
	}
	return s
}

// Len returns how many keys there are.
func (s Set[K]) Len() int { return s.keys.len() }

// Has reports whether k is in the set.
func (s Set[K]) Has(k K) bool {
	_, ok := s.keys.get(k, keyOrder[K]())
	return ok
}

// All yields the keys, in order.
func (s Set[K]) All() func(yield func(K) bool) {
	return func(yield func(K) bool) {
		s.keys.all(func(k K, _ struct{}) bool { return yield(k) })
	}
}

// From yields the keys that are not below k, in order.
func (s Set[K]) From(k K) func(yield func(K) bool) {
	return func(yield func(K) bool) {
		s.keys.from(k, keyOrder[K](), func(k K, _ struct{}) bool { return yield(k) })
	}
}

// With returns a set that has k. It is for rules, as Map.With is.
func (s Set[K]) With(k K) Set[K] {
	if s.Has(k) {
		return s
	}
	return Set[K]{s.keys.put(k, struct{}{}, keyOrder[K]())}
}

// Without returns a set that does not have k.
func (s Set[K]) Without(k K) Set[K] {
	keys, _ := s.keys.delete(k, keyOrder[K]())
	return Set[K]{keys}
}

// String returns the keys, as in ["ann", "bob"]. Of many it shows the first.
func (s Set[K]) String() string {
	i := 0
	b := appendItems([]byte{'['}, s.Len(), func(b []byte) []byte {
		k, _ := s.keys.at(i)
		i++
		return appendValue(b, k)
	})
	return string(append(b, ']'))
}

// Add returns the transition after which k is in the set.
func (Set[K]) Add(k K) aper.Transition[Set[K]] { return SetAdd[K]{k} }

// Remove returns the transition after which k is not in the set.
func (Set[K]) Remove(k K) aper.Transition[Set[K]] { return SetRemove[K]{k} }

// Add returns the transition after which k is in a Set.
func Add[K Key](k K) aper.Transition[Set[K]] { return SetAdd[K]{k} }

// Remove returns the transition after which k is not in a Set.
func Remove[K Key](k K) aper.Transition[Set[K]] { return SetRemove[K]{k} }

// SetAdd adds a key, unless it is there.
type SetAdd[K Key] struct{ Key K }

// SetRemove removes a key, if it is there.
type SetRemove[K Key] struct{ Key K }

// Apply never conflicts.
func (t SetAdd[K]) Apply(s Set[K], _ *aper.Meta) (Set[K], error) { return s.With(t.Key), nil }

// Apply never conflicts.
func (t SetRemove[K]) Apply(s Set[K], _ *aper.Meta) (Set[K], error) {
	return s.Without(t.Key), nil
}

// Code encodes or decodes the set.
func (s Set[K]) Code(c *aper.Coder) Set[K] {
	n := c.List(s.Len())
	if c.Writing() {
		for k := range s.All() {
			codeKey(c.Item(), k)
		}
		c.End()
		return s
	}
	entries := newLeaves[K, struct{}](n)
	for i := 0; i < n && !c.Failed(); i++ {
		var none K
		entries.add(codeKey(c.Item(), none), struct{}{})
	}
	c.End()
	return Set[K]{entries.tree(c)}
}

// Diff visits the keys that were added or removed, each at the index where it stands, or stood, among those of s.
func (s Set[K]) Diff(d *aper.Difference, old Set[K]) {
	s.keys.diff(old.keys, keyOrder[K](), func(k K, was, is *struct{}) bool {
		if was != nil && is != nil {
			return true
		}
		// The keys come in order, so all before this one are those of s already.
		d.Enter(decimal(uint64(s.keys.rank(k, keyOrder[K]()))))
		if is == nil {
			d.Removed()
		} else {
			d.Added(func(c *aper.Coder) { codeKey(c, k) })
		}
		d.Leave()
		return !d.Stopped()
	})
}

// Code encodes or decodes the transition.
func (t SetAdd[K]) Code(c *aper.Coder) SetAdd[K] {
	if c.Variant(1, "Add", 1) {
		t.Key = codeKey(c.Field("key"), t.Key)
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t SetRemove[K]) Code(c *aper.Coder) SetRemove[K] {
	if c.Variant(2, "Remove", 1) {
		t.Key = codeKey(c.Field("key"), t.Key)
		c.End()
	}
	return t
}

var setTransitions = []string{"Add", "Remove"}

// CodeTransition encodes or decodes a transition.
func (Set[K]) CodeTransition(c *aper.Coder, t aper.Transition[Set[K]]) aper.Transition[Set[K]] {
	switch c.Choice("data.Set", setTransitions) {
	case 1:
		return SetAdd[K]{}.Code(c)
	case 2:
		return SetRemove[K]{}.Code(c)
	}
	switch t := t.(type) {
	case SetAdd[K]:
		t.Code(c)
	case SetRemove[K]:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}
