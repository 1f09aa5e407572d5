// Package vault is a machine for tests of hidden information: every user has a note that others may not read. Some of its
// rules are careless with what is hidden, as rules of users may be.
package vault

//go:generate go tool apergen

import (
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// Vault is the state. The notes stand under the names of their users.
type Vault struct{ Notes data.Map[string, Note] }

// A Note is a text, which others may read once it is open.
//
//aper:derive
type Note struct {
	Text string
	Open bool
}

// View blanks the notes of others. It fails for a user whose own note says so.
func (s Vault) View(_ aper.ClientID, user string) Vault {
	if own, _ := s.Notes.Get(user); own.Text == "panic" {
		panic("the view of " + user)
	}
	seen := Vault{}
	for owner, note := range s.Notes.All() {
		if owner != user && !note.Open {
			note.Text = ""
		}
		seen.Notes, _ = data.Put(owner, note).Apply(seen.Notes, &aper.Meta{})
	}
	return seen
}

// ErrNobody is the conflict of who has no name.
const ErrNobody = aper.Conflict("you have no name")

// Write sets the author's note.
type Write struct{ Text string }

// Apply puts the note under the author's name, closed.
func (t Write) Apply(s Vault, m *aper.Meta) (next Vault, err error) {
	if m.User == "" {
		return s, ErrNobody
	}
	s.Notes, err = data.Put(m.User, Note{Text: t.Text}).Apply(s.Notes, m)
	return s, err
}

// Reveal lets everyone read the author's note.
type Reveal struct{}

// Apply opens the note.
func (Reveal) Apply(s Vault, m *aper.Meta) (next Vault, err error) {
	s.Notes, err = data.Change(m.User, aper.Transition[Note](NoteOpen{To: true})).Apply(s.Notes, m)
	return s, aper.In("Notes", err)
}

// Blab is careless with the notes of others.
type Blab struct{ How uint8 }

// Apply lets slip all that is hidden, in a text, in a path, in a conflict made of a text, and in a panic.
func (t Blab) Apply(s Vault, _ *aper.Meta) (Vault, error) {
	all := ""
	for _, note := range s.Notes.All() {
		all += note.Text + " "
	}
	switch t.How {
	case 0:
		return s, fmt.Errorf("there is %s", all)
	case 1:
		return s, aper.In(all, ErrNobody)
	case 2:
		return s, fmt.Errorf("%s: %w", all, ErrNobody)
	}
	panic(all)
}
