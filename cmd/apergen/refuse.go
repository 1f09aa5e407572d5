package main

import (
	"fmt"
	"go/token"
	"go/types"
	"strings"
)

// shared is why values that refer to other values are refused.
const shared = "every version of the state would share it, so that a change of one changes all"

// reasons says, for each type that cannot be in a state, why, and what to use instead.
func reasons(t types.Type) (why, instead string) {
	if isNamed(t, "time", "Time") {
		return "it has a pointer and a monotonic reading inside, which do not travel", "use aper.Time, milliseconds, as Meta.Time is"
	}
	switch u := t.Underlying().(type) {
	case *types.Slice:
		instead = "use data.List, data.Vector, data.Grid or an array" + orOwned
		if b, ok := u.Elem().Underlying().(*types.Basic); ok && b.Kind() == types.Uint8 {
			instead = "use a string, data.Vector or an array" + orOwned
		}
		return shared, instead
	case *types.Map:
		return shared, "use data.Map or data.Set" + orOwned
	case *types.Pointer:
		return shared, "hold the value itself, or the aper.ID or key under which it is found" + orOwned
	case *types.Signature, *types.Chan:
		return "it lives in one process and cannot travel", "keep it outside of the state"
	case *types.Interface:
		return "what it holds may be shared between versions of the state, and a reader could not know its type",
			"use a struct with one field for each case, or aper.Transition[S] for a transition of a machine S"
	case *types.Struct:
		return "apergen writes methods for the types of this package only", "declare a type with these fields in this package; or, if that package has state machines, run apergen there first"
	case *types.Array:
		return "nothing can be in it", "remove it, or give it a length"
	case *types.Basic:
		if u.Info()&types.IsComplex != 0 {
			return "it has no encoding", "use two fields, float64 or float32"
		}
		return "it is an address, which means nothing elsewhere", "use an integer of another type, such as uint64"
	}
	return "it has no encoding", "use a struct, an array, a number or a string"
}

const orOwned = ", or mark the field //aper:owned if every Apply copies it"

// refuseType refuses the type of the value at a place.
func (m *model) refuseType(t types.Type, at place) {
	if t.Underlying() == types.Typ[types.Invalid] {
		m.refuse(at.pos, "%s does not compile: %s", at.path, m.typeErrorOn(at.pos))
		return
	}
	what := describeType(t.Underlying())
	if _, ok := types.Unalias(t).(*types.Named); ok && m.spelled(t) != at.path {
		what = m.spelled(t) + ", " + what
	}
	if _, ok := t.Underlying().(*types.Struct); ok {
		what = m.describeStruct(t)
	}
	why, instead := reasons(t)
	m.refuse(at.pos, "%s is %s: %s; %s", at.path, what, why, instead)
}

func (m *model) describeStruct(t types.Type) string {
	if isNamed(t, "time", "Time") {
		return "a time.Time"
	}
	if _, ok := types.Unalias(t).(*types.Named); ok {
		return m.spelled(t) + ", a struct of another package without a method Code"
	}
	return "a struct without a name"
}

// describeType says in words what a type is.
func describeType(t types.Type) string {
	switch t := t.(type) {
	case *types.Slice:
		return "a slice"
	case *types.Map:
		return "a map"
	case *types.Pointer:
		return "a pointer"
	case *types.Signature:
		return "a func"
	case *types.Chan:
		return "a channel"
	case *types.Interface:
		return "an interface"
	case *types.Array:
		if t.Len() == 0 {
			return "an array of length 0"
		}
		return "an array"
	case *types.Basic:
		return article(t.String())
	}
	return t.String()
}

func (m *model) refuseConcreteTransition(t *types.Named, at place) {
	machine := t.Origin()
	state := method(machine, "Apply").Signature().Params().At(0).Type()
	m.refuse(at.pos, "%s is the transition %s, which cannot be told apart from others without its number: give the field the type aper.Transition[%s]",
		at.path, m.spelled(t), m.spelled(state))
}

// refuseHidden refuses a type of another package that generated code cannot name.
func (m *model) refuseHidden(t *types.Named, at place) bool {
	if t.Obj().Exported() {
		return false
	}
	m.refuse(at.pos, "%s is %s, a name that only its package can use: declare a type of this package for it", at.path, m.spelled(t))
	return true
}

func constraintOf(container *types.Named, i int) *types.Interface {
	return container.Origin().TypeParams().At(i).Constraint().Underlying().(*types.Interface)
}

// refuseArgument refuses type argument i of a container when its constraint says so. Constraints that ask for methods are
// looked at later, because the methods may be about to be written.
func (m *model) refuseArgument(container *types.Named, i int, at place) bool {
	constraint, argument := constraintOf(container, i), container.TypeArgs().At(i)
	if constraint.NumMethods() > 0 || argument.Underlying() == types.Typ[types.Invalid] ||
		types.Satisfies(argument, constraint) {
		return false
	}
	name := container.Origin().Obj().Name()
	if basic, ok := argument.Underlying().(*types.Basic); ok && basic.Info()&types.IsFloat != 0 {
		m.refuse(at.pos, "%s is %s with keys of type %s, but floating-point numbers that look equal need not be: "+
			"use an integer that counts the smallest step, or a string", at.path, article(name), m.spelled(argument))
		return true
	}
	m.refuse(at.pos, "%s is %s of %s, which does not satisfy %s: use a type that does",
		at.path, article(name), m.spelled(argument), m.spelled(container.Origin().TypeParams().At(i).Constraint()))
	return true
}

// refuseUncoded refuses a type argument that can be a field, but has no method Code by which a container could code it.
func (m *model) refuseUncoded(container *types.Named, k kind, argument types.Type, at place) bool {
	switch k := k.(type) {
	case coded, parameter:
		return false
	case scalar:
		if k.named == nil || m.isLocal(k.named) {
			return false
		}
	}
	instead := "declare a type of this package over it"
	switch k.(type) {
	case text:
		instead = "declare a struct of this package that embeds it"
	case change:
		instead = "declare a struct of this package with a field for it"
	}
	m.refuse(at.pos, "%s is %s of %s, which has no method Code for the container to call: %s, and use that, so that apergen can write one",
		at.path, article(container.Origin().Obj().Name()), m.spelled(argument), instead)
	return true
}

// refusePlainItem refuses type argument i of a container that holds state machines if it is only a plain type.
func (m *model) refusePlainItem(container *types.Named, i int, at place) bool {
	constraint := constraintOf(container, i)
	object, _, _ := types.LookupFieldOrMethod(constraint, false, nil, "CodeTransition")
	item := container.TypeArgs().At(i)
	if object == nil || m.isMachine(item) {
		return false
	}
	m.refuse(at.pos, "%s is %s of %s, but such a container holds state machines, and %s is none: mark it %s, declare a transition for it, or put it into a data.Atom",
		at.path, article(container.Origin().Obj().Name()), m.spelled(item), m.spelled(item), deriveMark)
	return true
}

// refuseField refuses what is wrong with a field besides its type. It collects the names that fields have in JSON.
func (m *model) refuseField(d *declared, v *types.Var, inJSON string, at place, names map[string]string) bool {
	switch {
	case v.Embedded():
		m.refuse(at.pos, "%s is embedded, and its methods would become those of %s: give the field a name", at.path, d.name)
	case v.Name() == "_":
		m.refuse(at.pos, "%s has a field without a name, which cannot be coded: name it or remove it", strings.TrimSuffix(at.path, "._"))
	case v.Name() == "Code" || v.Name() == "Diff" && m.transitionOf(d.typ) == nil || m.stateOf(d.typ) != nil && m.isWritten(d.typ, v.Name()):
		m.refuse(at.pos, "%s has the name of a method that apergen writes for %s: give the field another name", at.path, d.name)
	case names[inJSON] != "":
		m.refuse(at.pos, "%s and %s are both %q in JSON: give one of them another name%s", at.path, names[inJSON], inJSON, renamed)
	default:
		names[inJSON] = v.Name()
		return false
	}
	return true
}

// isWritten reports whether apergen writes a method of this name for a state only.
func (m *model) isWritten(t *types.Named, name string) bool {
	switch name {
	case "CodeTransition":
		return true
	case "Reanchor":
		return m.anchorsOf(t).any()
	case "Anchors":
		found := m.anchorsOf(t)
		return found.any() && !found.always
	}
	return false
}

// refuseMethods refuses hand-written methods that would collide with those that apergen writes.
func (m *model) refuseMethods(d *declared) {
	m.refuseDiff(d)
	m.refuseView(d)
	code := method(d.typ, "Code")
	if code == nil {
		return
	}
	ways := "remove it, or mark the fields of type " + d.name + " //aper:owned, so that it is called as it is"
	if m.stateOf(d.typ) != nil {
		ways = "remove it, or write CodeTransition by hand too, so that apergen leaves " + d.name + " and its transitions alone"
	} else if m.transitionOf(d.typ) != nil {
		ways = "remove it, or give the other one another name"
	}
	m.refuse(code.Pos(), "%s has a method Code, which apergen writes too: %s", d.name, ways)
}

// refuseEndless refuses an array that holds itself through nothing but containers, because only structs end the schema of
// what is recursive.
func (m *model) refuseEndless(d *declared) bool {
	items, ok := d.typ.Underlying().(*types.Array)
	if !ok || !holds(items.Elem(), d.typ.Obj(), map[*types.TypeName]bool{}) {
		return false
	}
	m.refuse(d.pos, "%s is an array that holds itself, and the description of it would not end: put the array into a struct", d.name)
	return true
}

// holds reports whether a type is wanted, or a container or an array of it.
func holds(t types.Type, wanted *types.TypeName, seen map[*types.TypeName]bool) bool {
	if named, ok := types.Unalias(t).(*types.Named); ok {
		if named.Obj() == wanted {
			return true
		}
		for argument := range named.TypeArgs().Types() {
			if holds(argument, wanted, seen) {
				return true
			}
		}
		if seen[named.Obj()] {
			return false
		}
		seen[named.Obj()] = true
	}
	items, ok := t.Underlying().(*types.Array)
	return ok && holds(items.Elem(), wanted, seen)
}

// refuseDiff notes a method Diff that the author wrote, and refuses one of another shape.
func (m *model) refuseDiff(d *declared) {
	diff := method(d.typ, "Diff")
	if diff == nil || m.transitionOf(d.typ) != nil {
		return
	}
	parameters := diff.Signature().Params()
	d.ownDiff = parameters.Len() == 2 && diff.Signature().Results().Len() == 0 &&
		types.Identical(parameters.At(1).Type(), diff.Signature().Recv().Type()) && isDifference(parameters.At(0).Type())
	if !d.ownDiff {
		m.refuse(diff.Pos(), "%s has a method Diff, which apergen writes too: give it another name, or the form func (s %s) Diff(d *aper.Difference, old %s)",
			d.name, d.instance(), d.instance())
	}
}

// refuseView refuses what looks like engine.Secretive and is not: the state would be served to everyone, as if it hid nothing.
func (m *model) refuseView(d *declared) {
	view := method(d.typ, "View")
	if view == nil || m.stateOf(d.typ) == nil {
		return
	}
	signature := view.Signature()
	parameters, results := signature.Params(), signature.Results()
	shows := results.Len() == 1 && types.Identical(results.At(0).Type(), d.typ)
	if parameters.Len() == 0 && !shows {
		return // it is for something else
	}
	if shows && parameters.Len() == 2 && isAper(parameters.At(0).Type(), "ClientID") &&
		types.Identical(parameters.At(1).Type(), types.Typ[types.String]) && types.Identical(signature.Recv().Type(), d.typ) {
		return
	}
	m.refuse(view.Pos(), "%s has a method View that would hide nothing: give it the form func (s %s) View(client aper.ClientID, user string) %[2]s, or another name",
		d.name, d.instance())
}

func isDifference(t types.Type) bool {
	pointer, ok := types.Unalias(t).(*types.Pointer)
	return ok && isAper(pointer.Elem(), "Difference")
}

func isNamed(t types.Type, path, name string) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == path && named.Obj().Name() == name
}

// renamed ends the way out where apergen makes a name that is taken.
const renamed = ", in Go or by " + nameMark

// refuseCollisions refuses names that generated code needs for itself.
func (m *model) refuseCollisions() {
	owner := map[string]string{}
	orRename := ""
	claim := func(name string, pos token.Pos, what string) {
		switch existing := m.pkg.Types.Scope().Lookup(name); {
		case existing != nil:
			m.refuse(existing.Pos(), "generated code needs the name %s for %s: give this one another name%s", name, what, orRename)
		case owner[name] != "":
			m.refuse(pos, "%s would be both %s and %s: give one of them another name%s", name, owner[name], what, orRename)
		}
		owner[name] = what
	}
	claim("aper", token.NoPos, "the package aper")
	for _, name := range predeclared() {
		claim(name, token.NoPos, "what Go predeclares under it")
	}
	for _, s := range m.states {
		claim(tableName(s), s.pos, "the table of transitions of "+s.name)
		called := map[string]string{}
		for _, t := range s.transitions {
			if t.changes != nil {
				orRename = ", or the field one by " + nameMark
				claim(t.name, t.pos, fmt.Sprintf("the transition that changes %s.%s", s.name, t.changes.name))
			}
			orRename = ""
			switch {
			case t.called == "All":
				m.refuse(t.pos, "a transition cannot be named All: that is the name of the group of transitions that aper.All makes; give it another name%s", renamed)
			case called[t.called] != "":
				m.refuse(t.pos, "%s and %s are both called %s in JSON and in aper.schema: give one of them another name", called[t.called], t.name, t.called)
			}
			called[t.called] = t.name
		}
	}
	for _, d := range m.declaredTypes() {
		if localNames[d.name] {
			m.refuse(d.pos, "a type that travels cannot be named %s, because generated code has a variable of that name: give it another name", d.name)
		}
	}
}
