// Package board is a board of columns of cards that people vote on: state machines nested four deep, most of them derived,
// and one rule written by hand that no derived one could be: a card moves from a column to another in one step. It is
// never in both and never in none, whoever moves what at the same time.
package board

//go:generate go tool apergen

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// Board is the state.
//
//aper:derive
type Board struct {
	Name    string
	Columns data.List[Column]
}

// Column is a list of cards.
//
//aper:derive
type Column struct {
	Title string
	Cards data.List[Card]
}

// Card is what people vote on. Votes are counted by name.
//
//aper:derive
type Card struct {
	Title string
	Votes data.Map[string, data.Counter]
}

// MoveCard takes a card out of one column and puts it at the end of another. It gets another ID there.
type MoveCard struct {
	Card     aper.ID
	From, To aper.ID // columns
}

// Vote counts one vote, for the name it carries.
type Vote struct {
	Column, Card aper.ID
	Name         string
}

// ErrNoName is the conflict of a vote without a name.
const ErrNoName = aper.Conflict("a vote needs a name")

func (t MoveCard) Apply(b Board, m *aper.Meta) (Board, error) {
	from, _ := b.Columns.Get(t.From)
	card, _ := from.Cards.Get(t.Card) // where there is none, taking it out conflicts
	return aper.All[Board](
		BoardColumns{Do: data.ChangeItem(t.From, ColumnCards{Do: data.DeleteItem[Card](t.Card)})},
		BoardColumns{Do: data.ChangeItem(t.To, ColumnCards{Do: data.Append(card)})},
	).Apply(b, m)
}

func (t Vote) Apply(b Board, m *aper.Meta) (Board, error) {
	if t.Name == "" {
		return b, ErrNoName
	}
	column, _ := b.Columns.Get(t.Column)
	card, _ := column.Cards.Get(t.Card)
	var vote aper.Transition[data.Map[string, data.Counter]] = data.Put(t.Name, data.NewCounter(1))
	if _, voted := card.Votes.Get(t.Name); voted {
		vote = data.Change(t.Name, data.Increment(1))
	}
	return BoardColumns{Do: data.ChangeItem(t.Column, ColumnCards{Do: data.ChangeItem(t.Card, CardVotes{Do: vote})})}.Apply(b, m)
}
