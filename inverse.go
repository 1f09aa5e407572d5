package aper

// An invertible transition has an inverse: package data says what that is.
type invertible[S any] interface {
	Inverse(before, now S, m *Meta) (Transition[S], error)
}

// Inverse returns the group of what takes the members back, from the last to the first, each in the state that those leave. It is
// nil when a member has no inverse. Whoever looks for the inverse of a transition finds it by type assertion.
func (a all[S]) Inverse(before, now S, m *Meta) (Transition[S], error) {
	befores, metas := make([]S, len(a)), make([]Meta, len(a))
	for i, t := range a {
		befores[i], metas[i] = before, *m
		var err error
		if before, err = t.Apply(before, m); err != nil {
			return nil, err
		}
	}
	inverses := make(all[S], 0, len(a))
	for i := len(a) - 1; i >= 0; i-- {
		member, ok := a[i].(invertible[S])
		if !ok {
			return nil, nil
		}
		inverse, err := member.Inverse(befores[i], now, &metas[i])
		if inverse == nil || err != nil {
			return nil, err
		}
		m.Seq, m.Base = 0, ^Seq(0) // it is made on top of all that is in now
		if now, err = inverse.Apply(now, m); err != nil {
			return nil, err
		}
		inverses = append(inverses, inverse)
	}
	return inverses, nil
}
