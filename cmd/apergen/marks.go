package main

import (
	"go/ast"
	"go/token"
	"strings"
)

const (
	markPrefix = "//aper:"
	deriveMark = "//aper:derive"
	ownedMark  = "//aper:owned"
)

// marks are the comments that speak to apergen, by the position of the name that they stand at.
type marks struct {
	derive map[token.Pos]bool // types
	owned  map[token.Pos]bool // fields
}

// readMarks refuses every mark that is unknown or stands where it says nothing.
func (m *model) readMarks() marks {
	found := marks{map[token.Pos]bool{}, map[token.Pos]bool{}}
	for _, file := range m.pkg.Syntax {
		used := map[*ast.Comment]bool{}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.GenDecl:
				if !node.Lparen.IsValid() && len(node.Specs) == 1 {
					found.readDerive(node.Specs[0], node.Doc, used)
				}
			case *ast.TypeSpec:
				found.readDerive(node, node.Doc, used)
			case *ast.StructType:
				for _, f := range node.Fields.List {
					found.readOwned(f, used)
				}
			}
			return true
		})
		m.refuseUnused(file, used)
	}
	return found
}

func (found marks) readDerive(spec ast.Spec, doc *ast.CommentGroup, used map[*ast.Comment]bool) {
	declared, ok := spec.(*ast.TypeSpec)
	if !ok {
		return
	}
	if _, ok := declared.Type.(*ast.StructType); !ok || declared.Assign.IsValid() {
		return
	}
	if mark := findMark(deriveMark, doc); mark != nil {
		used[mark] = true
		found.derive[declared.Name.Pos()] = true
	}
}

func (found marks) readOwned(f *ast.Field, used map[*ast.Comment]bool) {
	mark := findMark(ownedMark, f.Doc, f.Comment)
	if mark == nil {
		return
	}
	used[mark] = true
	for _, name := range f.Names {
		found.owned[name.Pos()] = true
	}
}

func findMark(mark string, groups ...*ast.CommentGroup) *ast.Comment {
	for _, group := range groups {
		if group == nil {
			continue
		}
		for _, comment := range group.List {
			if strings.TrimSpace(comment.Text) == mark {
				return comment
			}
		}
	}
	return nil
}

func (m *model) refuseUnused(file *ast.File, used map[*ast.Comment]bool) {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			text := strings.TrimSpace(comment.Text)
			switch {
			case used[comment] || !strings.HasPrefix(text, markPrefix):
			case text == deriveMark:
				m.refuse(comment.Pos(), "%s says nothing here: put it on the line above the type declaration of a struct", text)
			case text == ownedMark:
				m.refuse(comment.Pos(), "%s says nothing here: put it on the line above a field of a struct, or behind the field", text)
			default:
				m.refuse(comment.Pos(), "apergen does not know the mark %s: there are %s and %s", text, deriveMark, ownedMark)
			}
		}
	}
}
