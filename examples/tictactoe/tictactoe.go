// Package tictactoe is a game for two: rules that conflicts enforce. Nobody plays out of turn, on a taken cell, or after
// the end, whatever a modified client sends, because the authority applies the same rules as everyone.
package tictactoe

//go:generate go tool apergen

import "github.com/aper-go/aper"

// A Mark is what stands in a cell.
type Mark uint8

const (
	None Mark = iota
	X         // begins
	O
)

// Game is the state.
type Game struct {
	Cells [9]Mark // by rows
	SeatX aper.ClientID
	SeatO aper.ClientID
	Turn  Mark // None before the game begins and after it has ended
	Won   Mark // None in a draw, and before the end
}

// Sit takes the next free seat. When both are taken the game begins.
type Sit struct{}

// Play puts the author's mark into a cell, 0 to 8.
type Play struct{ Cell uint8 }

// Again begins another game with the same seats, after an end.
type Again struct{}

const (
	ErrSeated      = aper.Conflict("you have a seat already")
	ErrNoSeat      = aper.Conflict("both seats are taken; you can watch")
	ErrNotSeated   = aper.Conflict("you are watching, not playing")
	ErrNotBegun    = aper.Conflict("the game begins when both seats are taken")
	ErrNotYourTurn = aper.Conflict("it is not your turn")
	ErrTaken       = aper.Conflict("this cell is taken")
	ErrNoCell      = aper.Conflict("there is no such cell")
	ErrOver        = aper.Conflict("the game is over")
	ErrNotOver     = aper.Conflict("the game is not over")
)

func (Sit) Apply(g Game, m *aper.Meta) (Game, error) {
	switch {
	case g.mark(m.Client) != None:
		return g, ErrSeated
	case g.SeatX == 0:
		g.SeatX = m.Client
	case g.SeatO == 0:
		g.SeatO = m.Client
		g.Turn = X
	default:
		return g, ErrNoSeat
	}
	return g, nil
}

func (t Play) Apply(g Game, m *aper.Meta) (Game, error) {
	mark := g.mark(m.Client)
	switch {
	case mark == None:
		return g, ErrNotSeated
	case g.SeatO == 0:
		return g, ErrNotBegun
	case g.Turn == None:
		return g, ErrOver
	case g.Turn != mark:
		return g, ErrNotYourTurn
	case int(t.Cell) >= len(g.Cells):
		return g, ErrNoCell
	case g.Cells[t.Cell] != None:
		return g, ErrTaken
	}
	g.Cells[t.Cell] = mark
	g.Turn = X + O - mark
	if g.Won = g.winner(); g.Won != None || g.full() {
		g.Turn = None
	}
	return g, nil
}

func (Again) Apply(g Game, m *aper.Meta) (Game, error) {
	switch {
	case g.mark(m.Client) == None:
		return g, ErrNotSeated
	case g.SeatO == 0:
		return g, ErrNotBegun
	case g.Turn != None:
		return g, ErrNotOver
	}
	return Game{SeatX: g.SeatO, SeatO: g.SeatX, Turn: X}, nil // who waited begins
}

// mark returns what a client plays.
func (g Game) mark(c aper.ClientID) Mark {
	switch c {
	case 0:
		return None
	case g.SeatX:
		return X
	case g.SeatO:
		return O
	}
	return None
}

func (g Game) winner() Mark {
	for _, line := range [...][3]int{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {0, 3, 6}, {1, 4, 7}, {2, 5, 8}, {0, 4, 8}, {2, 4, 6}} {
		if mark := g.Cells[line[0]]; mark != None && mark == g.Cells[line[1]] && mark == g.Cells[line[2]] {
			return mark
		}
	}
	return None
}

func (g Game) full() bool {
	for _, mark := range g.Cells {
		if mark == None {
			return false
		}
	}
	return true
}
