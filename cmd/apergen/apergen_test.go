package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const counterSource = `package counter

import "github.com/aper-go/aper"

type Counter struct{ Value int64 }

type Increment struct{ By int64 }

func (t Increment) Apply(c Counter, m *aper.Meta) (Counter, error) { c.Value += t.By; return c, nil }
`

// apergen runs the generator, and returns what it says.
func apergen(t *testing.T, dir string, status int, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	if got := run(dir, args, &stderr); got != status {
		t.Fatalf("apergen %s: exit status %d, expected %d; it says:\n%s", strings.Join(args, " "), got, status, &stderr)
	}
	return stderr.String()
}

func TestExampleIsCurrent(t *testing.T) {
	if said := apergen(t, "../../examples/counter", 0, "-check"); said != "" {
		t.Error(said)
	}
}

func TestCheck(t *testing.T) {
	module := newModule(t)
	dir := filepath.Join(module, "counter")
	writeFile(t, filepath.Join(dir, "counter.go"), counterSource)

	expect := func(status int, want string) {
		t.Helper()
		before := filesIn(t, dir)
		if got := apergen(t, dir, status, "-check"); got != want {
			t.Errorf("it says %q, not %q", got, want)
		}
		if after := filesIn(t, dir); len(after) != len(before) {
			t.Errorf("-check wrote something")
		}
	}
	expect(1, "aper.schema: this file is missing: run go tool apergen example.test/counter\n"+
		"counter_aper.go: this file is missing: run go tool apergen example.test/counter\n")
	apergen(t, dir, 0)
	expect(0, "")

	generated := filepath.Join(dir, "counter_aper.go")
	text := readFile(t, generated)
	writeFile(t, generated, strings.Replace(text, "s.Value = ", "s.Value += ", 1))
	expect(1, "counter_aper.go:12: out of date, this line should be \"s.Value = c.Field(\\\"value\\\").Int64(s.Value)\": run go tool apergen example.test/counter\n")
	apergen(t, module, 0, "./...")
	if readFile(t, generated) != text {
		t.Error("the edited file was not written again")
	}
	expect(0, "")

	// A change that would misread is found by -check too.
	writeFile(t, filepath.Join(dir, "counter.go"), strings.Replace(counterSource, "By int64", "By int32", 1))
	if said := apergen(t, dir, 1, "-check"); !strings.HasPrefix(said, "counter.go:7:24: Increment.By is of kind int32") {
		t.Error(said)
	}
}

func TestNothingIsWrittenTwice(t *testing.T) {
	dir := filepath.Join(newModule(t), "counter")
	writeFile(t, filepath.Join(dir, "counter.go"), counterSource)
	apergen(t, dir, 0)
	before, err := os.Stat(filepath.Join(dir, "counter_aper.go"))
	if err != nil {
		t.Fatal(err)
	}
	apergen(t, dir, 0)
	after, err := os.Stat(filepath.Join(dir, "counter_aper.go"))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was written although it was current (%v)", err)
	}
}

func TestArguments(t *testing.T) {
	if said := apergen(t, ".", 2, "-unknown"); !strings.Contains(said, "usage: apergen [-check] [packages]") {
		t.Error(said)
	}
	if said := apergen(t, ".", 1, "./nowhere"); !strings.Contains(said, "nowhere") {
		t.Error(said)
	}
}

// What does not compile in spite of everything is not written.
func TestVerify(t *testing.T) {
	dir := filepath.Join(newModule(t), "counter")
	writeFile(t, filepath.Join(dir, "counter.go"), counterSource)
	broken := output{path: filepath.Join(dir, "counter_aper.go"), text: []byte("package counter\n\nvar x int = Counter{}\n")}
	found, err := verify(dir, []output{broken})
	if err != nil || len(found) != 1 || !strings.Contains(found[0].text, "bug in apergen") {
		t.Errorf("%v, %v", found, err)
	}
}

// The order in which files are loaded does not show in what is written.
func TestOrderOfFiles(t *testing.T) {
	dir := filepath.Join(newModule(t), "counter")
	for _, name := range []string{"a", "b", "c", "d"} {
		source := strings.ReplaceAll(counterSource, "package counter", "package counter // "+name)
		source = strings.NewReplacer("Counter", "Counter"+name, "Increment", "Increment"+name, "int64 }", "int64; At Place"+name+" }").Replace(source)
		writeFile(t, filepath.Join(dir, name+".go"), source+"\ntype Place"+name+" struct{ X, Y int8 }\n")
	}
	var first []output
	for range 3 {
		pkgs, err := load(dir, []string{"."}, nil)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(pkgs[0].Syntax)
		outputs, found, _ := generatePackage(pkgs[0], newKnown())
		if len(found) > 0 {
			t.Fatal(found)
		}
		if first == nil {
			first = outputs
		}
		for i := range outputs {
			if !bytes.Equal(outputs[i].text, first[i].text) {
				t.Fatalf("%s differs:\n%s\n%s", outputs[i].path, first[i].text, outputs[i].text)
			}
		}
	}
}

func TestLowerCamel(t *testing.T) {
	for name, want := range map[string]string{
		"By": "by", "ID": "id", "UserID": "userID", "URLPath": "urlPath", "X": "x", "XY": "xy", "IDs": "ids", "ID2": "id2",
		"AName": "aName", "by": "by", "A1B": "a1B", "Ähre": "ähre", "": "", "JSONAPIs": "jsonapis", "As": "as",
	} {
		if got := lowerCamel(name); got != want {
			t.Errorf("lowerCamel(%q) = %q, not %q", name, got, want)
		}
	}
}

// What a schema writes, it reads.
func TestSchemaRoundTrip(t *testing.T) {
	s := &schema{entries: []*entry{
		{word: stateWord, name: "Board", version: 2, fields: []schemaField{{name: "Cards", kind: "data.Map[string, data.List[Card]]"}, {name: "Tags", kind: "owned Tags"}}},
		{word: transitionWord, state: "Board", number: 1, name: "Clear"},
		{word: stateWord, name: "Box[V]", version: 1, kind: "uint8"},
		{word: typeWord, name: "Suit", kind: "uint8"},
	}}
	text := s.text("board")
	back, at, err := parseSchema("aper.schema", string(text))
	if err != nil {
		t.Fatal(at, err)
	}
	if back.entries[0].version != 2 || back.entries[2].version != 1 {
		t.Errorf("the versions are lost in %s", text)
	}
	if again := back.text("board"); !bytes.Equal(text, again) {
		t.Errorf("%s\nbecame\n%s", text, again)
	}
}
