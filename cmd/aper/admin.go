package main

import (
	"context"
	"io"
	"slices"

	"github.com/aper-go/aper/admin"
	"github.com/aper-go/aper/examples/counter"
)

// allVerbs returns the verbs of this command and those of package admin.
func allVerbs() []verb {
	all := slices.Clone(verbs)
	for _, v := range admin.Verbs() {
		taken := func(own verb) bool { return own.name == v.Name } // as bench is, which measures the counter anyway
		if !slices.ContainsFunc(verbs, taken) {
			all = append(all, verb{name: v.Name, summary: v.Summary})
		}
	}
	return all
}

// administer runs a verb of package admin for the machine that the demo serves.
func administer(ctx context.Context, v *verb, args []string, stdout, stderr io.Writer) int {
	return admin.Run(ctx, counter.Counter{}, append([]string{"aper", v.name}, args...), stdout, stderr)
}
