package sim

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/examples/bank"
	"github.com/aper-go/aper/examples/board"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/examples/todo"
	"github.com/aper-go/aper/internal/sim/arena"
	"github.com/aper-go/aper/internal/sim/line"
	"github.com/aper-go/aper/internal/sim/notebook"
)

// The machines that are simulated. Their users get into each other's way all the time: they want the same last cent, move
// what others move, and change what others delete.
var (
	counterMachine = Machine[counter.Counter]{Name: "counter", Make: counterUser, Amend: amendCounter}
	todoMachine    = Machine[todo.Todo]{Name: "todo", Make: todoUser}
	bankMachine    = Machine[bank.Bank]{Name: "bank", Make: bankUser, Amend: amendBank}
	boardMachine   = Machine[board.Board]{Name: "board", Initial: emptyBoard(), Make: boardUser}
	arenaMachine   = Machine[arena.Arena]{Name: "arena", Make: arenaUser, Amend: amendArena}
	lineMachine    = Machine[line.Line]{Name: "line", Make: lineUser, Amend: amendLine}

	notebookMachine = Machine[notebook.Notebook]{Name: "notebook", Initial: notebook.New(), Make: notebookUser, Undoes: editsTexts}
)

// pick returns one of several.
func pick[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

// counterUser often takes nearly all there is, so that of two who do only one can.
func counterUser(random *rand.Rand, s counter.Counter) aper.Transition[counter.Counter] {
	switch random.IntN(20) {
	case 0:
		return counter.Reset{}
	case 1, 2, 3, 4, 5, 6, 7, 8, 9:
		return counter.Decrement{By: s.Value - s.Value/10}
	}
	return counter.Increment{By: 1 + random.Int64N(1000)}
}

// amendCounter lets nobody add an odd large number.
func amendCounter(t aper.Transition[counter.Counter]) aper.Transition[counter.Counter] {
	if t, ok := t.(counter.Increment); ok && t.By > 500 && t.By%2 == 1 {
		return counter.Increment{By: 1}
	}
	return nil
}

func todoUser(random *rand.Rand, s todo.Todo) aper.Transition[todo.Todo] {
	if random.IntN(30) == 0 {
		return todo.TodoTitle{To: pick(random, "Groceries", "Release", "")}
	}
	return todo.TodoItems{Do: listTransition(random, s.Items, 12, func() todo.Item {
		return todo.Item{Text: pick(random, "milk", "bread", "tea")}
	}, func() aper.Transition[todo.Item] {
		if random.IntN(2) == 0 {
			return todo.ItemDone{To: random.IntN(2) == 0}
		}
		return todo.ItemText{To: pick(random, "milk", "more milk", "no milk")}
	})}
}

// listTransition returns a change of a list that stays about as long as size. Most happens to a few items at its
// beginning.
func listTransition[V aper.StateMachine[V]](
	random *rand.Rand, s data.List[V], size int, value func() V, change func() aper.Transition[V],
) aper.Transition[data.List[V]] {
	if s.Len() == 0 {
		return data.Append(value())
	}
	item := func() aper.ID {
		id, _ := s.At(random.IntN(min(s.Len(), 4)))
		return id
	}
	n := random.IntN(12)
	if n < 5 && random.IntN(2*size) < s.Len() {
		return data.DeleteItem[V](item())
	}
	switch n {
	case 0:
		return data.Append(value())
	case 1:
		return data.Prepend(value())
	case 2:
		return data.InsertAfter(item(), value())
	case 3:
		return data.InsertBefore(item(), value())
	case 4:
		return data.InsertBetween(item(), item(), value())
	case 5:
		return data.MoveFirst[V](item())
	case 6:
		return data.MoveLast[V](item())
	case 7:
		return data.MoveAfter[V](item(), item())
	case 8:
		return data.MoveBefore[V](item(), item())
	case 9:
		return data.MoveBetween[V](item(), item(), item())
	}
	return data.ChangeItem(item(), change())
}

func bankUser(random *rand.Rand, s bank.Bank) aper.Transition[bank.Bank] {
	name := func() string { return pick(random, "ann", "bob", "cy", "dot") }
	nearlyAll := func(name string) int64 {
		account, _ := s.Accounts.Get(name)
		return max(account.Value()-random.Int64N(3), 1)
	}
	transfer := func() aper.Transition[bank.Bank] {
		from := name()
		return bank.Transfer{From: from, To: name(), Amount: nearlyAll(from)}
	}
	if s.Accounts.Len() < 3 || random.IntN(30) == 0 {
		return bank.Open{Name: name()}
	}
	switch random.IntN(6) {
	case 0, 1:
		return bank.Deposit{To: name(), Amount: 1 + random.Int64N(100)}
	case 2:
		from := name()
		return bank.Withdraw{From: from, Amount: nearlyAll(from)}
	case 3:
		return aper.All(transfer(), transfer())
	}
	return transfer()
}

// amendBank changes amounts, also in groups.
func amendBank(t aper.Transition[bank.Bank]) aper.Transition[bank.Bank] {
	switch t := t.(type) {
	case bank.Deposit:
		if t.Amount > 50 && t.Amount%2 == 1 {
			return bank.Deposit{To: t.To, Amount: 50}
		}
	case bank.Transfer:
		if t.Amount%5 == 4 {
			return bank.Transfer{From: t.From, To: t.To, Amount: 1}
		}
	}
	return nil
}

// emptyBoard has two columns already: somebody set the room up.
func emptyBoard() board.Board {
	var b board.Board
	for i, title := range []string{"To do", "Done"} {
		add := board.BoardColumns{Do: data.Append(board.Column{Title: title})}
		b, _ = add.Apply(b, &aper.Meta{ClientSeq: aper.ClientSeq(i + 1)})
	}
	return b
}

func boardUser(random *rand.Rand, s board.Board) aper.Transition[board.Board] {
	const columns = 3
	if s.Columns.Len() == 0 || random.IntN(40) == 0 {
		return board.BoardColumns{Do: listTransition(random, s.Columns, columns, func() board.Column {
			return board.Column{Title: "More"}
		}, func() aper.Transition[board.Column] { return board.ColumnTitle{To: pick(random, "This", "That")} })}
	}
	from, column := s.Columns.At(random.IntN(s.Columns.Len()))
	to, _ := s.Columns.At(random.IntN(s.Columns.Len()))
	if column.Cards.Len() > 0 && random.IntN(2) == 0 {
		card, _ := column.Cards.At(random.IntN(min(column.Cards.Len(), 3)))
		if random.IntN(2) == 0 {
			return board.MoveCard{Card: card, From: from, To: to}
		}
		return board.Vote{Column: from, Card: card, Name: pick(random, "ann", "bob")}
	}
	return board.BoardColumns{Do: data.ChangeItem(from, board.ColumnCards{Do: makeCards(random, column.Cards)})}
}

func makeCards(random *rand.Rand, s data.List[board.Card]) aper.Transition[data.List[board.Card]] {
	return listTransition(random, s, 5, func() board.Card {
		return board.Card{Title: pick(random, "Write", "Read")}
	}, func() aper.Transition[board.Card] {
		name := pick(random, "ann", "bob")
		return board.CardVotes{Do: pick(random,
			data.Put(name, data.NewCounter(1)), data.Change(name, data.Decrement(1)), data.Delete[string, data.Counter](name))}
	})
}

// arenaUser sometimes does what only the authority may.
func arenaUser(random *rand.Rand, s arena.Arena) aper.Transition[arena.Arena] {
	if due, timer := s.NextTimer(); due != 0 && random.IntN(30) == 0 {
		return timer
	}
	thing := aper.ID{}
	if n := s.Things.Len(); n > 0 {
		at, _ := s.Things.At(random.IntN(min(n, 3)))
		thing = at.ID
	}
	switch random.IntN(10) {
	case 0:
		return arena.Begin{}
	case 1, 2, 3:
		return arena.Roll{}
	case 4, 5:
		return arena.Make{}
	case 6, 7:
		return arena.Take{ID: thing}
	case 8:
		return arena.Enter{Session: 1 + random.Uint64N(3)}
	}
	return arena.Break{ID: thing}
}

// amendArena destroys some of what somebody wants to take, and throws dice for it.
func amendArena(t aper.Transition[arena.Arena]) aper.Transition[arena.Arena] {
	if take, ok := t.(arena.Take); ok && take.ID.Seq%3 == 1 {
		return aper.All(t, aper.Transition[arena.Arena](arena.Break(take)), arena.Roll{})
	}
	return nil
}

// amendLine changes what is written, and where.
func amendLine(t aper.Transition[line.Line]) aper.Transition[line.Line] {
	if insert, ok := t.(line.Insert); ok && strings.HasPrefix(insert.Text, "cc") {
		return line.Insert{At: insert.At / 2, Text: strings.ToUpper(insert.Text) + "!"}
	}
	return nil
}

// lineUser writes where others write: around the beginning and the end.
func lineUser(random *rand.Rand, s line.Line) aper.Transition[line.Line] {
	length := int64(len(s.Text))
	at := random.Int64N(min(length, 12) + 1)
	if random.IntN(4) == 0 {
		at = length - at
	}
	if random.Int64N(150) < length {
		return line.Delete{At: at, Count: 1 + random.Int64N(6)}
	}
	return line.Insert{At: at, Text: strings.Repeat(pick(random, "a", "b", "c"), 1+random.IntN(4))}
}

// notebookUser writes where others write. Each character is typed once, so that it can be known again.
func notebookUser(random *rand.Rand, s notebook.Notebook) aper.Transition[notebook.Notebook] {
	names := make([]string, 0, s.Notes.Len())
	for name := range s.Notes.All() {
		names = append(names, name)
	}
	inNote := func() aper.Transition[notebook.Notebook] {
		name := pick(random, names...)
		note, _ := s.Notes.Get(name)
		return notebook.NotebookNotes{Do: data.Change(name, editText(random, note))}
	}
	inBody := func() aper.Transition[notebook.Notebook] {
		return notebook.NotebookBody{Do: editText(random, s.Body)}
	}
	switch n := random.IntN(40); {
	case n == 0:
		return notebook.NotebookTitle{To: pick(random, "Groceries", "Release")}
	case len(names) == 0 || len(names) < 4 && n == 1:
		return notebook.NotebookNotes{Do: data.Put("note-"+strconv.FormatUint(random.Uint64(), 36), data.Text{})}
	case n == 2:
		return notebook.NotebookNotes{Do: data.Delete[string, data.Text](pick(random, names...))}
	case n < 6:
		return aper.All(inBody(), inNote(), inBody())
	case n < 20:
		return inNote()
	}
	return inBody()
}

// editsTexts reports whether all that a transition does is to edit the body, and notes that are there.
func editsTexts(t aper.Transition[notebook.Notebook], s notebook.Notebook) bool {
	switch t := t.(type) {
	case notebook.NotebookBody:
		return true
	case notebook.NotebookNotes:
		change, ok := t.Do.(data.MapChange[string, data.Text])
		_, there := s.Notes.Get(change.Key)
		return ok && there
	case interface {
		Members() []aper.Transition[notebook.Notebook]
	}:
		return !slices.ContainsFunc(t.Members(), func(member aper.Transition[notebook.Notebook]) bool { return !editsTexts(member, s) })
	}
	return false
}

// editText returns an edit of a text that stays about as long as a line.
func editText(random *rand.Rand, s data.Text) aper.Transition[data.Text] {
	e := data.TextEdit{At: min(random.IntN(s.Len()+1), random.IntN(s.Len()+1))}
	if random.IntN(100) < s.Len() {
		e.Delete = random.IntN(min(s.Len()-e.At, 8) + 1)
	}
	if e.Delete == 0 || random.IntN(3) == 0 {
		e.Insert = typed(random, 1+random.IntN(4))
	}
	if random.IntN(8) > 0 {
		return data.EditText(e)
	}
	length := s.Len() - e.Delete + utf8.RuneCountInString(e.Insert)
	return data.EditText(e, data.TextEdit{At: random.IntN(length + 1), Insert: typed(random, 1)})
}

// typed returns characters that nobody else is likely to type: of two bytes, three, and four.
func typed(random *rand.Rand, count int) string {
	const planes, surrogates = 0x10000, 0xD800
	var text []rune
	for range count {
		r := planes + random.Int32N(0x110000-planes)
		if random.IntN(10) == 0 {
			r = 0x100 + random.Int32N(surrogates-0x100)
		}
		text = append(text, r)
	}
	return string(text)
}
