package cbor

import (
	"go/build"
	"slices"
	"testing"
)

// The package stays small in a browser build, and pure: nothing else may come in.
func TestImports(t *testing.T) {
	allowed := []string{"errors", "math", "math/bits", "unicode/utf8"}
	pkg, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range pkg.Imports {
		if !slices.Contains(allowed, path) {
			t.Errorf("imports %s; allowed are %v", path, allowed)
		}
	}
}
