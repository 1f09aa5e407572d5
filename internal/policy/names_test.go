package policy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// maxNames is how many exported names package aper may have: what a newcomer can hold in mind.
const maxNames = 30

func TestRootPackageIsSmall(t *testing.T) {
	tree := thisTree(t)
	pkgs, err := tree.packages()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(pkgs, ".") {
		t.Skip("there is no package aper yet")
	}
	names, err := exportedNames(tree, ".")
	if err != nil {
		t.Fatal(err)
	}
	if complaint := tooManyNames(names); complaint != "" {
		t.Error(complaint)
	}
}

func tooManyNames(names []string) string {
	if len(names) <= maxNames {
		return ""
	}
	return fmt.Sprintf("package aper exports %d names, and may export %d (few concepts, few exported names): unexport, merge or move some of them to another package\n\t%s",
		len(names), maxNames, strings.Join(names, "\n\t"))
}

// exportedNames lists a package's exported types, functions, constants and variables, each once for all builds.
func exportedNames(t *tree, pkg string) ([]string, error) {
	files, err := t.files(pkg, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, file := range files {
		for _, decl := range file.Decls {
			for _, name := range declared(decl) {
				if name.IsExported() {
					names = append(names, name.Name)
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func declared(decl ast.Decl) []*ast.Ident {
	var names []*ast.Ident
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Recv == nil {
			names = append(names, decl.Name)
		}
	case *ast.GenDecl:
		if decl.Tok == token.IMPORT {
			break
		}
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, spec.Name)
			case *ast.ValueSpec:
				names = append(names, spec.Names...)
			}
		}
	}
	return names
}

func TestExportedNamesCatches(t *testing.T) {
	bad := badTree(t, map[string]string{
		"a.go":      "package m\n\nimport \"errors\"\n\ntype T struct{ Field int }\ntype t = T\n\nconst A, b = 1, 2\n\nvar ErrC = errors.New(\"c\")\n\nfunc F() {}\nfunc (T) Method() {}\n",
		"a_js.go":   "package m\n\nfunc G() {}\n",
		"b.go":      "//go:build !js\n\npackage m\n\nfunc G() {}\n",
		"a_test.go": "package m\n\nfunc TestOnly() {}\n",
	})
	names, err := exportedNames(bad, ".")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"A", "ErrC", "F", "G", "T"}; !slices.Equal(names, want) {
		t.Errorf("exported names %v, want %v", names, want)
	}
	if complaint := tooManyNames(names); complaint != "" {
		t.Errorf("complains of %d names: %s", len(names), complaint)
	}
	for i := range maxNames {
		names = append(names, fmt.Sprint("More", i))
	}
	if complaint := tooManyNames(names); !strings.Contains(complaint, "exports 35 names") || !strings.Contains(complaint, "\n\tMore29") {
		t.Errorf("complaint about %d names: %q", len(names), complaint)
	}
}
