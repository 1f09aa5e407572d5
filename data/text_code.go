package data

import (
	"unicode/utf8"

	"github.com/aper-go/aper"
)

// Code encodes or decodes the text: how far back it remembers, its characters, what is remembered of them, and its
// anchors.
func (s Text) Code(c *aper.Coder) Text {
	if c.IsText() {
		return NewText(c.Text(s.String()))
	}
	if !c.Struct("data.Text", 4) {
		return s
	}
	w := textRuns{reach: s.reach}
	if c.Writing() {
		w.text.Grow(s.size().bytes)
		w.collect(s.root)
	}
	w.reach = aper.Seq(c.Field("reach").Uint64(uint64(w.reach)))
	text := c.Field("text").Text(w.text.String())
	w.code(c.Field("marks"))
	anchors := s.anchors.code(c.Field("anchors"))
	c.End()
	if c.Writing() || c.Failed() || isDescribing(c) {
		return s
	}
	if !utf8.ValidString(text) {
		c.Fail("a text is not valid UTF-8")
		return s
	}
	s = w.read(c, text)
	anchors.check(c, s.Len())
	s.anchors = anchors
	return s
}

var textTransitions = []string{"Insert", "Delete", "Replace", "Edits", "AddAnchor", "RemoveAnchor", "RestoreAnchor"}

// CodeTransition encodes or decodes a transition.
func (Text) CodeTransition(c *aper.Coder, t aper.Transition[Text]) aper.Transition[Text] {
	switch c.Choice("data.Text", textTransitions) {
	case 1:
		return TextInsert{}.Code(c)
	case 2:
		return TextDelete{}.Code(c)
	case 3:
		return TextReplace{}.Code(c)
	case 4:
		return TextEdits{}.Code(c)
	case 5:
		return TextAddAnchor{}.Code(c)
	case 6:
		return TextRemoveAnchor{}.Code(c)
	case 7:
		return TextRestoreAnchor{}.Code(c)
	}
	switch t := t.(type) {
	case TextInsert:
		t.Code(c)
	case TextDelete:
		t.Code(c)
	case TextReplace:
		t.Code(c)
	case TextEdits:
		t.Code(c)
	case TextAddAnchor:
		t.Code(c)
	case TextRemoveAnchor:
		t.Code(c)
	case TextRestoreAnchor:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}

// Code encodes or decodes the transition.
func (t TextInsert) Code(c *aper.Coder) TextInsert {
	if c.Variant(1, "Insert", 2) {
		t.At = c.Field("at").Int(t.At)
		t.Text = c.Field("text").Text(t.Text)
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t TextDelete) Code(c *aper.Coder) TextDelete {
	if c.Variant(2, "Delete", 2) {
		t.At = c.Field("at").Int(t.At)
		t.Count = c.Field("count").Int(t.Count)
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t TextReplace) Code(c *aper.Coder) TextReplace {
	if c.Variant(3, "Replace", 3) {
		t.At = c.Field("at").Int(t.At)
		t.Count = c.Field("count").Int(t.Count)
		t.Text = c.Field("text").Text(t.Text)
		c.End()
	}
	return t
}

// Code encodes or decodes the transition.
func (t TextEdits) Code(c *aper.Coder) TextEdits {
	if c.Variant(4, "Edits", 1) {
		t.edits = codeEdits(c.Field("edits"), t.edits)
		c.End()
	}
	return t
}

func codeEdits(c *aper.Coder, edits []TextEdit) []TextEdit {
	n := c.List(len(edits))
	if c.Writing() {
		for _, e := range edits {
			e.code(c.Item())
		}
	} else {
		edits = nil
		for i := 0; i < n && !c.Failed(); i++ {
			edits = append(edits, TextEdit{}.code(c.Item()))
		}
	}
	c.End()
	return edits
}

func (e TextEdit) code(c *aper.Coder) TextEdit {
	if c.Struct("data.TextEdit", 3) {
		e.At = c.Field("at").Int(e.At)
		e.Delete = c.Field("delete").Int(e.Delete)
		e.Insert = c.Field("insert").Text(e.Insert)
		c.End()
	}
	return e
}

// Diff visits what changed from old to s: the whole string, when it is another.
func (s Text) Diff(d *aper.Difference, old Text) {
	if s.root != old.root && s.String() != old.String() {
		d.Replaced(func(c *aper.Coder) { s.Code(c) })
	}
}
