package data

import "github.com/aper-go/aper"

// Code encodes or decodes the grid.
func (s Grid[T]) Code(c *aper.Coder) Grid[T] {
	if !c.Writing() {
		return decodeGrid[T](c)
	}
	c.List(s.Height())
	for cell := range s.All() {
		if cell.X == 0 {
			c.Item().List(s.width)
		}
		if aper.CodeValue(c.Item(), cell.Value); cell.X == s.width-1 {
			c.End()
		}
	}
	c.End()
	return s
}

// decodeGrid reads rows of one length, and allocates as it goes.
func decodeGrid[T any](c *aper.Coder) (s Grid[T]) {
	height := c.List(0)
	for y := 0; y < height && !c.Failed(); y++ {
		width := c.Item().List(0)
		if y == 0 {
			s.width = width
		}
		if !c.Failed() && (width == 0 || width != s.width || width > maxCells/height) {
			c.Fail("the rows of a grid are empty, of different lengths, or too many")
		}
		s.cells = s.cells.decodeMore(c, width)
		c.End()
	}
	c.End()
	if c.Failed() {
		return Grid[T]{}
	}
	return s
}

// Code encodes or decodes the transition.
func (t GridSet[T]) Code(c *aper.Coder) GridSet[T] {
	if c.Variant(1, "Set", 3) {
		t.X = c.Field("x").Int(t.X)
		t.Y = c.Field("y").Int(t.Y)
		t.To = aper.CodeValue(c.Field("to"), t.To)
		c.End()
	}
	return t
}

var gridTransitions = []string{"Set"}

// CodeTransition encodes or decodes a transition.
func (Grid[T]) CodeTransition(c *aper.Coder, t aper.Transition[Grid[T]]) aper.Transition[Grid[T]] {
	if c.Choice("data.Grid", gridTransitions) == 1 {
		return GridSet[T]{}.Code(c)
	}
	if t, ok := t.(GridSet[T]); ok {
		t.Code(c)
	} else {
		c.Unknown()
	}
	return t
}
