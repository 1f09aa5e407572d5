package wire_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper/wire"
)

// What a version stands for does not change: the file has one line for each, with the hash of its examples.
func TestVersions(t *testing.T) {
	const file = "testdata/versions.txt"
	b, err := os.ReadFile(file)
	if err != nil && !*rewrite {
		t.Fatal(err)
	}
	text := string(b)
	for _, v := range versions(examples()) {
		if *rewrite {
			text = v.writtenInto(text)
		} else if problem := v.problem(text); problem != "" {
			t.Error(problem)
		}
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// examples returns all messages, all that is stored to be gone on with, and what is kept to be looked into.
func examples() (all [3][]byte) {
	for _, k := range kinds {
		of := 0
		switch {
		case k.name == "Divergence":
			of = 2
		case k.isStore:
			of = 1
		}
		all[of] = k.full.Append(all[of])
	}
	return all
}

type version struct {
	name, constant string
	number         int
	hash           string
}

func versions(all [3][]byte) []version {
	return []version{
		{"protocol", "wire.Version", wire.Version, hashOf(all[0])},
		{"record", "wire.RecordVersion", wire.RecordVersion, hashOf(all[1])},
		{"divergence", "wire.DivergenceVersion", wire.DivergenceVersion, hashOf(all[2])},
	}
}

func hashOf(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b))[:16] }

func (v version) String() string { return fmt.Sprintf("%s %d %s", v.name, v.number, v.hash) }

// find returns the lines of the file, and which of them is this version's: -1 when there is none.
func (v version) find(text string) (lines []string, at int) {
	lines = strings.Split(strings.TrimSpace(text), "\n")
	return lines, slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, fmt.Sprintf("%s %d ", v.name, v.number)) })
}

// problem says what to do when the file does not have this version as it is, and is empty otherwise.
func (v version) problem(text string) string {
	switch lines, at := v.find(text); {
	case at < 0:
		return fmt.Sprintf("testdata/versions.txt has no line for %s %d. Add it, or run this test with -rewrite:\n%s", v.name, v.number, v)
	case lines[at] != v.String():
		return fmt.Sprintf("The bytes are no longer those of %s %d: the file has\n%s\nand now it is\n%s\n"+
			"Programs of that version may be at work, or have stored what must be read again. Raise %s, keep the line, and run this\n"+
			"test with -rewrite: it adds a line for the new version. Only before that version is released, or when merely an example\n"+
			"in these tests changed, run it with -rewrite without raising anything: it replaces the line.",
			v.name, v.number, lines[at], v, v.constant)
	}
	return ""
}

// writtenInto returns the file with this version in it as it is. Lines of other versions stay.
func (v version) writtenInto(text string) string {
	lines, at := v.find(text)
	if at < 0 {
		lines, at = append(lines, ""), len(lines)
	}
	lines[at] = v.String()
	return strings.TrimSpace(strings.Join(lines, "\n")) + "\n"
}

// Whichever byte of whichever example changes, its version is no longer what it was, and the others still are.
func TestVersionsNoticeEveryByte(t *testing.T) {
	all := examples()
	file := ""
	for _, v := range versions(all) {
		file = v.writtenInto(file)
	}
	for i, b := range all {
		for at := range b {
			b[at] ^= 1
			for j, v := range versions(all) {
				problem := v.problem(file)
				if noticed := strings.Contains(problem, "Raise "+v.constant+","); noticed != (i == j) || !noticed && problem != "" {
					t.Fatalf("byte %d of example %d: of %s is said %q", at, i, v.name, problem)
				}
			}
			b[at] ^= 1
		}
	}
}

// A version that was raised asks for a line of its own, and the old one stays. Version 1 is not taken for 10.
func TestVersionsThatAreRaised(t *testing.T) {
	const file = "protocol 1 aa\nrecord 10 bb\n"
	for _, test := range []struct {
		v               version
		problem, better string
	}{
		{version{"protocol", "wire.Version", 1, "aa"}, "", file},
		{version{"protocol", "wire.Version", 1, "cc"}, "Raise wire.Version,", "protocol 1 cc\nrecord 10 bb\n"},
		{version{"protocol", "wire.Version", 2, "aa"}, "no line for protocol 2", file + "protocol 2 aa\n"},
		{version{"record", "wire.RecordVersion", 1, "bb"}, "no line for record 1.", file + "record 1 bb\n"},
	} {
		got := test.v.problem(file)
		if !strings.Contains(got, test.problem) || (got == "") != (test.problem == "") {
			t.Errorf("%v: %q, want %q", test.v, got, test.problem)
		}
		if better := test.v.writtenInto(file); better != test.better || test.v.problem(better) != "" {
			t.Errorf("%v is written as\n%swant\n%s", test.v, better, test.better)
		}
	}
}
