package data

import "github.com/aper-go/aper"

// What a run says about itself, in the bits of one number.
const (
	runInserted = 1 << iota
	runDeleted
	runInsertedUp
	runInsertedDown
	runDeletedUp
	runDeletedDown
	runAlso
	runUnknown // this and what is above
)

// code codes the runs as a flat list of numbers.
func (w *textRuns) code(c *aper.Coder) {
	n := numbers{c: c}
	if c.Writing() {
		for i := range w.runs {
			n.count += w.runs[i].numbers()
		}
		c.List(n.count)
		for i := range w.runs {
			w.runs[i].code(&n, w.reach)
		}
		c.End()
		return
	}
	n.left = c.List(0)
	if isDescribing(c) {
		n.next(0)
	} else {
		w.readRuns(&n)
	}
	c.End()
}

func (w *textRuns) readRuns(n *numbers) {
	for n.left > 0 && !n.c.Failed() {
		var r textRun
		r.code(n, w.reach)
		before := len(w.runs)
		if w.add(r); len(w.runs) == before || w.runs[before].points != r.points ||
			w.runs[before].flags() != r.flags() || r.points < 1 {
			n.c.Fail("what is remembered of a text is not in its shortest form")
			return
		}
	}
}

// numbers codes the numbers of a list, and knows how many are left.
type numbers struct {
	c           *aper.Coder
	count, left int
}

func (n *numbers) next(v uint64) uint64 {
	if !n.c.Writing() {
		if n.left--; n.left < 0 && !isDescribing(n.c) {
			n.c.Fail("a number is missing in what is remembered of a text")
			return 0
		}
	}
	return n.c.Item().Uint64(v)
}

func (n *numbers) int(v int) int {
	got := n.next(uint64(v))
	if got > maxRun {
		n.c.Fail("a number is too large in what is remembered of a text")
		return 0
	}
	return int(got)
}

// numbers returns how many numbers a run takes.
func (r *textRun) numbers() int {
	count := 3
	if r.inserted.known {
		count += 2
	}
	if r.deleted.known {
		count += 2
	}
	if len(r.also) > 0 {
		count += 1 + len(r.also)
	}
	return count
}

func (r *textRun) code(n *numbers, reach aper.Seq) {
	r.gap, r.points = n.int(r.gap), n.int(r.points)
	r.setFlags(n, n.next(r.flags()))
	r.inserted.code(n, reach)
	r.deleted.code(n, reach)
	r.codeAlso(n)
}

func (r *textRun) flags() (flags uint64) {
	for _, f := range [...]struct {
		set  bool
		flag uint64
	}{
		{r.inserted.known, runInserted}, {r.deleted.known, runDeleted}, {r.inserted.step > 0, runInsertedUp}, {r.inserted.step < 0, runInsertedDown},
		{r.deleted.step > 0, runDeletedUp}, {r.deleted.step < 0, runDeletedDown}, {len(r.also) > 0, runAlso},
	} {
		if f.set {
			flags |= f.flag
		}
	}
	return flags
}

func (r *textRun) setFlags(n *numbers, flags uint64) {
	if n.c.Writing() {
		return
	}
	r.inserted.known, r.deleted.known = flags&runInserted != 0, flags&runDeleted != 0
	r.inserted.step = stepOf(flags&runInsertedUp != 0, flags&runInsertedDown != 0)
	r.deleted.step = stepOf(flags&runDeletedUp != 0, flags&runDeletedDown != 0)
	if flags&runAlso != 0 {
		r.also = []aper.ClientID{0}
	}
	if !r.inserted.known && !r.deleted.known || flags >= runUnknown || r.flags() != flags {
		n.c.Fail("what is remembered of a text makes no sense")
	}
}

func stepOf(up, down bool) int8 {
	switch {
	case up:
		return 1
	case down:
		return -1
	}
	return 0
}

// code codes who and when, which is told from reach on; 0 is speculative.
func (s *stamp) code(n *numbers, reach aper.Seq) {
	if !s.known {
		return
	}
	s.client = aper.ClientID(n.next(uint64(s.client)))
	since := uint64(0)
	if s.first != 0 {
		since = uint64(s.first - reach)
	}
	if since = n.next(since); since != 0 {
		s.first = reach + aper.Seq(since)
	} else {
		s.first = 0
	}
}

func (r *textRun) codeAlso(n *numbers) {
	if len(r.also) == 0 {
		return
	}
	count := n.int(len(r.also))
	if !n.c.Writing() {
		if count < 1 || count > n.left {
			n.c.Fail("what is remembered of a text makes no sense")
			return
		}
		r.also = make([]aper.ClientID, count)
	}
	for i, client := range r.also {
		if id := n.next(uint64(client)); !n.c.Writing() { // the list is shared with the text that is written
			r.also[i] = aper.ClientID(id)
		}
	}
}
