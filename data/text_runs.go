package data

import (
	"slices"
	"strings"

	"github.com/aper-go/aper"
)

// A textRun is characters that were treated alike, in as few runs as a division from the beginning on makes.
type textRun struct {
	gap    int // characters before it of which nothing is remembered
	points int
	marks
}

// textRuns is what is encoded of a text.
type textRuns struct {
	reach aper.Seq
	text  strings.Builder
	runs  []textRun
	gap   int
}

func (w *textRuns) collect(n *textNode) {
	if n == nil {
		return
	}
	for _, c := range n.children {
		w.collect(c)
	}
	for i := range n.spans {
		w.span(n.spans[i])
	}
}

// span adds a span, without what is forgotten of it.
func (w *textRuns) span(s span) {
	w.text.WriteString(s.text)
	for s.points > 0 {
		part := s
		if n := s.alike(w.reach); n < int(s.points) {
			part, s = s.cut(n)
		} else {
			s.points = 0
		}
		part, remains := part.settle(w.reach)
		switch {
		case !remains:
		case part.marks == nil:
			w.gap += int(part.points)
		default:
			w.add(textRun{w.gap, int(part.points), *part.marks})
			w.gap = 0
		}
	}
}

// alike returns how many characters from the first on are forgotten, or not, like the first.
func (s *span) alike(reach aper.Seq) int {
	n := int(s.points)
	if s.marks == nil {
		return n
	}
	all := n
	for _, t := range [...]stamp{s.marks.inserted, s.marks.deleted} {
		if !t.known {
			continue
		}
		from, to := perspective{base: reach, client: nobody}.has(t, all)
		switch {
		case from > 0:
			n = min(n, from)
		case to > 0:
			n = min(n, to)
		}
	}
	return n
}

// nobody is the client of no session.
const nobody = ^aper.ClientID(0)

// add adds a run, or puts it to the last one.
func (w *textRuns) add(r textRun) {
	for r.gap == 0 && len(w.runs) > 0 && r.points > 0 {
		last := &w.runs[len(w.runs)-1]
		n := min(r.points, maxRun-last.points)
		if !last.join(r, n) {
			if n = min(n, 1); !last.join(r, n) {
				break
			}
		}
		r.inserted, r.deleted = r.inserted.at(n), r.deleted.at(n)
		r.points -= n
	}
	if r.points > 0 {
		r.inserted, r.deleted = r.inserted.of(r.points), r.deleted.of(r.points)
		w.runs = append(w.runs, r)
	}
}

// maxRun is how many characters a run has at most.
const maxRun = 1<<31 - 1

// join puts the first n characters of another run to this one, if they continue it.
func (r *textRun) join(next textRun, n int) bool {
	if n < 1 || !slices.Equal(r.also, next.also) {
		return false
	}
	inserted, ok := r.inserted.join(r.points, next.inserted.of(n), n)
	if !ok {
		return false
	}
	deleted, ok := r.deleted.join(r.points, next.deleted.of(n), n)
	if ok {
		r.points, r.inserted, r.deleted = r.points+n, inserted, deleted
	}
	return ok
}
