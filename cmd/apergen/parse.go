package main

import (
	"fmt"
	"go/token"
	"os"
	"strconv"
	"strings"
)

// readSchema returns the schema in a file, and nil when there is no such file.
func readSchema(path string) (*schema, problems) {
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, problems{{token.Position{Filename: path}, err.Error()}}
	}
	s, at, err := parseSchema(path, string(text))
	if err != nil {
		return nil, problems{{at, err.Error()}}
	}
	return s, nil
}

// parseSchema reads what schema.text writes. The position is that of the error.
func parseSchema(path, text string) (*schema, token.Position, error) {
	s := &schema{}
	at := token.Position{Filename: path}
	for line := range strings.Lines(text) {
		at.Line++
		line = strings.TrimRight(line, "\r\n")
		var err error
		switch {
		case at.Line == 1:
			err = checkFormat(line)
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "\t"):
			err = s.parseField(line[1:], at)
		default:
			err = s.parseHead(line, at)
		}
		if err != nil {
			return nil, at, err
		}
	}
	if at.Line == 0 {
		at.Line = 1
		return nil, at, checkFormat("")
	}
	return s, at, nil
}

func checkFormat(line string) error {
	text, ok := strings.CutPrefix(line, schemaFormat)
	number, err := strconv.Atoi(text)
	switch {
	case !ok || err != nil:
		return fmt.Errorf("expected %q: this is no schema that apergen wrote; restore it from version control", schemaFormat+strconv.Itoa(schemaNumber))
	case number != schemaNumber:
		return fmt.Errorf("another version of apergen wrote this, in format %d where this one knows %d: update github.com/aper-go/aper", number, schemaNumber)
	}
	return nil
}

const mend = "restore the line from version control, or resolve the merge"

func (s *schema) parseHead(line string, at token.Position) error {
	word, rest, _ := strings.Cut(line, " ")
	e := &entry{word: word, at: at}
	switch word {
	case transitionWord:
		var number string
		e.state, rest, _ = strings.Cut(rest, " ")
		number, e.name, _ = strings.Cut(rest, " ")
		e.number, _ = strconv.Atoi(number)
		if expected := len(s.transitions(e.state)) + 1; e.number != expected {
			return fmt.Errorf("expected transition %d of %s here: %s", expected, e.state, mend)
		}
	case stateWord, typeWord:
		e.name, e.kind, _ = strings.Cut(rest, " ")
		if err := e.parseVersion(); err != nil {
			return err
		}
	default:
		return fmt.Errorf("expected a state, a transition or a type, found %q: %s", line, mend)
	}
	if e.name == "" {
		return fmt.Errorf("the %s has no name: %s", word, mend)
	}
	if e.word != transitionWord && s.declared(e.name) != nil {
		return fmt.Errorf("%s stands here twice: %s", e.name, mend)
	}
	s.entries = append(s.entries, e)
	return nil
}

// parseVersion takes the version off the name of a state: Board@2.
func (e *entry) parseVersion() error {
	if e.word != stateWord {
		return nil
	}
	name, version, found := strings.Cut(e.name, "@")
	e.name, e.version = name, 1
	if !found {
		return nil
	}
	var err error
	if e.version, err = strconv.Atoi(version); err != nil || e.version < 2 {
		return fmt.Errorf("%q is no version of %s: %s", version, name, mend)
	}
	return nil
}

func (s *schema) parseField(line string, at token.Position) error {
	if len(s.entries) == 0 {
		return fmt.Errorf("a field without a type: %s", mend)
	}
	e := s.entries[len(s.entries)-1]
	number, rest, _ := strings.Cut(line, " ")
	name, kind, ok := strings.Cut(rest, " ")
	if expected := len(e.fields) + 1; !ok || number != strconv.Itoa(expected) {
		return fmt.Errorf("expected field %d of %s here, with name and kind: %s", expected, e.name, mend)
	}
	e.fields = append(e.fields, schemaField{name, kind, at})
	return nil
}
