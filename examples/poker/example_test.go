package poker_test

import (
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/poker"
)

// The same table as three people see it: two who play and one who watches. Here a line does what a room does by itself when
// the bets are made: it shows the cards.
func Example() {
	var table poker.Poker
	apply := func(user string, t aper.Transition[poker.Poker]) {
		next, err := t.Apply(table, &aper.Meta{User: user, Entropy: 282894})
		if err != nil {
			fmt.Printf("%s: %v\n", user, err)
			return
		}
		table = next
	}
	look := func(when string) {
		fmt.Println(when)
		for _, user := range []string{"ann", "bob", "eve"} {
			view := table.View(0, user)
			fmt.Printf("  %s sees %v and %v\n", user, view.Seats[0].Hand, view.Seats[1].Hand)
		}
	}
	apply("ann", poker.Sit{Seat: 0})
	apply("bob", poker.Sit{Seat: 1})
	apply("bob", poker.Deal{}) // bob is the dealer, so ann begins
	apply("ann", poker.Raise{})
	apply("bob", poker.Call{})
	look("before the draw:")
	apply("bob", poker.Draw{})
	apply("ann", poker.Draw{Cards: [5]bool{true, true}})
	apply("bob", poker.Draw{Cards: [5]bool{false, false, true}})
	apply("ann", poker.Call{})
	apply("bob", poker.Call{})
	_, show := table.NextTimer()
	apply("", show)
	look("after the showdown:")
	fmt.Printf("%v against %v: ann won %d, bob won %d\n",
		table.Seats[0].Kind, table.Seats[1].Kind, table.Seats[0].Won, table.Seats[1].Won)
	// Output:
	// before the draw:
	//   ann sees 7c 4d Tc Ts Th and -- -- -- -- --
	//   bob sees -- -- -- -- -- and 8d 8s 4c Js Jd
	//   eve sees -- -- -- -- -- and -- -- -- -- --
	// bob: it is not your turn
	// after the showdown:
	//   ann sees 9c 9d Tc Ts Th and 8d 8s 9s Js Jd
	//   bob sees 9c 9d Tc Ts Th and 8d 8s 9s Js Jd
	//   eve sees 9c 9d Tc Ts Th and 8d 8s 9s Js Jd
	// a full house against two pairs: ann won 6, bob won 0
}
