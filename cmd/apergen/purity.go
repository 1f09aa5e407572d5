package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"strings"
)

// A purity looks through the rules of a package, and the functions of the package that they call, for what may come out
// differently on another machine. It only warns, because it cannot see everything, nor whether what it sees matters.
type purity struct {
	model     *model
	info      *types.Info
	functions map[*types.Func]*ast.FuncDecl
	changed   map[types.Object]token.Pos // variables of the package that some function changes, and where
	seen      map[*types.Func]bool
	subject   string
	rule      string
	found     problems
}

// warnings reads the bodies of the functions, which nothing else needs. Generated is the text of the file that is about
// to be written, so that rules may use what it declares.
func (m *model) warnings(generated []byte) problems {
	p := &purity{
		model:     m,
		info:      &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}},
		functions: map[*types.Func]*ast.FuncDecl{},
		changed:   map[types.Object]token.Pos{},
		seen:      map[*types.Func]bool{},
	}
	files := p.check(generated)
	p.collect(files)
	for _, file := range files {
		for _, declaration := range file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && p.isRule(f) {
				rule := p.info.Defs[f.Name].(*types.Func)
				p.rule = receiverName(rule.Signature()) + ".Apply"
				p.look(rule)
			}
		}
	}
	return p.found
}

func (p *purity) isRule(f *ast.FuncDecl) bool {
	rule, ok := p.info.Defs[f.Name].(*types.Func)
	if !ok || f.Recv == nil || f.Name.Name != "Apply" {
		return false
	}
	name := receiverName(rule.Signature())
	for _, s := range p.model.states {
		for _, t := range s.transitions {
			if t.typ != nil && t.name == name {
				return true
			}
		}
	}
	return false
}

// look looks through a function and those that it calls.
func (p *purity) look(f *types.Func) {
	f = f.Origin()
	declaration := p.functions[f]
	if declaration == nil || p.seen[f] {
		return
	}
	p.seen[f] = true
	p.subject = p.rule
	if f.Name() != "Apply" {
		p.subject = f.Name() + ", which " + p.rule + " calls,"
	}
	rounded := map[ast.Expr]bool{}
	var called []*types.Func
	ast.Inspect(declaration.Body, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.CallExpr:
			if p.info.Types[node.Fun].IsType() && len(node.Args) == 1 {
				rounded[ast.Unparen(node.Args[0])] = true
			}
		case *ast.BinaryExpr:
			if node.Op == token.MUL && !rounded[node] {
				p.product(node, node.X, node.Y)
			}
		case *ast.AssignStmt:
			if node.Tok == token.MUL_ASSIGN {
				p.product(node, node.Lhs[0], node.Rhs[0])
			}
		case *ast.RangeStmt:
			p.ranges(node)
		case *ast.Ident:
			switch object := p.info.Uses[node].(type) {
			case *types.Func:
				p.call(node, object)
				called = append(called, object)
			case *types.Var:
				p.read(node, object)
			}
		}
		return true
	})
	for _, next := range called {
		p.look(next)
	}
}

func (p *purity) warn(at ast.Node, format string, args ...any) {
	p.found.add(p.model.pkg.Fset.Position(at.Pos()), "warning: "+p.subject+" "+format, args...)
}

func (p *purity) ranges(s *ast.RangeStmt) {
	if t := p.info.TypeOf(s.X); t != nil {
		if _, ok := t.Underlying().(*types.Map); ok {
			p.warn(s, "ranges over a Go map, in another order each time: range over its sorted keys, or use data.Map")
		}
	}
}

func (p *purity) read(at *ast.Ident, v *types.Var) {
	if where, ok := p.changed[v]; ok {
		line := p.model.pkg.Fset.Position(where).Line
		p.warn(at, "reads the variable %s, which is changed in line %d and need not be the same everywhere: keep it in the state", v.Name(), line)
	}
}

func (p *purity) call(at *ast.Ident, f *types.Func) {
	if f.Pkg() == nil {
		return
	}
	name := f.Pkg().Name() + "." + f.Name()
	switch path := f.Pkg().Path(); {
	case path == "time" && (name == "time.Now" || name == "time.Since" || name == "time.Until"):
		p.warn(at, "calls %s, which differs everywhere: use m.Time, the clock of the authority", name)
	case strings.HasPrefix(path, "math/rand") || path == "crypto/rand":
		p.warn(at, "calls %s, which differs everywhere: use m.Rand or m.RandN", name)
	case path == "math" && inexact[f.Name()]:
		p.warn(at, "calls %s, whose last digit differs between kinds of machines: use integers, or a table of constants", name)
	}
}

// inexact are the functions of package math whose results are not exactly rounded, and have their own assembly here and
// there.
var inexact = map[string]bool{}

func init() {
	for name := range strings.FieldsSeq("Acos Acosh Asin Asinh Atan Atan2 Atanh Cbrt Cos Cosh Erf Erfc Exp Exp2 Expm1 Gamma " +
		"Hypot J0 J1 Jn Lgamma Log Log10 Log1p Log2 Pow Sin Sincos Sinh Tan Tanh Y0 Y1 Yn") {
		inexact[name] = true
	}
}

// product warns of a product of floats that the compiler may fuse with a sum. One with a power of two is exact.
func (p *purity) product(at ast.Node, x, y ast.Expr) {
	basic, ok := typeOf(p.info, x).(*types.Basic)
	isVariable := p.info.Types[x].Value == nil || p.info.Types[y].Value == nil
	if !ok || basic.Info()&(types.IsFloat|types.IsComplex) == 0 || !isVariable || p.isPowerOfTwo(x) || p.isPowerOfTwo(y) {
		return
	}
	p.warn(at, "multiplies floats, and where a sum follows, a compiler may fuse the two and round differently than others: "+
		"round the product itself, as in float64(x*y) + z, or use math.FMA, or integers")
}

func typeOf(info *types.Info, e ast.Expr) types.Type {
	if t := info.TypeOf(e); t != nil {
		return t.Underlying()
	}
	return nil
}

func (p *purity) isPowerOfTwo(e ast.Expr) bool {
	value := p.info.Types[e].Value
	if value == nil {
		return false
	}
	f, _ := constant.Float64Val(constant.ToFloat(value))
	fraction, _ := math.Frexp(f)
	return math.Abs(fraction) == 0.5
}
