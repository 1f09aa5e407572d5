package apertest_test

import "github.com/aper-go/aper"

// Board holds a slice, which the generator would refuse: old and new states share its memory.
type Board struct{ Points []int64 }

type (
	Copied struct{ Point int64 } // good
	Push   struct{ Point int64 } // appends to a shared slice
	Pop    struct{}              // cuts a shared slice, which is good until somebody appends
	Reset  struct{ To int64 }    // writes into a shared slice
)

const errEmpty = aper.Conflict("the board is empty")

func (t Copied) Apply(b Board, m *aper.Meta) (Board, error) {
	b.Points = append(b.Points[:len(b.Points):len(b.Points)], t.Point)
	return b, nil
}

func (t Push) Apply(b Board, m *aper.Meta) (Board, error) {
	b.Points = append(b.Points, t.Point)
	return b, nil
}

func (Pop) Apply(b Board, m *aper.Meta) (Board, error) {
	if len(b.Points) == 0 {
		return b, errEmpty
	}
	b.Points = b.Points[:len(b.Points)-1]
	return b, nil
}

func (t Reset) Apply(b Board, m *aper.Meta) (Board, error) {
	if len(b.Points) == 0 {
		return b, errEmpty
	}
	b.Points[0] = t.To
	return b, nil
}

func (s Board) Code(c *aper.Coder) Board {
	if c.Struct("apertest_test.Board", 1) {
		n := c.Field("points").List(len(s.Points))
		for i := 0; i < n && !c.Failed(); i++ {
			if i < len(s.Points) {
				c.Item().Int64(s.Points[i])
			} else {
				s.Points = append(s.Points, c.Item().Int64(0))
			}
		}
		c.End()
		c.End()
	}
	return s
}

var boardTransitions = []string{"Copied", "Push", "Pop", "Reset"}

func (Board) CodeTransition(c *aper.Coder, t aper.Transition[Board]) aper.Transition[Board] {
	switch c.Choice("apertest_test.Board", boardTransitions) {
	case 1:
		return Copied{}.Code(c)
	case 2:
		return Push{}.Code(c)
	case 3:
		return Pop{}.Code(c)
	case 4:
		return Reset{}.Code(c)
	}
	switch t := t.(type) {
	case Copied:
		t.Code(c)
	case Push:
		t.Code(c)
	case Pop:
		t.Code(c)
	case Reset:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}

func (t Copied) Code(c *aper.Coder) Copied {
	if c.Variant(1, "Copied", 1) {
		t.Point = c.Field("point").Int64(t.Point)
		c.End()
	}
	return t
}

func (t Push) Code(c *aper.Coder) Push {
	if c.Variant(2, "Push", 1) {
		t.Point = c.Field("point").Int64(t.Point)
		c.End()
	}
	return t
}

func (t Pop) Code(c *aper.Coder) Pop { return codeEmpty(c, 3, "Pop", t) }

func (t Reset) Code(c *aper.Coder) Reset {
	if c.Variant(4, "Reset", 1) {
		t.To = c.Field("to").Int64(t.To)
		c.End()
	}
	return t
}
