// Package line is a line of text that several people edit by position. A position means something only in the text that
// its author saw, so the state remembers the edits of late, and each edit is moved by those that its author had not seen.
// It is there to be simulated; texts for people are in package data.
package line

//go:generate go tool apergen

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// Line is the state.
type Line struct {
	Text   string            // ASCII, at most maxText
	Recent data.Vector[Edit] // the edits after Reach, in order
	Reach  aper.Seq          // the lowest base from which an edit can be moved
}

// Edit is what one event did to the text.
type Edit struct {
	Seq               aper.Seq // 0 while it is speculative
	Client            aper.ClientID
	At                int64
	Removed, Inserted int64 // characters
}

// Insert puts a text before the character at a position.
type Insert struct {
	At   int64
	Text string
}

// Delete removes characters from a position on.
type Delete struct{ At, Count int64 }

const (
	ErrRange = aper.Conflict("there is no such place in the text")
	ErrText  = aper.Conflict("the text to insert is empty, or is not plain ASCII")
	ErrFull  = aper.Conflict("the text is too long")
	ErrGone  = aper.Conflict("what this deletes is deleted already")
	// ErrStale is the conflict of an edit that was made so long ago that nobody knows what its position means now.
	ErrStale = aper.Conflict("the text has changed too much since")
	// ErrLost is the conflict of an edit whose position counts from an earlier one that was rejected.
	ErrLost = aper.Conflict("an edit that this one was made on top of was rejected")
)

const (
	maxText   = 400
	maxRecent = 96 // edits; then the older half is forgotten
)

func (t Insert) Apply(s Line, m *aper.Meta) (Line, error) {
	t, err := s.moveInsert(t, m)
	if err != nil {
		return s, err
	}
	if t.At < 0 || t.At > int64(len(s.Text)) {
		return s, ErrRange
	}
	if len(s.Text)+len(t.Text) > maxText {
		return s, ErrFull
	}
	return s.edit(m, Edit{At: t.At, Inserted: int64(len(t.Text))}, t.Text), nil
}

func (t Delete) Apply(s Line, m *aper.Meta) (Line, error) {
	t, err := s.moveDelete(t, m)
	if err != nil {
		return s, err
	}
	if t.At < 0 || t.Count > int64(len(s.Text)) || t.At > int64(len(s.Text))-t.Count {
		return s, ErrRange
	}
	return s.edit(m, Edit{At: t.At, Removed: t.Count}, ""), nil
}

// Reanchor expresses an edit that was made at m.Base by what s says about the time since: on the base to, which is that
// of s, it does the same as it would do now.
func (s Line) Reanchor(t aper.Transition[Line], m *aper.Meta, to aper.Seq) (aper.Transition[Line], error) {
	switch t := t.(type) {
	case Insert:
		return s.moveInsert(t, m)
	case Delete:
		return s.moveDelete(t, m)
	}
	return t, ErrStale
}

// moveInsert returns the edit with the position that it has in s. The beginning of the text is where it was, whatever
// became of earlier edits.
func (s Line) moveInsert(t Insert, m *aper.Meta) (Insert, error) {
	switch {
	case !plain(t.Text):
		return t, ErrText
	case m.Base < s.Reach:
		return t, ErrStale
	case m.Lost && t.At != 0:
		return t, ErrLost
	}
	for e := range s.unseen(m) {
		if t.At >= e.At { // of two at one place the earlier one comes first
			t.At = e.move(t.At)
		}
	}
	return t, nil
}

// moveDelete is like moveInsert. What others inserted in between is deleted too.
func (s Line) moveDelete(t Delete, m *aper.Meta) (Delete, error) {
	const far = 1 << 40 // nothing is so long
	switch {
	case t.At < 0 || t.Count <= 0 || t.At > far || t.Count > far:
		return t, ErrRange
	case m.Base < s.Reach:
		return t, ErrStale
	case m.Lost:
		return t, ErrLost
	}
	from, to := t.At, t.At+t.Count
	for e := range s.unseen(m) {
		if from >= e.At {
			from = e.move(from)
		}
		if to > e.At {
			to = e.move(to)
		}
	}
	if to <= from {
		return t, ErrGone
	}
	return Delete{from, to - from}, nil
}

// move returns where a position at or after that of the edit is then.
func (e Edit) move(at int64) int64 { return max(at-e.Removed, e.At) + e.Inserted }

// unseen yields the edits that the author of m had not seen: those of others after its base. Positions of an author's
// own edits in between are not taken into account, so what follows from an edit beside them is a guess, the same everywhere.
func (s Line) unseen(m *aper.Meta) func(yield func(Edit) bool) {
	return func(yield func(Edit) bool) {
		for _, e := range s.Recent.All() {
			if e.Client != m.Client && e.Seq > m.Base && !yield(e) {
				return
			}
		}
	}
}

// edit does what is known to be possible.
func (s Line) edit(m *aper.Meta, e Edit, text string) Line {
	e.Seq, e.Client = m.Seq, m.Client
	s.Text = s.Text[:e.At] + text + s.Text[e.At+e.Removed:]
	s = s.trim(m.Floor)
	s.Recent = s.Recent.WithAppended(e)
	return s
}

// trim forgets what no edit can ask for any more, and the older half when there is too much. It waits until there is
// enough to forget, because the rest is copied.
func (s Line) trim(floor aper.Seq) Line {
	drop := 0
	for drop < s.Recent.Len() && s.seq(drop) <= floor && s.seq(drop) != 0 {
		drop++
	}
	switch {
	case s.Recent.Len() >= maxRecent:
		drop = max(drop, maxRecent/2)
	case drop < maxRecent/4:
		return s
	}
	s.Reach = max(s.Reach, s.seq(drop-1))
	kept := data.Vector[Edit]{}
	for i, e := range s.Recent.All() {
		if i >= drop {
			kept = kept.WithAppended(e)
		}
	}
	s.Recent = kept
	return s
}

func (s Line) seq(i int) aper.Seq {
	e, _ := s.Recent.At(i)
	return e.Seq
}

func plain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return text != ""
}
