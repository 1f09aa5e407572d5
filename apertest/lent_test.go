package apertest_test

import "github.com/aper-go/aper"

// Lent holds pointers, which the generator would refuse.
type Lent struct {
	tally *int64
	order *Order
	meta  *aper.Meta
}

type (
	Bump  struct{}               // counts behind a pointer
	Order struct{ Amount int64 } // keeps itself in the state, by pointer
	Keep  struct{}               // keeps its Meta
)

func (Bump) Apply(l Lent, m *aper.Meta) (Lent, error) {
	if l.tally == nil {
		l.tally = new(int64)
	}
	*l.tally++
	return l, nil
}

func (o *Order) Apply(l Lent, m *aper.Meta) (Lent, error) {
	l.order = o
	o.Amount++
	return l, nil
}

func (Keep) Apply(l Lent, m *aper.Meta) (Lent, error) {
	l.meta = m
	return l, nil
}

func (s Lent) Code(c *aper.Coder) Lent {
	if c.Struct("apertest_test.Lent", 3) {
		s.tally = codePointer(c.Field("tally"), s.tally)
		var amount, seq *int64
		if s.order != nil {
			amount = &s.order.Amount
		}
		if amount = codePointer(c.Field("order"), amount); amount != nil {
			s.order = &Order{*amount}
		}
		if s.meta != nil {
			seq = new(int64)
			*seq = int64(s.meta.Seq)
		}
		if seq = codePointer(c.Field("meta"), seq); seq != nil {
			s.meta = &aper.Meta{Seq: aper.Seq(*seq)}
		}
		c.End()
	}
	return s
}

// codePointer codes what p points to, and a nil pointer as an empty list.
func codePointer(c *aper.Coder, p *int64) *int64 {
	n := 0
	if p != nil {
		n = 1
	}
	var v int64
	if n = c.List(n); n == 1 {
		if p != nil {
			v = *p
		}
		v = c.Item().Int64(v)
		p = &v
	}
	c.End()
	return p
}

var lentTransitions = []string{"Bump", "Order", "Keep"}

func (Lent) CodeTransition(c *aper.Coder, t aper.Transition[Lent]) aper.Transition[Lent] {
	switch c.Choice("apertest_test.Lent", lentTransitions) {
	case 1:
		return Bump{}.Code(c)
	case 2:
		return (&Order{}).Code(c)
	case 3:
		return Keep{}.Code(c)
	}
	switch t := t.(type) {
	case Bump:
		t.Code(c)
	case *Order:
		t.Code(c)
	case Keep:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}

func (t Bump) Code(c *aper.Coder) Bump { return codeEmpty(c, 1, "Bump", t) }

func (o *Order) Code(c *aper.Coder) *Order {
	if c.Variant(2, "Order", 1) {
		o.Amount = c.Field("amount").Int64(o.Amount)
		c.End()
	}
	return o
}

func (t Keep) Code(c *aper.Coder) Keep { return codeEmpty(c, 3, "Keep", t) }
