package data_test

import (
	"errors"
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// do applies transitions one after the other, as the authority does with those that arrive.
func do[S any](s S, transitions ...aper.Transition[S]) S {
	for _, t := range transitions {
		next, err := t.Apply(s, &aper.Meta{})
		if err != nil {
			fmt.Println("conflict:", err)
			continue
		}
		s = next
	}
	return s
}

func ExampleAtom() {
	title := data.NewAtom("untitled")
	title = do(title, title.Set("Plan"), data.SetAtom("Plan B")) // two at once: the later one stays
	fmt.Println(title, title.Value())
	// Output: "Plan B" Plan B
}

func ExampleConstant() {
	var prices data.Map[string, data.Constant[int]]
	prices = do(prices, prices.Put("tea", data.NewConstant(3)))
	tea, _ := prices.Get("tea")
	fmt.Println(prices, tea.Value())
	// Output: {"tea": 3} 3
}

func ExampleCounter() {
	votes := data.NewCounter(10)
	votes = do(votes, votes.Increment(1), votes.Increment(1), votes.Decrement(5)) // from three people
	fmt.Println(votes)
	// Output: 7
}

func ExampleCounter_conflict() {
	full := data.NewCounter(1<<63 - 1)
	_, err := full.Increment(1).Apply(full, &aper.Meta{})
	fmt.Println(err, errors.Is(err, data.ErrOverflow))
	// Output: the counter cannot hold a number so large true
}

func ExampleMap() {
	var votes data.Map[string, data.Counter]
	votes = do(votes,
		votes.Put("bob", data.NewCounter(2)),
		votes.Put("ann", data.Counter{}),
		votes.Change("ann", data.Increment(5)), // a transition of the value, inside of one of the map
		votes.Change("cy", data.Increment(1)),
		votes.Delete("dan"),
	)
	fmt.Println(votes)
	// Output:
	// conflict: cy: no such key
	// conflict: dan: no such key
	// {"ann": 5, "bob": 2}
}

func ExampleMap_All() {
	var votes data.Map[string, data.Counter]
	votes = votes.With("bob", data.NewCounter(2)).With("ann", data.NewCounter(5))
	for name, count := range votes.All() {
		fmt.Println(name, count.Value())
	}
	// Output:
	// ann 5
	// bob 2
}

func ExampleMap_From() {
	var log data.Map[int64, data.Constant[string]]
	log = log.With(900, data.NewConstant("open")).With(1000, data.NewConstant("lunch")).With(1100, data.NewConstant("tea"))
	for minute, what := range log.From(950) {
		fmt.Println(minute, what.Value())
	}
	// Output:
	// 1000 lunch
	// 1100 tea
}

// The path of a conflict leads through all maps.
func ExampleMap_nested() {
	var boards data.Map[string, data.Map[string, data.Counter]]
	boards = do(boards, data.Put("plans", data.Map[string, data.Counter]{}))
	vote := data.Change("plans", data.Change("picnic", data.Increment(1))) // made without looking at the state
	_, err := vote.Apply(boards, &aper.Meta{})
	fmt.Println(err, errors.Is(err, data.ErrNoKey))
	// Output: plans.picnic: no such key true
}

func ExampleSet() {
	tags := data.NewSet("urgent", "home")
	tags = do(tags, tags.Add("urgent"), data.Add("garden"), data.Remove("home"), data.Remove("home"))
	fmt.Println(tags, tags.Has("home"))
	for tag := range tags.All() {
		fmt.Println(tag)
	}
	// Output:
	// ["garden", "urgent"] false
	// garden
	// urgent
}

func ExampleVector() {
	scores := data.NewVector(3, 1, 4)
	scores = do(scores, scores.SetAt(1, 9), scores.AppendValue(5), data.SetAt(7, 0))
	for i, score := range scores.All() {
		fmt.Print(i, ":", score, " ")
	}
	fmt.Println(scores)
	// Output:
	// conflict: 7: no such place
	// 0:3 1:9 2:4 3:5 [3, 9, 4, 5]
}

// In a rule With stands where a slice would be changed. The old vector stays as it was.
func ExampleVector_With() {
	old := data.NewVector("a", "b")
	fmt.Println(old.With(0, "x").WithAppended("c"), old.First(1), old)
	// Output: ["x", "b", "c"] ["a"] ["a", "b"]
}

func ExampleGrid() {
	board := data.NewGrid(3, 2, ".")
	board = do(board, board.SetCell(1, 0, "x"), data.SetCell(2, 1, "o"), data.SetCell(3, 0, "x"))
	for cell := range board.All() {
		if fmt.Print(cell.Value); cell.X == board.Width()-1 {
			fmt.Println()
		}
	}
	_, inside := board.At(-1, 0)
	fmt.Println(inside, board)
	// Output:
	// conflict: 0.3: no such place
	// .x.
	// ..o
	// false [[".", "x", "."], [".", ".", "o"]]
}
