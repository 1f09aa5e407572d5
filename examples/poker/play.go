package poker

import "github.com/aper-go/aper"

func (Deal) Apply(g Poker, m *aper.Meta) (Poker, error) {
	switch {
	case !g.seated(author(m)):
		return g, ErrNotSeated
	case g.Running():
		return g, ErrPlaying
	}
	g = g.cleared()
	if g.playing() < 2 {
		return g, ErrTooFew
	}
	g.Deck = shuffled(m)
	for i := range g.Seats {
		if g.Seats[i].Part == Plays {
			g.Seats[i].Hand, g.Dealt = Hand(g.Deck[g.Dealt:][:5]), g.Dealt+5
			g = g.pay(uint8(i), Ante)
		}
	}
	g.Dealer, _ = g.after(g.Dealer)
	return g.begin(FirstBets, m), nil
}

// cleared returns the table before a hand, with those who will play it.
func (g Poker) cleared() Poker {
	for i, s := range g.Seats {
		g.Seats[i] = Seat{Player: s.Player, Chips: s.Chips, Away: s.Away}
		if !s.Away && s.Chips >= Stake {
			g.Seats[i].Part = Plays
		}
	}
	g.Dealt = 0
	return g
}

// shuffled returns the cards in random order. Nobody knows the entropy before the authority accepts the transition, and no
// view tells it afterwards.
func shuffled(m *aper.Meta) (deck [52]Card) {
	for i := range deck {
		deck[i] = Card(i + 1)
	}
	for i := len(deck) - 1; i > 0; i-- {
		j := m.RandN(uint64(i + 1))
		deck[i], deck[j] = deck[j], deck[i]
	}
	return deck
}

func (Call) Apply(g Poker, m *aper.Meta) (Poker, error) {
	seat, err := g.bettor(m)
	if err != nil {
		return g, err
	}
	return g.pay(seat, g.ToCall(seat)).acted(seat, m), nil
}

func (Raise) Apply(g Poker, m *aper.Meta) (Poker, error) {
	seat, err := g.bettor(m)
	switch {
	case err != nil:
		return g, err
	case g.Raises == Raises:
		return g, ErrRaised
	}
	for i := range g.Seats {
		g.Seats[i].Acted = false
	}
	g.Raises++
	return g.pay(seat, g.ToCall(seat)).acted(seat, m), nil
}

func (Fold) Apply(g Poker, m *aper.Meta) (Poker, error) {
	seat, err := g.bettor(m)
	if err != nil {
		return g, err
	}
	g.Seats[seat].Away = false
	return g.fold(seat, m), nil
}

// bettor returns the author's seat, when he may bet.
func (g Poker) bettor(m *aper.Meta) (uint8, error) {
	if !g.Betting() {
		return 0, ErrNotBetting
	}
	return g.mover(m)
}

// mover returns the author's seat, when it is his turn.
func (g Poker) mover(m *aper.Meta) (uint8, error) {
	seat, ok := g.SeatOf(author(m))
	switch {
	case !ok:
		return 0, ErrNotSeated
	case seat != g.Turn:
		return 0, ErrNotYourTurn
	}
	return seat, nil
}

func (t Draw) Apply(g Poker, m *aper.Meta) (Poker, error) {
	if g.Stage != Drawing {
		return g, ErrNotDrawing
	}
	seat, err := g.mover(m)
	if err != nil {
		return g, err
	}
	s := &g.Seats[seat]
	for i, exchanged := range t.Cards {
		switch {
		case !exchanged:
			continue
		case s.Drawn == MostDrawn:
			return g, ErrTooMany
		}
		s.Hand[i] = g.Deck[g.Dealt]
		s.Drawn, g.Dealt = s.Drawn+1, g.Dealt+1
	}
	return g.acted(seat, m), nil
}

// NextTimer returns what is due next and when: that the cards are shown, or that a player's time is over.
func (g Poker) NextTimer() (aper.Time, aper.Transition[Poker]) {
	switch {
	case g.Stage == Showdown:
		return g.Due, Show{}
	case g.Running():
		return g.Due, Timeout{}
	}
	return 0, nil
}

// Timeout checks when that costs nothing, keeps all cards when they are exchanged, and folds otherwise.
func (Timeout) Apply(g Poker, m *aper.Meta) (Poker, error) {
	switch {
	case m.Client != 0:
		return g, ErrRoom
	case !g.Running() || g.Stage == Showdown || m.Time < g.Due:
		return g, ErrNotDue
	}
	late := g.Turn
	if g.ToCall(late) > 0 {
		g = g.fold(late, m)
	} else {
		g = g.acted(late, m)
	}
	g.Seats[late].Away = true
	return g, nil
}

// Show is not a part of the call that ends the bets, but an event of its own. A client may push a call together with
// something that is only allowed to who has lost, or has won (aper.All), and would learn from the answer how it would end,
// without paying. So whatever looks at hidden cards is left to the room.
func (Show) Apply(g Poker, m *aper.Meta) (Poker, error) {
	switch {
	case m.Client != 0:
		return g, ErrRoom
	case g.Stage != Showdown || m.Time < g.Due:
		return g, ErrNotDue
	}
	var best Worth
	for _, s := range g.Seats {
		if s.Part == Plays {
			best = max(best, s.Hand.Worth())
		}
	}
	var won [Seats]bool
	for i := range g.Seats {
		if s := &g.Seats[i]; s.Part == Plays {
			worth := s.Hand.Worth()
			s.Kind, won[i] = worth.Kind(), worth == best
		}
	}
	return g.end(Shown, won), nil
}
