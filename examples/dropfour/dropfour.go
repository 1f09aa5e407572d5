package dropfour

//go:generate go tool apergen

import "github.com/aper-go/aper"

// The board stands upright: a disc that is dropped into a column falls onto those that are there.
const (
	Columns = 7
	Rows    = 6
)

// A Seat is one of the two sides.
type Seat uint8

const (
	Red Seat = iota // begins the first game
	Yellow
)

// Other returns the other seat.
func (s Seat) Other() Seat { return Yellow - s }

// Disc returns what the seat drops.
func (s Seat) Disc() Disc { return Disc(s) + RedDisc }

// A Disc is what is in a cell.
type Disc uint8

const (
	NoDisc Disc = iota
	RedDisc
	YellowDisc
)

// A Result is how a game ended.
type Result uint8

const (
	Playing Result = iota
	RedWins
	YellowWins
	Draw
)

// A Player holds a seat: a user, or without authentication a session. The zero value is nobody.
type Player struct {
	User   string
	Client aper.ClientID // zero when there is a user
}

// Game is the state. The zero value is an empty table, ready to play.
type Game struct {
	Cells  [Columns * Rows]Disc // row after row from the lowest, each from the left; see Cell
	Seats  [2]Player
	Turn   Seat // who drops next; after the end, who begins the next game
	Result Result
	Line   [4]uint8 // the cells that won, when somebody has
}

type (
	// Sit takes a free seat.
	Sit struct{ Seat Seat }
	// Stand leaves the author's seat. The board stays as it is: whoever sits down there plays on.
	Stand struct{}
	// Drop drops one of the author's discs into a column, 0 to 6.
	Drop struct{ Column uint8 }
	// NewGame clears the board after an end. Who lost begins; after a draw, who did not begin before.
	NewGame struct{}
	// Came says that a session without a user is there. Only the room itself makes it.
	Came struct{ Client aper.ClientID }
	// Gone says that it will not come back, and frees its seat. Only the room itself makes it.
	Gone struct{ Client aper.ClientID }
)

const (
	ErrNoSeat      = aper.Conflict("there is no such seat")
	ErrSeatTaken   = aper.Conflict("the seat is taken")
	ErrSeated      = aper.Conflict("you have a seat already; stand up first")
	ErrNotSeated   = aper.Conflict("take a seat first")
	ErrAlone       = aper.Conflict("wait until both seats are taken")
	ErrNotYourTurn = aper.Conflict("it is not your turn")
	ErrNoColumn    = aper.Conflict("there is no such column")
	ErrColumnFull  = aper.Conflict("the column is full")
	ErrOver        = aper.Conflict("the game is over")
	ErrNotOver     = aper.Conflict("the game is not over")
	ErrRoom        = aper.Conflict("only the room itself can say who came and went")
)

func (t Sit) Apply(g Game, m *aper.Meta) (Game, error) {
	switch {
	case int(t.Seat) >= len(g.Seats):
		return g, ErrNoSeat
	case g.seated(author(m)):
		return g, ErrSeated
	case g.Seats[t.Seat] != Player{}:
		return g, ErrSeatTaken
	}
	g.Seats[t.Seat] = author(m)
	return g, nil
}

func (Stand) Apply(g Game, m *aper.Meta) (Game, error) {
	seat, ok := g.SeatOf(author(m))
	if !ok {
		return g, ErrNotSeated
	}
	g.Seats[seat] = Player{}
	return g, nil
}

func (t Drop) Apply(g Game, m *aper.Meta) (Game, error) {
	seat, ok := g.SeatOf(author(m))
	switch {
	case !ok:
		return g, ErrNotSeated
	case g.Result != Playing:
		return g, ErrOver
	case g.Seats[seat.Other()] == Player{}:
		return g, ErrAlone
	case g.Turn != seat:
		return g, ErrNotYourTurn
	case t.Column >= Columns:
		return g, ErrNoColumn
	}
	column, row := int(t.Column), g.height(int(t.Column))
	if row == Rows {
		return g, ErrColumnFull
	}
	g.Cells[Cell(column, row)] = seat.Disc()
	return g.next(column, row), nil
}

func (NewGame) Apply(g Game, m *aper.Meta) (Game, error) {
	switch {
	case !g.seated(author(m)):
		return g, ErrNotSeated
	case g.Result == Playing:
		return g, ErrNotOver
	}
	return Game{Seats: g.Seats, Turn: g.Turn}, nil
}

func (Came) Apply(g Game, m *aper.Meta) (Game, error) {
	if m.Client != 0 {
		return g, ErrRoom
	}
	return g, nil
}

func (t Gone) Apply(g Game, m *aper.Meta) (Game, error) {
	if m.Client != 0 {
		return g, ErrRoom
	}
	if seat, ok := g.SeatOf(Player{Client: t.Client}); ok {
		g.Seats[seat] = Player{}
	}
	return g, nil
}

// Join returns what happens when a session comes: nothing when it has a user. A room tells of the leaving only of those
// whose joining was an event.
func (Game) Join(client aper.ClientID, user string) aper.Transition[Game] {
	if user != "" {
		return nil
	}
	return Came{client}
}

// Leave returns what happens when a session that came has been gone for a while. Without a user it is the only one that
// could ever use its seat. A user can come back with another session, and keeps the seat.
func (Game) Leave(client aper.ClientID, _ string) aper.Transition[Game] { return Gone{client} }

// author returns who made a transition.
func author(m *aper.Meta) Player {
	if m.User != "" {
		return Player{User: m.User}
	}
	return Player{Client: m.Client}
}

// SeatOf returns the seat that a player holds, if any.
func (g Game) SeatOf(p Player) (seat Seat, ok bool) {
	switch p {
	case Player{}:
		return 0, false
	case g.Seats[Red]:
		return Red, true
	case g.Seats[Yellow]:
		return Yellow, true
	}
	return 0, false
}

func (g Game) seated(p Player) bool {
	_, ok := g.SeatOf(p)
	return ok
}

// Cell returns the index of a cell in Game.Cells.
func Cell(column, row int) int { return row*Columns + column }

// At returns what is in a column of a row, both from 0, and NoDisc outside of the board.
func (g Game) At(column, row int) Disc {
	if column < 0 || column >= Columns || row < 0 || row >= Rows {
		return NoDisc
	}
	return g.Cells[Cell(column, row)]
}

// height returns how many discs are in a column.
func (g Game) height(column int) int {
	row := 0
	for g.At(column, row) != NoDisc {
		row++
	}
	return row
}

// next returns what follows the disc that fell to this place: an end, or the other one's turn. Who did not drop the last
// disc of a decided game lost it; who dropped the last one of a draw did not begin it.
func (g Game) next(column, row int) Game {
	line, won := g.lineThrough(column, row)
	switch {
	case won:
		g.Line, g.Result = line, Result(g.At(column, row))
	case g.full():
		g.Result = Draw
		return g
	}
	g.Turn = g.Turn.Other()
	return g
}

// lineThrough looks for four in a row that the disc at this place is one of. No other line can be new.
func (g Game) lineThrough(column, row int) (line [4]uint8, ok bool) {
	disc := g.At(column, row)
	for _, step := range [...][2]int{{1, 0}, {0, 1}, {1, 1}, {1, -1}} {
		x, y := column, row
		for g.At(x-step[0], y-step[1]) == disc {
			x, y = x-step[0], y-step[1]
		}
		length := 0
		for ; length < len(line) && g.At(x, y) == disc; length++ {
			line[length] = uint8(Cell(x, y))
			x, y = x+step[0], y+step[1]
		}
		if length == len(line) {
			return line, true
		}
	}
	return [4]uint8{}, false
}

func (g Game) full() bool {
	for column := range Columns {
		if g.At(column, Rows-1) == NoDisc {
			return false
		}
	}
	return true
}

// Winner returns who has won, if anybody has.
func (g Game) Winner() (seat Seat, ok bool) {
	switch g.Result {
	case RedWins:
		return Red, true
	case YellowWins:
		return Yellow, true
	}
	return 0, false
}

// String draws the board, with the cells that won as capitals.
func (g Game) String() string {
	var text [(Columns + 1) * Rows]byte
	for cell, disc := range g.Cells {
		text[drawn(cell)] = ".ry"[disc]
	}
	if _, ok := g.Winner(); ok {
		for _, cell := range g.Line {
			text[drawn(int(cell))] -= 'a' - 'A'
		}
	}
	for row := range Rows {
		text[row*(Columns+1)+Columns] = '\n'
	}
	return string(text[:])
}

// drawn returns where String draws a cell.
func drawn(cell int) int { return (Rows-1-cell/Columns)*(Columns+1) + cell%Columns }
