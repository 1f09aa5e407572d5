package poker

import "github.com/aper-go/aper"

// begin starts a stage, with the first seat after the dealer that plays. The cards are shown at once.
func (g Poker) begin(stage Stage, m *aper.Meta) Poker {
	g.Stage, g.Raises = stage, 0
	for i := range g.Seats {
		g.Seats[i].Bet, g.Seats[i].Acted = 0, false
	}
	g.Turn, _ = g.after(g.Dealer)
	g.Due = m.Time + TurnTime
	if stage == Showdown {
		g.Due = m.Time
	}
	return g
}

// acted goes on after the seat whose turn it was has done what it was asked for.
func (g Poker) acted(seat uint8, m *aper.Meta) Poker {
	g.Seats[seat].Acted, g.Seats[seat].Away = true, false
	return g.next(m)
}

// next gives the turn to the next seat that has not acted, or begins the next stage when all have.
func (g Poker) next(m *aper.Meta) Poker {
	if seat, ok := g.after(g.Turn); ok {
		g.Turn, g.Due = seat, m.Time+TurnTime
		return g
	}
	return g.begin(g.Stage+1, m)
}

// fold takes a seat out of the hand. When one is left, he has won.
func (g Poker) fold(seat uint8, m *aper.Meta) Poker {
	g.Seats[seat].Part = Folded
	switch {
	case g.playing() == 1:
		var won [Seats]bool
		for i := range g.Seats {
			won[i] = g.Seats[i].Part == Plays
		}
		return g.end(Uncontested, won)
	case g.Stage != Showdown && g.Turn == seat:
		return g.next(m)
	}
	return g
}

// end shares the pot. The odd chips, fewer than there are winners, go one each to those who sit next after the dealer.
func (g Poker) end(stage Stage, won [Seats]bool) Poker {
	winners := uint64(0)
	for _, wins := range won {
		if wins {
			winners++
		}
	}
	share, odd := g.Pot/winners, g.Pot%winners
	for i := range uint8(Seats) {
		seat := (g.Dealer + 1 + i) % Seats
		if !won[seat] {
			continue
		}
		s := &g.Seats[seat]
		s.Won = share
		if odd > 0 {
			s.Won, odd = s.Won+1, odd-1
		}
		s.Chips += s.Won
	}
	g.Stage, g.Pot, g.Due = stage, 0, 0
	return g
}

// after returns the next seat after this one, that one included as the last, that plays and has not acted.
func (g Poker) after(seat uint8) (next uint8, ok bool) {
	for i := range uint8(Seats) {
		next = (seat + 1 + i) % Seats
		if s := g.Seats[next]; s.Part == Plays && !s.Acted {
			return next, true
		}
	}
	return 0, false
}

// playing returns how many play the hand and have not folded.
func (g Poker) playing() int {
	count := 0
	for _, s := range g.Seats {
		if s.Part == Plays {
			count++
		}
	}
	return count
}

// pay moves chips of a seat into the pot.
func (g Poker) pay(seat uint8, chips uint64) Poker {
	g.Seats[seat].Chips -= chips
	g.Seats[seat].Bet += chips
	g.Pot += chips
	return g
}

// ToCall returns how many chips a call costs a seat: what others have bet in this round and it has not.
func (g Poker) ToCall(seat uint8) uint64 {
	if !g.Betting() || g.Seats[seat].Part != Plays {
		return 0
	}
	return uint64(g.Raises)*g.betSize() - g.Seats[seat].Bet
}

// betSize returns what a raise adds in this betting round.
func (g Poker) betSize() uint64 {
	if g.Stage == SecondBets {
		return BigBet
	}
	return SmallBet
}
