package policy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A tree is a module on disk: this one, or a bad one that a test made up.
type tree struct {
	dir    string
	module string
	fset   *token.FileSet
}

// A finding is one broken rule at one place.
type finding struct {
	file string // slash-separated, from the module's root
	line int
	text string
}

func (f finding) String() string { return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.text) }

// thisTree finds the module around the test's directory.
func thisTree(t *testing.T) *tree {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if mod, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil {
			return newTree(dir, moduleName(string(mod)))
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's directory")
		}
		dir = parent
	}
}

func newTree(dir, module string) *tree {
	return &tree{dir: dir, module: module, fset: token.NewFileSet()}
}

func moduleName(mod string) string {
	for line := range strings.Lines(mod) {
		if name, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(name)
		}
	}
	return ""
}

// packages lists the directories that hold Go files other than tests, from the root: ".", "cbor", "journal/bolt", …
func (t *tree) packages() ([]string, error) {
	found := map[string]bool{}
	err := filepath.WalkDir(t.dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != t.dir && ignored(entry.Name()):
			return filepath.SkipDir
		case !entry.IsDir() && isSource(entry.Name()):
			found[t.rel(filepath.Dir(name))] = true
		}
		return nil
	})
	var dirs []string
	for dir := range found {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	return dirs, err
}

// ignored reports whether the go command, too, passes over a directory of this name.
func ignored(name string) bool {
	return name == "testdata" || name == "node_modules" || name[0] == '.' || name[0] == '_'
}

func isSource(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && name[0] != '.' && name[0] != '_'
}

func (t *tree) rel(name string) string {
	rel, err := filepath.Rel(t.dir, name)
	if err != nil {
		return name
	}
	return filepath.ToSlash(rel)
}

// files parses the package's files of every build, without its tests.
func (t *tree) files(pkg string, mode parser.Mode) ([]*ast.File, error) {
	entries, err := os.ReadDir(filepath.Join(t.dir, pkg))
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, entry := range entries {
		if entry.IsDir() || !isSource(entry.Name()) {
			continue
		}
		file, err := parser.ParseFile(t.fset, filepath.Join(t.dir, pkg, entry.Name()), nil, mode)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

func (t *tree) finding(at token.Pos, format string, args ...any) finding {
	place := t.fset.Position(at)
	return finding{file: t.rel(place.Filename), line: place.Line, text: fmt.Sprintf(format, args...)}
}

// own turns an import path into a package of this module, if it is one: "…/journal/bolt" is "journal/bolt".
func (t *tree) own(importPath string) (string, bool) {
	if importPath == t.module {
		return ".", true
	}
	return strings.CutPrefix(importPath, t.module+"/")
}

func importPath(spec *ast.ImportSpec) string {
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return path
}

// isStandard reports whether a path belongs to the standard library: its first element has no dot.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// shown is a package's name in findings.
func shown(pkg string) string {
	if pkg == "." {
		return "aper"
	}
	return pkg
}

// report fails the test with every finding.
func report(t *testing.T, found []finding, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// badTree writes a made-up module, given as file names and texts.
func badTree(t *testing.T, files map[string]string) *tree {
	t.Helper()
	bad := newTree(t.TempDir(), "example.test/m")
	for name, text := range files {
		name = filepath.Join(bad.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return bad
}

// want compares findings with the texts a rule must produce, all of them and no more.
func want(t *testing.T, found []finding, err error, texts ...string) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	var got []string
	for _, f := range found {
		got = append(got, f.String())
	}
	if !slices.Equal(got, texts) {
		t.Errorf("found\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(texts, "\n\t"))
	}
}

// within reports whether a package is root or lies below it.
func within(pkg, root string) bool { return pkg == root || strings.HasPrefix(pkg, root+"/") }
