package main

import (
	"go/types"
)

const aperPath = "github.com/aper-go/aper"

// find looks for states and transitions.
func (m *model) find() {
	for _, named := range m.types() {
		if code := method(named, "CodeTransition"); code != nil && method(named, "Code") == nil {
			m.refuse(code.Pos(), "%s has a method CodeTransition, which apergen writes too: remove it, or write Code by hand too, "+
				"so that apergen leaves %s and its transitions alone", named.Obj().Name(), named.Obj().Name())
		}
		if m.marks.derive[named.Obj().Pos()] {
			m.findDerived(named)
		}
		if apply := method(named, "Apply"); apply != nil && m.looksLikeRule(apply) {
			m.findTransition(named, apply)
		}
	}
	for _, s := range m.states {
		if t := m.transitionOf(s.typ); t != nil {
			m.refuse(s.pos, "%s is a state and also a transition of %s, and its method Code cannot do both: declare two types", s.name, t.state.name)
		}
		m.known.machines[s.typ.Obj()] = true
		m.known.coded[s.typ.Obj()] = true
	}
}

func (m *model) findDerived(named *types.Named) {
	m.addState(named).derived = true
}

// addState returns the state that is the type named, which may have been found before.
func (m *model) addState(named *types.Named) *state {
	if s := m.stateOf(named); s != nil {
		return s
	}
	s := &state{declared: m.newDeclared(named)}
	s.version = m.readVersion(s)
	m.states = append(m.states, s)
	return s
}

func (m *model) newDeclared(named *types.Named) *declared {
	name, pos := named.Obj().Name(), named.Obj().Pos()
	return &declared{name: name, called: m.called(name, pos), pos: pos, typ: named, parameters: named.TypeParams()}
}

// findTransition adds the transition whose rule is apply, unless there is something wrong with it.
func (m *model) findTransition(named *types.Named, apply *types.Func) {
	name, pos := named.Obj().Name(), apply.Pos()
	parameters := apply.Signature().Params()
	if parameters.Len() > 0 && m.isWrittenByHand(parameters.At(0).Type()) {
		return
	}
	if !m.isRule(apply) {
		return
	}
	changed := types.Unalias(parameters.At(0).Type())
	stateType, _ := changed.(*types.Named)
	switch {
	case isTypeParameter(changed):
		m.refuse(pos, "%s.Apply changes its type parameter %s, but a transition belongs to one state: name the state, and hold what varies in a field of it",
			name, m.spelled(changed))
	case isPointer(changed):
		m.refuse(pos, "%s.Apply takes a pointer to the state, so that all its versions would be one: take and return it by value", name)
	case stateType == nil || stateType.Obj().Pkg() == nil:
		m.refuse(pos, "%s.Apply changes %s, which has no place for the methods of a state: declare a type for it in this package", name, m.spelled(changed))
	case !m.isLocal(stateType):
		m.refuse(pos, "%s.Apply changes %s, a state of another package, and only that package can declare its transitions: "+
			"move %s there, or give a state of this package a field of type %s and change that", name, m.spelled(changed), name, m.spelled(changed))
	case !hasParameters(stateType, apply.Signature().RecvTypeParams()):
		m.refuseParameters(named, stateType, pos)
	case !isStruct(named):
		m.refuse(named.Obj().Pos(), "the transition %s is %s: declare it as a struct, with a field for each part",
			name, describeType(named.Underlying()))
	default:
		if m.refuseConstraints(named, stateType.Origin(), pos) {
			return
		}
		s := m.addState(stateType.Origin())
		s.transitions = append(s.transitions, &transition{declared: m.newDeclared(named), state: s})
	}
}

// looksLikeRule reports whether a method was meant as the rule of a transition: it has to do with aper.Meta, or might
// if it compiled.
func (m *model) looksLikeRule(apply *types.Func) bool {
	parameters, results := apply.Signature().Params(), apply.Signature().Results()
	broken := false
	for _, tuple := range []*types.Tuple{parameters, results} {
		for v := range tuple.Variables() {
			t := v.Type()
			if pointer, ok := t.(*types.Pointer); ok {
				t = pointer.Elem()
			}
			if isAper(t, "Meta") {
				return true
			}
			broken = broken || t == types.Typ[types.Invalid]
		}
	}
	return broken && parameters.Len() == 2 && results.Len() == 2
}

// isRule refuses an Apply that is not quite that of a transition.
func (m *model) isRule(apply *types.Func) bool {
	signature := apply.Signature()
	name := receiverName(signature)
	for _, tuple := range []*types.Tuple{signature.Params(), signature.Results()} {
		for v := range tuple.Variables() {
			if v.Type() == types.Typ[types.Invalid] {
				m.refuse(apply.Pos(), "%s.Apply does not compile: %s", name, m.typeErrorOn(apply.Pos()))
				return false
			}
		}
	}
	if isPointer(signature.Recv().Type()) {
		m.refuse(apply.Pos(), "%s.Apply has a pointer receiver, but transitions travel as values: write func (t %s) Apply", name, name)
		return false
	}
	if !hasRuleShape(signature) {
		m.refuse(apply.Pos(), "%s.Apply is not the rule of a transition: write func (t %s) Apply(s S, m *aper.Meta) (S, error), where S is the type of the state", name, name)
		return false
	}
	return true
}

// hasRuleShape reports whether a signature is func(s S, m *aper.Meta) (S, error).
func hasRuleShape(signature *types.Signature) bool {
	parameters, results := signature.Params(), signature.Results()
	if parameters.Len() != 2 || results.Len() != 2 || signature.Variadic() {
		return false
	}
	meta, ok := types.Unalias(parameters.At(1).Type()).(*types.Pointer)
	return ok && isAper(meta.Elem(), "Meta") &&
		types.Identical(parameters.At(0).Type(), results.At(0).Type()) &&
		types.Identical(results.At(1).Type(), types.Universe.Lookup("error").Type())
}

// isWrittenByHand reports whether t is a state of this package whose author wrote CodeTransition. Apergen leaves such a
// machine alone.
func (m *model) isWrittenByHand(t types.Type) bool {
	if pointer, ok := types.Unalias(t).(*types.Pointer); ok {
		t = pointer.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && m.isLocal(named) && method(named.Origin(), "CodeTransition") != nil
}

// method returns the method that is declared for the type itself, or nil.
func method(named *types.Named, name string) *types.Func {
	for f := range named.Methods() {
		if f.Name() == name {
			return f
		}
	}
	return nil
}

func receiverName(signature *types.Signature) string {
	t := signature.Recv().Type()
	if pointer, ok := t.(*types.Pointer); ok {
		t = pointer.Elem()
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj().Name()
	}
	return t.String()
}

// isAper reports whether t is the type of that name in package aper.
func isAper(t types.Type, name string) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == aperPath && named.Obj().Name() == name
}

func isPointer(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.Pointer)
	return ok
}

func isTypeParameter(t types.Type) bool {
	_, ok := t.(*types.TypeParam)
	return ok
}

func isStruct(t types.Type) bool {
	_, ok := t.Underlying().(*types.Struct)
	return ok
}
