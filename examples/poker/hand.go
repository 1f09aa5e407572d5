package poker

// A Card is one of 52, from 1: the deuces, the threes, and so on to the aces, in each rank clubs, diamonds, hearts and
// spades. The zero value is no card, or one that is hidden.
type Card uint8

// Ace is the highest rank: a jack is 11, a queen 12 and a king 13.
const Ace = 14

// known reports whether it is a card at all.
func (c Card) known() bool { return 1 <= c && c <= 52 }

// Rank returns how high a card is, from 2 to Ace.
func (c Card) Rank() int { return int(c-1)/4 + 2 }

// Suit returns which of the four suits it has: clubs, diamonds, hearts, spades.
func (c Card) Suit() int { return int(c-1) % 4 }

// String returns rank and suit, such as "Td" for the ten of diamonds, and "--" for no card.
func (c Card) String() string {
	if !c.known() {
		return "--"
	}
	return "23456789TJQKA"[c.Rank()-2:][:1] + "cdhs"[c.Suit():][:1]
}

// A Hand is the cards of one player.
type Hand [5]Card

// String returns the cards in the order in which they are held.
func (h Hand) String() string {
	text := ""
	for _, card := range h {
		text += card.String() + " "
	}
	return text[:len(text)-1]
}

// A Kind is what a hand is worth, without the ranks of its cards.
type Kind uint8

const (
	NotShown Kind = iota
	HighCard
	OnePair
	TwoPairs
	ThreeOfAKind
	Straight
	Flush
	FullHouse
	FourOfAKind
	StraightFlush
)

func (k Kind) String() string {
	return [...]string{"not shown", "high card", "one pair", "two pairs", "three of a kind", "a straight", "a flush",
		"a full house", "four of a kind", "a straight flush"}[min(k, StraightFlush)]
}

// A Worth says which of two hands is better: the one with the greater Worth. Equal ones share the pot. It is the kind, and
// below it the ranks of the cards, those that decide first above the others, four bits each.
type Worth uint32

// Kind returns the kind of the hand.
func (w Worth) Kind() Kind { return Kind(w >> 20) }

// Worth returns what five cards are worth, and zero when one of them is hidden. It is not stored while a hand is played:
// it would tell the cards.
func (h Hand) Worth() Worth {
	var count [Ace + 1]int
	flush := true
	for _, card := range h {
		if !card.known() {
			return 0
		}
		count[card.Rank()]++
		flush = flush && card.Suit() == h[0].Suit()
	}
	ranks, pattern := decreasing(count)
	straight := false
	if pattern == 11111 {
		ranks, straight = asStraight(ranks)
	}
	return Worth(kindOf(pattern, straight, flush))<<20 | ranks
}

// decreasing returns the ranks in the order in which they decide, and the pattern that they have: 32 for a full house, 311
// for three of a kind.
func decreasing(count [Ace + 1]int) (ranks Worth, pattern int) {
	for same := 4; same > 0; same-- {
		for rank := Ace; rank >= 2; rank-- {
			if count[rank] != same {
				continue
			}
			pattern = pattern*10 + same
			for range same {
				ranks = ranks<<4 | Worth(rank)
			}
		}
	}
	return ranks, pattern
}

// asStraight reports whether five different ranks follow each other. Below a two an ace counts as one.
func asStraight(ranks Worth) (Worth, bool) {
	if ranks == 0xe5432 {
		return 0x54321, true
	}
	highest, lowest := ranks>>16, ranks&15
	return ranks, highest-lowest == 4
}

func kindOf(pattern int, straight, flush bool) Kind {
	switch {
	case straight && flush:
		return StraightFlush
	case flush:
		return Flush
	case straight:
		return Straight
	}
	switch pattern {
	case 41:
		return FourOfAKind
	case 32:
		return FullHouse
	case 311:
		return ThreeOfAKind
	case 221:
		return TwoPairs
	case 2111:
		return OnePair
	}
	return HighCard
}
