package main

import (
	"go/ast"
	"slices"
)

// derive adds the transitions of the states that are marked //aper:derive, and puts everything into the order of the
// source. A derived transition stands where its field does.
func (m *model) derive() {
	for _, s := range m.states {
		if s.derived {
			for _, f := range s.fields {
				if ast.IsExported(f.name) {
					s.transitions = append(s.transitions, deriveTransition(s, f))
				}
			}
			if len(s.transitions) == 0 {
				m.refuse(s.pos, "%s is marked %s, but has no exported field that could be changed, nor a transition: give it one", s.name, deriveMark)
			}
		}
		slices.SortFunc(s.transitions, func(a, b *transition) int { return m.compare(a.pos, b.pos) })
	}
	slices.SortFunc(m.states, func(a, b *state) int { return m.compare(a.pos, b.pos) })
	slices.SortFunc(m.plain, func(a, b *declared) int { return m.compare(a.pos, b.pos) })
}

// deriveTransition returns the transition CardTitle{To} or CardVotes{Do} of a state Card with the fields Title and
// Votes.
func deriveTransition(s *state, f *field) *transition {
	content := &field{name: "To", called: "To", pos: f.pos, typ: f.typ, kind: f.kind, owned: f.owned}
	if entered(f) {
		content = &field{name: "Do", called: "Do", pos: f.pos, kind: change{f.typ, f.kind.String()}}
	}
	name := s.called + f.called
	return &transition{
		declared: &declared{name: name, called: name, pos: f.pos, parameters: s.parameters, fields: []*field{content}},
		state:    s,
		changes:  f,
	}
}

// entered reports whether a field is changed by the transitions of the machine that it is, and not replaced.
func entered(f *field) bool {
	k, ok := f.kind.(coded)
	return ok && k.machine
}
