package notebook

import (
	"fmt"
	"maps"
	"slices"

	"github.com/aper-go/aper"
)

// Undone returns what is not as it should be when somebody has taken back all of his edits, which are the events that are
// false, by those that are true: what the edits typed is gone, and what they deleted is there again, unless somebody else
// deleted it, too. What is put back is another character, so both are known by what they show: it says nothing of what was
// typed twice. Looked is of how many characters it says something that those events did anything to.
func (m *Model) Undone(events map[aper.Seq]bool) (looked int, err error) {
	if looked, err = m.body.undone(events); err != nil {
		return looked, fmt.Errorf("in the body %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(m.notes)) {
		n, err := m.notes[name].undone(events)
		if looked += n; err != nil {
			return looked, fmt.Errorf("in %s %w", name, err)
		}
	}
	return looked, nil
}

// A fate is what became of all characters that show the same.
type fate struct {
	typed          int  // how often, but for what was put back
	his            bool // he typed it
	cut, cutByHim  bool // by others, and by his edits
	alive, putBack int
}

func (s *text) undone(events map[aper.Seq]bool) (looked int, err error) {
	fates := map[rune]fate{}
	for i := range s.characters {
		c := &s.characters[i]
		f := fates[c.char]
		fates[c.char] = f.with(c, events)
	}
	for _, char := range slices.Sorted(maps.Keys(fates)) {
		f := fates[char]
		if f.typed > 1 {
			continue
		}
		if f.his || f.cutByHim || f.putBack > 0 {
			looked++
		}
		if what := f.wrong(); what != "" {
			return looked, fmt.Errorf("%+q %s", char, what)
		}
	}
	return looked, nil
}

// with returns the fate with one more character.
func (f fate) with(c *character, events map[aper.Seq]bool) fate {
	back, his := events[c.seq]
	if back {
		f.putBack++
	} else {
		f.typed, f.his = f.typed+1, f.his || his
	}
	for _, d := range c.deletions {
		back, his := events[d.seq]
		f.cut, f.cutByHim = f.cut || !his, f.cutByHim || his && !back
	}
	if c.alive() {
		f.alive++
	}
	return f
}

// wrong says what is not as it should be.
func (f fate) wrong() string {
	switch {
	case f.typed == 0:
		return "was put back, and nobody typed it"
	case f.alive > 1:
		return "is there more than once"
	case f.his && f.alive > 0:
		return "is there, and was taken back"
	case !f.his && f.alive == 0 && !f.cut:
		return "is gone, which nobody else deleted"
	case !f.his && f.alive > 0 && f.cut && !f.cutByHim:
		return "is there, which others deleted"
	}
	return ""
}
