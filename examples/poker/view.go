package poker

import "github.com/aper-go/aper"

// View returns what one session may see of the table: all but the deck, and the cards that others hold, unless they were
// shown. Who watches sees no cards before that. What is hidden is zero.
//
// A field that a rule sets by looking at hidden cards would have to be hidden as well. There is none: Seat.Kind is set
// when the cards are shown.
func (g Poker) View(client aper.ClientID, user string) Poker {
	own, seated := g.SeatOf(playerOf(client, user))
	g.Deck = [52]Card{}
	for i := range g.Seats {
		if mine := seated && i == int(own); !mine && !g.shows(i) {
			g.Seats[i].Hand = Hand{}
		}
	}
	return g
}

// shows reports whether all may see the cards of a seat: at the end, when they were compared. Who folded never shows.
func (g Poker) shows(seat int) bool { return g.Stage == Shown && g.Seats[seat].Part == Plays }
