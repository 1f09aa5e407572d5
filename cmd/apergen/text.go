package main

import (
	"go/types"
	"strconv"
)

// A text value is coded by its text form: c.Field("addr").TextForm("netip.Addr", &s.Addr, s.Addr == netip.Addr{}).
type text struct {
	typ  *types.Named
	name string // as in aper.schema
}

func (k text) String() string { return k.name }

// hasTextForm reports whether t implements encoding.TextMarshaler and encoding.TextUnmarshaler, by methods of its own or
// of the only field that it embeds, and is a value that is copied by assignment. time.Time has a text form too, but what
// is behind it differs from its text.
func hasTextForm(t *types.Named) bool {
	switch t.Underlying().(type) {
	case *types.Basic, *types.Array, *types.Struct:
	default:
		return false
	}
	return !isNamed(t, "time", "Time") && hasTextMethod(t, "MarshalText", true) && hasTextMethod(t, "UnmarshalText", false)
}

func hasTextMethod(t *types.Named, name string, marshals bool) bool {
	object, path, _ := types.LookupFieldOrMethod(t, true, nil, name)
	f, ok := object.(*types.Func)
	structure, isStruct := t.Underlying().(*types.Struct)
	if !ok || len(path) > 1 && (!isStruct || structure.NumFields() != 1) {
		return false
	}
	parameters, results := f.Signature().Params(), f.Signature().Results()
	failure := types.Universe.Lookup("error").Type()
	if marshals {
		return parameters.Len() == 0 && results.Len() == 2 && isBytes(results.At(0).Type()) && types.Identical(results.At(1).Type(), failure)
	}
	return parameters.Len() == 1 && results.Len() == 1 && isBytes(parameters.At(0).Type()) && types.Identical(results.At(0).Type(), failure)
}

func isBytes(t types.Type) bool {
	return types.Identical(t, types.NewSlice(types.Typ[types.Byte]))
}

func (m *model) kindOfText(t *types.Named, at place) kind {
	if !comparesExactly(t) {
		m.refuse(at.pos, "%s is %s, which has a text form but also a slice, a map, a func or an interface inside: %s; "+
			"hold the text itself, a string, or mark the field //aper:owned if every Apply copies it", at.path, m.spelled(t), shared)
		return nil
	}
	name := m.recorded(t)
	if !m.isLocal(t) {
		m.foreign[name] = textForm
	}
	return text{t, name}
}

// textForm is the kind of a type with a text form in aper.schema.
const textForm = "text form"

// comparesExactly reports whether == takes values of type t without panic.
func comparesExactly(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Interface:
		return false
	case *types.Array:
		return comparesExactly(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if !comparesExactly(f.Type()) {
				return false
			}
		}
		return true
	}
	return types.Comparable(t)
}

func (k text) write(w *writer, value, coder string) {
	w.line("%s", k.call(w, value, coder))
}

func (k text) call(w *writer, value, coder string) string {
	shown := types.TypeString(k.typ, (*types.Package).Name)
	return coder + ".TextForm(" + strconv.Quote(shown) + ", &" + value + ", " + value + " == " + w.zero(k.typ) + ")"
}

// zero writes the zero value of a type of numbers, arrays or structs.
func (w *writer) zero(t types.Type) string {
	basic, ok := t.Underlying().(*types.Basic)
	switch {
	case !ok:
		return "(" + w.typeName(t) + "{})"
	case basic.Info()&types.IsBoolean != 0:
		return "false"
	case basic.Info()&types.IsString != 0:
		return `""`
	}
	return "0"
}
