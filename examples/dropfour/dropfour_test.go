package dropfour

import (
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

// moves are all there are, with values at the edges.
func moves() []aper.Transition[Game] {
	list := []aper.Transition[Game]{Sit{Red}, Sit{Yellow}, Sit{2}, Stand{}, NewGame{}, Drop{Columns}, Drop{255},
		Came{1}, Gone{1}, Gone{2}}
	for column := range uint8(Columns) {
		list = append(list, Drop{column})
	}
	return list
}

// seated is a table at which "ann" plays "bob".
func seated() Game { return Game{Seats: [2]Player{{User: "ann"}, {User: "bob"}}} }

// after lets the seats drop into columns in turn.
func after(t *testing.T, g Game, columns string) Game {
	t.Helper()
	for i, column := range columns {
		next, err := Drop{uint8(column - '0')}.Apply(g, meta(g.Seats[g.Turn]))
		if err != nil {
			t.Fatalf("disc %d, in column %c: %v", i+1, column, err)
		}
		g = next
	}
	return g
}

func meta(p Player) *aper.Meta { return &aper.Meta{User: p.User, Client: p.Client} }

// drawn42 fills the board without four in a row.
const drawn42 = "532315310141250566206042303423260411544566"

func TestMachine(t *testing.T) {
	apertest.Check(t, Game{}, moves()...)
	apertest.Check(t, after(t, seated(), "3312"), moves()...)
	apertest.Check(t, after(t, seated(), drawn42[:39]), moves()...)
}

// Most of who is in the rooms watches, or tries what is not allowed.
func TestRooms(t *testing.T) {
	apertest.Converge(t, Game{}, moves()...)
	apertest.Converge(t, after(t, Game{Seats: [2]Player{{Client: 1}, {Client: 2}}}, "3312"), moves()...)
}

func TestRules(t *testing.T) {
	none, alone, begun := Game{}, Game{Seats: [2]Player{{User: "ann"}}}, after(t, seated(), "333333")
	won, drawn := after(t, seated(), "0101010"), after(t, seated(), drawn42)
	guests := Game{Seats: [2]Player{{Client: 1}, {Client: 2}}}
	ann, bob, cy, one, three := Player{User: "ann"}, Player{User: "bob"}, Player{User: "cy"}, Player{Client: 1}, Player{Client: 3}
	room := Player{}
	for _, test := range []struct {
		name     string
		game     Game
		who      Player
		do       aper.Transition[Game]
		conflict error
	}{
		{"sit down", none, ann, Sit{Red}, nil},
		{"sit down where nobody is yet", none, ann, Sit{Yellow}, nil},
		{"sit down without a user", none, one, Sit{Red}, nil},
		{"a third seat", none, ann, Sit{2}, ErrNoSeat},
		{"sit where somebody sits", alone, bob, Sit{Red}, ErrSeatTaken},
		{"sit on both seats", alone, ann, Sit{Yellow}, ErrSeated},
		{"sit where one sits", alone, ann, Sit{Red}, ErrSeated},
		{"sit as another session", guests, three, Sit{Red}, ErrSeatTaken},

		{"stand up", begun, ann, Stand{}, nil},
		{"stand up twice", none, ann, Stand{}, ErrNotSeated},
		{"a spectator stands up", begun, cy, Stand{}, ErrNotSeated},

		{"drop", begun, ann, Drop{0}, nil},
		{"drop as a session", guests, one, Drop{0}, nil},
		{"a spectator drops", begun, cy, Drop{0}, ErrNotSeated},
		{"another session drops", guests, three, Drop{0}, ErrNotSeated},
		{"a user is not a session", guests, Player{User: "ann", Client: 1}, Drop{0}, ErrNotSeated},
		{"drop without another", alone, ann, Drop{0}, ErrAlone},
		{"drop out of turn", begun, bob, Drop{0}, ErrNotYourTurn},
		{"drop beside the board", begun, ann, Drop{7}, ErrNoColumn},
		{"drop far beside the board", begun, ann, Drop{255}, ErrNoColumn},
		{"drop on a full column", begun, ann, Drop{3}, ErrColumnFull},
		{"drop after a win", won, bob, Drop{5}, ErrOver},
		{"drop after a draw", drawn, bob, Drop{0}, ErrOver},

		{"again after a win", won, ann, NewGame{}, nil},
		{"again after a draw", drawn, bob, NewGame{}, nil},
		{"again in a game", begun, ann, NewGame{}, ErrNotOver},
		{"a spectator begins again", won, cy, NewGame{}, ErrNotSeated},

		{"a session came", guests, room, Came{3}, nil},
		{"a session is gone", guests, room, Gone{1}, nil},
		{"a client says that it came", guests, one, Came{1}, ErrRoom},
		{"a client says that another is gone", guests, one, Gone{2}, ErrRoom},
		{"the room drops", none, room, Drop{0}, ErrNotSeated},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := test.do.Apply(test.game, meta(test.who)); !errors.Is(err, test.conflict) {
				t.Errorf("conflict %v, want %v", err, test.conflict)
			}
		})
	}
}

func TestEnds(t *testing.T) {
	for name, test := range map[string]struct {
		columns string
		result  Result
		line    [4]uint8
		turn    Seat
	}{
		"three in a row":     {"01122", Playing, [4]uint8{}, Yellow},
		"a row":              {"0011223", RedWins, [4]uint8{0, 1, 2, 3}, Yellow},
		"a row, closed":      {"0011332", RedWins, [4]uint8{0, 1, 2, 3}, Yellow},
		"a column":           {"6062606", RedWins, [4]uint8{6, 13, 20, 27}, Yellow},
		"a column, by bob":   {"61614141", YellowWins, [4]uint8{1, 8, 15, 22}, Red},
		"rising":             {"01123223633", RedWins, [4]uint8{0, 8, 16, 24}, Yellow},
		"falling":            {"65543443033", RedWins, [4]uint8{24, 18, 12, 6}, Yellow},
		"not around an edge": {"4055660", Playing, [4]uint8{}, Yellow},
		"a draw":             {drawn42, Draw, [4]uint8{}, Yellow},
	} {
		t.Run(name, func(t *testing.T) {
			g := after(t, seated(), test.columns)
			if g.Result != test.result || g.Line != test.line || g.Turn != test.turn {
				t.Errorf("result %d, line %v, turn of %d; want %d, %v, %d\n%s", g.Result, g.Line, g.Turn, test.result, test.line, test.turn, g)
			}
		})
	}
}

// Seats change hands and keep their turn; who has lost begins again.
func TestSeats(t *testing.T) {
	g := after(t, seated(), "012")
	g, _ = Stand{}.Apply(g, meta(Player{User: "bob"}))
	g, err := Sit{Yellow}.Apply(g, meta(Player{User: "cy"}))
	if err != nil || g.Turn != Yellow || g.Seats[Yellow].User != "cy" || g.At(2, 0) != RedDisc {
		t.Errorf("%v: cy sits down on %+v", err, g)
	}
	g, err = NewGame{}.Apply(after(t, seated(), "0011223"), meta(Player{User: "ann"}))
	if want := (Game{Seats: seated().Seats, Turn: Yellow}); err != nil || g != want {
		t.Errorf("%v: the next game is %+v", err, g)
	}
	g, _ = Gone{2}.Apply(Game{Seats: [2]Player{{Client: 1}, {Client: 2}}}, meta(Player{}))
	if g.Seats != [2]Player{{Client: 1}} {
		t.Errorf("after 2 is gone there sit %v", g.Seats)
	}
}

// Random players, some of whom break the rules, come to the end that a slow look at the whole board finds.
func TestRandomGames(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	players := []Player{{User: "ann"}, {User: "bob"}, {User: "cy"}, {Client: 4}}
	ends := map[Result]int{}
	for range 2000 {
		g, discs := seated(), 0
		for tries := 0; g.Result == Playing; tries++ {
			if tries == 100_000 {
				t.Fatalf("seed %d: nobody can drop\n%+v", seed, g)
			}
			turn := g.Turn
			next, err := Drop{uint8(random.IntN(Columns + 1))}.Apply(g, meta(players[random.IntN(len(players))]))
			if err != nil {
				continue
			}
			g, discs = next, discs+1
			if complaint := wrong(g, discs, turn); complaint != "" {
				t.Fatalf("seed %d: %s\n%+v\n%s", seed, complaint, g, g)
			}
		}
		ends[g.Result]++
	}
	if ends[RedWins] == 0 || ends[YellowWins] == 0 {
		t.Errorf("seed %d: the games ended %v: this test does not try much", seed, ends)
	}
}

// wrong says what is wrong with a game after so many discs, the last of which was this seat's.
func wrong(g Game, discs int, last Seat) string {
	count, floating := [3]int{}, false
	for column := range Columns {
		for row := range Rows {
			count[g.At(column, row)]++
			floating = floating || row > 0 && g.At(column, row) != NoDisc && g.At(column, row-1) == NoDisc
		}
	}
	lines := linesOf(g)
	winner, won := g.Winner()
	switch {
	case floating:
		return "a disc floats"
	case count[RedDisc] != (discs+1)/2 || count[YellowDisc] != discs/2:
		return "there are too many discs, or too few"
	case won != (len(lines) > 0):
		return "it is won without four in a row, or the other way round"
	case won && (winner != last || !lines[g.Line]):
		return "it is won by another, or in another place"
	case !won && (g.Result == Draw) != (discs == Columns*Rows):
		return "a draw is not what a full board is"
	case !won && g.Line != [4]uint8{}:
		return "there is a line without a winner"
	case g.Result != Draw && g.Turn == last:
		return "it is the same one's turn"
	}
	return ""
}

// linesOf returns all places where four in a row are, found by looking everywhere.
func linesOf(g Game) map[[4]uint8]bool {
	lines := map[[4]uint8]bool{}
	for column := range Columns {
		for row := range Rows {
			for _, step := range [][2]int{{1, 0}, {0, 1}, {1, 1}, {1, -1}} {
				line, same := [4]uint8{}, g.At(column, row) != NoDisc
				for i := range 4 {
					x, y := column+i*step[0], row+i*step[1]
					line[i] = uint8(Cell(x, y))
					same = same && g.At(x, y) == g.At(column, row)
				}
				if same {
					lines[line] = true
				}
			}
		}
	}
	return lines
}

// What is sent and stored of each move, before what a batch of events adds.
func TestBytes(t *testing.T) {
	for _, test := range []struct {
		do   aper.Transition[Game]
		want int
	}{{Drop{6}, 3}, {Sit{Yellow}, 3}, {Stand{}, 2}, {NewGame{}, 2}, {Came{1000}, 5}} {
		if bytes := encoded(t, test.do); bytes != test.want {
			t.Errorf("%#v takes %d bytes, want %d", test.do, bytes, test.want)
		}
	}
	for name, test := range map[string]struct {
		game Game
		want int
	}{"an empty table": {Game{}, 59}, "a full one": {after(t, seated(), drawn42), 65}, "a won one": {after(t, seated(), "65543443033"), 66}} {
		if bytes, err := aper.Encode(test.game); err != nil || len(bytes) != test.want {
			t.Errorf("%s takes %d bytes, want %d (%v)", name, len(bytes), test.want, err)
		}
	}
}

func encoded(t *testing.T, do aper.Transition[Game]) int {
	t.Helper()
	c := &aper.Coder{}
	c.EncodeTo(nil)
	aper.CodeTransition(c, do)
	bytes, err := c.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return len(bytes)
}

// A move changes what it says and no more.
func TestDifference(t *testing.T) {
	g := after(t, seated(), "3")
	var paths []string
	aper.Diff(after(t, g, "3"), g, func(c aper.Change) bool {
		paths = append(paths, strings.Join(c.Path, "."))
		return true
	})
	if got := strings.Join(paths, " "); got != "cells.10 turn" {
		t.Errorf("a disc changes %s", got)
	}
}

// What README.md shows is what there is.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("dropfour.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```go\n")
	shown, _, ok := strings.Cut(rest, "```")
	if !ok || !strings.Contains(string(source), shown) {
		t.Error("README.md shows what is not in dropfour.go")
	}
}
