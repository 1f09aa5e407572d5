package policy

import (
	"go/ast"
	"go/token"
	"go/types"
)

// checkVars finds package variables of other kinds than error values, blank ones, and tables.
func (p *purity) checkVars(file *ast.File) {
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			for _, name := range spec.(*ast.ValueSpec).Names {
				object := p.info.Defs[name]
				if name.Name != "_" && object != nil && !constantLike(object.Type()) {
					p.report(name, "package variable %s is a %s; pure packages keep no state: make it a constant, a function, a field, or a table (array, slice or string) that nobody writes to",
						name.Name, kind(object.Type()))
				}
			}
		}
	}
}

var errorType = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)

func constantLike(t types.Type) bool {
	if types.Implements(t, errorType) {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Array, *types.Slice:
		return true
	case *types.Basic:
		return u.Info()&types.IsString != 0 || u.Kind() == types.Invalid
	}
	return false
}

// kind names a type's kind in a word.
func kind(t types.Type) string {
	switch u := t.Underlying().(type) {
	case *types.Map:
		return "map"
	case *types.Pointer:
		return "pointer"
	case *types.Struct:
		return "struct"
	case *types.Signature:
		return "func"
	case *types.Interface:
		return "interface"
	case *types.Chan:
		return "channel"
	default:
		return u.String()
	}
}

// checkWrite finds every place where a package variable is written to, or might be: assigned, counted up or down,
// its address taken, its elements passed to a builtin that writes.
func (p *purity) checkWrite(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			for _, left := range n.Lhs {
				p.checkTarget(left, "assigns to")
			}
		}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			p.checkTarget(n.Key, "assigns to")
			p.checkTarget(n.Value, "assigns to")
		}
	case *ast.IncDecStmt:
		p.checkTarget(n.X, "changes")
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			p.checkTarget(n.X, "takes the address of")
		}
	case *ast.SliceExpr:
		if _, ok := under(p.info.TypeOf(n.X)).(*types.Array); ok {
			p.checkTarget(n.X, "takes the address of (by slicing an array)")
		}
	case *ast.CallExpr:
		p.checkCallWrites(n)
	}
}

func (p *purity) checkCallWrites(call *ast.CallExpr) {
	if builtin, ok := p.callee(call).(*types.Builtin); ok && len(call.Args) > 0 {
		switch builtin.Name() {
		case "append", "clear", "copy", "delete":
			p.checkTarget(call.Args[0], "lets "+builtin.Name()+" write to")
		}
	}
	selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return
	}
	method := p.info.Selections[selector]
	if method == nil || method.Kind() != types.MethodVal || method.Indirect() {
		return
	}
	if _, pointer := method.Obj().(*types.Func).Signature().Recv().Type().(*types.Pointer); pointer && !isPointer(p.info.TypeOf(selector.X)) {
		p.checkTarget(selector.X, "takes the address of (by a method with a pointer receiver)")
	}
}

func isPointer(t types.Type) bool {
	_, ok := under(t).(*types.Pointer)
	return ok
}

// checkTarget reports when the memory that e names belongs to a package variable, of this package or another.
func (p *purity) checkTarget(e ast.Expr, verb string) {
	if v := p.packageVar(e); v != nil {
		p.report(e, "%s package variable %s; pure packages keep no state: work on a local copy, or pass it as an argument", verb, v.Name())
	}
}

// packageVar finds the package variable at the root of x, x.f, x[i], x[i:j], *x and so on.
func (p *purity) packageVar(e ast.Expr) *types.Var {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.SelectorExpr:
			if v := packageLevel(p.info.Uses[x.Sel]); v != nil {
				return v // of another package
			}
			e = x.X
		case *ast.Ident:
			return packageLevel(p.info.Uses[x])
		default:
			return nil
		}
	}
}

func packageLevel(object types.Object) *types.Var {
	v, ok := object.(*types.Var)
	if !ok || v.IsField() || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
		return nil
	}
	return v
}
