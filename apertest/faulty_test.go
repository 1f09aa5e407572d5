package apertest_test

import (
	"math"

	"github.com/aper-go/aper"
)

// These machines have one transition each, and a fault in how their states are encoded.

// Step is the transition of all of them.
type Step[S steppable[S]] struct{}

type steppable[S any] interface {
	aper.StateMachine[S]
	step() S
}

func (Step[S]) Apply(s S, m *aper.Meta) (S, error) { return s.step(), nil }

func codeStep[S steppable[S]](c *aper.Coder, t aper.Transition[S]) aper.Transition[S] {
	if c.Choice("apertest_test.Step", []string{"Step"}) == 1 {
		return codeEmpty(c, 1, "Step", Step[S]{})
	}
	codeEmpty(c, 1, "Step", t)
	return t
}

// Forgetful has a field that Code does not mention and no rule looks at.
type Forgetful struct {
	Value int64
	Title [2]string
}

func (f Forgetful) step() Forgetful { f.Value++; f.Title[1] = "changed"; return f }

func (f Forgetful) Code(c *aper.Coder) Forgetful {
	if c.Struct("apertest_test.Forgetful", 1) {
		f.Value = c.Field("value").Int64(f.Value)
		c.End()
	}
	return f
}

func (Forgetful) CodeTransition(c *aper.Coder, t aper.Transition[Forgetful]) aper.Transition[Forgetful] {
	return codeStep(c, t)
}

// Hidden has a pointer that Code does not mention, but the rule looks at.
type Hidden struct {
	Value int64
	by    *int64
}

func (h Hidden) step() Hidden {
	if h.by == nil {
		h.by = new(int64)
	}
	by := *h.by + 1
	h.by = &by
	h.Value += by
	return h
}

func (h Hidden) Code(c *aper.Coder) Hidden {
	if c.Struct("apertest_test.Hidden", 1) {
		h.Value = c.Field("value").Int64(h.Value)
		c.End()
	}
	return h
}

func (Hidden) CodeTransition(c *aper.Coder, t aper.Transition[Hidden]) aper.Transition[Hidden] {
	return codeStep(c, t)
}

// Prepared works only where its pointer was set, which decoding does not do.
type Prepared struct {
	Value int64
	by    *int64
}

func (p Prepared) step() Prepared { p.Value += *p.by; return p }

func (p Prepared) Code(c *aper.Coder) Prepared {
	if c.Struct("apertest_test.Prepared", 1) {
		p.Value = c.Field("value").Int64(p.Value)
		c.End()
	}
	return p
}

func (Prepared) CodeTransition(c *aper.Coder, t aper.Transition[Prepared]) aper.Transition[Prepared] {
	return codeStep(c, t)
}

// Namesakes has two fields of one name, which CBOR does not mind: JSON loses the second.
type Namesakes struct{ A, B int64 }

func (n Namesakes) step() Namesakes { n.B++; return n }

func (n Namesakes) Code(c *aper.Coder) Namesakes {
	if c.Struct("apertest_test.Namesakes", 2) {
		n.A = c.Field("a").Int64(n.A)
		n.B = c.Field("a").Int64(n.B)
		c.End()
	}
	return n
}

func (Namesakes) CodeTransition(c *aper.Coder, t aper.Transition[Namesakes]) aper.Transition[Namesakes] {
	return codeStep(c, t)
}

// Shaken encodes a map in the order of the moment.
type Shaken struct{ set map[int64]bool }

func (s Shaken) step() Shaken {
	return Shaken{set: map[int64]bool{1: true, 2: true, 3: true, 4: true, 5: true}}
}

func (s Shaken) Code(c *aper.Coder) Shaken {
	if c.Struct("apertest_test.Shaken", 1) {
		n := c.Field("set").List(len(s.set))
		if s.set == nil {
			s.set = map[int64]bool{}
			for i := 0; i < n && !c.Failed(); i++ {
				s.set[c.Item().Int64(0)] = true
			}
		} else {
			for i := range s.set {
				c.Item().Int64(i)
			}
		}
		c.End()
		c.End()
	}
	return s
}

func (Shaken) CodeTransition(c *aper.Coder, t aper.Transition[Shaken]) aper.Transition[Shaken] {
	return codeStep(c, t)
}

// Infinite grows until it is no number any more.
type Infinite struct{ X float64 }

func (i Infinite) step() Infinite {
	if i.X == 0 {
		return Infinite{X: 1}
	}
	return Infinite{X: i.X * math.MaxFloat64}
}

func (i Infinite) Code(c *aper.Coder) Infinite {
	if c.Struct("apertest_test.Infinite", 1) {
		i.X = c.Field("x").Float64(i.X)
		c.End()
	}
	return i
}

func (Infinite) CodeTransition(c *aper.Coder, t aper.Transition[Infinite]) aper.Transition[Infinite] {
	return codeStep(c, t)
}

// Miscounted says that it has one field more than it has.
type Miscounted struct{ Value int64 }

func (m Miscounted) step() Miscounted { m.Value++; return m }

func (m Miscounted) Code(c *aper.Coder) Miscounted {
	if c.Struct("apertest_test.Miscounted", 2) {
		m.Value = c.Field("value").Int64(m.Value)
		c.End()
	}
	return m
}

func (Miscounted) CodeTransition(c *aper.Coder, t aper.Transition[Miscounted]) aper.Transition[Miscounted] {
	return codeStep(c, t)
}

// Greedy believes a count that it reads.
type Greedy struct{ n int64 }

func (g Greedy) step() Greedy { g.n++; return g }

func (g Greedy) Code(c *aper.Coder) Greedy {
	if c.Struct("apertest_test.Greedy", 1) {
		g.n = c.Field("n").Int64(g.n)
		_ = make([]byte, g.n)
		c.End()
	}
	return g
}

func (Greedy) CodeTransition(c *aper.Coder, t aper.Transition[Greedy]) aper.Transition[Greedy] {
	return codeStep(c, t)
}

// Forgiving starts anew when there was an error.
type Forgiving struct{ Value int64 }

func (f Forgiving) step() Forgiving { f.Value++; return f }

func (f Forgiving) Code(c *aper.Coder) Forgiving {
	if c.Struct("apertest_test.Forgiving", 1) {
		f.Value = c.Field("value").Int64(f.Value)
		c.End()
	}
	if c.Failed() {
		c.EncodeTo(nil)
	}
	return f
}

func (Forgiving) CodeTransition(c *aper.Coder, t aper.Transition[Forgiving]) aper.Transition[Forgiving] {
	return codeStep(c, t)
}

// Inbox is a good state, and the encoding of each of its transitions has a fault.
type Inbox struct{ Last int64 }

type (
	Letter  struct{ Text string }  // panics on bytes that stop early
	Stamp   struct{ price *int64 } // forgets what Apply looks at
	Postage struct{ Due int64 }    // says that it has one field more than it has
)

func (l Letter) Apply(i Inbox, m *aper.Meta) (Inbox, error) { i.Last = int64(l.Text[0]); return i, nil }

func (s Stamp) Apply(i Inbox, m *aper.Meta) (Inbox, error) {
	if s.price != nil {
		i.Last = *s.price
	}
	return i, nil
}

func (p Postage) Apply(i Inbox, m *aper.Meta) (Inbox, error) { i.Last = p.Due; return i, nil }

func (i Inbox) Code(c *aper.Coder) Inbox {
	if c.Struct("apertest_test.Inbox", 1) {
		i.Last = c.Field("last").Int64(i.Last)
		c.End()
	}
	return i
}

func (Inbox) CodeTransition(c *aper.Coder, t aper.Transition[Inbox]) aper.Transition[Inbox] {
	switch c.Choice("apertest_test.Inbox", []string{"Letter", "Stamp", "Postage"}) {
	case 1:
		return Letter{}.Code(c)
	case 2:
		return Stamp{}.Code(c)
	case 3:
		return Postage{}.Code(c)
	}
	switch t := t.(type) {
	case Letter:
		t.Code(c)
	case Stamp:
		t.Code(c)
	case Postage:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}

func (l Letter) Code(c *aper.Coder) Letter {
	if c.Variant(1, "Letter", 1) {
		l.Text = c.Field("text").Text(l.Text)
		_ = l.Text[0]
		c.End()
	}
	return l
}

func (s Stamp) Code(c *aper.Coder) Stamp { return codeEmpty(c, 2, "Stamp", s) }

func (p Postage) Code(c *aper.Coder) Postage {
	if c.Variant(3, "Postage", 2) {
		p.Due = c.Field("due").Int64(p.Due)
		c.End()
	}
	return p
}
