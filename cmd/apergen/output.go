package main

import (
	"bytes"
	"fmt"
	"go/token"
	"os"
	"path/filepath"

	"golang.org/x/tools/go/packages"
)

// An output is one file that apergen writes, and what is there now.
type output struct {
	path    string
	now     []byte // nil when there is no such file
	text    []byte
	pkgPath string
}

func (o output) isCurrent() bool { return o.now != nil && bytes.Equal(o.now, o.text) }

// generatePackage returns the files of one package, or what is wrong with it.
func generatePackage(pkg *packages.Package, k *known) (files []output, refused, warnings problems) {
	if found := loadProblems(pkg); len(found) > 0 {
		return nil, found, nil
	}
	if pkg.PkgPath == aperPath || len(pkg.Syntax) == 0 {
		return nil, nil, nil
	}
	m := newModel(pkg, k)
	goPath := filepath.Join(pkg.Dir, pkg.Name+generatedSuffix)
	schemaPath := filepath.Join(pkg.Dir, schemaFile)
	m.refuseLeftovers(goPath, schemaPath)
	if len(m.problems) > 0 || len(m.states) == 0 {
		return nil, m.problems, nil
	}

	old, found := readSchema(schemaPath)
	if len(found) > 0 {
		return nil, found, nil
	}
	m.number(old)
	current := schemaOf(m)
	if old != nil {
		if refused, warnings = evolve(old, current); len(refused) > 0 {
			return nil, refused, nil
		}
	}
	text, err := goFile(m)
	if err != nil {
		return nil, problems{{text: "apergen wrote Go that cannot be parsed, which is a bug in it; please report: " + err.Error()}}, nil
	}
	warnings = append(warnings, m.warnings(text)...)
	return []output{
		newOutput(pkg, goPath, text),
		newOutput(pkg, schemaPath, current.text(pkg.Name)),
	}, nil, warnings
}

func newOutput(pkg *packages.Package, path string, text []byte) output {
	now, _ := os.ReadFile(path)
	return output{path: path, now: now, text: text, pkgPath: pkg.PkgPath}
}

// refuseLeftovers refuses files that stand in the way, or that nobody would ever update again.
func (m *model) refuseLeftovers(goPath, schemaPath string) {
	at := func(path string) token.Position { return token.Position{Filename: path} }
	for _, path := range generatedFiles(m.pkg.Dir) {
		switch {
		case path != goPath:
			m.add(at(path), "apergen wrote this file when the package had another name: delete it")
		case len(m.states) == 0 && len(m.problems) == 0:
			m.add(at(path), "the package has no state machine any more, and no room of it could be opened: if that is meant, "+
				"delete this file and %s", schemaFile)
		}
	}
	if _, err := os.Stat(goPath); err == nil && !isGenerated(goPath) && len(m.states) > 0 {
		m.add(at(goPath), "apergen would write this file, but did not write the one that is there: give it another name")
	}
}

// write writes what is not current.
func write(outputs []output) error {
	for _, o := range outputs {
		if o.isCurrent() {
			continue
		}
		if err := replaceFile(o.path, o.text); err != nil {
			return err
		}
	}
	return nil
}

// replaceFile writes a file so that at no time a part of it is there.
func replaceFile(path string, text []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".apergen-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(text)
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(temporary.Name(), 0o644)
	}
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

// outdated says why files are not what apergen would write, and what to do.
func outdated(outputs []output) problems {
	var found problems
	for _, o := range outputs {
		if o.isCurrent() {
			continue
		}
		at := token.Position{Filename: o.path}
		why := "this file is missing"
		if o.now != nil {
			at.Line, why = firstDifference(o.now, o.text)
		}
		found.add(at, "%s: run go tool apergen %s", why, o.pkgPath)
	}
	return found
}

// firstDifference returns the first line where two texts differ, and how.
func firstDifference(now, wanted []byte) (line int, difference string) {
	a, b := bytes.Split(now, []byte("\n")), bytes.Split(wanted, []byte("\n"))
	for i := range max(len(a), len(b)) {
		if want := lineOf(b, i); want != lineOf(a, i) {
			return i + 1, fmt.Sprintf("out of date, this line should be %q", want)
		}
	}
	return 1, "out of date, the ends of lines differ"
}

func lineOf(lines [][]byte, i int) string {
	if i < len(lines) {
		return string(bytes.TrimSpace(lines[i]))
	}
	return ""
}
