package data

import "github.com/aper-go/aper"

// A run is items one after the other whose IDs have the same client, and whose seq and n change by the same steps.
type run struct {
	first, last aper.ID
	step        aper.ID // client is 0, seq and n may wrap around
	length      int
}

// extend makes id part of the run if it continues it, and reports whether it does.
func (r *run) extend(id aper.ID) bool {
	step := aper.ID{Seq: id.Seq - r.last.Seq, N: id.N - r.last.N}
	if id.Client != r.last.Client || r.length > 1 && step != r.step {
		return false
	}
	r.last, r.step, r.length = id, step, r.length+1
	return true
}

// runs divides the list into as few runs as a division from the beginning on makes.
func (s List[V]) runs() []run {
	var runs []run
	for id := range s.All() {
		if len(runs) == 0 || !runs[len(runs)-1].extend(id) {
			runs = append(runs, run{first: id, last: id, length: 1})
		}
	}
	return runs
}

// What stands before the values in a run of one item, and in longer ones.
const (
	shortHead = 3
	longHead  = 5
)

func (s List[V]) writeRuns(c *aper.Coder) {
	runs := s.runs()
	c.List(len(runs))
	at, left := -1, 0
	for _, item := range s.order.all {
		if left == 0 {
			at++
			left = runs[at].length
			runs[at].writeHead(c.Item())
		}
		item.value.Code(c.Item())
		if left--; left == 0 {
			c.End()
		}
	}
	c.End()
}

func (r run) writeHead(c *aper.Coder) {
	if r.length == 1 {
		c.List(shortHead + 1)
	} else {
		c.List(longHead + r.length)
	}
	r.codeFirst(c)
	if r.length > 1 {
		r.codeStep(c)
	}
}

func (r run) codeFirst(c *aper.Coder) run {
	r.first.Client = aper.ClientID(c.Item().Uint64(uint64(r.first.Client)))
	r.first.Seq = aper.ClientSeq(c.Item().Uint64(uint64(r.first.Seq)))
	r.first.N = c.Item().Uint64(r.first.N)
	return r
}

func (r run) codeStep(c *aper.Coder) run {
	r.step.Seq = aper.ClientSeq(c.Item().Int64(int64(r.step.Seq)))
	r.step.N = uint64(c.Item().Int64(int64(r.step.N)))
	return r
}

func readRuns[V aper.StateMachine[V]](c *aper.Coder) []item[V] {
	n := c.List(0)
	var items []item[V]
	var before run
	for i := 0; i < n && !c.Failed(); i++ {
		r := readHead(c, c.Item().List(0))
		if i > 0 && before.extend(r.first) {
			c.Fail("two runs could be one")
		}
		id := r.first
		for j := 0; j < r.length && !c.Failed(); j++ {
			var value V
			items = append(items, item[V]{id, value.Code(c.Item())})
			r.last = id
			id.Seq, id.N = id.Seq+r.step.Seq, id.N+r.step.N
		}
		c.End()
		before = r
	}
	c.End()
	return items
}

// readHead reads what stands before the values in an array of so many things.
func readHead(c *aper.Coder, things int) run {
	var r run
	switch {
	case isDescribing(c):
		r.length = 1
		return r.codeFirst(c).codeStep(c)
	case things == shortHead+1:
		r.length = 1
		return r.codeFirst(c)
	case things > longHead+1:
		r.length = things - longHead
		return r.codeFirst(c).codeStep(c)
	}
	c.Fail("a run is client, seq, n and one value, or client, seq, n, two steps and more values")
	return r
}
