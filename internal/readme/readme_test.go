// Package readme has the test that keeps the README true.
package readme

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
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

// A stranger's module: the machine of the README with what the generator made of it, and the server and the client of
// the README as functions.
func TestServerAndClientCompileInAnotherModule(t *testing.T) {
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	code := blocks(t)
	module := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(module, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	run := func(command ...string) {
		t.Helper()
		c := exec.Command(command[0], command[1:]...)
		c.Dir = module
		c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, out)
		}
	}
	requirements := read(t, "go.mod")
	requirements = requirements[strings.Index(requirements, "require"):]
	requirements = regexp.MustCompile(`(?m)^tool .*$`).ReplaceAllString(requirements, "")
	write("go.mod", "module example.com/stranger\n\ngo 1.26\n\nrequire github.com/aper-go/aper v0.0.0\n\nreplace github.com/aper-go/aper => "+
		absolute+"\n\ntool github.com/aper-go/aper/cmd/apergen\n\n"+requirements)
	write("go.sum", read(t, "go.sum"))
	write("counter/counter.go", code[0])
	write("main.go", program(code[1], code[2]))
	run("go", "generate", "./...")
	run("go", "vet", "./...")
	run("go", "build", "-o", os.DevNull, "./...")
	generated, err := os.ReadFile(filepath.Join(module, "counter/counter_aper.go"))
	if err != nil || !bytes.Contains(generated, []byte("DO NOT EDIT")) {
		t.Errorf("go generate wrote no counter_aper.go: %v", err)
	}
}

func program(server, client string) string {
	return `package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"

	"example.com/stranger/counter"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/server"
)

func main() {
	go serve()
	join(context.Background())
}

func serve() {
` + server + `}

func join(ctx context.Context) {
` + client + `}
`
}
