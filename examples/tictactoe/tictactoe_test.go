package tictactoe

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

func TestMachine(t *testing.T) {
	moves := []aper.Transition[Game]{Sit{}, Again{}, Play{Cell: 9}, Play{Cell: 255}}
	for cell := range uint8(9) {
		moves = append(moves, Play{Cell: cell})
	}
	apertest.Check(t, Game{}, moves...)
	apertest.Check(t, Game{SeatX: 1, SeatO: 2, Turn: X}, moves...)
}

// play lets clients act in turn: what each does, and the conflict that is expected.
type move struct {
	client aper.ClientID
	do     aper.Transition[Game]
	want   error
}

func play(t *testing.T, moves []move) (g Game) {
	t.Helper()
	for i, m := range moves {
		next, err := m.do.Apply(g, &aper.Meta{Client: m.client})
		if !errors.Is(err, m.want) {
			t.Fatalf("move %d, %#v by %d: %v, want %v", i, m.do, m.client, err, m.want)
		}
		if err == nil {
			g = next
		}
	}
	return g
}

func TestRules(t *testing.T) {
	g := play(t, []move{
		{1, Play{Cell: 0}, ErrNotSeated},
		{1, Sit{}, nil},
		{1, Sit{}, ErrSeated},
		{1, Play{Cell: 0}, ErrNotBegun},
		{2, Sit{}, nil},
		{3, Sit{}, ErrNoSeat},
		{3, Play{Cell: 0}, ErrNotSeated},
		{2, Play{Cell: 0}, ErrNotYourTurn},
		{1, Play{Cell: 9}, ErrNoCell},
		{1, Play{Cell: 4}, nil},
		{2, Play{Cell: 4}, ErrTaken},
		{2, Again{}, ErrNotOver},
		{2, Play{Cell: 0}, nil},
		{1, Play{Cell: 3}, nil},
		{2, Play{Cell: 1}, nil},
		{1, Play{Cell: 5}, nil},
		{2, Play{Cell: 2}, ErrOver},
		{3, Again{}, ErrNotSeated},
	})
	if g.Won != X {
		t.Errorf("won by %d, want X", g.Won)
	}
	g = play(t, []move{{1, Sit{}, nil}, {2, Sit{}, nil}})
	for i, cell := range []uint8{0, 1, 2, 4, 3, 5, 7, 6, 8} {
		g, _ = Play{Cell: cell}.Apply(g, &aper.Meta{Client: aper.ClientID(1 + i%2)})
	}
	if g.Won != None || g.Turn != None {
		t.Errorf("a full board without a line: won by %d, turn of %d; want a draw", g.Won, g.Turn)
	}
}

func Example() {
	var g Game
	apply := func(client aper.ClientID, t aper.Transition[Game]) {
		next, err := t.Apply(g, &aper.Meta{Client: client})
		if err != nil {
			fmt.Println(err)
			return
		}
		g = next
	}
	apply(1, Sit{})
	apply(2, Sit{})
	apply(2, Play{Cell: 4})
	apply(1, Play{Cell: 4})
	apply(2, Play{Cell: 4})
	// Output:
	// it is not your turn
	// this cell is taken
}
