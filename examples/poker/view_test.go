package poker

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aper-go/aper"
)

// A session is one who may look.
type session struct {
	client aper.ClientID
	user   string
}

func (s session) player() Player { return playerOf(s.client, s.user) }

// sessions are those of all people, of some who never play, and of none. Users have sessions whose numbers are guests'.
func sessions() []session {
	list := []session{{}, {client: 99}, {client: 1, user: "eve"}, {user: "eve"}}
	for i, p := range people {
		client := p.Client
		if client == 0 {
			client = aper.ClientID(i + 1)
		}
		list = append(list, session{client, p.User})
	}
	return list
}

// told returns the cards that a session may see, by the rules of the game: its own, and at the showdown those of all who
// have not folded.
func told(g Poker, s session) map[Card]bool {
	known := map[Card]bool{}
	for _, seat := range g.Seats {
		own := seat.Player != Player{} && seat.Player == s.player()
		if own || g.Stage == Shown && seat.Part == Plays {
			for _, card := range seat.Hand {
				known[card] = true
			}
		}
	}
	delete(known, 0)
	return known
}

// otherwise returns a table that differs from g only in what who knows these cards may not see: all other cards change
// places, and those that are left are in another order.
func otherwise(random *rand.Rand, g Poker, known map[Card]bool) Poker {
	var hidden []Card
	var swap [53]Card
	for card := Card(1); card <= 52; card++ {
		swap[card] = card
		if !known[card] {
			hidden = append(hidden, card)
		}
	}
	for i, j := range random.Perm(len(hidden)) {
		swap[hidden[i]] = hidden[j]
	}
	for i, card := range g.Deck {
		g.Deck[i] = swap[card]
	}
	for i := range g.Seats {
		for j, card := range g.Seats[i].Hand {
			g.Seats[i].Hand[j] = swap[card]
		}
	}
	left := g.Deck[g.Dealt:]
	random.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
	return g
}

// sameView reports whether a session gets to see the same of both.
func sameView(a, b Poker, s session) bool {
	return aper.Equal(a.View(s.client, s.user), b.View(s.client, s.user))
}

// On random evenings, at every step and for every session: two tables that differ only in what the session may not see
// look the same to it.
func TestViewDependsOnNothingHidden(t *testing.T) {
	differed := 0
	onEvenings(t, 10, func(t *testing.T, random *rand.Rand, g Poker) {
		for _, s := range sessions() {
			other := otherwise(random, g, told(g, s))
			if !sameView(g, other, s) {
				t.Errorf("%+v sees a difference between\n%+v\nand\n%+v", s, g, other)
			}
			if !aper.Equal(g, other) {
				differed++
			}
		}
	})
	if differed < 5_000 {
		t.Errorf("only %d tables differed: this test does not try much", differed)
	}
}

// What is not a card is seen by all, and the cards that a session may see are in their places.
func TestViewHidesNothingElse(t *testing.T) {
	onEvenings(t, 20, func(t *testing.T, _ *rand.Rand, g Poker) {
		for _, s := range sessions() {
			known, view := told(g, s), g.View(s.client, s.user)
			for i, seat := range g.Seats {
				if known[seat.Hand[0]] && view.Seats[i].Hand != seat.Hand {
					t.Errorf("%+v sees %v, and not %v", s, view.Seats[i].Hand, seat.Hand)
				}
				view.Seats[i].Hand = seat.Hand
			}
			view.Deck = g.Deck
			if !aper.Equal(view, g) {
				t.Errorf("%+v sees\n%+v\ninstead of\n%+v", s, view, g)
			}
		}
	})
}

// The JSON of a view has no card in it that the session may not see.
func TestNoHiddenCardInJSON(t *testing.T) {
	onEvenings(t, 5, func(t *testing.T, _ *rand.Rand, g Poker) {
		for _, s := range sessions() {
			text, err := aper.ToJSON(g.View(s.client, s.user))
			if err != nil {
				t.Fatal(err)
			}
			var view any
			if err := json.Unmarshal(text, &view); err != nil {
				t.Fatal(err)
			}
			known := told(g, s)
			seen := cardsIn(view, false)
			if len(seen) != len(known) {
				t.Errorf("%+v sees %d cards, and should see %d: %s", s, len(seen), len(known), text)
			}
			for _, card := range seen {
				if !known[card] {
					t.Errorf("%+v sees %v in %s", s, card, text)
				}
			}
		}
	})
}

// cardsIn returns the numbers in "hand" and "deck", wherever they are.
func cardsIn(value any, cards bool) (found []Card) {
	switch value := value.(type) {
	case map[string]any:
		for name, field := range value {
			found = append(found, cardsIn(field, name == "hand" || name == "deck")...)
		}
	case []any:
		for _, item := range value {
			found = append(found, cardsIn(item, cards)...)
		}
	case float64:
		if cards && value != 0 {
			found = append(found, Card(value))
		}
	}
	return found
}

// Nobody learns anything of hidden cards, or of random numbers, by what he or anybody else does, alone and in groups, and
// whether it is allowed or not. Only a deal and a draw tell a player something, which is his own cards; and the showdown,
// which no client can bring about.
func TestNothingIsLearnedByTrying(t *testing.T) {
	accepted, refused := 0, 0
	onEvenings(t, 20, func(t *testing.T, random *rand.Rand, g Poker) {
		e, watching := evening{random: random, table: g}, sessions()
		for range 10 {
			s := watching[random.IntN(len(watching))]
			by, do := e.tryGroup()
			one, conflict := do.Apply(g, luck(by, g.Due, random))
			two, otherConflict := do.Apply(otherwise(random, g, told(g, s)), luck(by, g.Due, random))
			switch {
			case fmt.Sprint(conflict) != fmt.Sprint(otherConflict):
				t.Errorf("%#v is answered %v or %v, by what is hidden from %+v\n%+v", do, conflict, otherConflict, s, g)
			case conflict != nil:
				refused++
			case !sameView(withoutNews(g, one, s), withoutNews(g, two, s), s):
				t.Errorf("%+v learns something by %#v\n%+v\n%+v", s, do, one, two)
			default:
				accepted++
			}
		}
	})
	if accepted < 1000 || refused < 1000 {
		t.Errorf("%d accepted and %d refused: this test does not try much", accepted, refused)
	}
}

// The room's own transitions tell nothing but the cards that they show.
func TestNothingIsLearnedFromTheRoom(t *testing.T) {
	shown := 0
	onEvenings(t, 50, func(t *testing.T, random *rand.Rand, g Poker) {
		due, timer := g.NextTimer()
		if timer == nil {
			return
		}
		one, conflict := timer.Apply(g, luck(Player{}, due, random))
		for _, s := range sessions() {
			two, otherConflict := timer.Apply(otherwise(random, g, told(one, s)), luck(Player{}, due, random))
			if conflict != nil || otherConflict != nil || !sameView(one, two, s) {
				t.Errorf("%+v learns something by %#v (%v, %v)\n%+v\n%+v", s, timer, conflict, otherConflict, one, two)
			}
		}
		if one.Stage == Shown {
			shown++
		}
	})
	if shown < 50 {
		t.Errorf("only %d hands were shown: this test does not try much", shown)
	}
}

// tryGroup returns what a client may try: one transition, or several that stand or fall together.
func (e *evening) tryGroup() (by Player, do aper.Transition[Poker]) {
	by = people[e.random.IntN(len(people))]
	if turn := e.table.Seats[e.table.Turn].Player; e.random.IntN(4) > 0 && turn != (Player{}) {
		by = turn
	}
	do = e.transition()
	for range e.random.IntN(3) {
		do = aper.All(do, e.transition())
	}
	return by, do
}

// luck is a Meta with random numbers that are like no other's.
func luck(by Player, at aper.Time, random *rand.Rand) *aper.Meta {
	m := meta(by, at)
	m.Entropy = random.Uint64()
	return m
}

// withoutNews takes away what a session was rightly told by an event: its new cards, in a hand that was dealt, or in place
// of those that it exchanged.
func withoutNews(before, after Poker, s session) Poker {
	seat, ok := after.SeatOf(s.player())
	if ok && after.Seats[seat].Hand != before.Seats[seat].Hand {
		after.Seats[seat].Hand = Hand{}
	}
	return after
}

// onEvenings looks at the tables of random evenings.
func onEvenings(t *testing.T, evenings uint64, look func(t *testing.T, random *rand.Rand, g Poker)) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	for i := range evenings {
		e := newEvening(seed + i)
		random := rand.New(rand.NewPCG(seed+i, 4))
		for range 200 {
			look(t, random, e.next(t).after)
			if t.Failed() {
				t.Fatalf("seed %d", seed+i)
			}
		}
	}
}

// Who sees which hands, in all stages.
func TestWhoSeesWhat(t *testing.T) {
	bets := dealt(t, ann, bob, guest)
	both := must(t, after(t, bets, "ccc --- c"), bob, Fold{})
	for _, test := range []struct {
		name  string
		table Poker
		who   session
		sees  [3]bool
	}{
		{"a player his own", bets, session{client: 3, user: "ann"}, [3]bool{true}},
		{"a player with another session", bets, session{client: 4, user: "ann"}, [3]bool{true}},
		{"a guest his own", bets, session{client: 7}, [3]bool{false, false, true}},
		{"a user with a guest's session", bets, session{client: 7, user: "eve"}, [3]bool{}},
		{"a spectator none", bets, session{client: 8}, [3]bool{}},
		{"nobody none", bets, session{}, [3]bool{}},
		{"who folded still his own", after(t, bets, "f"), session{user: "ann"}, [3]bool{true}},
		{"the winner shows nothing", after(t, bets, "rff"), session{client: 7}, [3]bool{false, false, true}},
		{"nor to spectators", after(t, bets, "rff"), session{user: "eve"}, [3]bool{}},
		{"after the draw", after(t, bets, "ccc 123 rc"), session{user: "bob"}, [3]bool{false, true, false}},
		{"before the cards are shown", must(t, both, guest, Call{}), session{user: "ann"}, [3]bool{true}},
		{"at the end those who did not fold", after(t, both, "c"), session{user: "ann"}, [3]bool{true, false, true}},
		{"and who folded his own too", after(t, both, "c"), session{user: "bob"}, [3]bool{true, true, true}},
		{"and spectators", after(t, both, "c"), session{user: "eve"}, [3]bool{true, false, true}},
		{"in the next hand his own again", must(t, after(t, both, "c"), bob, Deal{}), session{user: "ann"}, [3]bool{true}},
		{"who takes the place of another", must(t, must(t, bets, ann, Stand{}), cy, Sit{0}), session{user: "cy"}, [3]bool{}},
	} {
		view := test.table.View(test.who.client, test.who.user)
		for i, sees := range test.sees {
			if sees != (view.Seats[i].Hand != Hand{}) {
				t.Errorf("%s: of the hand %d %+v sees %v", test.name, i, test.who, view.Seats[i].Hand)
			}
		}
		if view.Deck != [52]Card{} {
			t.Errorf("%s: the deck is %v", test.name, view.Deck)
		}
	}
}
