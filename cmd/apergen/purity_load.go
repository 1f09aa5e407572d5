package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
)

// check parses and type-checks the package once more, with the bodies of its functions. Errors are the compiler's to
// report.
func (p *purity) check(generated []byte) []*ast.File {
	m := p.model
	var files []*ast.File
	for _, name := range m.pkg.CompiledGoFiles {
		if isGenerated(name) {
			continue
		}
		if file, err := parser.ParseFile(m.pkg.Fset, name, nil, parser.SkipObjectResolution); err == nil {
			files = append(files, file)
		}
	}
	all := files
	if file, err := parser.ParseFile(m.pkg.Fset, "generated", generated, parser.SkipObjectResolution); err == nil {
		dropBodies(file)
		all = append(all[:len(all):len(all)], file)
	}
	config := types.Config{Importer: p, Error: func(error) {}}
	_, _ = config.Check(m.pkg.PkgPath, m.pkg.Fset, all, p.info)
	return files
}

// Import returns a package that was loaded together with this one.
func (p *purity) Import(path string) (*types.Package, error) {
	if pkg := p.model.pkg.Imports[path]; pkg != nil && pkg.Types != nil {
		return pkg.Types, nil
	}
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	return nil, fmt.Errorf("package %s was not loaded", path)
}

// collect finds the functions of the package, and the variables that they change.
func (p *purity) collect(files []*ast.File) {
	for _, file := range files {
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			if object, ok := p.info.Defs[f.Name].(*types.Func); ok {
				p.functions[object] = f
			}
			if f.Name.Name != "init" {
				ast.Inspect(f.Body, p.collectChange)
			}
		}
	}
}

func (p *purity) collectChange(node ast.Node) bool {
	switch node := node.(type) {
	case *ast.AssignStmt:
		if node.Tok != token.DEFINE {
			for _, left := range node.Lhs {
				p.change(left)
			}
		}
	case *ast.IncDecStmt:
		p.change(node.X)
	case *ast.UnaryExpr:
		if node.Op == token.AND {
			p.change(node.X)
		}
	case *ast.SelectorExpr:
		if s := p.info.Selections[node]; s != nil && s.Kind() == types.MethodVal && !isPointer(s.Recv()) && isPointer(s.Obj().(*types.Func).Signature().Recv().Type()) {
			p.change(node.X)
		}
	}
	return true
}

// change notes that the variable at the root of an expression is changed.
func (p *purity) change(e ast.Expr) {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.Ident:
			object := p.info.Uses[x]
			if _, known := p.changed[object]; !known && isPackageVariable(object) {
				p.changed[object] = x.Pos()
			}
			return
		default:
			return
		}
	}
}

func isPackageVariable(object types.Object) bool {
	v, ok := object.(*types.Var)
	return ok && !v.IsField() && v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
}
