package policy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"slices"
	"strings"
	"testing"
)

// A row says what a package of this module may import: of this module what it names and what those may import in
// turn, and of others.
type row struct {
	pkg    string // "." is package aper; "examples/..." is everything below
	own    []string
	others others
}

// others says what a package may import from outside the module, besides the standard library.
type others int

const (
	noOthers  others = iota
	anyOthers        // one adapter per technology; go.mod is reviewed by hand
	goTools          // what reads and writes Go
)

// graph is the package map of DESIGN.md section 6. Change both together.
var graph = []row{
	{pkg: "cbor"},
	{pkg: ".", own: []string{"cbor"}},
	{pkg: "data", own: []string{".", "cbor"}},
	{pkg: "wire", own: []string{".", "cbor"}},
	{pkg: "engine", own: []string{".", "wire"}},
	{pkg: "journal", own: []string{".", "wire"}},
	{pkg: "journal/journaltest", own: []string{"journal"}},
	{pkg: "journal/bolt", own: []string{"journal"}, others: anyOthers},
	{pkg: "room", own: []string{"engine", "journal"}},
	{pkg: "server", own: []string{"room", "client", "journal/bolt", "web", "internal/socket"}, others: anyOthers},
	{pkg: "server/internal/vault", own: []string{"data"}},
	{pkg: "metrics", own: []string{"room"}, others: anyOthers},
	{pkg: "client", own: []string{"engine", "wire"}, others: anyOthers},
	{pkg: "admin", own: []string{"room", "server", "client"}, others: anyOthers},
	{pkg: "apertest", own: []string{"engine", "server", "client", "internal/sim"}},
	{pkg: "web"},
	{pkg: "cmd/apergen/...", own: []string{"cmd/apergen/..."}, others: goTools},
	{pkg: "cmd/aper/...", own: []string{"..."}, others: anyOthers},
	{pkg: "examples/...", own: []string{public}, others: anyOthers},
	{pkg: "internal/sim", own: []string{"engine", "journal", "room", "client", "data"}},
	{pkg: "internal/sim/...", own: []string{"data"}},
	{pkg: "internal/crash"},
	{pkg: "internal/crash/ledger", own: []string{".", "data"}},
	{pkg: "internal/hostile", own: []string{"wire"}},
	{pkg: "internal/policy"},
	{pkg: "internal/socket", own: []string{"journal"}},
	{pkg: "internal/testcount"},
}

// public stands for every package of this module that users, too, can import.
const public = "public"

func TestImportGraph(t *testing.T) {
	found, err := checkImports(thisTree(t), graph)
	report(t, found, err)
}

func checkImports(t *tree, graph []row) ([]finding, error) {
	pkgs, err := t.packages()
	if err != nil {
		return nil, err
	}
	var found []finding
	for _, pkg := range pkgs {
		files, err := t.files(pkg, parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		r := rowOf(graph, pkg)
		if r == nil {
			found = append(found, t.finding(files[0].Package,
				"package %s stands in no row of the import graph: give it one in internal/policy/imports_test.go and in DESIGN.md section 6", shown(pkg)))
			continue
		}
		for _, file := range files {
			found = append(found, checkFileImports(t, graph, r, pkg, file)...)
		}
	}
	return found, nil
}

func checkFileImports(t *tree, graph []row, r *row, pkg string, file *ast.File) []finding {
	var found []finding
	for _, spec := range file.Imports {
		path := importPath(spec)
		own, isOwn := t.own(path)
		switch {
		case isOwn && !mayImport(graph, r, own):
			found = append(found, t.finding(spec.Pos(), "imports %s; %s", shown(own), wayOut(graph, r, pkg)))
		case !isOwn && !isStandard(path) && !r.others.allow(path):
			found = append(found, t.finding(spec.Pos(), "imports %s; %s may import %s: do without it, or put it behind an adapter package", path, shown(pkg), r.others))
		}
	}
	return found
}

// wayOut tells the author of a forbidden import what is allowed and what to do.
func wayOut(graph []row, r *row, pkg string) string {
	switch {
	case slices.Contains(r.own, public):
		return "examples show what users can do, so they import public packages only: use one, or make what is needed public"
	case r.others == goTools:
		return "the generator stands alone, so that it builds while the module does not: copy what it needs, or read it from the source it analyses"
	}
	var names []string
	for _, name := range closure(graph, r) {
		names = append(names, shown(name))
	}
	list := strings.Join(names, ", ")
	if list == "" {
		list = "nothing of this module"
	}
	return fmt.Sprintf("%s may import %s (DESIGN.md section 6): let its caller pass in what it needs, or move the code up", shown(pkg), list)
}

func (o others) String() string {
	switch o {
	case anyOthers:
		return "any module"
	case goTools:
		return "golang.org/x/tools, x/mod and x/sync only"
	}
	return "no other module than the standard library"
}

func (o others) allow(path string) bool {
	switch o {
	case anyOthers:
		return true
	case goTools:
		for _, module := range []string{"golang.org/x/tools", "golang.org/x/mod", "golang.org/x/sync"} {
			if within(path, module) {
				return true
			}
		}
	}
	return false
}

func rowOf(graph []row, pkg string) *row {
	for i := range graph {
		if matches(graph[i].pkg, pkg) {
			return &graph[i]
		}
	}
	return nil
}

// matches reports whether a pattern of the graph covers the package.
func matches(pattern, pkg string) bool {
	if pattern == public {
		return !within(pkg, "internal") && !strings.Contains("/"+pkg+"/", "/internal/")
	}
	if root, ok := strings.CutSuffix(pattern, "/..."); ok {
		return within(pkg, root)
	}
	return pattern == "..." || pattern == pkg
}

func mayImport(graph []row, r *row, pkg string) bool {
	for _, pattern := range closure(graph, r) {
		if matches(pattern, pkg) {
			return true
		}
	}
	return false
}

// closure lists the patterns a row names and, for single packages, what their rows name in turn.
func closure(graph []row, r *row) []string {
	var all []string
	var add func(r *row)
	add = func(r *row) {
		for _, pattern := range r.own {
			if slices.Contains(all, pattern) {
				continue
			}
			all = append(all, pattern)
			if next := rowOf(graph, pattern); next != nil {
				add(next)
			}
		}
	}
	add(r)
	slices.Sort(all)
	return all
}

// The graph itself must hold no cycle and name no row that is missing.
func TestGraphIsSound(t *testing.T) {
	for i := range graph {
		r := &graph[i]
		if strings.HasSuffix(r.pkg, "...") {
			continue
		}
		for _, pattern := range closure(graph, r) {
			if pattern == r.pkg {
				t.Errorf("%s may import itself by way of others", shown(r.pkg))
			}
			if rowOf(graph, pattern) == nil {
				t.Errorf("%s may import %s, which has no row", shown(r.pkg), pattern)
			}
		}
	}
}

func TestImportGraphCatches(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{
			name: "what the table allows, also at second hand, and anything in tests",
			files: map[string]string{
				"engine/engine.go":       "package engine\n\nimport (\n\t_ \"errors\"\n\t_ \"example.test/m\"\n\t_ \"example.test/m/cbor\"\n\t_ \"example.test/m/wire\"\n)\n",
				"engine/engine_test.go":  "package engine\n\nimport _ \"example.test/m/client\"\n",
				"server/server.go":       "package server\n\nimport (\n\t_ \"example.test/m/wire\"\n\t_ \"github.com/lxzan/gws\"\n)\n",
				"cmd/apergen/main.go":    "package main\n\nimport (\n\t_ \"example.test/m/cmd/apergen/internal/golden\"\n\t_ \"golang.org/x/tools/go/packages\"\n)\n",
				"cmd/aper/main.go":       "package main\n\nimport (\n\t_ \"example.test/m/examples/counter\"\n\t_ \"example.test/m/internal/sim\"\n)\n",
				"examples/todo/main.go":  "package main\n\nimport (\n\t_ \"example.test/m/examples/todo/list\"\n\t_ \"example.test/m/server\"\n)\n",
				"server/testdata/bad.go": "package bad\n\nimport _ \"example.test/m/cmd/aper\"\n",
			},
		},
		{
			name:  "an import against the graph",
			files: map[string]string{"engine/authority.go": "package engine\n\nimport _ \"example.test/m/room\"\n"},
			want: []string{"engine/authority.go:3: imports room; engine may import aper, cbor, wire (DESIGN.md section 6): " +
				"let its caller pass in what it needs, or move the code up"},
		},
		{
			name:  "an import against the graph in a file of another build",
			files: map[string]string{"cbor/x_windows.go": "package cbor\n\nimport _ \"example.test/m\"\n"},
			want: []string{"cbor/x_windows.go:3: imports aper; cbor may import nothing of this module (DESIGN.md section 6): " +
				"let its caller pass in what it needs, or move the code up"},
		},
		{
			name:  "a foreign module where none may be",
			files: map[string]string{"data/m.go": "package data\n\nimport _ \"github.com/tidwall/btree\"\n"},
			want: []string{"data/m.go:3: imports github.com/tidwall/btree; data may import no other module than the standard library: " +
				"do without it, or put it behind an adapter package"},
		},
		{
			name:  "an example that reaches inside",
			files: map[string]string{"examples/todo/main.go": "package main\n\nimport _ \"example.test/m/internal/sim\"\n"},
			want: []string{"examples/todo/main.go:3: imports internal/sim; examples show what users can do, so they import public packages only: " +
				"use one, or make what is needed public"},
		},
		{
			name:  "a generator that needs the module",
			files: map[string]string{"cmd/apergen/main.go": "package main\n\nimport _ \"example.test/m/cbor\"\n"},
			want: []string{"cmd/apergen/main.go:3: imports cbor; the generator stands alone, so that it builds while the module does not: " +
				"copy what it needs, or read it from the source it analyses"},
		},
		{
			name:  "a heavy generator",
			files: map[string]string{"cmd/apergen/main.go": "package main\n\nimport _ \"go.etcd.io/bbolt\"\n"},
			want: []string{"cmd/apergen/main.go:3: imports go.etcd.io/bbolt; cmd/apergen may import golang.org/x/tools, x/mod and x/sync only: " +
				"do without it, or put it behind an adapter package"},
		},
		{
			name:  "a package that nobody placed",
			files: map[string]string{"util/strings.go": "package util\n"},
			want: []string{"util/strings.go:1: package util stands in no row of the import graph: " +
				"give it one in internal/policy/imports_test.go and in DESIGN.md section 6"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found, err := checkImports(badTree(t, test.files), graph)
			want(t, found, err, test.want...)
		})
	}
}
