package main

import (
	"go/types"
)

const dataPath = aperPath + "/data"

// needsBase reports whether a data.Text is anywhere inside of a type, also where only containers hold it. What is behind
// pointers is the business of their package, which can declare NeedsBase itself.
func needsBase(t types.Type) bool { return findText(t, map[string]bool{}, map[types.Object]int{}) }

// maxNested limits how often a generic type is entered inside itself, because what does not compile need not end.
const maxNested = 8

func findText(t types.Type, seen map[string]bool, inside map[types.Object]int) bool {
	t = types.Unalias(t)
	if named, ok := t.(*types.Named); ok {
		if inside[named.Obj()] == maxNested {
			return false
		}
		inside[named.Obj()]++
		defer func() { inside[named.Obj()]-- }()
		name := types.TypeString(named, nil)
		switch {
		case isNamed(named, dataPath, "Text") || method(named, "NeedsBase") != nil:
			return true
		case seen[name]:
			return false
		}
		seen[name] = true
		for argument := range named.TypeArgs().Types() {
			if findText(argument, seen, inside) {
				return true
			}
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Array:
		return findText(u.Elem(), seen, inside)
	case *types.Struct:
		for f := range u.Fields() {
			if findText(f.Type(), seen, inside) {
				return true
			}
		}
	}
	return false
}

// base writes the mark by which a room knows that positions in texts refer to the state which their author saw.
func (w *writer) base(s *state) {
	if method(s.typ, "NeedsBase") != nil || !needsBase(s.typ) {
		return
	}
	w.line("// NeedsBase marks %s, because there is a data.Text inside.", article(s.name))
	w.line("func (%s) NeedsBase() {}\n", s.instance())
}
