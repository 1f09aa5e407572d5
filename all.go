package aper

// All is one transition made of several: they apply in order, all of them or none. It has one ClientSeq and one outcome,
// and its conflict is that of the first that conflicts.
func All[S any](transitions ...Transition[S]) Transition[S] {
	return append(all[S](nil), transitions...) // a copy: the caller may use its slice for something else
}

type all[S any] []Transition[S]

func (a all[S]) Apply(s S, m *Meta) (S, error) {
	next := s
	for _, t := range a {
		var err error
		if next, err = t.Apply(next, m); err != nil {
			return s, err
		}
	}
	return next, nil
}

// Members returns the transitions in the group. An engine that has to look at each of them finds it by type assertion.
func (a all[S]) Members() []Transition[S] { return append([]Transition[S](nil), a...) }

// Reanchor returns the group with each member as the state that those before it lead to says it anew. The state is an
// engine.Anchored; what engines and machines that hold others find by type assertion, before they ask it about a transition.
func (a all[S]) Reanchor(s S, m *Meta, to Seq) (Transition[S], error) {
	again, running := make(all[S], 0, len(a)), *m
	for _, t := range a {
		meta := running
		said, err := reanchor(s, t, &meta, to)
		if err != nil {
			return nil, err
		}
		again = append(again, said)
		if s, err = t.Apply(s, &running); err != nil {
			return nil, err
		}
	}
	return again, nil
}

func reanchor[S any](s S, t Transition[S], m *Meta, to Seq) (Transition[S], error) {
	if group, ok := t.(all[S]); ok {
		return group.Reanchor(s, m, to)
	}
	return any(s).(interface {
		Reanchor(t Transition[S], m *Meta, to Seq) (Transition[S], error)
	}).Reanchor(t, m, to)
}

// allNumber is the variant number that every machine reserves for All; its name in JSON is "All".
const allNumber = 0

// CodeTransition encodes t, or decodes and returns a transition of S, as c says. Generated code calls it for transitions
// within transitions.
func CodeTransition[S StateMachine[S]](c *Coder, t Transition[S]) Transition[S] {
	var machine S
	switch {
	case c.mode == describe:
		describeTransitions(c, machine)
		return t
	case c.reading():
		if !c.openTransition() {
			return nil
		}
		if c.variant == allNumber {
			t = codeAll[S](c, nil)
		} else {
			t = machine.CodeTransition(c, nil)
		}
		if t == nil {
			c.Fail("the generated code does not fit its table of names; run go generate")
		}
		if c.Failed() {
			return nil
		}
		return t
	}
	if group, ok := t.(all[S]); ok {
		return codeAll(c, group)
	}
	return machine.CodeTransition(c, t)
}

func codeAll[S StateMachine[S]](c *Coder, group all[S]) Transition[S] {
	if !c.Variant(allNumber, "All", 1) {
		return nil
	}
	n := c.Field("transitions").List(len(group))
	for i := 0; i < n && !c.Failed(); i++ {
		if c.reading() {
			group = append(group, CodeTransition[S](c.Item(), nil))
		} else {
			CodeTransition(c.Item(), group[i])
		}
	}
	c.End()
	c.End()
	return group
}
