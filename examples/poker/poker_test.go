package poker

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

// moves are all there are, with values at the edges.
func moves() []aper.Transition[Poker] {
	return []aper.Transition[Poker]{Sit{0}, Sit{1}, Sit{5}, Sit{6}, Sit{255}, Stand{}, Back{}, Deal{}, Call{}, Raise{}, Fold{},
		Draw{}, Draw{[5]bool{true, false, true, false, true}}, Draw{[5]bool{true, true, true, true, true}},
		Timeout{}, Show{}, Came{1}, Gone{1}, Gone{2}}
}

var ann, bob, cy, guest = Player{User: "ann"}, Player{User: "bob"}, Player{User: "cy"}, Player{Client: 7}

// now is when the hands of these tests are dealt, and about when simulated rooms begin.
const now aper.Time = 1_000_000

// seated is a table at which players have sat down, from the first seat.
func seated(players ...Player) Poker {
	var g Poker
	for i, p := range players {
		g.Seats[i] = Seat{Player: p, Chips: BuyIn}
	}
	return g
}

// dealt is a table at which the last of the players is the dealer, so that the first one begins.
func dealt(t *testing.T, players ...Player) Poker {
	t.Helper()
	g := seated(players...)
	g.Dealer, g.Due = uint8(len(players)-2), now
	return must(t, g, players[0], Deal{})
}

func meta(p Player, at aper.Time) *aper.Meta {
	return &aper.Meta{User: p.User, Client: p.Client, Time: at, Entropy: 1}
}

func must(t *testing.T, g Poker, by Player, do aper.Transition[Poker]) Poker {
	t.Helper()
	g, err := do.Apply(g, meta(by, g.Due))
	if err != nil {
		t.Fatalf("%#v by %+v: %v", do, by, err)
	}
	return g
}

// after lets those whose turn it is call, raise, fold, and draw nothing (-) or so many cards; "t" is a time that is over.
// The cards are shown by themselves.
func after(t *testing.T, g Poker, acts string) Poker {
	t.Helper()
	for _, act := range strings.ReplaceAll(acts, " ", "") {
		by := g.Seats[g.Turn].Player
		switch act {
		case 'c':
			g = must(t, g, by, Call{})
		case 'r':
			g = must(t, g, by, Raise{})
		case 'f':
			g = must(t, g, by, Fold{})
		case 't':
			g = must(t, g, Player{}, Timeout{})
		case '-':
			g = must(t, g, by, Draw{})
		default:
			g = must(t, g, by, Draw{[5]bool{true, act > '1', act > '2'}})
		}
		if g.Stage == Showdown {
			g = must(t, g, Player{}, Show{})
		}
	}
	return g
}

func TestMachine(t *testing.T) {
	apertest.Check(t, Poker{}, moves()...)
	apertest.Check(t, dealt(t, ann, bob, cy), moves()...)
}

// Those who are in the rooms play, watch, or try what is not allowed; time passes, and the room acts for who is late.
func TestRooms(t *testing.T) {
	apertest.Converge(t, Poker{}, moves()...)
	apertest.Converge(t, dealt(t, Player{Client: 1}, Player{Client: 2}, ann), moves()...)
}

func TestRules(t *testing.T) {
	table, full := seated(ann, bob, guest), seated(ann, bob, cy, guest, Player{Client: 8}, Player{Client: 9})
	bets := dealt(t, ann, bob, guest)
	raised, draws := after(t, bets, "rrr"), after(t, bets, "ccc")
	over, poor, away := after(t, bets, "ff"), seated(ann, bob), seated(ann, bob)
	poor.Seats[1].Chips = Stake - 1
	away.Seats[1].Away = true
	room, four := Player{}, Draw{[5]bool{true, true, true, true}}
	for _, test := range []struct {
		name     string
		table    Poker
		who      Player
		do       aper.Transition[Poker]
		conflict error
	}{
		{"sit down", table, cy, Sit{3}, nil},
		{"sit down in a hand", bets, cy, Sit{5}, nil},
		{"sit down without a user", table, Player{Client: 9}, Sit{3}, nil},
		{"a seventh seat", table, cy, Sit{6}, ErrNoSeat},
		{"sit where somebody sits", table, cy, Sit{0}, ErrSeatTaken},
		{"sit on two seats", table, ann, Sit{3}, ErrSeated},
		{"the room sits down", table, room, Sit{3}, ErrNobody},

		{"stand up", table, ann, Stand{}, nil},
		{"stand up in a hand", bets, guest, Stand{}, nil},
		{"a spectator stands up", table, cy, Stand{}, ErrNotSeated},
		{"come back", away, bob, Back{}, nil},
		{"come back and was there", away, ann, Back{}, ErrNotAway},
		{"a spectator comes back", away, cy, Back{}, ErrNotSeated},

		{"deal", table, bob, Deal{}, nil},
		{"deal to six", full, cy, Deal{}, nil},
		{"deal again", over, bob, Deal{}, nil},
		{"a spectator deals", table, cy, Deal{}, ErrNotSeated},
		{"deal in a hand", bets, bob, Deal{}, ErrPlaying},
		{"deal to one", seated(ann), ann, Deal{}, ErrTooFew},
		{"deal to one who has chips", poor, ann, Deal{}, ErrTooFew},
		{"deal to one who is there", away, ann, Deal{}, ErrTooFew},

		{"call", bets, ann, Call{}, nil},
		{"call after three raises", raised, ann, Call{}, nil},
		{"raise", bets, ann, Raise{}, nil},
		{"raise a fourth time", raised, ann, Raise{}, ErrRaised},
		{"fold", bets, ann, Fold{}, nil},
		{"bet out of turn", bets, bob, Call{}, ErrNotYourTurn},
		{"raise out of turn", bets, guest, Raise{}, ErrNotYourTurn},
		{"fold out of turn", bets, bob, Fold{}, ErrNotYourTurn},
		{"a spectator bets", bets, cy, Call{}, ErrNotSeated},
		{"the room bets", bets, room, Call{}, ErrNotSeated},
		{"another session bets", after(t, bets, "cc"), Player{Client: 8}, Call{}, ErrNotSeated},
		{"bet before a hand", table, ann, Call{}, ErrNotBetting},
		{"bet while cards are exchanged", draws, ann, Raise{}, ErrNotBetting},
		{"bet after the end", over, ann, Fold{}, ErrNotBetting},

		{"draw three", draws, ann, Draw{[5]bool{0: true, 2: true, 4: true}}, nil},
		{"draw none", draws, ann, Draw{}, nil},
		{"draw four", draws, ann, four, ErrTooMany},
		{"draw out of turn", draws, bob, Draw{}, ErrNotYourTurn},
		{"a spectator draws", draws, cy, Draw{}, ErrNotSeated},
		{"draw while there is betting", bets, ann, Draw{}, ErrNotDrawing},
		{"draw after the end", over, ann, four, ErrNotDrawing},

		{"a time is over", bets, room, Timeout{}, nil},
		{"a time is over without a hand", table, room, Timeout{}, ErrNotDue},
		{"a time is over after the end", over, room, Timeout{}, ErrNotDue},
		{"a client says that a time is over", bets, bob, Timeout{}, ErrRoom},
		{"a user without a session says so", bets, Player{User: "bob", Client: 3}, Timeout{}, ErrRoom},
		{"the room shows early", bets, room, Show{}, ErrNotDue},
		{"a client shows", bets, guest, Show{}, ErrRoom},

		{"a session came", table, room, Came{3}, nil},
		{"a session is gone", table, room, Gone{7}, nil},
		{"a client says that it came", table, guest, Came{7}, ErrRoom},
		{"a client says that another is gone", table, Player{Client: 8}, Gone{7}, ErrRoom},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := test.do.Apply(test.table, from(test.who, test.table.Due)); !errors.Is(err, test.conflict) {
				t.Errorf("conflict %v, want %v", err, test.conflict)
			}
		})
	}
}

// from is the Meta of a session, which all users have as well; only the room has none.
func from(p Player, at aper.Time) *aper.Meta {
	m := meta(p, at)
	if p.User != "" && p.Client == 0 {
		m.Client = 100
	}
	return m
}

// Hands of three, of whom the first begins, up to their end or some place before it.
func TestHands(t *testing.T) {
	for name, test := range map[string]struct {
		acts  string
		stage Stage
		turn  uint8
		pot   uint64
		chips [3]uint64
	}{
		"antes":                     {"", FirstBets, 0, 3, [3]uint64{199, 199, 199}},
		"one bets":                  {"r", FirstBets, 1, 5, [3]uint64{197, 199, 199}},
		"all check":                 {"ccc", Drawing, 0, 3, [3]uint64{199, 199, 199}},
		"who begins may still bet":  {"ccr", FirstBets, 0, 5, [3]uint64{199, 199, 197}},
		"all call":                  {"rcc", Drawing, 0, 9, [3]uint64{197, 197, 197}},
		"raised three times":        {"rrr", FirstBets, 0, 15, [3]uint64{197, 195, 193}},
		"and called":                {"rrrcc", Drawing, 0, 21, [3]uint64{193, 193, 193}},
		"who begins folds":          {"fcc", Drawing, 1, 3, [3]uint64{199, 199, 199}},
		"after the draw":            {"ccc -1-", SecondBets, 0, 3, [3]uint64{199, 199, 199}},
		"bets are higher":           {"ccc --- r", SecondBets, 1, 7, [3]uint64{195, 199, 199}},
		"the most that it can cost": {"rrrcc 333 rrrc", SecondBets, 1, 53, [3]uint64{181, 185, 181}},
		"two fold":                  {"rff", Uncontested, 0, 0, [3]uint64{202, 199, 199}},
		"two fold late":             {"ccc 123 rff", Uncontested, 0, 0, [3]uint64{202, 199, 199}},
	} {
		t.Run(name, func(t *testing.T) {
			g := after(t, dealt(t, ann, bob, cy), test.acts)
			chips := [3]uint64{g.Seats[0].Chips, g.Seats[1].Chips, g.Seats[2].Chips}
			if g.Stage != test.stage || g.Running() && g.Turn != test.turn || g.Pot != test.pot || chips != test.chips {
				t.Errorf("stage %d, turn of %d, pot %d, chips %d; want %d, %d, %d, %d",
					g.Stage, g.Turn, g.Pot, chips, test.stage, test.turn, test.pot, test.chips)
			}
		})
	}
}

// Everyone antes and calls one bet before the draw. Of ann, bob and cy the last is the dealer.
func TestShowdown(t *testing.T) {
	for name, test := range map[string]struct {
		hands [3]string
		acts  string
		won   [3]uint64
		kinds [3]Kind
	}{
		"one has the best": {[3]string{"As Ad 2c 3c 4c", "Ks Kd Kc 3d 4d", "Qs Jd Tc 9d 7d"},
			"rcc --- ccc", [3]uint64{0, 9, 0}, [3]Kind{OnePair, ThreeOfAKind, HighCard}},
		"who folded has a better one": {[3]string{"As Ad 2c 3c 4c", "Ks Kd Kc 3d 4d", "Qs Jd Tc 9d 7d"},
			"rcc --- rfc", [3]uint64{17, 0, 0}, [3]Kind{OnePair, NotShown, HighCard}},
		"two share": {[3]string{"As Kd Qc Jc 9c", "Ks Ad Qd Jd 9h", "Qs Jh Tc 9d 7d"},
			"ccc --- rcf", [3]uint64{6, 5, 0}, [3]Kind{HighCard, HighCard, NotShown}},
		"the odd chip goes to who sits next": {[3]string{"As Kd Qc Jc 9c", "2s 2d 4d 5d 9h", "2c 2h 4c 5c 9d"},
			"rcc --- ccc", [3]uint64{0, 5, 4}, [3]Kind{HighCard, OnePair, OnePair}},
		"all share": {[3]string{"As Kd Qc Jc 9c", "Ah Kc Qd Jd 9h", "Ad Kh Qh Jh 9d"},
			"rcc --- ccc", [3]uint64{3, 3, 3}, [3]Kind{HighCard, HighCard, HighCard}},
	} {
		t.Run(name, func(t *testing.T) {
			g := dealt(t, ann, bob, cy)
			for i, text := range test.hands {
				g.Seats[i].Hand = handOf(t, text)
			}
			g = after(t, g, test.acts)
			for i := range test.hands {
				if s := g.Seats[i]; g.Stage != Shown || s.Won != test.won[i] || s.Kind != test.kinds[i] {
					t.Errorf("stage %d: seat %d won %d with %v, want %d with %v", g.Stage, i, s.Won, s.Kind, test.won[i], test.kinds[i])
				}
			}
		})
	}
}

// The button goes to the next one who plays; who is away, or has too few chips, or came late, is left out.
func TestDealer(t *testing.T) {
	g := seated(ann, bob, cy, guest)
	g.Seats[2].Away, g.Seats[3].Chips = true, Stake-1
	for i, want := range []uint8{1, 0, 1} {
		g = must(t, g, bob, Deal{})
		if g.Dealer != want || g.Turn != 1-want || g.Seats[2].Part != Watches || g.Seats[3].Hand != (Hand{}) || g.Dealt != 10 {
			t.Errorf("hand %d: seat %d is the dealer, %d begins, %d cards are dealt", i+1, g.Dealer, g.Turn, g.Dealt)
		}
		g = after(t, g, "f")
	}
	g = must(t, g, cy, Back{})
	if g = must(t, g, bob, Deal{}); g.Dealer != 2 || g.Seats[2].Part != Plays {
		t.Errorf("cy is back, and seat %d is the dealer: %+v", g.Dealer, g.Seats[2])
	}
}

// A draw exchanges those cards that it names for the next ones of the deck.
func TestDraw(t *testing.T) {
	g := after(t, dealt(t, ann, bob), "cc")
	before := g.Seats[0].Hand
	g = must(t, g, ann, Draw{[5]bool{1: true, 4: true}})
	want := Hand{before[0], g.Deck[10], before[2], before[3], g.Deck[11]}
	if s := g.Seats[0]; s.Hand != want || s.Drawn != 2 || g.Dealt != 12 || g.Turn != 1 {
		t.Errorf("of %v became %v, want %v; %+v", before, s.Hand, want, s)
	}
	g = must(t, g, bob, Draw{[5]bool{true, true, true}})
	if g.Stage != SecondBets || g.Seats[1].Hand[0] != g.Deck[12] || g.Dealt != 15 {
		t.Errorf("bob has %v, and %d cards are dealt", g.Seats[1].Hand, g.Dealt)
	}
}

// Who leaves has folded. His cards are gone with him, and his bets stay in the pot.
func TestLeaving(t *testing.T) {
	start := dealt(t, ann, bob, guest)
	for name, test := range map[string]struct {
		acts  string
		who   Player
		do    aper.Transition[Poker]
		stage Stage
		turn  uint8
		pot   uint64
	}{
		"who has the turn":           {"", ann, Stand{}, FirstBets, 1, 3},
		"who has it later":           {"r", guest, Stand{}, FirstBets, 1, 5},
		"who has raised":             {"r", ann, Stand{}, FirstBets, 1, 5},
		"who is the last to act":     {"rc", guest, Stand{}, Drawing, 0, 7},
		"who has the turn to draw":   {"ccc -", bob, Stand{}, Drawing, 2, 3},
		"the second but one":         {"f", bob, Stand{}, Uncontested, 0, 0},
		"who waits, and one is left": {"f", guest, Stand{}, Uncontested, 0, 0},
		"who has folded":             {"f", ann, Stand{}, FirstBets, 1, 3},
		"a session that is gone":     {"cc", Player{}, Gone{7}, Drawing, 0, 3},
		"a session that watches":     {"cc", Player{}, Gone{9}, FirstBets, 2, 3},
		"a user's session":           {"cc", Player{}, Gone{100}, FirstBets, 2, 3},
	} {
		t.Run(name, func(t *testing.T) {
			before := after(t, start, test.acts)
			g, err := test.do.Apply(before, from(test.who, 500))
			if err != nil || g.Stage != test.stage || g.Running() && g.Turn != test.turn || g.Pot != test.pot {
				t.Errorf("stage %d, turn of %d, pot %d (%v)", g.Stage, g.Turn, g.Pot, err)
			}
			if seat, ok := before.SeatOf(test.who); ok && g.Seats[seat] != (Seat{}) {
				t.Errorf("on the seat is left %+v", g.Seats[seat])
			}
		})
	}
	left := must(t, after(t, start, "r"), ann, Stand{})
	if left.ToCall(1) != SmallBet {
		t.Errorf("after ann bet and left a call costs %d", left.ToCall(1))
	}
	if g := must(t, left, cy, Sit{0}); g.Seats[0] != (Seat{Player: cy, Chips: BuyIn}) || g.ToCall(0) != 0 {
		t.Errorf("who sits down there finds %+v", g.Seats[0])
	}
}

// The time of each begins with his turn. When it is over the room checks for him, or folds when that costs something.
func TestTimeouts(t *testing.T) {
	for name, test := range map[string]struct {
		acts string
		turn uint8
		part Part
	}{
		"nothing to pay":     {"t", 1, Plays},
		"something to pay":   {"rt", 2, Folded},
		"cards to exchange":  {"ccc t", 1, Plays},
		"nothing to pay now": {"rcc --- t", 1, Plays},
	} {
		t.Run(name, func(t *testing.T) {
			before := after(t, dealt(t, ann, bob, cy), strings.TrimSuffix(test.acts, "t"))
			late := before.Turn
			due, transition := before.NextTimer()
			if _, err := transition.Apply(before, &aper.Meta{Time: due - 1}); err != ErrNotDue {
				t.Errorf("before it is due: %v", err)
			}
			g, err := transition.Apply(before, &aper.Meta{Time: due})
			if s := g.Seats[late]; err != nil || !s.Away || s.Part != test.part || g.Turn != test.turn || g.Due != due+TurnTime {
				t.Errorf("turn of %d until %d (%v), and who was late: %+v", g.Turn, g.Due, err, s)
			}
		})
	}
	g := after(t, dealt(t, ann, bob, cy), "tcc -")
	if g.Seats[0].Away {
		t.Error("ann is away though she has acted since")
	}
	g = after(t, dealt(t, ann, bob), "t t t t t t")
	if _, transition := g.NextTimer(); g.Stage != Shown || transition != nil {
		t.Errorf("after all timeouts: stage %d, and next is %#v", g.Stage, transition)
	}
	if _, err := (Deal{}).Apply(g, from(ann, 0)); err != ErrTooFew {
		t.Errorf("a hand for two who are away: %v", err)
	}
}

// What README.md shows is what there is.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var source []byte
	for _, name := range []string{"view.go", "play.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source = append(source, text...)
	}
	parts := strings.Split(string(readme), "```go\n")
	for _, part := range parts[1:] {
		if shown, _, _ := strings.Cut(part, "```"); !strings.Contains(string(source), shown) {
			t.Errorf("README.md shows what is not in the source:\n%s", shown)
		}
	}
	if len(parts) < 2 {
		t.Error("README.md shows nothing")
	}
}
