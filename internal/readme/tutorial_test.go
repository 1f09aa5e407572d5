package readme

import (
	"bufio"
	"regexp"
	"strings"
	"testing"
)

// What stands in the tutorial is a module, whose tests pass and whose programs do what the tutorial says.
func TestTutorial(t *testing.T) {
	address := freeAddress(t)
	m := newModule(t)
	m.name("example.com/dinner")
	files := regexp.MustCompile("(?s)<!-- file: (\\S+) -->\n```go\n(.*?)```").FindAllStringSubmatch(read(t, "docs/tutorial.md"), -1)
	if len(files) != 5 {
		t.Fatalf("the tutorial has %d files, want 5", len(files))
	}
	for _, f := range files {
		m.write(f[1], strings.ReplaceAll(f[2], "localhost:8080", address))
	}
	m.run("go", "generate", "./...")
	m.run("go", "vet", "./...")
	m.run("go", "test", "-short", "./...")
	m.run("go", "build", "-o", "bin/", "./serve", "./join", "./admin")

	m.start("bin/serve")
	awaitServer(t, "http://"+address+"/-/health")
	ann := m.start("bin/join", "ann", "want", "soup")
	says(t, ann, "soup: ", "--")
	says(t, m.start("bin/join", "bob", "bring", "soup"), "soup: bob", "--")
	says(t, ann, "soup: bob", "--")
	says(t, m.start("bin/join", "cy", "bring", "soup"), "somebody else brings it already", "soup: bob", "--")
	says(t, m.start("bin/admin", "state", "dinner.db", "friday", "-at", "1"), `{"dishes":{"soup":{"by":""}}}`)
}

func says(t *testing.T, program *bufio.Scanner, lines ...string) {
	t.Helper()
	for _, want := range lines {
		if !program.Scan() || program.Text() != want {
			t.Fatalf("it said %q, want %q", program.Text(), want)
		}
	}
}
