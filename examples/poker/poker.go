package poker

//go:generate go tool apergen

import "github.com/aper-go/aper"

// The stakes. Who cannot pay for the most expensive hand there is, Stake, is not dealt in. So everyone who plays a hand can
// pay for all of it, and there is one pot.
const (
	Seats    = 6
	BuyIn    = 200 // chips that a player sits down with
	Ante     = 1   // what each pays for the cards
	SmallBet = 2   // what a raise adds before the draw
	BigBet   = 4   // and after it
	Raises   = 3   // how many raises a betting round may have, the first bet included
	Stake    = Ante + Raises*SmallBet + Raises*BigBet

	MostDrawn = 3 // cards that a player may exchange; so the deck is enough for all

	// TurnTime is how long a player may think, in milliseconds.
	TurnTime aper.Time = 60_000
)

// A Stage is how far a hand has come.
type Stage uint8

const (
	NoHand      Stage = iota // nothing was dealt yet
	FirstBets                // before the draw
	Drawing                  // each exchanges cards, once
	SecondBets               // after the draw
	Showdown                 // the bets are made, and the room is about to show the cards
	Shown                    // the end: the best of the cards that are shown took the pot
	Uncontested              // the end: all others folded, and no cards are shown
)

// A Part is what a seat does in the hand.
type Part uint8

const (
	Watches Part = iota // was not dealt in
	Plays
	Folded
)

// A Player holds a seat: a user, or without authentication a session. The zero value is nobody.
type Player struct {
	User   string
	Client aper.ClientID // zero when there is a user
}

// A Seat is a place at the table, and what lies before it. Who sits down after a hand was dealt waits for the next one.
type Seat struct {
	Player Player
	Chips  uint64
	Away   bool // did not act in time, and is not dealt in until he is back

	// What follows is about the hand that is played, or about the last one until another is dealt.

	Part  Part
	Hand  Hand   // hidden from others until it is shown
	Bet   uint64 // paid in this betting round
	Acted bool   // has done his part in this stage; a raise asks all others again
	Drawn uint8  // how many cards he exchanged
	Won   uint64 // what he took from the pot
	Kind  Kind   // what his cards are worth, set when they are shown and not before
}

// Poker is the state: the whole table, with all cards. What a client gets to see of it is its View. The zero value is an
// empty table.
type Poker struct {
	Seats  [Seats]Seat
	Stage  Stage
	Dealer uint8 // who has the dealer's button; the seat after his begins each stage
	Turn   uint8 // whose turn it is, while cards are drawn or bets are made
	Pot    uint64
	Raises uint8     // in this betting round; each adds as much, so they say how high the bets are
	Due    aper.Time // when the time of Turn is over, or the cards are shown
	Dealt  uint8     // cards that left the deck, from its beginning
	Deck   [52]Card  // the cards in the order in which they are dealt; hidden from all
}

type (
	// Sit takes a free seat, with BuyIn chips from outside of the table.
	Sit struct{ Seat uint8 }
	// Stand leaves the author's seat, with what chips there are. In a hand it is a fold.
	Stand struct{}
	// Back says that a player who was away is there again.
	Back struct{}
	// Deal begins a hand, in which everyone plays who is there and has Stake chips.
	Deal struct{}
	// Call pays what others have bet and the author has not. When there is nothing to pay, it is a check.
	Call struct{}
	// Raise is a call and a bet on top.
	Raise struct{}
	// Fold gives up the hand.
	Fold struct{}
	// Draw exchanges those of the author's cards that are true, from none to three.
	Draw struct{ Cards [5]bool }
	// Timeout acts for a player whose time is over. Only the room itself makes it.
	Timeout struct{}
	// Show compares the cards and ends the hand. Only the room itself makes it.
	Show struct{}
	// Came says that a session without a user is there. Only the room itself makes it.
	Came struct{ Client aper.ClientID }
	// Gone says that it will not come back, and frees its seat. Only the room itself makes it.
	Gone struct{ Client aper.ClientID }
)

// What conflicts say is told to clients. None of them depends on a card.
const (
	ErrNobody      = aper.Conflict("the room itself takes no seat")
	ErrNoSeat      = aper.Conflict("there is no such seat")
	ErrSeatTaken   = aper.Conflict("the seat is taken")
	ErrSeated      = aper.Conflict("you have a seat already; stand up first")
	ErrNotSeated   = aper.Conflict("take a seat first")
	ErrNotAway     = aper.Conflict("you are not away")
	ErrPlaying     = aper.Conflict("a hand is being played; wait for its end")
	ErrTooFew      = aper.Conflict("it takes two players who are there and have chips for a whole hand")
	ErrNotBetting  = aper.Conflict("there is no betting now")
	ErrNotDrawing  = aper.Conflict("cards are not exchanged now")
	ErrNotYourTurn = aper.Conflict("it is not your turn")
	ErrRaised      = aper.Conflict("there were three raises in this round; call or fold")
	ErrTooMany     = aper.Conflict("you may exchange three cards at most")
	ErrRoom        = aper.Conflict("only the room itself can say that")
	ErrNotDue      = aper.Conflict("it is not time for that")
)

func (t Sit) Apply(g Poker, m *aper.Meta) (Poker, error) {
	switch {
	case author(m) == Player{}:
		return g, ErrNobody
	case int(t.Seat) >= len(g.Seats):
		return g, ErrNoSeat
	case g.seated(author(m)):
		return g, ErrSeated
	case g.Seats[t.Seat].Player != Player{}:
		return g, ErrSeatTaken
	}
	g.Seats[t.Seat] = Seat{Player: author(m), Chips: BuyIn}
	return g, nil
}

func (Stand) Apply(g Poker, m *aper.Meta) (Poker, error) {
	seat, ok := g.SeatOf(author(m))
	if !ok {
		return g, ErrNotSeated
	}
	return g.leave(seat, m), nil
}

func (Back) Apply(g Poker, m *aper.Meta) (Poker, error) {
	seat, ok := g.SeatOf(author(m))
	switch {
	case !ok:
		return g, ErrNotSeated
	case !g.Seats[seat].Away:
		return g, ErrNotAway
	}
	g.Seats[seat].Away = false
	return g, nil
}

func (Came) Apply(g Poker, m *aper.Meta) (Poker, error) {
	if m.Client != 0 {
		return g, ErrRoom
	}
	return g, nil
}

func (t Gone) Apply(g Poker, m *aper.Meta) (Poker, error) {
	if m.Client != 0 {
		return g, ErrRoom
	}
	if seat, ok := g.SeatOf(Player{Client: t.Client}); ok {
		g = g.leave(seat, m)
	}
	return g, nil
}

// leave frees a seat. Its cards are gone with it: who sits down there next must not see them.
func (g Poker) leave(seat uint8, m *aper.Meta) Poker {
	if g.Running() && g.Seats[seat].Part == Plays {
		g = g.fold(seat, m)
	}
	g.Seats[seat] = Seat{}
	return g
}

// Join returns what happens when a session comes: nothing when it has a user. A room tells of the leaving only of those
// whose joining was an event.
func (Poker) Join(client aper.ClientID, user string) aper.Transition[Poker] {
	if user != "" {
		return nil
	}
	return Came{client}
}

// Leave returns what happens when a session that came has been gone for a while. Without a user it is the only one that
// could ever use its seat. A user can come back with another session, and keeps the seat.
func (Poker) Leave(client aper.ClientID, _ string) aper.Transition[Poker] { return Gone{client} }

// author returns who made a transition.
func author(m *aper.Meta) Player { return playerOf(m.Client, m.User) }

// playerOf returns who a session is.
func playerOf(client aper.ClientID, user string) Player {
	if user != "" {
		return Player{User: user}
	}
	return Player{Client: client}
}

// SeatOf returns the seat that a player holds, if any.
func (g Poker) SeatOf(p Player) (seat uint8, ok bool) {
	for i := range g.Seats {
		if g.Seats[i].Player == p {
			return uint8(i), p != Player{}
		}
	}
	return 0, false
}

func (g Poker) seated(p Player) bool {
	_, ok := g.SeatOf(p)
	return ok
}

// Running reports whether a hand is being played.
func (g Poker) Running() bool { return g.Stage != NoHand && g.Stage != Shown && g.Stage != Uncontested }

// Betting reports whether bets are being made.
func (g Poker) Betting() bool { return g.Stage == FirstBets || g.Stage == SecondBets }
