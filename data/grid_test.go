package data

import (
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

func TestGridAgainstRows(t *testing.T) {
	r := newRandom(t)
	for range 20 {
		width, height := 1+r.IntN(40), 1+r.IntN(40)
		s := NewGrid(width, height, int64(7))
		model := make([][]int64, height)
		for y := range model {
			model[y] = make([]int64, width)
			for x := range model[y] {
				model[y][x] = 7
			}
		}
		var kept history[Grid[int64]]
		kept.keep(t, s)
		for step := range int64(200) {
			x, y := r.IntN(width+2)-1, r.IntN(height+2)-1
			if s.Has(x, y) {
				s = apply(t, s, s.SetCell(x, y, step))
				model[y][x] = step
			} else {
				refused(t, s, s.SetCell(x, y, step), ErrRange, indexText(y)+"."+indexText(x)+": no such place")
			}
			if err := s.cells.check(); err != nil {
				t.Fatal(err)
			}
			if r.IntN(20) == 0 {
				kept.keep(t, s)
				compareGrid(t, s, model)
			}
		}
		kept.check(t, r)
		checkDiff(t, s, NewGrid(height, width+1, int64(7)))
	}
}

func compareGrid(t *testing.T, s Grid[int64], model [][]int64) {
	t.Helper()
	if s.Height() != len(model) || s.Width() != len(model[0]) {
		t.Fatalf("the size is %d, %d", s.Width(), s.Height())
	}
	n := 0
	for cell := range s.All() {
		if cell.X != n%s.Width() || cell.Y != n/s.Width() || cell.Value != model[cell.Y][cell.X] {
			t.Fatalf("cell %d is %v", n, cell)
		}
		if v, ok := s.At(cell.X, cell.Y); !ok || v != cell.Value {
			t.Fatalf("At(%d, %d) is %d, %v", cell.X, cell.Y, v, ok)
		}
		n++
	}
	for _, out := range [][2]int{{-1, 0}, {0, -1}, {s.Width(), 0}, {0, s.Height()}, {1 << 40, 1 << 40}} {
		if _, ok := s.At(out[0], out[1]); ok {
			t.Fatalf("there is a cell at %v", out)
		}
	}
}

func TestGridSizes(t *testing.T) {
	for _, size := range [][2]int{{0, 0}, {0, 5}, {5, 0}, {-1, -1}, {1 << 62, 4}, {1 << 32, 1 << 32}, {1 << 24, 2}} {
		if s := NewGrid(size[0], size[1], "x"); s.Width() != 0 || s.Height() != 0 || s.Has(0, 0) {
			t.Errorf("of %v the size is %d, %d", size, s.Width(), s.Height())
		}
	}
	s := NewGrid(1<<12, 1<<12, "x")
	if v, ok := s.With(4095, 4095, "y").At(4095, 4095); !ok || v != "y" || s.cells.check() != nil {
		t.Errorf("got %v, %v, %v", v, ok, s.cells.check())
	}
}

func TestGridCoding(t *testing.T) {
	wantJSON(t, Grid[bool]{}, `[]`)
	wantJSON(t, NewGrid(3, 2, "-").With(2, 1, "x"), `[["-","-","-"],["-","-","x"]]`)
	wantJSON(t, NewGrid(1, 1, point{1, 2}), `[[{"x":1,"y":2}]]`)
	for _, text := range []string{`[[]]`, `[[1],[]]`, `[[1],[1,2]]`, `[[1,2],[1]]`, `[1]`, `{}`} {
		if s, err := aper.FromJSON[Grid[int64]]([]byte(text)); err == nil {
			t.Errorf("%s is accepted as %v", text, s)
		}
	}
	// A row of 2^16 cells that are there, in 2^16 rows that are not.
	encoded := "\x9a\x00\x01\x00\x00" + "\x9a\x00\x01\x00\x00" + strings.Repeat("\x00", 1<<16)
	if _, err := aper.Decode[Grid[int64]]([]byte(encoded)); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Errorf("got %v", err)
	}
	damaged(t, NewGrid(3, 3, int64(100)).With(0, 0, -1))
	if got := NewGrid(2, 2, true).With(0, 1, false).String(); got != "[[true, true], [false, true]]" {
		t.Error(got)
	}
}

func TestGridTransitions(t *testing.T) {
	s := NewGrid(3, 2, "-")
	sameTransition(t, s.SetCell(1, 2, "x"), SetCell(1, 2, "x"), `{"Set":{"x":1,"y":2,"to":"x"}}`)
	apertest.Check(t, s, SetCell(0, 0, "a"), SetCell(2, 1, "b"), SetCell(1, 2, "c"), SetCell(-1, 0, "d"), SetCell(1<<40, 1<<40, "d"),
		aper.All(SetCell(0, 0, "x"), SetCell(1, 0, "x")))
	apertest.Check(t, Grid[bool]{}, SetCell(0, 0, true))
	defer func() {
		if recover() == nil {
			t.Error("With outside of a grid does not panic")
		}
	}()
	s.With(3, 0, "x")
}
