package main

import (
	"bytes"
	"fmt"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

const (
	schemaFile   = "aper.schema"
	schemaFormat = "aper.schema format "
	schemaNumber = 1
)

// A schema is what aper.schema records: everything whose encoding depends on an order.
type schema struct {
	entries []*entry
}

// An entry is one type. A struct has fields, and anything else a kind.
type entry struct {
	word    string // one of the three below
	state   string // whose transition it is
	number  int    // of the transition
	version int    // of the state
	name    string
	kind    string
	fields  []schemaField
	at      token.Position
}

const (
	stateWord      = "state"
	transitionWord = "transition"
	typeWord       = "type"
)

type schemaField struct {
	name string
	kind string
	at   token.Position
}

// schemaOf returns the schema of a model without problems.
func schemaOf(m *model) *schema {
	s := &schema{}
	for _, st := range m.states {
		e := m.entry(stateWord, st.declared)
		e.version = st.version
		s.entries = append(s.entries, e)
		for _, t := range st.transitions {
			e := m.entry(transitionWord, t.declared)
			e.state, e.number, e.name = st.recorded(), t.number, t.recorded()
			s.entries = append(s.entries, e)
		}
	}
	for _, d := range m.plain {
		s.entries = append(s.entries, m.entry(typeWord, d))
	}
	for name, encoding := range m.foreign {
		s.entries = append(s.entries, &entry{word: typeWord, name: name, kind: encoding})
	}
	s.sort()
	return s
}

func (m *model) entry(word string, d *declared) *entry {
	e := &entry{word: word, name: d.recorded(), at: m.pkg.Fset.Position(d.pos)}
	if d.value != nil {
		e.kind = encodingOf(d.value)
	}
	for _, f := range d.fields {
		e.fields = append(e.fields, schemaField{f.called, f.kind.String(), m.pkg.Fset.Position(f.pos)})
	}
	return e
}

// encodingOf names what is behind a declared type that is not a struct.
func encodingOf(k kind) string {
	switch k := k.(type) {
	case scalar:
		return k.encoding
	case text:
		return textForm
	}
	return k.String()
}

// sort puts states first, each with its transitions, by name; then the other types.
func (s *schema) sort() {
	key := func(e *entry) string {
		switch e.word {
		case stateWord:
			return "1 " + e.name
		case transitionWord:
			return fmt.Sprintf("1 %s %09d", e.state, e.number)
		}
		return "2 " + e.name
	}
	slices.SortFunc(s.entries, func(a, b *entry) int { return strings.Compare(key(a), key(b)) })
}

// text returns the schema as aper.schema has it.
func (s *schema) text(packageName string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%d\n", schemaFormat, schemaNumber)
	fmt.Fprintf(&b, "# How package %s is stored and sent: fields by position, transitions by number. Written by apergen, which\n", packageName)
	fmt.Fprintf(&b, "# compares it with the source and refuses changes that would misread stored rooms. Commit this file.\n")
	for _, e := range s.entries {
		b.WriteString("\n" + e.head() + "\n")
		for i, f := range e.fields {
			fmt.Fprintf(&b, "\t%d %s %s\n", i+1, f.name, f.kind)
		}
	}
	return b.Bytes()
}

func (e *entry) head() string {
	words := []string{e.word}
	if e.word == transitionWord {
		words = append(words, e.state, strconv.Itoa(e.number))
	}
	name := e.name
	if e.version > 1 {
		name += "@" + strconv.Itoa(e.version)
	}
	words = append(words, name)
	if e.kind != "" {
		words = append(words, e.kind)
	}
	return strings.Join(words, " ")
}

// declared returns the entry of a state or a plain type, or nil.
func (s *schema) declared(name string) *entry {
	return s.find(func(e *entry) bool { return e.word != transitionWord && e.name == name })
}

// transitions returns the transitions of a state in the order of their numbers.
func (s *schema) transitions(state string) []*entry {
	var found []*entry
	for _, e := range s.entries {
		if e.word == transitionWord && e.state == state {
			found = append(found, e)
		}
	}
	return found
}

func (s *schema) find(is func(*entry) bool) *entry {
	if i := slices.IndexFunc(s.entries, is); i >= 0 {
		return s.entries[i]
	}
	return nil
}

// encoding returns a kind with the types in place of the names that stand for numbers and strings, so that giving one of
// these a name is no change.
func (s *schema) encoding(kind string) string {
	if strings.HasPrefix(kind, "[") {
		length, item, _ := strings.Cut(kind, "]")
		return length + "]" + s.encoding(item)
	}
	e := s.find(func(e *entry) bool { return e.word == typeWord && e.name == kind && e.kind != "" })
	if e == nil || strings.HasPrefix(e.kind, "[") {
		return kind
	}
	return e.kind
}
