package main

import (
	"path/filepath"

	"golang.org/x/tools/go/packages"
)

// verify compiles what was generated anew together with its packages, and returns the errors in it. There should never
// be one: what cannot be coded was refused before.
func verify(dir string, outputs []output) (problems, error) {
	overlay := map[string][]byte{}
	var patterns []string
	for _, o := range outputs {
		if filepath.Ext(o.path) == ".go" {
			overlay[o.path] = o.text
			if !o.isCurrent() {
				patterns = append(patterns, filepath.Dir(o.path))
			}
		}
	}
	if len(patterns) == 0 {
		return nil, nil
	}
	pkgs, err := load(dir, patterns, overlay)
	if err != nil {
		return nil, err
	}
	var broken problems
	for _, pkg := range pkgs {
		for _, err := range pkg.Errors {
			at := parsePosition(err.Pos)
			if err.Kind == packages.TypeError && overlay[at.Filename] != nil {
				broken.add(at, "this file was not written, because it would not compile; that is a bug in apergen, please report it: %s", err.Msg)
			}
		}
	}
	return broken, nil
}
