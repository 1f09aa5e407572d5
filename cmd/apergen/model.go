package main

import (
	"cmp"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// A model is what apergen knows about one package: its state machines, and the plain types that they are made of.
type model struct {
	pkg    *packages.Package
	states []*state    // in source order
	plain  []*declared // in source order
	known  *known
	problems

	marks   marks
	reached map[*types.TypeName]bool // states, transitions and plain types that were looked at
	foreign map[string]string        // named scalars of other packages that are in use, and what they are
}

// A declared is a type that gets a method Code.
type declared struct {
	name       string
	called     string // in place of the name: by transitions in JSON, and by a state in the names of derived transitions
	version    int    // of a state
	pos        token.Pos
	typ        *types.Named // nil when apergen declares the type
	parameters *types.TypeParamList
	fields     []*field // of a struct
	value      kind     // of anything else; nil for a struct
	ownDiff    bool     // its author wrote Diff
}

type state struct {
	*declared
	transitions []*transition // in source order at first, then in that of their numbers
	derived     bool
	anchors     anchors   // for which it gets a method Reanchor
	carriers    []carrier // that this has to know
}

type transition struct {
	*declared
	state   *state
	number  int
	changes *field // the field of the state that a derived transition changes
}

type field struct {
	name   string
	called string // in place of the name, in JSON and in the name of a derived transition
	pos    token.Pos
	typ    types.Type
	kind   kind // nil after a problem
	owned  bool // marked so
}

// known are the types of all packages read so far whose methods apergen is about to write.
type known struct {
	coded    map[*types.TypeName]bool
	machines map[*types.TypeName]bool
}

func newKnown() *known {
	return &known{map[*types.TypeName]bool{}, map[*types.TypeName]bool{}}
}

// newModel reads a package.
func newModel(pkg *packages.Package, k *known) *model {
	m := &model{
		pkg: pkg, known: k,
		reached: map[*types.TypeName]bool{},
		foreign: map[string]string{},
	}
	m.marks = m.readMarks()
	m.find()
	m.refuseIdleMarks()
	m.resolve()
	m.derive()
	m.anchor()
	m.refuseCollisions()
	return m
}

// refuse records a problem at a place in the source.
func (m *model) refuse(pos token.Pos, format string, args ...any) {
	m.problems.add(m.pkg.Fset.Position(pos), format, args...)
}

// types returns the declared types of the package, in source order.
func (m *model) types() []*types.Named {
	var all []*types.Named
	scope := m.pkg.Types.Scope()
	for _, name := range scope.Names() {
		object, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || object.IsAlias() {
			continue
		}
		if named, ok := object.Type().(*types.Named); ok {
			all = append(all, named)
		}
	}
	slices.SortFunc(all, func(a, b *types.Named) int { return m.compare(a.Obj().Pos(), b.Obj().Pos()) })
	return all
}

// compare orders places by the names of their files, then as they stand.
func (m *model) compare(a, b token.Pos) int {
	p, q := m.pkg.Fset.Position(a), m.pkg.Fset.Position(b)
	return cmp.Or(strings.Compare(p.Filename, q.Filename), cmp.Compare(p.Offset, q.Offset))
}

// isLocal reports whether a type is declared in this package.
func (m *model) isLocal(t *types.Named) bool { return t.Obj().Pkg() == m.pkg.Types }

// stateOf returns the state that is the type t, or nil.
func (m *model) stateOf(t *types.Named) *state {
	for _, s := range m.states {
		if s.typ.Obj() == t.Obj() {
			return s
		}
	}
	return nil
}

// transitionOf returns the hand-written transition that is the type t, or nil.
func (m *model) transitionOf(t *types.Named) *transition {
	for _, s := range m.states {
		for _, tr := range s.transitions {
			if tr.typ.Obj() == t.Obj() {
				return tr
			}
		}
	}
	return nil
}

// declaredTypes returns everything that gets a method Code.
func (m *model) declaredTypes() []*declared {
	var all []*declared
	for _, s := range m.states {
		all = append(all, s.declared)
		for _, t := range s.transitions {
			all = append(all, t.declared)
		}
	}
	return append(all, m.plain...)
}

// sources names the files that declare what the generated code is for.
func (m *model) sources() []string {
	var names []string
	for _, d := range m.declaredTypes() {
		names = append(names, filepath.Base(m.pkg.Fset.Position(d.pos).Filename))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// spelled writes a type the way messages do: types of this package without a package name.
func (m *model) spelled(t types.Type) string { return types.TypeString(t, m.shortName) }

func (m *model) shortName(pkg *types.Package) string {
	if pkg == m.pkg.Types {
		return ""
	}
	return pkg.Name()
}

// recorded writes a type the way aper.schema does. There, packages of other modules than aper have their paths, because
// their names need not differ.
func (m *model) recorded(t types.Type) string {
	return types.TypeString(t, func(pkg *types.Package) string {
		path := pkg.Path()
		if pkg == m.pkg.Types || path == aperPath || strings.HasPrefix(path, aperPath+"/") {
			return m.shortName(pkg)
		}
		return path
	})
}

// typeErrorOn returns what the compiler says about the line at pos, or else what it says first about the package.
func (m *model) typeErrorOn(pos token.Pos) string {
	line := m.pkg.Fset.Position(pos)
	for _, err := range m.pkg.TypeErrors {
		if at := err.Fset.Position(err.Pos); at.Filename == line.Filename && at.Line == line.Line {
			return err.Msg
		}
	}
	if len(m.pkg.TypeErrors) > 0 {
		return m.pkg.TypeErrors[0].Msg
	}
	return "see what go vet says"
}

func article(name string) string {
	lower := strings.ToLower(name)
	soundsLikeYou := strings.HasPrefix(lower, "us") || strings.HasPrefix(lower, "ui") || strings.HasPrefix(lower, "uni")
	if strings.IndexByte("aeiou", lower[0]) >= 0 && !soundsLikeYou {
		return "an " + name
	}
	return "a " + name
}
