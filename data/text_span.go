package data

import (
	"slices"
	"unicode/utf8"

	"github.com/aper-go/aper"
)

// A span is characters of a text that were treated alike. What happened at or before the text's reach is forgotten: then its
// characters have no marks, and what was deleted is gone.
type span struct {
	text   string // empty when the characters are deleted
	points int32  // code points
	units  int32  // of UTF-16
	marks  *marks // nil when there is nothing to remember; never changed
}

// marks are what is remembered of the characters of a span.
type marks struct {
	inserted stamp
	deleted  stamp
	also     []aper.ClientID // who else deleted them, before seeing that; in order
}

// A stamp says who did something to the characters of a span, and when. The zero stamp says that nobody did, as far as is
// remembered.
type stamp struct {
	client aper.ClientID
	first  aper.Seq // of the event that did it to the first character; 0 while speculative
	step   int8     // by which the seq changes from one character to the next: -1, 0 or 1
	known  bool
}

// at returns the stamp of the character i.
func (s stamp) at(i int) stamp {
	if s.known && s.first != 0 {
		s.first += aper.Seq(int64(s.step) * int64(i))
	}
	return s
}

// newest returns the highest seq in a stamp of n characters.
func (s stamp) newest(n int) aper.Seq {
	if s.step > 0 {
		return s.at(n - 1).first
	}
	return s.first
}

// join returns the stamp of na characters with the stamp s, and those with the stamp t after them.
func (s stamp) join(na int, t stamp, nb int) (joined stamp, ok bool) {
	if s.known != t.known || s.client != t.client || (s.first == 0) != (t.first == 0) {
		return s, false
	}
	if !s.known || s.first == 0 {
		return s, true
	}
	step := int64(t.first) - int64(s.at(na-1).first)
	if step < -1 || step > 1 || na > 1 && int64(s.step) != step || nb > 1 && int64(t.step) != step {
		return s, false
	}
	s.step = int8(step)
	return s, true
}

// forgotten reports whether all of the n characters were stamped at or before reach. What is speculative is newer than all events.
func (s stamp) forgotten(n int, reach aper.Seq) bool {
	return s.known && s.key(n).seq <= reach
}

func newSpan(text string, m *marks) span {
	s := span{text: text, marks: m}
	s.points, s.units = measure(text)
	return s
}

// measure counts code points and units of UTF-16.
func measure(text string) (points, units int32) {
	n := utf8.RuneCountInString(text)
	if n == len(text) {
		return int32(n), int32(n)
	}
	for _, r := range text {
		if r > 0xFFFF {
			units++
		}
	}
	return int32(n), int32(n) + units
}

func (s *span) dead() bool { return s.text == "" }

// cut divides a span before the character i, which is neither its first nor beyond its last.
func (s span) cut(i int) (left, right span) {
	rest := int(s.points) - i
	left, right = span{points: int32(i)}, span{points: int32(rest)}
	if !s.dead() {
		at := byteOf(s.text, int(s.points), i)
		left, right = newSpanOf(s.text[:at], i), newSpanOf(s.text[at:], rest)
	}
	left.marks, right.marks = s.marks, s.marks
	if m := s.marks; m != nil && (m.inserted.step != 0 || m.deleted.step != 0) {
		right.marks = &marks{m.inserted.at(i), m.deleted.at(i), m.also}
	}
	return left, right
}

// of returns the stamp of the first n characters. One has no step.
func (s stamp) of(n int) stamp {
	if n == 1 {
		s.step = 0
	}
	return s
}

func newSpanOf(text string, points int) span {
	s := span{text: text, points: int32(points), units: int32(points)}
	if len(text) != points {
		_, s.units = measure(text)
	}
	return s
}

// byteOf returns where the character i of a text of so many begins.
func byteOf(text string, points, i int) int {
	if len(text) == points {
		return i
	}
	at := 0
	for ; i > 0; i-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// How long the text of one span becomes by joining, in bytes: one that is remembered is copied for each character typed.
const (
	maxSettled = 512
	maxMarked  = 64
)

// chunkOf returns how much of a text fits into one span, to the end of a character.
func chunkOf(text string) int {
	n := min(len(text), maxSettled)
	for n < len(text) && !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}

// join returns one span instead of two that stand side by side, when they can be one.
func (s span) join(t span) (joined span, ok bool) {
	if s.marks == nil && t.marks == nil {
		if len(s.text)+len(t.text) > maxSettled {
			return s, false
		}
		return span{s.text + t.text, s.points + t.points, s.units + t.units, nil}, true
	}
	if s.marks == nil || t.marks == nil || s.dead() != t.dead() || len(s.text)+len(t.text) > maxMarked ||
		int(s.points) > maxRun-int(t.points) || !slices.Equal(s.marks.also, t.marks.also) {
		return s, false
	}
	inserted, ok := s.marks.inserted.join(int(s.points), t.marks.inserted, int(t.points))
	if !ok {
		return s, false
	}
	deleted, ok := s.marks.deleted.join(int(s.points), t.marks.deleted, int(t.points))
	if !ok {
		return s, false
	}
	joined = span{s.text + t.text, s.points + t.points, s.units + t.units, s.marks}
	if inserted != s.marks.inserted || deleted != s.marks.deleted {
		joined.marks = &marks{inserted, deleted, s.marks.also}
	}
	return joined, true
}

// extend returns a span with an insertion behind it, when they can be one.
func (s *span) extend(x *insertion) (longer span, ok bool) {
	if s.marks == nil || s.dead() || len(s.text)+len(x.text) > maxMarked {
		return span{}, false
	}
	points, units := measure(x.text)
	inserted, ok := s.marks.inserted.join(int(s.points), x.stamp, int(points))
	if !ok {
		return span{}, false
	}
	m := s.marks
	if inserted != m.inserted {
		m = &marks{inserted: inserted}
	}
	return span{s.text + x.text, s.points + points, s.units + units, m}, true
}

// settles reports whether something of a span happened at or before reach, and nothing later.
func (s *span) settles(reach aper.Seq) bool {
	return s.marks != nil && (s.marks.deleted.forgotten(int(s.points), reach) || s.marks.inserted.forgotten(int(s.points), reach))
}

// settle forgets what happened at or before reach, and reports whether anything remains.
func (s span) settle(reach aper.Seq) (settled span, remains bool) {
	if s.marks == nil {
		return s, true
	}
	switch {
	case s.marks.deleted.forgotten(int(s.points), reach):
		return s, false
	case s.marks.inserted.forgotten(int(s.points), reach):
		s.marks = &marks{deleted: s.marks.deleted, also: s.marks.also}
		if !s.dead() {
			s.marks = nil
		}
	}
	return s, true
}

// A perspective is what the author of an edit saw: all that had happened up to base, and his own.
type perspective struct {
	base   aper.Seq
	client aper.ClientID
}

// has returns which of n characters had been stamped.
func (p perspective) has(s stamp, n int) (from, to int) {
	switch {
	case !s.known || s.client == p.client:
		return 0, n
	case s.first == 0:
		return 0, 0
	case s.step > 0 && p.base >= s.first:
		return 0, int(min(uint64(p.base-s.first)+1, uint64(n)))
	case s.step < 0 && p.base < s.first:
		return int(min(uint64(s.first-p.base), uint64(n))), n
	case p.base >= s.first:
		return 0, n
	}
	return 0, 0
}

// An interval is characters of a span.
type interval struct{ from, to int }

// sees returns which characters of a span the author saw, in one or two pieces.
func (p perspective) sees(s *span) (pieces [2]interval) {
	n := int(s.points)
	if s.marks == nil {
		pieces[0].to = n
		return pieces
	}
	from, to := p.has(s.marks.inserted, n)
	if !s.marks.deleted.known {
		pieces[0] = interval{from, to}
		return pieces
	}
	gone, until := p.has(s.marks.deleted, n)
	if slices.Contains(s.marks.also, p.client) {
		gone, until = 0, n
	}
	if gone >= until {
		gone, until = to, to
	}
	pieces[0] = interval{from, max(from, min(to, gone))}
	pieces[1] = interval{min(max(from, until), to), to}
	return pieces
}

// firstSeen returns the first character from i on that the author saw, or how many there are.
func (p perspective) firstSeen(s *span, i int) int {
	for _, piece := range p.sees(s) {
		if first := max(i, piece.from); first < piece.to {
			return first
		}
	}
	return int(s.points)
}

// inserted reports whether the author knew of all characters from one to another, deleted or not.
func (p perspective) inserted(s *span, from, to int) bool {
	if s.marks == nil {
		return true
	}
	known, until := p.has(s.marks.inserted, int(s.points))
	return known <= from && to <= until
}

// own reports whether the author inserted a character after the base.
func (p perspective) own(s *span, i int) bool {
	if s.marks == nil || !s.marks.inserted.known || s.marks.inserted.client != p.client {
		return false
	}
	seq := s.marks.inserted.at(i).first
	return seq == 0 || seq > p.base
}
