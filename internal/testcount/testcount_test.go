package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Each case is a real run of `go test -json` over one small package, so that what we believe of its events is true.
var runs = []struct {
	name   string
	source string
	want   counts
	says   []string // must be shown
	quiet  []string // must not
}{
	{
		name: "passing tests are counted and quiet",
		source: `package p
			import "testing"
			func TestA(t *testing.T) { t.Log("chatter") }
			func TestB(t *testing.T) {
				t.Run("one", func(t *testing.T) {})
				t.Run("two", func(t *testing.T) {})
			}`,
		want:  counts{passed: 4},
		says:  []string{"ok    example.test/p  4 tests"},
		quiet: []string{"chatter", "=== RUN"},
	},
	{
		name: "a failing subtest fails its parent and is shown whole",
		source: `package p
			import "testing"
			func TestA(t *testing.T) { t.Log("chatter") }
			func TestB(t *testing.T) {
				t.Run("one", func(t *testing.T) { t.Error("first line\nsecond line") })
				t.Run("two", func(t *testing.T) { t.Log("chatter") })
			}`,
		want:  counts{passed: 2, failed: 2},
		says:  []string{"FAIL  example.test/p  2 of 4 failed", "first line", "second line", "--- FAIL: TestB/one"},
		quiet: []string{"chatter"},
	},
	{
		name: "skipped tests have a count of their own",
		source: `package p
			import "testing"
			func TestA(t *testing.T) {}
			func TestB(t *testing.T) { t.Skip() }`,
		want: counts{passed: 1, skipped: 1},
	},
	{
		name: "a panic fails its test and those that did not finish",
		source: `package p
			import "testing"
			func TestA(t *testing.T) {}
			func TestB(t *testing.T) { t.Parallel(); select {} }
			func TestC(t *testing.T) { t.Parallel(); panic("on purpose") }`,
		want: counts{passed: 1, failed: 2},
		says: []string{"panic: on purpose", "TestB did not finish"},
	},
	{
		name: "a binary that dies without a failing test is one failure",
		source: `package p
			import ("os"; "testing")
			func TestA(t *testing.T) {}
			func TestMain(m *testing.M) { m.Run(); println("last words"); os.Exit(3) }`,
		want: counts{passed: 1, failed: 1},
		says: []string{"last words"},
	},
	{
		name: "a package that panics before its tests is one failure",
		source: `package p
			import "testing"
			func init() { panic("on purpose") }
			func TestA(t *testing.T) {}`,
		want: counts{failed: 1},
		says: []string{"panic: on purpose"},
	},
	{
		name: "a package that does not compile is one failure",
		source: `package p
			import "testing"
			func TestA(t *testing.T) { undefinedName() }`,
		want: counts{failed: 1},
		says: []string{"undefined: undefinedName"},
	},
	{
		name: "a vet error found by go test is one failure",
		source: `package p
			import ("fmt"; "testing")
			func TestA(t *testing.T) { fmt.Printf("%d", "word") }`,
		want: counts{failed: 1},
		says: []string{"has arg \"word\" of wrong type"},
	},
	{
		name:   "a run without a test is a failure",
		source: `package p`,
		want:   counts{failed: 1},
		says:   []string{"no test ran"},
	},
	{
		name: "a run in which all tests were skipped is a failure",
		source: `package p
			import "testing"
			func TestA(t *testing.T) { t.Skip() }`,
		want: counts{failed: 1, skipped: 1},
		says: []string{"no test ran"},
	},
}

func TestCountsGoTest(t *testing.T) {
	for _, r := range runs {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "go.mod", "module example.test/p\n\ngo 1.26\n")
			write(t, dir, "p_test.go", r.source)
			check(t, []string{"go", "test", "-C", dir, "-json", "."}, r.want, r.says, r.quiet)
		})
	}
}

// Node's tests reach us by web/test/reporter.mjs, which is proven here with the counter it speaks to.
var nodeRuns = []struct {
	name   string
	source string
	want   counts
	says   []string
}{
	{
		name: "tests and subtests are counted, headings are not",
		source: `import { test, describe, it } from "node:test";
			test("one", () => {});
			describe("heading", () => { it("two", () => {}); });
			test("three", async (t) => { await t.test("four", () => {}); });
			test("later", { skip: true }, () => {});
			test("some day", { todo: true }, () => { throw new Error("not yet"); });`,
		want: counts{passed: 4, skipped: 2},
		says: []string{"4 tests"},
	},
	{
		name: "failures are shown whole",
		source: `import { test, describe, it } from "node:test";
			test("fails", () => { console.log("chatter"); throw new Error("first\nsecond"); });
			describe("heading", () => { it("fails", () => { throw new Error("third"); }); it("passes", () => {}); });
			test("parent", async (t) => { await t.test("child", () => {}); throw new Error("fourth"); });`,
		want: counts{passed: 2, failed: 3},
		says: []string{"3 of 5 failed", "chatter", "Error: first\n", "second\n", "Error: third", "Error: fourth", "FAIL: parent (line 4)"},
	},
	{
		name:   "a file that cannot be loaded is one failure",
		source: `import "./no-such-file.mjs";`,
		want:   counts{failed: 1},
		says:   []string{"no-such-file.mjs", "the whole file"},
	},
	{
		name:   "a file without a test is one failure",
		source: `console.log("nothing here");`,
		want:   counts{failed: 1},
		says:   []string{"it holds no test"},
	},
	{
		name: "a file that dies is one failure",
		source: `import { test } from "node:test";
			test("dies", () => { process.exit(3); });`,
		want: counts{failed: 1},
		says: []string{"the whole file"},
	},
}

func TestCountsNodeTest(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
	reporter, err := filepath.Abs("../../web/test/reporter.mjs")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range nodeRuns {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "x.test.mjs", r.source)
			check(t, []string{"node", "--test", "--test-reporter=" + reporter, filepath.Join(dir, "x.test.mjs")}, r.want, r.says, nil)
		})
	}
}

func TestCommandThatCannotStart(t *testing.T) {
	check(t, []string{"./no-such-command"}, counts{failed: 1}, []string{"no-such-command"}, nil)
}

func TestCommandThatFailsForItsOwnReasons(t *testing.T) {
	check(t, []string{"go", "test", "-json", "-no-such-flag"}, counts{failed: 1}, []string{"-no-such-flag"}, nil)
}

// A command may die in the middle of a package, or of a line.
func TestStreamThatBreaksOff(t *testing.T) {
	var b strings.Builder
	c := newCounter(&b)
	err := c.read(strings.NewReader(`{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"out`))
	c.finish(err)
	if want := (counts{passed: 1, failed: 1}); c.counts != want {
		t.Errorf("counted %+v, want %+v\n%s", c.counts, want, b.String())
	}
}

func check(t *testing.T, command []string, want counts, says, quiet []string) {
	t.Helper()
	var b strings.Builder
	got := run(command, &b)
	if got != want {
		t.Errorf("counted %+v, want %+v", got, want)
	}
	for _, s := range says {
		if !strings.Contains(b.String(), s) {
			t.Errorf("does not say %q", s)
		}
	}
	for _, s := range quiet {
		if strings.Contains(b.String(), s) {
			t.Errorf("says %q", s)
		}
	}
	if t.Failed() {
		t.Logf("it said:\n%s", b.String())
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
