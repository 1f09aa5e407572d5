package poker

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aper-go/aper"
)

// people are more than there are seats, with users and without.
var people = []Player{{User: "ann"}, {User: "bob"}, {User: "cy"}, {User: "dee"},
	{Client: 1}, {Client: 2}, {Client: 3}, {Client: 4}}

// An evening is a table to which random people come, play, stay away and go.
type evening struct {
	random *rand.Rand
	table  Poker
	now    aper.Time
}

// A step is an event of an evening.
type step struct {
	by     Player
	do     aper.Transition[Poker]
	before Poker
	after  Poker
}

func newEvening(seed uint64) *evening { return &evening{random: rand.New(rand.NewPCG(seed, 3))} }

// next returns the next event. Who breaks a rule has tried in vain.
func (e *evening) next(t *testing.T) step {
	t.Helper()
	for range 10_000 {
		e.now += aper.Time(e.random.IntN(1000))
		by, do := e.try()
		m := meta(by, e.now)
		m.Entropy = e.random.Uint64()
		after, err := do.Apply(e.table, m)
		if err == nil {
			before := e.table
			e.table = after
			return step{by, do, before, after}
		}
		if conflict := aper.Conflict(""); !errors.As(err, &conflict) {
			t.Fatalf("%#v: %v", do, err)
		}
	}
	t.Fatalf("nothing can happen any more:\n%+v", e.table)
	return step{}
}

// try returns what somebody may do: mostly what is due.
func (e *evening) try() (by Player, do aper.Transition[Poker]) {
	if due, timer := e.table.NextTimer(); timer != nil && (e.table.Stage == Showdown || e.random.IntN(20) == 0) {
		e.now = max(e.now, due)
		return Player{}, timer
	}
	by = people[e.random.IntN(len(people))]
	if e.table.Running() && e.random.IntN(8) > 0 {
		by = e.table.Seats[e.table.Turn].Player
	}
	return by, e.transition()
}

func (e *evening) transition() aper.Transition[Poker] {
	switch n := e.random.IntN(100); {
	case n < 40:
		return Call{}
	case n < 55:
		return Raise{}
	case n < 60:
		return Fold{}
	case n < 80:
		var d Draw
		for i := range d.Cards {
			d.Cards[i] = e.random.IntN(3) == 0
		}
		return d
	case n < 85:
		return Deal{}
	case n < 92:
		return Sit{uint8(e.random.IntN(Seats + 1))}
	case n < 97:
		return Back{}
	}
	return Stand{}
}

// On random evenings no chip is lost or made, no card is dealt twice, all pay the same for a showdown, the best hand wins,
// and every hand comes to an end although nobody acts any more.
func TestEvenings(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	ends := map[Stage]int{}
	for i := range uint64(50) {
		e := newEvening(seed + i)
		var paid ledger
		for range 500 {
			s := e.next(t)
			if complaint := wrong(s, &paid); complaint != "" {
				t.Fatalf("seed %d: %s after %#v by %+v\n%+v\n%+v", seed+i, complaint, s.do, s.by, s.before, s.after)
			}
			if s.before.Running() {
				ends[s.after.Stage]++
			}
		}
	}
	if ends[Shown] < 100 || ends[Uncontested] < 100 || ends[Drawing] < 100 {
		t.Errorf("seed %d: stages %v: this test does not try much", seed, ends)
	}
}

// A ledger is what each seat has paid in a hand.
type ledger [Seats]uint64

// wrong says what is wrong with an event.
func wrong(s step, paid *ledger) string {
	switch {
	case chips(s.after) != chips(s.before)+brought(s):
		return "there are other chips"
	case !cardsOnce(s.after):
		return "the cards are not those of one deck"
	case s.after.Running() && !comesToAnEnd(s.after):
		return "the hand does not end by itself"
	}
	if _, deals := s.do.(Deal); deals {
		*paid = ledger{}
	}
	for i, seat := range s.after.Seats {
		if before := s.before.Seats[i]; seat.Player == before.Player && seat.Chips < before.Chips {
			paid[i] += before.Chips - seat.Chips
		}
		if s.after.Stage == Showdown && seat.Part == Plays && paid[i] != mostPaid(s.after, *paid) {
			return "who comes to the showdown has paid less than another"
		}
		if paid[i] > Stake {
			return "a hand costs more than the stake"
		}
	}
	if _, shows := s.do.(Show); shows {
		return wrongShares(s)
	}
	return ""
}

func chips(g Poker) uint64 {
	sum := g.Pot
	for _, seat := range g.Seats {
		sum += seat.Chips
	}
	return sum
}

// brought returns the chips that came from outside; those that go there are below zero, and wrap around.
func brought(s step) uint64 {
	seat, _ := s.before.SeatOf(s.by)
	switch s.do.(type) {
	case Sit:
		return BuyIn
	case Stand:
		return -s.before.Seats[seat].Chips
	}
	return 0
}

func mostPaid(g Poker, paid ledger) uint64 {
	most := uint64(0)
	for i, seat := range g.Seats {
		if seat.Part == Plays {
			most = max(most, paid[i])
		}
	}
	return most
}

// cardsOnce reports whether all cards are in the deck once, and no two hands have one that is still to be dealt, or the
// other has.
func cardsOnce(g Poker) bool {
	var count [53]int
	for _, card := range g.Deck {
		count[card]++
	}
	for card := 1; card <= 52 && g.Stage != NoHand; card++ {
		if count[card] != 1 {
			return false
		}
	}
	for _, seat := range g.Seats {
		for _, card := range seat.Hand {
			count[card]++
		}
	}
	for _, card := range g.Deck[g.Dealt:] {
		count[card]++
	}
	for card := 1; card <= 52; card++ {
		if count[card] > 2 {
			return false
		}
	}
	return true
}

// comesToAnEnd lets the time of all pass: each of six has three turns at most, and then the cards are shown.
func comesToAnEnd(g Poker) bool {
	for range 3*Seats + 1 {
		due, timer := g.NextTimer()
		if timer == nil {
			return !g.Running() && g.Pot == 0
		}
		next, err := timer.Apply(g, &aper.Meta{Time: due})
		if err != nil {
			return false
		}
		g = next
	}
	return !g.Running()
}

// wrongShares says what is wrong with how a showdown ended.
func wrongShares(s step) string {
	least, most, sum := s.before.Pot, uint64(0), uint64(0)
	for i, seat := range s.after.Seats {
		best := seat.Part == Plays
		for j, other := range s.after.Seats {
			if i != j && best && other.Part == Plays && slowCompare(seat.Hand, other.Hand) < 0 {
				best = false
			}
		}
		if best != (seat.Won > 0) || (seat.Kind != NotShown) != (seat.Part == Plays) {
			return "another has won than who has the best hand"
		}
		if best {
			least, most, sum = min(least, seat.Won), max(most, seat.Won), sum+seat.Won
		}
	}
	if sum != s.before.Pot || most-least > 1 {
		return "the pot is not shared"
	}
	return ""
}
