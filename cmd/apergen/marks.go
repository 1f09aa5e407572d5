package main

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

const (
	markPrefix  = "//aper:"
	deriveMark  = "//aper:derive"
	ownedMark   = "//aper:owned"
	nameMark    = "//aper:name"
	versionMark = "//aper:version"
)

// marks are the comments that speak to apergen, by the position of the name that they stand at.
type marks struct {
	derive   map[token.Pos]bool // types
	owned    map[token.Pos]bool // fields
	names    map[token.Pos]mark // types and fields
	versions map[token.Pos]mark // types
}

// A mark is one with an argument.
type mark struct {
	pos      token.Pos
	argument string
}

// readMarks refuses every mark that is unknown or stands where it says nothing.
func (m *model) readMarks() marks {
	found := marks{map[token.Pos]bool{}, map[token.Pos]bool{}, map[token.Pos]mark{}, map[token.Pos]mark{}}
	for _, file := range m.pkg.Syntax {
		used := map[*ast.Comment]bool{}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.GenDecl:
				if !node.Lparen.IsValid() && len(node.Specs) == 1 {
					found.readType(node.Specs[0], node.Doc, used)
				}
			case *ast.TypeSpec:
				found.readType(node, node.Doc, used)
			case *ast.StructType:
				for _, f := range node.Fields.List {
					found.readField(f, used)
				}
			}
			return true
		})
		m.refuseUnused(file, used)
	}
	return found
}

func (found marks) readType(spec ast.Spec, doc *ast.CommentGroup, used map[*ast.Comment]bool) {
	declared, ok := spec.(*ast.TypeSpec)
	if !ok || declared.Assign.IsValid() {
		return
	}
	at := declared.Name.Pos()
	if _, ok := declared.Type.(*ast.StructType); ok {
		if comment := findMark(deriveMark, doc); comment != nil {
			used[comment] = true
			found.derive[at] = true
		}
	}
	for word, marked := range map[string]map[token.Pos]mark{nameMark: found.names, versionMark: found.versions} {
		if comment := findMark(word, doc); comment != nil {
			used[comment] = true
			marked[at] = mark{comment.Pos(), argumentOf(comment)}
		}
	}
}

func (found marks) readField(f *ast.Field, used map[*ast.Comment]bool) {
	if comment := findMark(ownedMark, f.Doc, f.Comment); comment != nil {
		used[comment] = true
		for _, name := range f.Names {
			found.owned[name.Pos()] = true
		}
	}
	if comment := findMark(nameMark, f.Doc, f.Comment); comment != nil && len(f.Names) == 1 {
		used[comment] = true
		found.names[f.Names[0].Pos()] = mark{comment.Pos(), argumentOf(comment)}
	}
}

// findMark returns the comment that is the mark. Some marks have an argument.
func findMark(word string, groups ...*ast.CommentGroup) *ast.Comment {
	for _, group := range groups {
		if group == nil {
			continue
		}
		for _, comment := range group.List {
			text := strings.TrimSpace(comment.Text)
			if text == word || takesArgument(word) && strings.HasPrefix(text, word+" ") {
				return comment
			}
		}
	}
	return nil
}

func takesArgument(word string) bool { return word == nameMark || word == versionMark }

func argumentOf(comment *ast.Comment) string {
	_, argument, _ := strings.Cut(strings.TrimSpace(comment.Text), " ")
	return strings.TrimSpace(argument)
}

func (m *model) refuseUnused(file *ast.File, used map[*ast.Comment]bool) {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			text := strings.TrimSpace(comment.Text)
			word, _, _ := strings.Cut(text, " ")
			switch {
			case used[comment] || !strings.HasPrefix(text, markPrefix):
			case text == deriveMark:
				m.refuse(comment.Pos(), "%s says nothing here: put it on the line above the type declaration of a struct", text)
			case text == ownedMark:
				m.refuse(comment.Pos(), "%s says nothing here: put it on the line above a field of a struct, or behind the field", text)
			case word == nameMark:
				m.refuse(comment.Pos(), nameNowhere, text)
			case word == versionMark:
				m.refuse(comment.Pos(), versionNowhere, text)
			default:
				m.refuse(comment.Pos(), "apergen does not know the mark %s: there are %s, %s, %s and %s", text, deriveMark, ownedMark, nameMark, versionMark)
			}
		}
	}
}

const (
	nameNowhere = "%s says nothing here: put it on the line above one field of a struct, or behind the field, " +
		"or on the line above the declaration of a transition or of a state that is marked " + deriveMark
	versionNowhere = "%s says nothing here: put it on the line above the declaration of a state"
)

// called returns the name that apergen uses in place of the one that is declared at pos.
func (m *model) called(name string, pos token.Pos) string {
	mark, ok := m.marks.names[pos]
	if !ok {
		return name
	}
	if !token.IsIdentifier(mark.argument) || !token.IsExported(mark.argument) {
		m.refuse(mark.pos, "%s takes one name that begins with a capital letter, such as %s Title, and not %q", nameMark, nameMark, mark.argument)
		return name
	}
	return mark.argument
}

// readVersion returns the version that a state is marked with.
func (m *model) readVersion(s *state) int {
	mark, ok := m.marks.versions[s.pos]
	if !ok {
		return 1
	}
	version, err := strconv.Atoi(mark.argument)
	if err != nil || version < 1 || version > 1e9 {
		m.refuse(mark.pos, "%s takes a number from 1, such as %s 2, and not %q", versionMark, versionMark, mark.argument)
		return 1
	}
	return version
}

// refuseIdleMarks refuses marks on types that they say nothing about.
func (m *model) refuseIdleMarks() {
	for _, named := range m.types() {
		at, s := named.Obj().Pos(), m.stateOf(named)
		if mark, ok := m.marks.versions[at]; ok && s == nil {
			m.refuse(mark.pos, versionNowhere, versionMark+" "+mark.argument)
		}
		if mark, ok := m.marks.names[at]; ok && m.transitionOf(named) == nil && (s == nil || !s.derived) {
			m.refuse(mark.pos, nameNowhere, nameMark+" "+mark.argument)
		}
	}
}
