package data

import (
	"strings"

	"github.com/aper-go/aper"
)

// Text is plain text that several people edit at once. An edit says at which position something is deleted and inserted,
// and a position means what its author saw: the text as it was at Meta.Base, with the author's own edits since. The rule
// finds that place again in the text as it is now:
//
//   - What was typed at two places stays at its places.
//   - What several typed at one place stays whole: each one's text is in one piece, the one that was accepted last before
//     those of others, whether people typed forwards or backwards.
//   - What was deleted is gone, whoever else deleted it, too. What others typed into it meanwhile, unseen by who deleted
//     it, stays.
//
// For that a text remembers who did what since Meta.Floor, and some more. An edit that is older is the conflict ErrStale; a
// replica restates its edits before that happens, but for those of somebody who was away for thousands of events.
//
// Positions count Unicode code points; UnitAt, FromUnit, ByteAt and FromByte translate to and from UTF-16, which JavaScript
// uses, and UTF-8. Inserting and deleting take O(log n), and more in proportion to what happened since the base. Copying is
// O(1), comparing two versions costs what differs.
//
// An edit can be taken back, whatever others have done since: client.Undo.
//
// Anchors stay at what they were put at while others edit: comments and bookmarks. They are part of the state. A cursor is
// better told in a presence, and found with Locate.
//
// A Text is encoded as its characters, what is remembered of them, and its anchors. In JSON it is a string, which has nothing
// but the characters. A state that holds one has the method Reanchor, which is generated.
type Text struct {
	root    *textNode   // nil when there is nothing, not even remembered
	reach   aper.Seq    // what happened up to here is forgotten
	anchors textAnchors // never changed
}

// Conflicts of a Text.
const (
	// ErrStale is the conflict of an edit that was made so long ago that nobody knows what its positions mean now.
	ErrStale = aper.Conflict("the text has changed too much since this edit was made")
	// ErrLost is the conflict of an edit that was made on top of another of the same author, which was rejected.
	ErrLost = aper.Conflict("an edit that this one was made on top of was rejected")
	// ErrNotText is the conflict of an edit that inserts what is not valid UTF-8.
	ErrNotText = aper.Conflict("what is inserted is not valid text")
	// ErrTextFull is the conflict of an edit after which the text would have more than MaxText bytes.
	ErrTextFull = aper.Conflict("the text would be too long")
	// ErrManyEdits is the conflict of more than MaxEdits edits in one transition.
	ErrManyEdits = aper.Conflict("there are too many edits in one transition")
)

const (
	MaxText  = 64 << 20 // bytes of UTF-8 in a Text
	MaxEdits = 1000     // in one transition
)

// remembered is for how many events beyond Meta.Floor a text knows who did what, so that a replica that learns of a new floor
// can still restate its edits.
const remembered = 1000

// NewText returns a text. What is not valid UTF-8 in it becomes U+FFFD.
func NewText(text string) Text {
	return Text{root: treeOf(appendText(nil, strings.ToValidUTF8(text, "\uFFFD"), nil))}
}

func (s Text) size() textSize {
	if s.root == nil {
		return textSize{}
	}
	return s.root.size
}

// Len returns how many characters there are, in code points.
func (s Text) Len() int { return s.size().points }

// String returns the text.
func (s Text) String() string { return s.Slice(0, s.Len()) }

// Slice returns the characters from one position to another. It panics where there are no such positions, as slicing a
// string does.
func (s Text) Slice(from, to int) string {
	if from < 0 || to > s.Len() || from > to {
		panic("data: slice of a Text out of range")
	}
	if from == to {
		return ""
	}
	var b strings.Builder
	if from == 0 && to == s.Len() {
		b.Grow(s.size().bytes)
	}
	s.root.slice(&b, from, to)
	return b.String()
}

// slice appends the characters between two positions that count from the beginning of the node.
func (n *textNode) slice(b *strings.Builder, from, to int) {
	at := 0
	for _, c := range n.children {
		if end := at + c.size.points; from < end && to > at {
			c.slice(b, max(from-at, 0), min(to, end)-at)
		}
		at += c.size.points
	}
	for i := range n.spans {
		s := &n.spans[i]
		if s.dead() {
			continue
		}
		count := int(s.points)
		if end := at + count; from < end && to > at {
			b.WriteString(s.text[byteOf(s.text, count, max(from-at, 0)):byteOf(s.text, count, min(to, end)-at)])
		}
		at += count
	}
}
