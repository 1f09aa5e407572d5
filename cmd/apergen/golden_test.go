package main

import (
	"bytes"
	"flag"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var rewrite = flag.Bool("rewrite", false, "write what apergen does now into testdata, instead of comparing")

// TestGolden runs apergen on the packages of each archive in testdata, and compares what it says and writes with the
// files below want/. Then everything that was generated is compiled, and the tests in the archives are run.
func TestGolden(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives in testdata: ", err)
	}
	module := newModule(t)
	var good []string
	for _, archive := range archives {
		name := strings.TrimSuffix(filepath.Base(archive), ".txtar")
		t.Run(name, func(t *testing.T) {
			if runArchive(t, archive, filepath.Join(module, name)) {
				good = append(good, "./"+name+"/...")
			}
		})
	}
	command := exec.Command("go", append([]string{"test", "-vet=all", "-trimpath", "-ldflags=-s -w"}, good...)...)
	command.Dir = module
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("what was generated does not work: %v\n%s", err, out)
	}
}

// newModule makes a module in which packages can import this one, and package trip of testdata.
func newModule(t *testing.T) string {
	t.Helper()
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOWORK", "off")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	module := t.TempDir()
	writeFile(t, filepath.Join(module, "go.mod"), "module example.test\n\ngo 1.26\n\n"+
		"require "+aperPath+" v0.0.0\n\nreplace "+aperPath+" => "+root+"\n")
	for from, to := range map[string]string{"../../go.sum": "go.sum", "testdata/trip.go": "trip/trip.go"} {
		writeFile(t, filepath.Join(module, to), readFile(t, from))
	}
	return module
}

// runArchive reports whether there is something to compile.
func runArchive(t *testing.T, path, dir string) bool {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	isWanted := func(f txtar.File) bool { return strings.HasPrefix(f.Name, "want/") }
	for _, f := range archive.Files {
		if !isWanted(f) {
			writeFile(t, filepath.Join(dir, f.Name), string(f.Data))
		}
	}
	before := filesIn(t, dir)

	var stderr bytes.Buffer
	status := run(dir, []string{"./..."}, &stderr)
	said := strings.ReplaceAll(stderr.String(), dir, "$DIR")
	if (status == 0) != onlyWarns(said) {
		t.Errorf("exit status %d with the output %q", status, &stderr)
	}
	works := status == 0 && !hasModule(archive)

	var got []txtar.File
	if stderr.Len() > 0 {
		got = append(got, txtar.File{Name: "want/stderr", Data: []byte(said)})
	}
	after := filesIn(t, dir)
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if after[name] != before[name] {
			got = append(got, txtar.File{Name: "want/" + name, Data: []byte(after[name])})
		}
	}
	if *rewrite {
		archive.Files = append(slices.DeleteFunc(archive.Files, isWanted), got...)
		writeFile(t, path, string(txtar.Format(archive)))
		return works
	}
	for _, f := range archive.Files {
		i := slices.IndexFunc(got, func(g txtar.File) bool { return g.Name == f.Name })
		switch {
		case !isWanted(f):
		case i < 0:
			t.Errorf("there is no %s", f.Name)
		case !bytes.Equal(got[i].Data, f.Data):
			t.Errorf("%s is\n%s\nwhich differs from %s; if it is right, run go test -rewrite", f.Name, got[i].Data, path)
		}
	}
	for _, g := range got {
		if !slices.ContainsFunc(archive.Files, func(f txtar.File) bool { return f.Name == g.Name }) {
			t.Errorf("%s is not in %s:\n%s", g.Name, path, g.Data)
		}
	}
	return works
}

func onlyWarns(said string) bool {
	for line := range strings.Lines(said) {
		if !strings.Contains(line, ": warning: ") {
			return false
		}
	}
	return true
}

// hasModule reports whether an archive is a module of its own, which cannot be tested together with the others.
func hasModule(archive *txtar.Archive) bool {
	return slices.ContainsFunc(archive.Files, func(f txtar.File) bool { return f.Name == "go.mod" })
}

// filesIn returns the text of every file below dir.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(dir, path)
			files[filepath.ToSlash(name)] = readFile(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
