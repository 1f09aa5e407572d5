package data

// With returns a map that has v at k. It is for rules: a transition changes as many places as it likes, in one step.
func (s Map[K, V]) With(k K, v V) Map[K, V] {
	return Map[K, V]{s.entries.put(k, v, keyOrder[K]())}
}

// Without returns a map that does not have k.
func (s Map[K, V]) Without(k K) Map[K, V] {
	entries, _ := s.entries.delete(k, keyOrder[K]())
	return Map[K, V]{entries}
}
