package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// An event is one line of `go test -json`; go doc test2json and go help buildjson name the fields.
type event struct {
	Action      string
	Package     string
	Test        string
	Output      string
	Elapsed     float64
	ImportPath  string // of build events
	FailedBuild string // of a package's fail event
}

type counts struct{ passed, failed, skipped int }

func (c *counts) add(d counts) {
	c.passed += d.passed
	c.failed += d.failed
	c.skipped += d.skipped
}

func (c counts) ran() int { return c.passed + c.failed }

// A counter takes events in and keeps the counts.
type counter struct {
	counts
	w        io.Writer
	packages map[string]*pkg
	order    []string            // of packages, as they came
	builds   map[string][]string // what the compiler said, by import path
}

// A pkg is a package whose verdict is still out.
type pkg struct {
	counts
	tests map[string]*test
	order []string // of tests, as they came; what the package itself says stands under ""
}

// A test is one that has not passed: it is running, or it failed.
type test struct {
	failed bool
	output []string
}

func newCounter(w io.Writer) *counter {
	return &counter{w: w, packages: map[string]*pkg{}, builds: map[string][]string{}}
}

// read takes in every line of r. Lines may be of any length.
func (c *counter) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			c.line(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (c *counter) line(line string) {
	var e event
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil || e.Action == "" {
		fmt.Fprint(c.w, line)
		return
	}
	switch {
	case e.Action == "build-output":
		c.builds[e.ImportPath] = append(c.builds[e.ImportPath], e.Output)
	case e.Package == "":
		// build-fail: the package's own fail event follows
	case e.Test != "":
		c.pkg(e.Package).event(e)
	case e.Action == "output":
		c.pkg(e.Package).say(e)
	case e.Action == "pass", e.Action == "fail", e.Action == "skip":
		c.close(e)
	}
}

func (c *counter) pkg(path string) *pkg {
	p := c.packages[path]
	if p == nil {
		p = &pkg{tests: map[string]*test{}}
		c.packages[path] = p
		c.order = append(c.order, path)
	}
	return p
}

func (p *pkg) test(name string) *test {
	t := p.tests[name]
	if t == nil {
		t = &test{}
		p.tests[name] = t
		p.order = append(p.order, name)
	}
	return t
}

// event takes in what happened to one test.
func (p *pkg) event(e event) {
	switch e.Action {
	case "run":
		p.test(e.Test)
	case "output":
		p.say(e)
	case "pass":
		p.passed++
		p.forget(e.Test)
	case "skip":
		p.skipped++
		p.forget(e.Test)
	case "fail":
		p.failed++
		p.test(e.Test).failed = true
	}
}

// forget drops a test that passed, unless an earlier run of it failed. Its name stays in p.order, which costs little.
func (p *pkg) forget(name string) {
	if t := p.tests[name]; t != nil && !t.failed {
		delete(p.tests, name)
	}
}

func (p *pkg) say(e event) {
	for _, chatter := range []string{"=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME "} {
		if strings.HasPrefix(e.Output, chatter) {
			return
		}
	}
	t := p.test(e.Test)
	t.output = append(t.output, e.Output)
}

// close takes in the verdict on a package: it counts its tests, and shows what went wrong.
func (c *counter) close(e event) {
	p := c.pkg(e.Package)
	delete(c.packages, e.Package)
	p.failUnfinished()
	if e.Action == "fail" && p.failed == 0 {
		p.failed++ // nothing in it took the blame: it did not build, or its binary died
	}
	c.add(p.counts)
	if p.failed > 0 {
		c.show(e, p)
	} else if p.ran()+p.skipped > 0 {
		fmt.Fprintf(c.w, "ok    %s  %s  (%.1fs)\n", e.Package, plural(p.ran(), "test"), e.Elapsed)
	}
}

// failUnfinished counts tests that began and never ended: the binary died under them.
func (p *pkg) failUnfinished() {
	for name, t := range p.tests {
		if name != "" && !t.failed {
			t.failed = true
			t.output = append(t.output, "    "+name+" did not finish\n")
			p.failed++
		}
	}
}

func (c *counter) show(e event, p *pkg) {
	fmt.Fprintf(c.w, "FAIL  %s  %d of %d failed  (%.1fs)\n", e.Package, p.failed, p.ran(), e.Elapsed)
	for _, line := range c.builds[e.FailedBuild] {
		c.indent(line)
	}
	for _, name := range p.order {
		if t := p.tests[name]; t != nil {
			for _, line := range t.output {
				c.indent(line)
			}
			delete(p.tests, name) // a name that ran, passed and ran again stands in the order twice
		}
	}
}

func (c *counter) indent(text string) {
	for line := range strings.Lines(text) {
		fmt.Fprint(c.w, "      ", strings.TrimSuffix(line, "\n"), "\n")
	}
}

// finish counts what is left when the command has ended, with err when it ended badly.
func (c *counter) finish(err error) {
	for _, path := range c.order {
		if c.packages[path] != nil {
			c.close(event{Action: "fail", Package: path})
		}
	}
	switch {
	case err != nil && c.failed == 0:
		fmt.Fprintln(c.w, "FAIL  the command failed, though no test did:", err)
		c.failed++
	case c.ran() == 0:
		fmt.Fprintln(c.w, "FAIL  no test ran")
		c.failed++
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprint(n, " ", noun)
	}
	return fmt.Sprint(n, " ", noun, "s")
}
