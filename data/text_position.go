package data

import (
	"unicode/utf8"

	"github.com/aper-go/aper"
)

// Positions of a Text count code points. Others count otherwise: JavaScript counts units of UTF-16, of which characters
// beyond U+FFFF have two, and files and Go count bytes of UTF-8. All translations take O(log n). None of them refuses a
// number, since it may be somebody else's: what is beyond an end is that end, and the middle of a character is its beginning.

// Bytes returns how long the text is in bytes of UTF-8.
func (s Text) Bytes() int { return s.size().bytes }

// Units returns how long the text is in units of UTF-16, which is the length of the string in JavaScript.
func (s Text) Units() int { return s.size().units }

// ByteAt returns how many bytes of UTF-8 stand before a position.
func (s Text) ByteAt(position int) int { return s.before(position, textSize.countPoints).bytes }

// UnitAt returns how many units of UTF-16 stand before a position.
func (s Text) UnitAt(position int) int { return s.before(position, textSize.countPoints).units }

// FromByte returns the position of the character that has the byte with this index, in UTF-8.
func (s Text) FromByte(index int) int { return s.before(index, textSize.countBytes).points }

// FromUnit returns the position of the character that has the unit with this index, in UTF-16.
func (s Text) FromUnit(index int) int { return s.before(index, textSize.countUnits).points }

// UnitEdit returns the edit of this text whose numbers count units of UTF-16, as those of editors in JavaScript do. Where
// an editor tells several changes that all count in the text before any of them, translate them all with that text and
// make an edit of them from the last to the first.
func (s Text) UnitEdit(at, deleted int, inserted string) TextEdit {
	from := s.FromUnit(at)
	return TextEdit{At: from, Delete: max(s.FromUnit(at+deleted)-from, 0), Insert: inserted}
}

// Locate returns where a cursor is now that its owner had at a position of the text as it was for him: at base, with his own
// edits since. It is for cursors in presences, which say the position and the seq that their owner had confirmed. The cursor
// stays where a text would go that its owner types there: behind the character on its left, or where that was, and beside
// what he typed himself. What lies beyond the end is the end, since what its owner typed last may still be on its way. It is
// not ok when base is older than what the text remembers, or the position negative.
func (s Text) Locate(position int, base aper.Seq, owner aper.ClientID) (now int, ok bool) {
	if base < s.reach || position < 0 {
		return 0, false
	}
	p := perspective{base, owner}
	return s.pointsBefore(s.place(p, min(position, s.seen(p)))), true
}

func (a textSize) countBytes() int  { return a.bytes }
func (a textSize) countPoints() int { return a.points }
func (a textSize) countUnits() int  { return a.units }

// before returns how much stands before a position that counts what count says.
func (s Text) before(position int, count func(textSize) int) (size textSize) {
	switch {
	case position <= 0:
		return textSize{}
	case position >= count(s.size()):
		return s.size()
	}
	n := s.root
	for n.children != nil {
		n, size = n.childAt(position, size, count)
	}
	for i := range n.spans {
		next := size.plus(n.spans[i].size())
		if count(next) > position {
			return sizeWithin(n.spans[i].text, position, size, count)
		}
		size = next
	}
	panic("data: a text is shorter than it says")
}

// childAt returns the child in which a position is, and how much stands before that child.
func (n *textNode) childAt(position int, size textSize, count func(textSize) int) (*textNode, textSize) {
	for _, c := range n.children {
		next := size.plus(c.size)
		if count(next) > position {
			return c, size
		}
		size = next
	}
	panic("data: a text is shorter than it says")
}

// sizeWithin adds the characters of a text that end at a position or before it.
func sizeWithin(text string, position int, size textSize, count func(textSize) int) textSize {
	for _, r := range text {
		next := size.plus(textSize{bytes: utf8.RuneLen(r), points: 1, units: 1})
		if r > 0xFFFF {
			next.units++
		}
		if count(next) > position {
			break
		}
		size = next
	}
	return size
}
