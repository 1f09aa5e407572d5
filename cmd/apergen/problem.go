package main

import (
	"cmp"
	"fmt"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// A problem is something that the author of a package must change.
type problem struct {
	at   token.Position // the line is 0 when the whole file is meant
	text string
}

type problems []problem

func (all *problems) add(at token.Position, format string, args ...any) {
	*all = append(*all, problem{at, fmt.Sprintf(format, args...)})
}

// lines returns the problems in the order of their places, each place as seen from dir, none twice.
func (all problems) lines(dir string) []string {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b problem) int {
		return cmp.Or(
			strings.Compare(a.at.Filename, b.at.Filename),
			cmp.Compare(a.at.Line, b.at.Line),
			cmp.Compare(a.at.Column, b.at.Column),
			strings.Compare(a.text, b.text),
		)
	})
	var lines []string
	for _, p := range slices.Compact(sorted) {
		p.at.Filename = seenFrom(dir, p.at.Filename)
		if p.at.Filename != "" {
			p.text = p.at.String() + ": " + p.text
		}
		lines = append(lines, p.text)
	}
	return lines
}

// seenFrom shortens an absolute path for somebody who stands in dir.
func seenFrom(dir, path string) string {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return path
	}
	relative, err := filepath.Rel(absolute, path)
	if err != nil || len(relative) >= len(path) {
		return path
	}
	return relative
}
