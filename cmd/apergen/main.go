package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/tools/go/packages"
)

func main() {
	os.Exit(run(".", os.Args[1:], os.Stderr))
}

// run is apergen in the directory dir. It returns the exit status.
func run(dir string, args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("apergen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	check := flags.Bool("check", false, "write nothing; list what is out of date")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: apergen [-check] [packages]\n\nWrites <package>_aper.go and aper.schema beside each state machine.")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	patterns := flags.Args()
	if len(patterns) == 0 {
		patterns = []string{"."}
	}

	outputs, problems, warnings, err := generate(dir, patterns)
	if err != nil {
		fmt.Fprintln(stderr, "apergen:", err)
		return 1
	}
	if *check {
		problems = append(problems, outdated(outputs)...)
	} else if err := write(outputs); err != nil {
		fmt.Fprintln(stderr, "apergen:", err)
		return 1
	}
	for _, line := range slices.Concat(problems, warnings).lines(dir) {
		fmt.Fprintln(stderr, line)
	}
	return min(len(problems), 1)
}

// generate returns what apergen writes for the packages, and what their authors must change first. There is no output
// for a package with a problem, nor for those that import it, because they may need what is missing there.
func generate(dir string, patterns []string) (outputs []output, all, warnings problems, err error) {
	pkgs, err := load(dir, patterns, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	known := newKnown()
	failed := map[*packages.Package]bool{}
	for _, pkg := range dependenciesFirst(pkgs) {
		if dependsOn(pkg, failed) {
			continue
		}
		files, found, warned := generatePackage(pkg, known)
		outputs = append(outputs, files...)
		all = append(all, found...)
		warnings = append(warnings, warned...)
		failed[pkg] = len(found) > 0
	}
	broken, err := verify(dir, outputs)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(broken) > 0 {
		outputs = nil
	}
	return outputs, append(all, broken...), warnings, nil
}
