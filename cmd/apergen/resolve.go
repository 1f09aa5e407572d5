package main

import (
	"go/token"
	"go/types"
)

// resolve finds out how everything is coded, from the states and the transitions down to the plain types that only
// their fields know.
func (m *model) resolve() {
	for _, s := range m.states {
		m.look(s.declared, s.name)
	}
	for _, s := range m.states {
		for _, t := range s.transitions {
			m.look(t.declared, t.name)
		}
	}
}

// A place is where a type stands: at a field, or at the declaration of what is not a struct.
type place struct {
	pos  token.Pos
	path string // from a state or a transition inwards: "Board.Cards.Owner"
}

// look resolves the fields of a type that is reached by path. It looks at each type once.
func (m *model) look(d *declared, path string) {
	if m.reached[d.typ.Obj()] {
		return
	}
	m.reached[d.typ.Obj()] = true
	m.known.coded[d.typ.Obj()] = true
	m.refuseMethods(d)
	m.refuseParameterNames(d)
	if hasTextForm(d.typ) && m.stateOf(d.typ) == nil && m.transitionOf(d.typ) == nil {
		d.value = m.kindOfText(withParameters(d.typ), place{d.pos, path})
		return
	}
	structure, ok := d.typ.Underlying().(*types.Struct)
	if !ok {
		if !m.refuseEndless(d) {
			d.value = m.kindOfUnnamed(d.typ.Underlying(), withParameters(d.typ), place{d.pos, path})
		}
		return
	}
	names := map[string]string{}
	for v := range structure.Fields() {
		f := &field{name: v.Name(), called: m.called(v.Name(), v.Pos()), pos: v.Pos(), typ: v.Type(), owned: m.marks.owned[v.Pos()]}
		at := place{v.Pos(), path + "." + v.Name()}
		if !m.refuseField(d, v, f.inJSON(), at, names) {
			f.kind = m.kindOfField(f, at)
		}
		d.fields = append(d.fields, f)
	}
}

func (m *model) kindOfField(f *field, at place) kind {
	if !f.owned {
		return m.kindOf(f.typ, at)
	}
	if !hasCode(f.typ) {
		m.refuse(at.pos, "%s is marked //aper:owned, so apergen calls the method Code of its type, but %s has none: "+
			"declare a type of this package for it, with a method Code(c *aper.Coder) that returns that type", at.path, m.spelled(f.typ))
		return nil
	}
	return coded{typ: f.typ, name: "owned " + m.recorded(f.typ)}
}

// kindOf returns how a value of type t is coded, or nil after refusing it. It goes on to the types of this package that
// t consists of.
func (m *model) kindOf(t types.Type, at place) kind {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		return m.kindOfNamed(t, at)
	case *types.TypeParam:
		return m.kindOfParameter(t)
	default:
		return m.kindOfUnnamed(t, nil, at)
	}
}

// kindOfUnnamed returns how the values of t are coded, when t itself has no methods. They are of the type named, if that
// is not nil.
func (m *model) kindOfUnnamed(t types.Type, named *types.Named, at place) kind {
	switch t := t.(type) {
	case *types.Basic:
		if coding, ok := codings[t.Kind()]; ok {
			return m.newScalar(coding, named)
		}
	case *types.Array:
		if t.Len() > 0 {
			if item := m.kindOf(t.Elem(), at); item != nil {
				return array{t.Len(), item}
			}
			return nil
		}
	}
	if named != nil {
		m.refuseType(named, at)
	} else {
		m.refuseType(t, at)
	}
	return nil
}

func (m *model) newScalar(how coding, named *types.Named) scalar {
	if named == nil {
		return scalar{coding: how, name: how.encoding}
	}
	name := m.recorded(named)
	if !m.isLocal(named) {
		m.foreign[name] = how.encoding
	}
	return scalar{how, named, name}
}

func (m *model) kindOfNamed(t *types.Named, at place) kind {
	switch {
	case isAper(t, "Transition"):
		return m.kindOfChange(t.TypeArgs().At(0), at)
	case m.isLocal(t):
		return m.kindOfLocal(t, at)
	case m.isTransition(t):
		m.refuseConcreteTransition(t, at)
		return nil
	case m.isCoded(t):
		if !m.lookAtArguments(t, at) {
			return nil
		}
		return coded{typ: t, name: m.recorded(t), machine: m.isMachine(t)}
	case hasTextForm(t):
		if m.refuseHidden(t, at) {
			return nil
		}
		return m.kindOfText(t, at)
	}
	switch t.Underlying().(type) {
	case *types.Basic, *types.Array:
		if !m.refuseHidden(t, at) {
			return m.kindOfUnnamed(t.Underlying(), t, at)
		}
	default:
		m.refuseType(t, at)
	}
	return nil
}

// kindOfLocal returns how a value of a type of this package is coded, which is to get a method Code for that.
func (m *model) kindOfLocal(t *types.Named, at place) kind {
	name := m.recorded(t)
	switch {
	case m.transitionOf(t) != nil:
		m.refuseConcreteTransition(t, at)
		return nil
	case !m.lookAtArguments(t, at):
		return nil
	case m.isWrittenByHand(t) || m.stateOf(t) != nil:
		return coded{typ: t, name: name, machine: true}
	}
	basic, isBasic := t.Underlying().(*types.Basic)
	_, isArray := t.Underlying().(*types.Array)
	isText := hasTextForm(t)
	if !isBasic && !isArray && !isStruct(t) {
		m.refuseType(t, at)
		return nil
	}
	if !m.reached[t.Obj()] {
		d := m.newDeclared(t.Origin())
		m.plain = append(m.plain, d)
		m.look(d, at.path)
	}
	if isBasic && !isText {
		return m.kindOfUnnamed(basic, t, at)
	}
	return coded{typ: t, name: name}
}

func (m *model) kindOfChange(machine types.Type, at place) kind {
	if m.kindOf(machine, at) == nil {
		return nil
	}
	if !m.isMachine(machine) {
		m.refuse(at.pos, "%s is a transition of %s, which is not a state machine: mark it %s, or declare a transition for it",
			at.path, m.spelled(machine), deriveMark)
		return nil
	}
	return change{machine, m.recorded(machine)}
}

// lookAtArguments goes on to the type arguments of a container, whose values it holds.
func (m *model) lookAtArguments(t *types.Named, at place) bool {
	ok := true
	for i := range t.TypeArgs().Len() {
		argument := t.TypeArgs().At(i)
		if m.refuseArgument(t, i, at) {
			ok = false
			continue
		}
		inside := place{at.pos, at.path + "[" + t.Origin().TypeParams().At(i).Obj().Name() + "]"}
		k := m.kindOf(argument, inside)
		if k == nil || m.refuseUncoded(t, k, argument, at) || m.refusePlainItem(t, i, at) {
			ok = false
		}
	}
	return ok
}

// isTransition reports whether a type of another package is a transition.
func (m *model) isTransition(t *types.Named) bool {
	apply := method(t.Origin(), "Apply")
	return apply != nil && hasRuleShape(apply.Signature())
}
