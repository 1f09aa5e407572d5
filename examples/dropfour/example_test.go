package dropfour_test

import (
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/dropfour"
)

// A machine is plain Go: here two people play without a network, and one tries what is not allowed.
func Example() {
	var game dropfour.Game
	apply := func(user string, t aper.Transition[dropfour.Game]) {
		next, err := t.Apply(game, &aper.Meta{User: user})
		if err != nil {
			fmt.Printf("%s: %v\n", user, err)
			return
		}
		game = next
	}
	apply("ann", dropfour.Sit{Seat: dropfour.Red})
	apply("ann", dropfour.Drop{Column: 3})
	apply("bob", dropfour.Sit{Seat: dropfour.Red})
	apply("bob", dropfour.Sit{Seat: dropfour.Yellow})
	apply("bob", dropfour.Drop{Column: 3})
	for range 3 {
		apply("ann", dropfour.Drop{Column: 3})
		apply("bob", dropfour.Drop{Column: 4})
	}
	apply("ann", dropfour.Drop{Column: 3})
	apply("bob", dropfour.Drop{Column: 4})
	fmt.Println(game.Winner())
	fmt.Print(game)
	// Output:
	// ann: wait until both seats are taken
	// bob: the seat is taken
	// bob: it is not your turn
	// bob: the game is over
	// 0 true
	// .......
	// .......
	// ...R...
	// ...Ry..
	// ...Ry..
	// ...Ry..
}

// A page sees the state as JSON, with the cells of the line that won, and pushes transitions as JSON.
func Example_json() {
	game := dropfour.Game{Seats: [2]dropfour.Player{{User: "ann"}, {User: "bob"}}}
	for i, column := range []uint8{0, 0, 1, 1, 2, 2, 3} {
		user := []string{"ann", "bob"}[i%2]
		game, _ = dropfour.Drop{Column: column}.Apply(game, &aper.Meta{User: user})
	}
	text, err := aper.ToJSON(game)
	fmt.Printf("%s… %v\n", text[:25], err)
	fmt.Printf("…%s\n", text[len(text)-41:])
	// Output:
	// {"cells":[1,1,1,1,0,0,0,2… <nil>
	// …0}],"turn":1,"result":1,"line":[0,1,2,3]}
}
