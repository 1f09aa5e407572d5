package main

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
)

const dataPath = aperPath + "/data"

// Anchors say whether transitions of what is in a type mean something relative to the state that their author saw, as those
// of a data.Text do: always, or when those of some type parameters do.
type anchors struct {
	always     bool
	parameters []*types.TypeParam
}

func (a anchors) any() bool { return a.always || len(a.parameters) > 0 }

func (a *anchors) add(p *types.TypeParam) {
	if !slices.Contains(a.parameters, p) {
		a.parameters = append(a.parameters, p)
	}
}

// anchorsOf looks for anchored machines anywhere inside of a type. What is behind pointers is the business of their package,
// which can write Reanchor itself.
func (m *model) anchorsOf(t types.Type) (found anchors) {
	m.findAnchors(t, &found, map[string]bool{}, map[types.Object]int{})
	return found
}

// What limits how deep a generic type is entered that has itself inside, because what does not compile need not end.
const (
	maxNested = 8
	maxSeen   = 100
)

func (m *model) findAnchors(t types.Type, found *anchors, seen map[string]bool, inside map[types.Object]int) {
	t = types.Unalias(t)
	if parameter, ok := t.(*types.TypeParam); ok && m.isMachine(parameter) {
		found.add(parameter)
		return
	}
	if named, ok := t.(*types.Named); ok {
		name := types.TypeString(named, nil)
		if seen[name] || inside[named.Obj()] == maxNested {
			return
		}
		seen[name] = true
		inside[named.Obj()]++
		defer func() { inside[named.Obj()]-- }()
		if reanchors(named) && method(named.Origin(), "Anchors") == nil {
			found.always = true
			return
		}
		for argument := range named.TypeArgs().Types() {
			m.findAnchors(argument, found, seen, inside)
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Array:
		m.findAnchors(u.Elem(), found, seen, inside)
	case *types.Struct:
		for f := range u.Fields() {
			m.findAnchors(f.Type(), found, seen, inside)
		}
	}
}

// reanchors reports whether a state is an engine.Anchored as it stands there.
func reanchors(named *types.Named) bool {
	object, _, _ := types.LookupFieldOrMethod(named, false, nil, "Reanchor")
	f, ok := object.(*types.Func)
	if !ok {
		return false
	}
	parameters, results := f.Signature().Params(), f.Signature().Results()
	if parameters.Len() != 3 || results.Len() != 2 {
		return false
	}
	meta, ok := types.Unalias(parameters.At(1).Type()).(*types.Pointer)
	return ok && isAper(meta.Elem(), "Meta") && isAper(parameters.At(2).Type(), "Seq") &&
		isTransitionOf(parameters.At(0).Type(), named) && isTransitionOf(results.At(0).Type(), named) &&
		types.Identical(results.At(1).Type(), types.Universe.Lookup("error").Type())
}

// isTransitionOf reports whether t is aper.Transition[machine].
func isTransitionOf(t, machine types.Type) bool {
	changed := changedBy(t)
	return changed != nil && types.Identical(changed, machine)
}

// changedBy returns S when t is aper.Transition[S], and else nil.
func changedBy(t types.Type) types.Type {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || !isAper(named, "Transition") || named.TypeArgs().Len() != 1 {
		return nil
	}
	return named.TypeArgs().At(0)
}

// A carrier is a transition of a state with a transition of what is in one field of it.
type carrier struct {
	transition *transition
	content    string // the field of the transition
	target     string // the field of the state; "" where it cannot be told
}

// anchor finds out which states get a method Reanchor, and what it has to know.
func (m *model) anchor() {
	for _, s := range m.states {
		found := m.anchorsOf(s.typ)
		if !found.any() || m.refuseReanchor(s, found) || reanchors(withParameters(s.typ)) {
			continue
		}
		s.anchors = found
		for _, t := range s.transitions {
			if t.changes == nil {
				m.carry(s, t)
			} else if entered(t.changes) && m.anchorsOf(t.changes.typ).any() {
				s.carriers = append(s.carriers, carrier{t, "Do", t.changes.name})
			}
		}
	}
}

// refuseReanchor refuses methods that would collide with those that apergen writes, or look as if they took their place.
func (m *model) refuseReanchor(s *state, found anchors) bool {
	own, counts := method(s.typ, "Reanchor"), method(s.typ, "Anchors")
	switch {
	case own != nil && !reanchors(withParameters(s.typ)):
		m.refuse(own.Pos(), "%s has a method Reanchor that no engine would call: give it the form "+reanchorForm+", or another name",
			s.name, s.instance())
	case own == nil && counts != nil && !found.always:
		m.refuse(counts.Pos(), "%s has a method Anchors, which apergen writes too: give it another name, or write Reanchor by hand, too", s.name)
	default:
		return false
	}
	return true
}

const reanchorForm = "func (s %[2]s) Reanchor(t aper.Transition[%[2]s], m *aper.Meta, to aper.Seq) (aper.Transition[%[2]s], error)"

// carry notes what a hand-written transition carries. It refuses one of which it cannot tell for what that is; where only a type
// parameter may be anchored, that is no more than a transition which is withdrawn when it is too old.
func (m *model) carry(s *state, t *transition) {
	structure := instanceFor(t.typ, s).Underlying().(*types.Struct)
	var found []carrier
	for i := range structure.NumFields() {
		v := structure.Field(i)
		carried := m.carriedBy(v.Type(), map[string]bool{})
		if carried == nil {
			continue
		}
		target := targetOf(withParameters(s.typ), carried)
		if len(found) == 0 && target != "" && changedBy(v.Type()) != nil {
			found = append(found, carrier{t, v.Name(), target})
			continue
		}
		if m.anchorsOf(carried).always {
			m.refuse(t.fields[i].pos, "%s.%s has a transition of %s in it, which means something relative to what its author saw, and apergen cannot tell "+
				"which %[3]s in %[4]s that is for: write "+reanchorOf+", which says it anew by means of data.Reanchor, or let %[1]s carry one of a field "+
				"that is the only %[3]s in %[4]s", t.name, v.Name(), m.spelled(carried), s.instance())
			return
		}
		found = []carrier{{transition: t}}
		break
	}
	s.carriers = append(s.carriers, found...)
}

const reanchorOf = "func (s %[4]s) Reanchor(t aper.Transition[%[4]s], m *aper.Meta, to aper.Seq) (aper.Transition[%[4]s], error)"

// instanceFor returns a transition with the type parameters of its state.
func instanceFor(t *types.Named, s *state) types.Type {
	var arguments []types.Type
	for p := range s.typ.TypeParams().TypeParams() {
		arguments = append(arguments, p)
	}
	if len(arguments) == 0 {
		return t
	}
	instance, err := types.Instantiate(nil, t, arguments, false)
	if err != nil {
		return t
	}
	return instance
}

// carriedBy returns the anchored machine of which a transition is in a type, and nil when there is none.
func (m *model) carriedBy(t types.Type, seen map[string]bool) types.Type {
	if machine := changedBy(t); machine != nil {
		if m.anchorsOf(machine).any() {
			return machine
		}
		return nil
	}
	name := types.TypeString(t, nil)
	if seen[name] {
		return nil
	}
	seen[name] = true
	switch u := t.Underlying().(type) {
	case *types.Array:
		return m.carriedBy(u.Elem(), seen)
	case *types.Struct:
		for f := range u.Fields() {
			if machine := m.carriedBy(f.Type(), seen); machine != nil {
				return machine
			}
		}
	}
	return nil
}

// targetOf returns the field of a state that is the only one of a machine anywhere in it, and "" when there is none.
func targetOf(s *types.Named, machine types.Type) (target string) {
	structure, ok := s.Underlying().(*types.Struct)
	if !ok {
		return ""
	}
	places, seen := 0, map[string]bool{}
	for f := range structure.Fields() {
		places += placesOf(f.Type(), machine, seen)
		if types.Identical(f.Type(), machine) {
			target = f.Name()
		}
	}
	if places != 1 {
		return ""
	}
	return target
}

// placesOf counts where a machine is in a type, in other types once for each of them: there is more than one place then anyway.
func placesOf(t, machine types.Type, seen map[string]bool) (places int) {
	t = types.Unalias(t)
	if types.Identical(t, machine) {
		return 1
	}
	if named, ok := t.(*types.Named); ok {
		name := types.TypeString(named, nil)
		if seen[name] || len(seen) > maxSeen {
			return 0
		}
		seen[name] = true
		for argument := range named.TypeArgs().Types() {
			places += placesOf(argument, machine, seen)
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Array:
		places += placesOf(u.Elem(), machine, seen)
	case *types.Struct:
		for f := range u.Fields() {
			places += placesOf(f.Type(), machine, seen)
		}
	}
	return places
}

// reanchor writes the method by which a state says a transition anew, as engine.Anchored has it.
func (w *writer) reanchor(s *state) {
	if !s.anchors.any() {
		return
	}
	self := s.instance()
	if !s.anchors.always {
		w.line("// Anchors reports whether transitions of what %s holds mean something relative to what their author saw.", article(s.name))
		var each []string
		for _, p := range s.anchors.parameters {
			each = append(each, fmt.Sprintf("%s.Anchors[%s]()", w.dataName(), p.Obj().Name()))
		}
		w.line("func (%s) Anchors() bool { return %s }\n", self, strings.Join(each, " || "))
	}
	w.line("// Reanchor says a transition anew on another base, if it is about what has its own Reanchor.")
	w.line("func (s %s) Reanchor(t aper.Transition[%s], m *aper.Meta, to aper.Seq) (aper.Transition[%s], error) {", self, self, self)
	if len(s.carriers) > 0 {
		if slices.ContainsFunc(s.carriers, func(c carrier) bool { return c.target != "" }) {
			w.line("var err error")
		}
		w.line("switch t := t.(type) {")
		for _, c := range s.carriers {
			w.line("case %s:", w.transitionOf(s, c.transition))
			if c.target == "" {
				w.line("return t, %s.ErrStale", w.dataName())
				continue
			}
			w.line("t.%s, err = %s.Reanchor(s.%s, t.%[1]s, m, to)", c.content, w.dataName(), c.target)
			w.line("return t, aper.In(%q, err)", c.target)
		}
		w.line("}")
	}
	w.line("return t, nil\n}\n")
}

// dataName returns the name of package data in the file.
func (w *writer) dataName() string { return w.packageName(types.NewPackage(dataPath, "data")) }
