package policy

import (
	"bytes"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// machinePatterns match what belongs to one machine and not to the project. They are written in pieces, so that
// this file does not match itself.
var machinePatterns = []struct {
	pattern *regexp.Regexp
	rule    string
}{
	{regexp.MustCompile(`(^|[^\w.~*-])/` + `(work|root|home)/`),
		"holds a path of one machine: use a path from the repository's root, or t.TempDir()"},
	{regexp.MustCompile(`GOPROXY` + `=http`),
		"names a module proxy: leave GOPROXY to whoever builds"},
	{regexp.MustCompile(`registry` + `=|registry` + `["']?\s*[:=]\s*["']?http|registry` + `\.[\w-]+\.\w`),
		"names a package registry: leave it to whoever installs (web/.npmrc keeps it out of the lock file)"},
}

func TestNoMachineInTheRepository(t *testing.T) {
	tree := thisTree(t)
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = tree.dir
	names, err := list.Output()
	if err != nil {
		t.Skip("not a git work tree:", err)
	}
	for _, name := range strings.Split(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		if path.Base(name) == "go.sum" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(tree.dir, filepath.FromSlash(name)))
		if err != nil {
			continue // deleted and not committed, a directory, or a link to nowhere
		}
		report(t, machineTraces(name, text), nil)
	}
}

func machineTraces(name string, text []byte) []finding {
	if bytes.IndexByte(text, 0) >= 0 {
		return nil // not text
	}
	var found []finding
	line := 0
	for content := range bytes.Lines(text) {
		line++
		for _, m := range machinePatterns {
			if m.pattern.Match(content) {
				found = append(found, finding{file: name, line: line, text: m.rule})
			}
		}
	}
	return found
}

func TestMachineTracesCatches(t *testing.T) {
	const (
		aPath    = ":1: holds a path of one machine: use a path from the repository's root, or t.TempDir()"
		aProxy   = ":1: names a module proxy: leave GOPROXY to whoever builds"
		registry = ":1: names a package registry: leave it to whoever installs (web/.npmrc keeps it out of the lock file)"
	)
	tests := []struct{ text, want string }{
		{"cd /" + "work/main", aPath},
		{"/" + "root/.cache", aPath},
		{`"file:///` + `home/me/x"`, aPath},
		{"export GOPROXY" + "=https://proxy.example", aProxy},
		{"registry" + "=https://npm.example/", registry},
		{`registry` + ` = "http://npm.example"`, registry},
		{`"registry` + `": "http://npm.example"`, registry},
		{`"resolved": "https://registry` + `.npmjs.org/x.tgz"`, registry},

		{"the network" + "/wo" + "rk/ directory, ./wo" + "rk/ and ~/wo" + "rk/", ""},
		{"omit-lockfile-registry-resolved=true", ""},
		{"registry := map[string]int{} // no global registry. Types travel by code.", ""},
		{"GOPROXY=off", ""},
		{"\x00/" + "work/", ""},
	}
	for _, test := range tests {
		found := machineTraces("f", []byte(test.text+"\n"))
		var texts []string
		if test.want != "" {
			texts = append(texts, "f"+test.want)
		}
		want(t, found, nil, texts...)
	}
}
