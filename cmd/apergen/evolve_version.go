package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// A state whose version was raised may change in any way, because rooms of the version before are not opened by it.

// wasRaised reports whether every one of some states has a higher version now.
func (v *evolution) wasRaised(states []*entry) bool {
	for _, old := range states {
		now := v.new.declared(old.name)
		if now == nil || now.word != stateWord || now.version <= old.version {
			return false
		}
	}
	return len(states) > 0
}

// unlessRaised looks for changes in what some states store, and forgets what it found if they were raised.
func (v *evolution) unlessRaised(states []*entry, look func()) {
	before := len(v.problems)
	v.states = states
	look()
	if v.wasRaised(states) {
		v.problems = v.problems[:before]
	}
}

// version refuses a version that was lowered, and tells what it means that one was raised.
func (v *evolution) version(old, now *entry) {
	switch {
	case now.version < old.version:
		v.add(now.at, "%s is of version %d where aper.schema has %d, and a room that is stored says by which version: raise it to %d, or to %d if the rules have changed since",
			now.name, now.version, old.version, old.version, old.version+1)
	case now.version > old.version:
		v.warnings.add(now.at, "warning: %s is of version %d now, where aper.schema had %d: rooms that hold one and were stored before are refused at open until there is a migration",
			now.name, now.version, old.version)
	}
}

// waysOut ends every message about a change that would misread.
func (v *evolution) waysOut() string {
	var raise []string
	for _, s := range v.states {
		raise = append(raise, fmt.Sprintf("%s %s %d", s.name, versionMark, s.version+1))
	}
	last := "if no room was stored yet, delete aper.schema"
	if len(raise) == 0 {
		return last
	}
	return "or mark " + enumerate(raise) + ", after which stored rooms are refused at open until there is a migration; " + last
}

// users returns the states that store values of a plain type, directly or in other plain types. A state inside another one
// has a version of its own, and so stands for itself.
func (s *schema) users(name string) []*entry {
	using := map[string]bool{name: true}
	for grown := true; grown; {
		grown = false
		for _, e := range s.entries {
			if e.word == typeWord && !using[e.name] && e.mentions(using) {
				using[e.name] = true
				grown = true
			}
		}
	}
	var states []*entry
	for _, e := range s.entries {
		if e.word == stateWord && (e.mentions(using) || slices.ContainsFunc(s.transitions(e.name), func(t *entry) bool { return t.mentions(using) })) {
			states = append(states, e)
		}
	}
	return states
}

// mentions reports whether a type is made of one of some types.
func (e *entry) mentions(some map[string]bool) bool {
	kinds := []string{e.kind}
	for _, f := range e.fields {
		kinds = append(kinds, f.kind)
	}
	for name := range some {
		name, _, _ = strings.Cut(name, "[")
		for _, kind := range kinds {
			if slices.Contains(words(kind), name) {
				return true
			}
		}
	}
	return false
}

// words returns the names that a kind is made of.
func words(kind string) []string {
	return strings.FieldsFunc(kind, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_./-~", r)
	})
}
