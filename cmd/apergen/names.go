package main

import (
	"slices"
	"strings"
	"unicode"
)

// localNames are the variables of generated functions, which hide types of the same names.
var localNames = map[string]bool{"s": true, "t": true, "c": true, "m": true, "i": true, "j": true, "k": true, "next": true, "err": true, "d": true, "old": true, "to": true}

// lowerCamel returns a name with a small beginning, as fields have it in JSON: by, id, ids, userID, urlPath.
func lowerCamel(name string) string {
	letters := []rune(name)
	for i := range letters {
		rest := string(letters[i+1:])
		startsWord := i > 0 && rest != "" && rest != "s" && unicode.IsLower(letters[i+1])
		if !unicode.IsUpper(letters[i]) || startsWord {
			break
		}
		letters[i] = unicode.ToLower(letters[i])
	}
	return string(letters)
}

// inJSON is the name of a field in JSON.
func (f *field) inJSON() string { return lowerCamel(f.called) }

// tableName is the variable with the names of a state's transitions.
func tableName(s *state) string { return lowerCamel(s.name) + "Transitions" }

// isStandard reports whether an import path is one of the standard library.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// predeclared returns the names that generated code takes from Go itself.
func predeclared() []string {
	names := []string{"len", "error", "false", "nil"}
	for _, how := range codings {
		names = append(names, how.basic)
	}
	slices.Sort(names)
	return names
}
