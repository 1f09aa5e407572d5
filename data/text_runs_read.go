package data

import (
	"unicode/utf8"

	"github.com/aper-go/aper"
)

// read returns the text that was decoded.
func (w *textRuns) read(c *aper.Coder, text string) Text {
	rest := characters{text, utf8.RuneCountInString(text) == len(text)}
	spans := make([]span, 0, 2*len(w.runs)+len(text)/maxSettled+1)
	for i := range w.runs {
		r := &w.runs[i]
		if r.invalid(w.reach) {
			c.Fail("what is remembered of a text makes no sense")
			return Text{}
		}
		before, ok := rest.take(r.gap)
		spans = appendText(spans, before, nil)
		if r.deleted.known {
			spans = append(spans, span{points: int32(r.points), marks: &r.marks})
		} else if text, there := rest.take(r.points); there {
			spans = r.appendTo(spans, text)
		} else {
			ok = false
		}
		if !ok {
			c.Fail("a text is shorter than what is remembered of it")
			return Text{}
		}
	}
	return Text{root: treeOf(appendText(spans, rest.text, nil)), reach: w.reach}
}

// appendTo appends what is alive of a run.
func (r *textRun) appendTo(spans []span, text string) []span {
	s := newSpanOf(text, r.points)
	s.marks = &r.marks
	for int(s.points) > maxSettled {
		var chunk span
		chunk, s = s.cut(maxSettled)
		spans = append(spans, chunk)
	}
	return append(spans, s)
}

// characters are the rest of a text.
type characters struct {
	text  string
	ascii bool
}

// take takes the first characters away, and reports whether there are so many.
func (t *characters) take(points int) (text string, ok bool) {
	at := points
	if !t.ascii {
		at = 0
		for ; points > 0 && at < len(t.text); points-- {
			_, size := utf8.DecodeRuneInString(t.text[at:])
			at += size
		}
		at += points
	}
	if at > len(t.text) {
		return "", false
	}
	text, t.text = t.text[:at], t.text[at:]
	return text, true
}

// invalid reports whether a run could not have come about.
func (r *textRun) invalid(reach aper.Seq) bool {
	for _, s := range [...]stamp{r.inserted, r.deleted} {
		first, last := s.first, s.at(r.points-1).first
		switch {
		case !s.known:
			if s != (stamp{}) {
				return true
			}
		case s.step != 0 && (r.points == 1 || first == 0):
			return true
		case first != 0 && (first <= reach || last <= reach || s.step > 0 && last < first || s.step < 0 && last > first):
			return true
		}
	}
	return len(r.also) > 0 && (!r.deleted.known || !increasing(r.also))
}

func increasing(list []aper.ClientID) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			return false
		}
	}
	return true
}
