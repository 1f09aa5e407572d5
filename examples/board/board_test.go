package board

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
	"github.com/aper-go/aper/data"
)

// column and card build the way to a place, inside out.
func column(id aper.ID, do aper.Transition[Column]) aper.Transition[Board] {
	return BoardColumns{Do: data.ChangeItem(id, do)}
}

func TestMachine(t *testing.T) {
	id := func(client aper.ClientID, number aper.ClientSeq) aper.ID {
		return aper.ID{Client: client, Seq: number, N: 1}
	}
	apertest.Check(t, Board{}, BoardName{To: "Release"},
		BoardColumns{Do: data.Append(Column{Title: "To do"})},
		BoardColumns{Do: data.Prepend(Column{Title: "Done"})},
		column(id(1, 1), ColumnCards{Do: data.Append(Card{Title: "Write"})}),
		column(id(1, 1), ColumnCards{Do: data.ChangeItem(id(1, 2), CardTitle{To: "Read"})}),
		MoveCard{Card: id(1, 2), From: id(1, 1), To: id(2, 1)},
		MoveCard{Card: id(1, 2), From: id(1, 1), To: id(1, 1)},
		Vote{Column: id(1, 1), Card: id(1, 2), Name: "bob"}, Vote{})
}

// A board with two columns, and the cards' titles in each.
type state struct {
	t       *testing.T
	board   Board
	columns [2]aper.ID
	number  aper.ClientSeq
}

func (s *state) apply(t aper.Transition[Board]) error {
	s.number++
	next, err := t.Apply(s.board, &aper.Meta{Client: 1, ClientSeq: s.number})
	if err == nil {
		s.board = next
	}
	return err
}

func newState(t *testing.T, cards int) *state {
	s := &state{t: t}
	for _, title := range []string{"To do", "Done"} {
		if err := s.apply(BoardColumns{Do: data.Append(Column{Title: title})}); err != nil {
			t.Fatal(err)
		}
	}
	s.columns[0], _ = s.board.Columns.At(0)
	s.columns[1], _ = s.board.Columns.At(1)
	for i := range cards {
		if err := s.apply(column(s.columns[0], ColumnCards{Do: data.Append(Card{Title: fmt.Sprint(i)})})); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// Whatever is moved, also by people who look at an old board, every card is in exactly one column.
func TestMoveIsAtomic(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	s := newState(t, 20)
	old := s.board
	moved, refused := 0, 0
	for step := range 2000 {
		if random.IntN(20) == 0 {
			old = s.board
		}
		from, to := s.columns[random.IntN(2)], s.columns[random.IntN(2)]
		if random.IntN(10) == 0 {
			to = aper.ID{Client: 9, Seq: 9, N: 9}
		}
		seen, _ := old.Columns.Get(from)
		if seen.Cards.Len() == 0 {
			continue
		}
		card, _ := seen.Cards.At(random.IntN(seen.Cards.Len()))
		err := s.apply(MoveCard{Card: card, From: from, To: to})
		if err == nil {
			moved++
		} else if refused++; !errors.Is(err, data.ErrNoItem) {
			t.Fatal(err)
		}
		titles := map[string]int{}
		for _, column := range s.board.Columns.All() {
			for _, card := range column.Cards.All() {
				titles[card.Title]++
			}
		}
		for i := range 20 {
			if n := titles[fmt.Sprint(i)]; n != 1 {
				t.Fatalf("seed %d, step %d: card %d is there %d times", seed, step, i, n)
			}
		}
	}
	if moved < 100 || refused < 100 {
		t.Errorf("%d moved and %d refused: this test does not try much", moved, refused)
	}
}

// Conflicts carry the path to where they are, however deep.
func TestPathOfAConflict(t *testing.T) {
	s := newState(t, 1)
	todo, _ := s.board.Columns.Get(s.columns[0])
	card, _ := todo.Cards.At(0)
	err := s.apply(column(s.columns[0], ColumnCards{Do: data.ChangeItem(card, CardVotes{Do: data.Change("bob", data.Increment(1))})}))
	if !errors.Is(err, data.ErrNoKey) || err.Error() != "Columns.1-1-1.Cards.1-3-1.Votes.bob: no such key" {
		t.Errorf("got %v", err)
	}
}

// Votes of several people, and of one person several times, add up.
func TestVotesAddUp(t *testing.T) {
	s := newState(t, 1)
	todo, _ := s.board.Columns.Get(s.columns[0])
	card, _ := todo.Cards.At(0)
	for _, name := range []string{"ann", "bob", "ann", "ann"} {
		if err := s.apply(Vote{Column: s.columns[0], Card: card, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	todo, _ = s.board.Columns.Get(s.columns[0])
	voted, _ := todo.Cards.Get(card)
	ann, _ := voted.Votes.Get("ann")
	bob, _ := voted.Votes.Get("bob")
	if ann.Value() != 3 || bob.Value() != 1 {
		t.Errorf("ann has %d and bob %d, want 3 and 1", ann.Value(), bob.Value())
	}
}

func ExampleMoveCard() {
	var b Board
	apply := func(number aper.ClientSeq, t aper.Transition[Board]) {
		next, err := t.Apply(b, &aper.Meta{Client: 1, ClientSeq: number})
		if err != nil {
			fmt.Println("conflict:", err)
			return
		}
		b = next
	}
	apply(1, BoardColumns{Do: data.Append(Column{Title: "To do"})})
	apply(2, BoardColumns{Do: data.Append(Column{Title: "Done"})})
	todo, _ := b.Columns.At(0)
	done, _ := b.Columns.At(1)
	apply(3, column(todo, ColumnCards{Do: data.Append(Card{Title: "Write"})}))
	from, _ := b.Columns.Get(todo)
	card, _ := from.Cards.At(0)

	apply(4, MoveCard{Card: card, From: todo, To: done})
	apply(5, MoveCard{Card: card, From: todo, To: done}) // somebody else, a moment later

	for _, column := range b.Columns.All() {
		fmt.Println(column.Title, column.Cards.Len())
	}
	// Output:
	// conflict: Columns.1-1-1.Cards.1-3-1: no such item
	// To do 0
	// Done 1
}
