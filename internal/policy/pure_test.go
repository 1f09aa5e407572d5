package policy

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pure are the packages whose results depend on their arguments alone.
var pure = []string{".", "cbor", "data", "wire", "engine"}

// builds are the ways in which the pure packages are compiled. Every file must belong to one of them.
var builds = []build.Context{
	buildOf("linux", "amd64"),
	browser,
}

var browser = buildOf("js", "wasm")

func buildOf(goos, goarch string, tags ...string) build.Context {
	c := build.Default
	c.GOOS, c.GOARCH, c.BuildTags = goos, goarch, tags
	return c
}

// harmless are the packages of the standard library without a clock, a lock, I/O, chance or much weight.
var harmless = []string{
	"bytes", "cmp", "container/heap", "container/list", "errors", "hash", "hash/adler32", "hash/crc32", "hash/crc64",
	"hash/fnv", "io", "iter", "maps", "math", "math/big", "math/bits", "math/cmplx", "slices", "sort", "strings",
	"unicode", "unicode/utf16", "unicode/utf8",
}

// nativeOnly are harmless too, but too heavy for the browser.
var nativeOnly = []string{"runtime/debug", "strconv"}

// advice says what to do instead of importing a package, or one below it.
var advice = []struct{ pkg, instead string }{
	{"time", "pure packages take time as an argument (aper.Time): let room pass it in"},
	{"sync", "pure packages run on one goroutine and share nothing: let room and client lock"},
	{"context", "pure packages never wait, so there is nothing to cancel: let room and client take the context"},
	{"math/rand", "chance must be the same on every replica: take it from Meta.Rand or Meta.NewID"},
	{"crypto/rand", "chance must be the same on every replica: take it from Meta.Rand or Meta.NewID"},
	{"hash/maphash", "its seed differs in every process: use hash/fnv or hash/crc32"},
	{"net", "pure packages return what is to be sent: let server and client send it"},
	{"os", "pure packages return what is to be kept: let journal and room do the I/O"},
	{"io/fs", "pure packages return what is to be kept: let journal and room do the I/O"},
	{"fmt", "it weighs 60 kB in the browser: put error texts together by hand, or use aper.Conflict"},
	{"strconv", "it weighs 40 kB in the browser: move this into a file with //go:build !js, or write the few digits by hand"},
	{"runtime/debug", "move this into a file with //go:build !js"},
	{"runtime", "pure packages know nothing of the machine they run on: let their caller pass it in"},
	{"reflect", "types travel by generated code: let cmd/apergen write it"},
	{"unsafe", "it does not survive the way to JavaScript: write it plainly"},
	{"encoding", "bytes go through package cbor, JSON through aper.Coder"},
	{"log", "pure packages return what happened: let room and client log it"},
	{"C", "pure packages are pure Go"},
}

// order says how a loop over a map is to be written.
const order = "its order differs in every run: sort the keys, keep a slice, or say in a comment // any order: why it does not matter"

func TestPurePackages(t *testing.T) {
	tree := thisTree(t)
	pkgs, err := tree.packages()
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range pure {
		t.Run(shown(pkg), func(t *testing.T) {
			if !slices.Contains(pkgs, pkg) {
				t.Skip("there is no such package yet")
			}
			found, err := checkPure(tree, pkg)
			report(t, found, err)
		})
	}
}

// checkPure holds one package to the rules, in every build it has.
func checkPure(t *tree, pkg string) ([]finding, error) {
	files, err := t.files(pkg, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	found := map[finding]bool{} // most files belong to several builds
	built := map[*ast.File]bool{}
	for _, build := range builds {
		p := &purity{tree: t, pkg: pkg}
		for _, file := range files {
			if match(t, build, file) {
				p.files = append(p.files, file)
				built[file] = true
			}
		}
		p.check(build)
		for _, f := range p.found {
			found[f] = true
		}
	}
	for _, file := range files {
		if !built[file] {
			found[t.finding(file.Package, "belongs to no build that this test knows: add its build to builds in internal/policy/pure_test.go")] = true
		}
	}
	return sorted(found), nil
}

func match(t *tree, build build.Context, file *ast.File) bool {
	dir, name := filepath.Split(t.fset.Position(file.Package).Filename)
	ok, err := build.MatchFile(dir, name)
	return ok && err == nil
}

func sorted(found map[finding]bool) []finding {
	var list []finding
	for f := range found {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.text, b.text))
	})
	return list
}

// purity checks one package in one build.
type purity struct {
	tree  *tree
	pkg   string
	files []*ast.File
	info  types.Info
	found []finding
}

func (p *purity) report(at ast.Node, format string, args ...any) {
	p.found = append(p.found, p.tree.finding(at.Pos(), format, args...))
}

func (p *purity) check(build build.Context) {
	if len(p.files) == 0 {
		return
	}
	p.checkTypes(build)
	for _, file := range p.files {
		p.checkImports(file)
		p.checkVars(file)
		excused := p.excuses(file)
		sorts := map[ast.Node]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			p.checkConcurrency(n)
			p.checkOrder(n, excused, sorts)
			p.checkWrite(n)
			return true
		})
	}
}

// checkTypes finds out what names mean. It reports the first thing that does not compile, since what is not
// understood is not proven; the other rules then see what they can.
func (p *purity) checkTypes(build build.Context) {
	p.info = types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	failed := false
	config := types.Config{
		Importer: &sources{tree: p.tree, build: build, done: map[string]*types.Package{}},
		Error: func(err error) {
			if e, ok := err.(types.Error); ok && !failed && !e.Soft {
				failed = true
				p.found = append(p.found, p.tree.finding(e.Pos, "does not compile, so it cannot be shown to be pure: %s", e.Msg))
			}
		},
	}
	config.Check(p.pkg, p.tree.fset, p.files, &p.info)
}

// sources imports packages of this module from their sources, so that all goes by one build, and the standard
// library as the go command has compiled it.
type sources struct {
	tree  *tree
	build build.Context
	done  map[string]*types.Package
}

var standard = importer.Default()

func (s *sources) Import(path string) (*types.Package, error) {
	pkg, own := s.tree.own(path)
	if !own {
		return standard.Import(path)
	}
	if done, seen := s.done[path]; seen {
		if done == nil {
			return nil, fmt.Errorf("import cycle through %s", path)
		}
		return done, nil
	}
	s.done[path] = nil // under way
	all, err := s.tree.files(pkg, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	files := slices.DeleteFunc(all, func(file *ast.File) bool { return !match(s.tree, s.build, file) })
	config := types.Config{Importer: s, Error: func(error) {}, IgnoreFuncBodies: true}
	done, _ := config.Check(path, s.tree.fset, files, nil)
	s.done[path] = done
	return done, nil
}

func (p *purity) checkImports(file *ast.File) {
	for _, spec := range file.Imports {
		path := importPath(spec)
		if !isStandard(path) || slices.Contains(harmless, path) {
			continue // what is not standard is the import graph's business
		}
		if slices.Contains(nativeOnly, path) && !match(p.tree, browser, file) {
			continue
		}
		p.report(spec, "imports %s; %s", path, adviceOn(path))
	}
}

func adviceOn(path string) string {
	for _, a := range advice {
		if within(path, a.pkg) {
			return a.instead
		}
	}
	return "it is not known to be pure: do without it, or, if it has no clock, lock, I/O or chance and little weight, add it to harmless in internal/policy/pure_test.go"
}

func (p *purity) checkConcurrency(n ast.Node) {
	const serial = "pure packages are values that one caller steps"
	switch n := n.(type) {
	case *ast.GoStmt:
		p.report(n, "starts a goroutine; %s: let room or client run it", serial)
	case *ast.SelectStmt:
		p.report(n, "selects; %s: return what happened, and let room or client wait", serial)
	case *ast.ChanType:
		p.report(n, "has a channel; %s: return a slice or a Ready", serial)
	case *ast.SendStmt:
		p.report(n, "sends to a channel; %s: return a slice or a Ready", serial)
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			p.report(n, "receives from a channel; %s: take the value as an argument", serial)
		}
	case *ast.RangeStmt:
		if _, ok := under(p.info.TypeOf(n.X)).(*types.Chan); ok {
			p.report(n, "receives from a channel; %s: take the values as an argument", serial)
		}
	case *ast.CallExpr:
		if f := p.callee(n); isFunc(f, "iter", "Pull", "Pull2") {
			p.report(n, "calls iter.%s, which runs a coroutine; %s: loop over the sequence", f.Name(), serial)
		}
	}
}

// excuses lists the lines with a comment // any order:. It must say why.
func (p *purity) excuses(file *ast.File) map[int]bool {
	lines := map[int]bool{}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			why, ok := strings.CutPrefix(comment.Text, "// any order:")
			if !ok {
				continue
			}
			if strings.TrimSpace(why) == "" {
				p.report(comment, "// any order: gives no reason; say in the same line why the order does not matter")
			}
			lines[p.line(comment)] = true
		}
	}
	return lines
}

func (p *purity) line(n ast.Node) int { return p.tree.fset.Position(n.Pos()).Line }

// checkOrder finds loops over maps, also those behind the iterators of package maps. Sorts remembers calls whose
// argument is put into order at once.
func (p *purity) checkOrder(n ast.Node, excused map[int]bool, sorts map[ast.Node]bool) {
	if n == nil || excused[p.line(n)] {
		return
	}
	switch n := n.(type) {
	case *ast.RangeStmt:
		_, isMap := under(p.info.TypeOf(n.X)).(*types.Map)
		if isMap && (!blank(n.Key) || !blank(n.Value)) {
			p.report(n, "ranges over a map; %s", order)
		}
	case *ast.CallExpr:
		f := p.callee(n)
		if isFunc(f, "slices", "Sorted") {
			sorts[n.Args[0]] = true
		}
		if isFunc(f, "maps", "All", "Keys", "Values") && !sorts[n] {
			p.report(n, "calls maps.%s; %s", f.Name(), order)
		}
	}
}

func blank(e ast.Expr) bool {
	name, ok := e.(*ast.Ident)
	return e == nil || ok && name.Name == "_"
}

// under is the type that counts for a loop: the underlying one, and for a type parameter the one its constraint allows.
func under(t types.Type) types.Type {
	if t == nil {
		return nil // what does not compile has no type
	}
	if param, ok := t.(*types.TypeParam); ok {
		if all, ok := param.Constraint().Underlying().(*types.Interface); ok && all.NumEmbeddeds() > 0 {
			if union, ok := all.EmbeddedType(0).(*types.Union); ok {
				return union.Term(0).Type().Underlying()
			}
			return all.EmbeddedType(0).Underlying()
		}
	}
	return t.Underlying()
}

// callee is the function or method that a call names, or nil.
func (p *purity) callee(call *ast.CallExpr) types.Object {
	fun := ast.Unparen(call.Fun)
	switch f := fun.(type) { // explicit type arguments
	case *ast.IndexExpr:
		fun = f.X
	case *ast.IndexListExpr:
		fun = f.X
	}
	switch f := fun.(type) {
	case *ast.Ident:
		return p.info.Uses[f]
	case *ast.SelectorExpr:
		return p.info.Uses[f.Sel]
	}
	return nil
}

func isFunc(f types.Object, pkg string, names ...string) bool {
	return f != nil && f.Pkg() != nil && f.Pkg().Path() == pkg && slices.Contains(names, f.Name())
}
