package notebook

import (
	"fmt"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// A Model says what becomes of the texts in a notebook, in the simplest way: each is a slice of characters with identity, of
// which none is ever forgotten.
type Model struct {
	body  *text
	notes map[string]*text
}

// NewModel returns the model of a notebook in which nothing was done yet.
func NewModel(s Notebook) *Model {
	m := &Model{body: newText(s.Body.String()), notes: map[string]*text{}}
	for name, note := range s.Notes.All() {
		m.notes[name] = newText(note.String())
	}
	return m
}

// Follow does what was accepted.
func (m *Model) Follow(t aper.Transition[Notebook], meta aper.Meta) {
	if group, ok := t.(interface {
		Members() []aper.Transition[Notebook]
	}); ok {
		for _, member := range group.Members() {
			m.Follow(member, meta)
		}
		return
	}
	switch t := t.(type) {
	case NotebookBody:
		m.body.apply(t.Do, meta)
	case NotebookNotes:
		m.applyNotes(t.Do, meta)
	}
}

func (m *Model) applyNotes(t aper.Transition[data.Map[string, data.Text]], meta aper.Meta) {
	switch t := t.(type) {
	case data.MapPut[string, data.Text]:
		m.notes[t.Key] = newText(t.Value.String())
	case data.MapDelete[string, data.Text]:
		delete(m.notes, t.Key)
	case data.MapChange[string, data.Text]:
		m.notes[t.Key].apply(t.Do, meta)
	}
}

// Compare returns where a notebook is not what the model says.
func (m *Model) Compare(s Notebook) error {
	if got, want := s.Body.String(), m.body.String(); got != want {
		return fmt.Errorf("the body is %+q, and the model says %+q", got, want)
	}
	if s.Notes.Len() != len(m.notes) {
		return fmt.Errorf("there are %d notes, and the model has %d", s.Notes.Len(), len(m.notes))
	}
	for name, note := range s.Notes.All() {
		if m.notes[name] == nil || note.String() != m.notes[name].String() {
			return fmt.Errorf("the note %s is %+q, and the model says %+q", name, note, m.notes[name])
		}
	}
	return nil
}

type text struct{ characters []character }

type character struct {
	char      rune
	client    aper.ClientID // who inserted it
	seq       aper.Seq
	deletions []deletion // none while it is alive
}

type deletion struct {
	client aper.ClientID
	seq    aper.Seq
}

// nobody inserted what a text began with.
const nobody = ^aper.ClientID(0)

func newText(s string) *text {
	t := &text{}
	for _, r := range s {
		t.characters = append(t.characters, character{char: r, client: nobody})
	}
	return t
}

// String returns what is alive.
func (s *text) String() string {
	var alive []rune
	for i := range s.characters {
		if s.characters[i].alive() {
			alive = append(alive, s.characters[i].char)
		}
	}
	return string(alive)
}

func (s *text) apply(t aper.Transition[data.Text], m aper.Meta) {
	switch t := t.(type) {
	case data.TextInsert:
		s.edit(m, data.TextEdit{At: t.At, Insert: t.Text})
	case data.TextDelete:
		s.edit(m, data.TextEdit{At: t.At, Delete: t.Count})
	case data.TextReplace:
		s.edit(m, data.TextEdit{At: t.At, Delete: t.Count, Insert: t.Text})
	case data.TextEdits:
		for _, e := range t.Edits() {
			s.edit(m, e)
		}
	}
}

func (c *character) inserted(m aper.Meta) bool { return c.client == m.Client || c.seq <= m.Base }

func (c *character) alive() bool { return len(c.deletions) == 0 }

func (c *character) seen(m aper.Meta) bool {
	return c.inserted(m) && !slices.ContainsFunc(c.deletions, func(d deletion) bool { return d.seq <= m.Base || d.client == m.Client })
}

func (c *character) own(m aper.Meta) bool { return c.client == m.Client && c.seq > m.Base }

// visible returns the indexes of the characters that an author sees.
func (s *text) visible(m aper.Meta) (indexes []int) {
	for i := range s.characters {
		if s.characters[i].seen(m) {
			indexes = append(indexes, i)
		}
	}
	return indexes
}

func (s *text) edit(m aper.Meta, e data.TextEdit) {
	for _, i := range s.visible(m)[e.At : e.At+e.Delete] {
		c := &s.characters[i]
		c.deletions = append(c.deletions, deletion{m.Client, m.Seq})
	}
	var typed []character
	for _, r := range e.Insert {
		typed = append(typed, character{char: r, client: m.Client, seq: m.Seq})
	}
	s.characters = slices.Insert(s.characters, s.place(m, e.At), typed...)
}

// place is behind the left character that the author saw, unless only the right one is his own of late, and others put
// something unseen between the two.
func (s *text) place(m aper.Meta, at int) (place int) {
	visible := s.visible(m)
	if at > 0 {
		place = visible[at-1] + 1
	}
	if at == len(visible) || !s.characters[visible[at]].own(m) || at > 0 && s.characters[place-1].own(m) {
		return place
	}
	for i := place; i < visible[at]; i++ {
		if !s.characters[i].inserted(m) {
			return visible[at]
		}
	}
	return place
}
