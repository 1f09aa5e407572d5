package main

// inverse writes the method by which a derived transition is taken back. What Inverse is, package data says.
func (w *writer) inverse(t *transition) {
	state, field := t.state.instance(), t.changes.name
	const signature = "func (t %s) Inverse(old, s %s, m *aper.Meta) (aper.Transition[%[2]s], error) {"
	if t.fields[0].name != "Do" {
		w.line("// Inverse sets s.%s back, unless somebody has set it since.", field)
		w.line(signature, t.instance(), state)
		w.line("return %s{old.%s}, aper.In(%[2]q, %s.Overwritten(t, s, m))\n}\n", t.instance(), field, w.dataName())
		return
	}
	w.line("// Inverse takes back what Do did to s.%s.", field)
	w.line(signature, t.instance(), state)
	w.line("next, err := %s.Inverse(t.Do, old.%s, s.%[2]s, m)", w.dataName(), field)
	w.line("if next == nil || err != nil {\nreturn nil, aper.In(%q, err)\n}", field)
	w.line("return %s{next}, nil\n}\n", t.instance())
}

// join writes the method by which what two derived transitions do to an anchored machine becomes one transition.
func (w *writer) join(t *transition) {
	state, self := t.state.instance(), t.instance()
	w.line("// Join makes one transition of two that change s.%s, when what they do can be one.", t.changes.name)
	w.line("func (t %s) Join(next aper.Transition[%s]) (aper.Transition[%[2]s], bool) {", self, state)
	w.line("other, ok := next.(%s)", self)
	w.line("if !ok {\nreturn nil, false\n}")
	w.line("do, ok := %s.Join(t.Do, other.Do)", w.dataName())
	w.line("return %s{do}, ok\n}\n", self)
}
