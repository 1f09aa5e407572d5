package poker

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// handOf reads what String writes.
func handOf(t *testing.T, text string) (h Hand) {
	t.Helper()
	words := strings.Fields(text)
	for i := range h {
		for card := Card(1); card <= 52; card++ {
			if i < len(words) && card.String() == words[i] {
				h[i] = card
			}
		}
		if h[i] == 0 {
			t.Fatalf("%q has no card number %d", text, i+1)
		}
	}
	return h
}

// Each hand is better than the one below.
func TestOrder(t *testing.T) {
	ranked := []struct {
		hand string
		kind Kind
	}{
		{"As Ks Qs Js Ts", StraightFlush},
		{"2h 3h 4h 5h 6h", StraightFlush},
		{"Ah 2h 3h 4h 5h", StraightFlush},
		{"As Ah Ad Ac 2c", FourOfAKind},
		{"2s 2h 2d 2c Ac", FourOfAKind},
		{"2s 2h 2d 2c Kc", FourOfAKind},
		{"3s 3h 3d 2c 2d", FullHouse},
		{"2s 2h 2d Ac Ad", FullHouse},
		{"As Qs 9s 5s 3s", Flush},
		{"Ah Qh 9h 5h 2h", Flush},
		{"As Kd Qh Js Td", Straight},
		{"6s 5d 4h 3s 2d", Straight},
		{"Ad 2s 3d 4h 5c", Straight},
		{"As Ad Ah 3c 2d", ThreeOfAKind},
		{"2s 2d 2h Ac Kd", ThreeOfAKind},
		{"As Ad 3h 3c 2d", TwoPairs},
		{"As Ad 2h 2c Kd", TwoPairs},
		{"Ks Kd Qh Qc Ad", TwoPairs},
		{"2s 2d Ah Kc Jd", OnePair},
		{"2s 2d Ah Kc Td", OnePair},
		{"As Kd Qh Jc 9d", HighCard},
		{"Qs Kd Ah 2c 3d", HighCard}, // not a straight around the ace
		{"7s 5d 4h 3c 2d", HighCard},
	}
	for i, test := range ranked {
		worth := handOf(t, test.hand).Worth()
		if worth.Kind() != test.kind {
			t.Errorf("%s is %v, want %v", test.hand, worth.Kind(), test.kind)
		}
		if i > 0 && worth >= handOf(t, ranked[i-1].hand).Worth() {
			t.Errorf("%s is not worth less than %s", test.hand, ranked[i-1].hand)
		}
	}
	if handOf(t, "As Kd Qh Jc 9d").Worth() != handOf(t, "9c Jd Qs Ah Kc").Worth() {
		t.Error("suits or order decide")
	}
	if worth := (Hand{1, 2, 3, 4, 0}).Worth(); worth != 0 || worth.Kind() != NotShown || (Hand{60, 1, 2, 3, 4}).Worth() != 0 {
		t.Errorf("a hidden card makes the hand worth %d, %v", worth, worth.Kind())
	}
}

// All 2,598,960 hands: how many there are of each kind, and how many of different worth, is known.
func TestAllHands(t *testing.T) {
	counts, worths := map[Kind]int{}, map[Worth]bool{}
	for a := Card(1); a <= 52; a++ {
		for b := a + 1; b <= 52; b++ {
			for c := b + 1; c <= 52; c++ {
				for d := c + 1; d <= 52; d++ {
					for e := d + 1; e <= 52; e++ {
						worth := Hand{e, b, d, a, c}.Worth()
						counts[worth.Kind()]++
						worths[worth] = true
					}
				}
			}
		}
	}
	want := map[Kind]int{HighCard: 1_302_540, OnePair: 1_098_240, TwoPairs: 123_552, ThreeOfAKind: 54_912, Straight: 10_200,
		Flush: 5_108, FullHouse: 3_744, FourOfAKind: 624, StraightFlush: 40}
	for kind, n := range want {
		if counts[kind] != n {
			t.Errorf("there are %d times %v, want %d", counts[kind], kind, n)
		}
	}
	if len(worths) != 7462 {
		t.Errorf("there are %d hands of different worth, want 7462", len(worths))
	}
}

// Random hands, every other one from few cards so that good ones meet, compare as they do slowly.
func TestCompare(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 2))
	for i := range 100_000 {
		cards := random.Perm(52)
		if i%2 == 0 {
			first := random.IntN(9) * 4 // four or five ranks that follow each other
			cards = random.Perm(16 + i/2%2*4)
			for j := range cards {
				cards[j] += first
			}
		}
		var one, other Hand
		for j := range one {
			one[j], other[j] = Card(cards[j]+1), Card(cards[j+5]+1)
		}
		if got, want := cmp.Compare(one.Worth(), other.Worth()), slowCompare(one, other); got != want {
			t.Fatalf("seed %d: %v against %v is %d, want %d", seed, one, other, got, want)
		}
	}
}

// slowCompare compares two hands in another way than Worth does.
func slowCompare(one, other Hand) int {
	if order := cmp.Compare(slowKind(one), slowKind(other)); order != 0 {
		return order
	}
	return slices.Compare(slowRanks(one), slowRanks(other))
}

// slowKind counts how many of the ten pairs of cards have one rank: two in two pairs, three in three of a kind, four in a
// full house, six in four of a kind.
func slowKind(h Hand) Kind {
	pairs, sameSuit := 0, true
	for i := range h {
		for j := range i {
			if h[i].Rank() == h[j].Rank() {
				pairs++
			}
			sameSuit = sameSuit && h[i].Suit() == h[j].Suit()
		}
	}
	straight := pairs == 0 && strings.Contains("14 2 3 4 5 6 7 8 9 10 11 12 13 14", joined(h))
	switch {
	case straight && sameSuit:
		return StraightFlush
	case sameSuit:
		return Flush
	case straight:
		return Straight
	}
	return map[int]Kind{0: HighCard, 1: OnePair, 2: TwoPairs, 3: ThreeOfAKind, 4: FullHouse, 6: FourOfAKind}[pairs]
}

// joined writes the ranks in rising order, with the ace first when it is below a two.
func joined(h Hand) string {
	ranks := make([]int, 0, 5)
	for _, card := range h {
		ranks = append(ranks, card.Rank())
	}
	slices.Sort(ranks)
	if slices.Contains(ranks, 2) && slices.Contains(ranks, 14) {
		ranks = append([]int{14}, ranks[:4]...)
	}
	text := ""
	for _, rank := range ranks {
		text += " " + strconv.Itoa(rank)
	}
	return strings.TrimSpace(text)
}

// slowRanks sorts the ranks by how often they occur, then by how high they are. An ace that begins a straight is low.
func slowRanks(h Hand) []int {
	ranks, often := make([]int, 0, 5), map[int]int{}
	for _, card := range h {
		ranks = append(ranks, card.Rank())
		often[card.Rank()]++
	}
	slices.SortFunc(ranks, func(a, b int) int { return cmp.Or(often[b]-often[a], b-a) })
	if slices.Equal(ranks, []int{14, 5, 4, 3, 2}) {
		return []int{5, 4, 3, 2, 1}
	}
	return ranks
}
