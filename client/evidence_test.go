//go:build !js

package client_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aper-go/aper/client"
)

// However often clients diverge, a directory has ten files: the newest. What else is in it stays.
func TestKeepEvidenceIsBounded(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "evidence")
	keep := client.KeepEvidence(directory)
	name := func(i int) string { return fmt.Sprintf("divergence-counter.Counter-lobby-7-%d.aper", i) }
	for i := range 25 {
		where, err := keep(name(i), []byte{byte(i)})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			writeFile(t, filepath.Join(directory, "notes.aper"))
			writeFile(t, filepath.Join(directory, "divergence-counter.Counter-lobby-7-0.aper.new")) // of a program that was killed
		}
		past := time.Now().Add(time.Duration(i-100) * time.Minute)
		if err := os.Chtimes(where, past, past); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := keep(name(24), []byte("again")); err != nil {
		t.Fatal(err)
	}
	for i := range 25 {
		content, err := os.ReadFile(filepath.Join(directory, name(i)))
		if kept := i > 25-10; (err == nil) != kept && i != 25-10 {
			t.Errorf("file %d: %v", i, err)
		}
		if i == 24 && string(content) != "again" {
			t.Errorf("the newest holds %q", content)
		}
	}
	if _, err := os.Stat(filepath.Join(directory, "notes.aper")); err != nil {
		t.Error(err)
	}
	all, err := filepath.Glob(filepath.Join(directory, "divergence-*"))
	if err != nil || len(all) != 10 {
		t.Errorf("%d are kept: %v, %v", len(all), all, err)
	}
}

func writeFile(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("something"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A directory that cannot be used is an error, and no panic.
func TestKeepEvidenceWithoutADirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file)
	if _, err := client.KeepEvidence(file)("divergence-a.aper", nil); err == nil {
		t.Error("it went into a file")
	}
}
