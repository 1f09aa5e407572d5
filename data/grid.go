package data

import "github.com/aper-go/aper"

// A Grid holds plain values by column and row: a board, a map, a picture. Its size is that of NewGrid and stays; the zero
// value is empty. Costs are those of a Vector.
//
// Of two that set one cell the later one stays, and different cells never disturb each other. A cell outside of the grid is
// the conflict ErrRange.
//
// T is a truth value, a number, a string, or a type with generated methods. It is encoded as an array of rows, each an
// array of its cells, and is the same in JSON, so that y comes before x in the path of a change.
type Grid[T any] struct {
	width int
	cells Vector[T] // row after row
}

// maxCells limits a grid, so that its size can come from a transition.
const maxCells = 1 << 24

// NewGrid returns a grid with the same value in every cell. It is empty when a side is not positive, or when there would be
// more than 2^24 cells. All equal parts are shared: a large grid is small until it is filled.
func NewGrid[T any](width, height int, fill T) Grid[T] {
	if width <= 0 || height <= 0 || width > maxCells/height {
		return Grid[T]{}
	}
	return Grid[T]{width, repeat(fill, width*height)}
}

// Width returns how many columns there are.
func (s Grid[T]) Width() int { return s.width }

// Height returns how many rows there are.
func (s Grid[T]) Height() int {
	if s.width == 0 {
		return 0
	}
	return s.cells.length / s.width
}

// Has reports whether there is a cell in column x of row y, both from 0.
func (s Grid[T]) Has(x, y int) bool { return x >= 0 && x < s.width && y >= 0 && y < s.Height() }

// At returns the value in column x of row y, and whether there is such a cell.
func (s Grid[T]) At(x, y int) (value T, ok bool) {
	if !s.Has(x, y) {
		return value, false
	}
	return s.cells.At(y*s.width + x)
}

// With returns a grid that has v in column x of row y. It panics where there is no such cell; Has tells.
func (s Grid[T]) With(x, y int, v T) Grid[T] {
	if !s.Has(x, y) {
		panic("data: cell outside of a Grid")
	}
	return Grid[T]{s.width, s.cells.With(y*s.width+x, v)}
}

// A Cell is a place in a Grid and what is there.
type Cell[T any] struct {
	X, Y  int
	Value T
}

// All yields the cells, row after row.
func (s Grid[T]) All() func(yield func(Cell[T]) bool) {
	return func(yield func(Cell[T]) bool) {
		x, y := 0, 0
		s.cells.root.all(func(v T) bool {
			cell := Cell[T]{x, y, v}
			if x++; x == s.width {
				x, y = 0, y+1
			}
			return yield(cell)
		})
	}
}

// String returns the rows, as in [[1, 2], [3, 4]]. Of a large grid it shows the first of both.
func (s Grid[T]) String() string {
	y := -1
	b := appendItems([]byte{'['}, s.Height(), func(b []byte) []byte {
		x := -1
		y++
		b = appendItems(append(b, '['), s.width, func(b []byte) []byte {
			x++
			v, _ := s.At(x, y)
			return appendValue(b, v)
		})
		return append(b, ']')
	})
	return string(append(b, ']'))
}

// SetCell returns the transition that sets a cell, which conflicts with ErrRange when it is outside.
func (Grid[T]) SetCell(x, y int, to T) aper.Transition[Grid[T]] { return GridSet[T]{x, y, to} }

// SetCell returns the transition that sets a cell of a Grid.
func SetCell[T any](x, y int, to T) aper.Transition[Grid[T]] { return GridSet[T]{x, y, to} }

// GridSet sets a cell.
type GridSet[T any] struct {
	X, Y int
	To   T
}

// Apply returns ErrRange when the cell is outside of the grid.
func (t GridSet[T]) Apply(s Grid[T], _ *aper.Meta) (Grid[T], error) {
	if !s.Has(t.X, t.Y) {
		return s, aper.In(indexText(t.Y)+"."+indexText(t.X), ErrRange)
	}
	return s.With(t.X, t.Y, t.To), nil
}

// Diff visits the cells that were replaced, or the whole when the size is another.
func (s Grid[T]) Diff(d *aper.Difference, old Grid[T]) {
	if s.width != old.width || s.cells.length != old.cells.length {
		d.Replaced(func(c *aper.Coder) { s.Code(c) })
		return
	}
	s.cells.differ(old.cells, func(i int, was, is T) bool {
		d.Enter(indexText(i / s.width))
		aper.DiffValue(d, indexText(i%s.width), was, is)
		d.Leave()
		return !d.Stopped()
	})
}
