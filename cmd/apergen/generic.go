package main

import (
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// A parameter is a value of a plain type parameter: s.First = aper.CodeValue(c.Field("first"), s.First). Values of a
// parameter that has a method Code are coded values like others.
type parameter struct{ name string }

func (k parameter) String() string { return k.name }

// kindOfParameter returns how a value of a type parameter is coded.
func (m *model) kindOfParameter(t *types.TypeParam) kind {
	name := t.Obj().Name()
	if hasCode(t) {
		return coded{typ: t, name: name, machine: m.isMachine(t)}
	}
	return parameter{name}
}

// hasParameters reports whether the type arguments of t are exactly some type parameters, in their order.
func hasParameters(t *types.Named, parameters *types.TypeParamList) bool {
	if t.TypeArgs().Len() != parameters.Len() {
		return false
	}
	for i := range parameters.Len() {
		if t.TypeArgs().At(i) != parameters.At(i) {
			return false
		}
	}
	return true
}

// refuseParameters refuses a transition whose type parameters are not those of its state. Reading begins from the state,
// so nobody could tell which instance of the transition to read.
func (m *model) refuseParameters(transition, state *types.Named, pos token.Pos) {
	origin, name := state.Origin(), transition.Obj().Name()
	if parameters := namesOf(origin.TypeParams()); len(parameters) > 0 {
		list := "[" + strings.Join(parameters, ", ") + "]"
		m.refuse(pos, "%s changes %s, but every transition of the generic state %s has the same type parameters in the same order: "+
			"write func (t %s%s) Apply(s %s%s, m *aper.Meta), or declare a state that is not generic for this one",
			name, m.spelled(state), origin.Obj().Name(), name, list, origin.Obj().Name(), list)
		return
	}
	m.refuse(pos, "%s has a type parameter that its state %s has not, so that a reader could not know which %s it reads: "+
		"remove it, or give the state the same type parameters", name, origin.Obj().Name(), name)
}

// refuseConstraints refuses a transition whose constraints are narrower than those of its state.
func (m *model) refuseConstraints(transition, state *types.Named, pos token.Pos) bool {
	var arguments []types.Type
	for p := range state.TypeParams().TypeParams() {
		arguments = append(arguments, p)
	}
	if len(arguments) == 0 {
		return false
	}
	if _, err := types.Instantiate(nil, transition.Origin(), arguments, true); err != nil {
		m.refuse(pos, "the type parameters of %s have other constraints than those of its state %s, and not every %s could have it: give both the same",
			transition.Obj().Name(), state.Obj().Name(), state.Obj().Name())
		return true
	}
	return false
}

// refuseParameterNames refuses type parameters whose names generated code needs.
func (m *model) refuseParameterNames(d *declared) {
	for p := range d.parameters.TypeParams() {
		name := p.Obj().Name()
		if localNames[name] || name == "aper" || slices.Contains(predeclared(), name) {
			m.refuse(p.Obj().Pos(), "the type parameter %s of %s has a name that generated code uses for something else: give it another name, such as T", name, d.name)
		}
	}
}

// withParameters returns a generic type with its own parameters as arguments, and any other as it is.
func withParameters(t *types.Named) *types.Named {
	var arguments []types.Type
	for p := range t.TypeParams().TypeParams() {
		arguments = append(arguments, p)
	}
	if len(arguments) == 0 {
		return t
	}
	instance, err := types.Instantiate(nil, t, arguments, false)
	if err != nil {
		return t
	}
	return instance.(*types.Named)
}

func namesOf(parameters *types.TypeParamList) []string {
	var names []string
	for p := range parameters.TypeParams() {
		names = append(names, p.Obj().Name())
	}
	return names
}

// instance is the type with its own parameters as arguments, as its methods call it: Pair[A, B].
func (d *declared) instance() string {
	if d.parameters.Len() == 0 {
		return d.name
	}
	return d.name + "[" + strings.Join(namesOf(d.parameters), ", ") + "]"
}

// recorded is how aper.schema calls the type, without spaces: Pair[A,B].
func (d *declared) recorded() string { return strings.ReplaceAll(d.instance(), " ", "") }

func (t *transition) recorded() string {
	return t.called + strings.TrimPrefix(t.declared.recorded(), t.name)
}

// declaration is what stands after the word type: Pair[A comparable, B any].
func (w *writer) declaration(d *declared) string {
	if d.parameters.Len() == 0 {
		return d.name
	}
	var list []string
	for p := range d.parameters.TypeParams() {
		list = append(list, p.Obj().Name()+" "+w.typeName(p.Constraint()))
	}
	return d.name + "[" + strings.Join(list, ", ") + "]"
}
