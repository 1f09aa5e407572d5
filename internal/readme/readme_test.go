// Package readme has the test that keeps the README true.
package readme

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const root = "../.."

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// blocks returns the Go code in the README, in order.
func blocks(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, match := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(read(t, "README.md"), -1) {
		found = append(found, match[1])
	}
	if len(found) != 3 {
		t.Fatalf("the README has %d blocks of Go, want the machine, the server and the client", len(found))
	}
	return found
}

func TestMachineIsTheExample(t *testing.T) {
	if blocks(t)[0] != read(t, "examples/counter/counter.go") {
		t.Error("the first block of README.md and examples/counter/counter.go differ; make them the same")
	}
}

// A stranger's module: the machine of the README with what the generator makes of it, and its server and its client as
// programs, which talk.
func TestServerAndClientTalkInAnotherModule(t *testing.T) {
	code, address := blocks(t), freeAddress(t)
	m := newModule(t)
	m.write("counter/counter.go", code[0])
	m.write("serve/main.go", program(strings.ReplaceAll(code[1], `":8080"`, strconv.Quote(address)), "log", "net/http", "server"))
	m.write("join/main.go", program("ctx := context.Background()\n"+strings.ReplaceAll(code[2], "localhost:8080", address),
		"context", "errors", "fmt", "log", "client"))
	m.run("go", "generate", "./...")
	m.run("go", "vet", "./...")
	m.run("go", "build", "-o", "bin/", "./serve", "./join")

	m.start("bin/serve")
	awaitServer(t, "http://"+address+"/-/health")
	says(t, m.start("bin/join"), "true", "1") // the conflict of the README, and the state that it watches
}

// freeAddress returns one that nobody listens on.
func freeAddress(t *testing.T) string {
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// awaitServer asks until there is an answer, or the test's time is over.
func awaitServer(t *testing.T, url string) {
	t.Helper()
	for t.Context().Err() == nil {
		answer, err := http.Get(url)
		if err == nil {
			answer.Body.Close()
			return
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
}

// A module is a directory with programs, which depends on this module as it is here.
type module struct {
	t   *testing.T
	dir string
}

func newModule(t *testing.T) *module {
	t.Helper()
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	requirements := read(t, "go.mod")
	requirements = requirements[strings.Index(requirements, "require"):]
	requirements = regexp.MustCompile(`(?m)^tool .*$`).ReplaceAllString(requirements, "")
	m := &module{t, t.TempDir()}
	m.write("go.mod", "module example.com/stranger\n\ngo 1.26\n\nrequire github.com/aper-go/aper v0.0.0\n\nreplace github.com/aper-go/aper => "+
		absolute+"\n\ntool github.com/aper-go/aper/cmd/apergen\n\n"+requirements)
	m.write("go.sum", read(t, "go.sum"))
	return m
}

// name gives the module another name than example.com/stranger.
func (m *module) name(name string) { m.run("go", "mod", "edit", "-module", name) }

func (m *module) write(name, text string) {
	m.t.Helper()
	path := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		m.t.Fatal(err)
	}
}

func (m *module) run(command ...string) {
	m.t.Helper()
	c := exec.Command(command[0], command[1:]...)
	c.Dir = m.dir
	c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := c.CombinedOutput(); err != nil {
		m.t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
}

// start runs a program until the end of the test, and returns what it says.
func (m *module) start(program string, arguments ...string) *bufio.Scanner {
	m.t.Helper()
	c := exec.Command(filepath.Join(m.dir, program), arguments...)
	c.Dir, c.Stderr = m.dir, os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	return bufio.NewScanner(out)
}

// program returns a program that does this, and imports these packages; the last one is of this module.
func program(body string, imports ...string) string {
	last := len(imports) - 1
	return "package main\n\nimport (\n\t\"" + strings.Join(imports[:last], "\"\n\t\"") +
		"\"\n\n\t\"example.com/stranger/counter\"\n\t\"github.com/aper-go/aper/" + imports[last] + "\"\n)\n\nfunc main() {\n" + body + "}\n"
}
