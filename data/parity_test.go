package data_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/examples/todo"
)

// What the data structures of Aper 0.2.2 for Rust do, and its tests check, done with ours. Each test is named after one
// of them.

// A script applies transitions to one state, as one client.
type script[S aper.StateMachine[S]] struct {
	t      *testing.T
	state  S
	number aper.ClientSeq
}

func (s *script[S]) do(transitions ...aper.Transition[S]) {
	s.t.Helper()
	for _, do := range transitions {
		if err := s.try(do); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *script[S]) try(do aper.Transition[S]) error {
	s.number++
	next, err := do.Apply(s.state, &aper.Meta{Client: 1, ClientSeq: s.number})
	if err == nil {
		s.state = next
	}
	return err
}

type letters = data.List[data.Atom[string]]

func letter(text string) data.Atom[string] { return data.NewAtom(text) }

func spell(l letters) (text string) {
	for _, a := range l.All() {
		text += a.Value()
	}
	return text
}

func wantSpelled(t *testing.T, l letters, want string) {
	t.Helper()
	if got := spell(l); got != want {
		t.Errorf("the list is %q, want %q", got, want)
	}
}

func idAt(l letters, i int) aper.ID { id, _ := l.At(i); return id }

func TestParityAtomIsReplaced(t *testing.T) {
	s := script[data.Atom[int]]{t: t, state: data.NewAtom(3)}
	s.do(data.SetAtom(5), s.state.Set(8))
	if s.state.Value() != 8 {
		t.Errorf("got %d, want 8", s.state.Value())
	}
}

func TestParityConstantStays(t *testing.T) {
	c := data.NewConstant("fixed")
	var coder aper.Coder
	coder.JSONFrom([]byte(`{"Set":{"to":"other"}}`))
	aper.CodeTransition[data.Constant[string]](&coder, nil)
	if _, err := coder.Finish(); err == nil || c.Value() != "fixed" {
		t.Errorf("a transition of a constant was read: %v", err)
	}
}

func TestParityCounter(t *testing.T) {
	s := script[data.Counter]{t: t}
	s.do(data.SetCounter(10), data.Increment(5), data.Decrement(7))
	if s.state.Value() != 8 {
		t.Errorf("got %d, want 8", s.state.Value())
	}
}

func TestParityListAppendAndPrepend(t *testing.T) {
	s := script[letters]{t: t}
	s.do(data.Append(letter("b")), data.Append(letter("c")), data.Prepend(letter("a")), data.Append(letter("d")))
	wantSpelled(t, s.state, "abcd")
}

func TestParityListInsertsAtAllFivePositions(t *testing.T) {
	s := script[letters]{t: t}
	s.do(data.Append(letter("m")))
	m := idAt(s.state, 0)
	s.do(data.Prepend(letter("a")))         // beginning
	s.do(data.Append(letter("z")))          // end
	s.do(data.InsertBefore(m, letter("l"))) // before an item
	s.do(data.InsertAfter(m, letter("o")))  // after an item
	s.do(data.InsertBetween(m, idAt(s.state, 3), letter("n")))
	wantSpelled(t, s.state, "almnoz")
}

// Two inserts between the same two items, neither of which knows of the other, both survive.
func TestParityListInsertBetweenMerges(t *testing.T) {
	s := script[letters]{t: t}
	s.do(data.Append(letter("a")), data.Append(letter("z")))
	a, z := idAt(s.state, 0), idAt(s.state, 1)
	one, two := data.InsertBetween(a, z, letter("1")), data.InsertBetween(a, z, letter("2"))
	s.do(one, two)
	wantSpelled(t, s.state, "a21z")
}

func TestParityListDelete(t *testing.T) {
	s := script[letters]{t: t}
	s.do(data.Append(letter("a")), data.Append(letter("b")), data.Append(letter("c")))
	s.do(data.DeleteItem[data.Atom[string]](idAt(s.state, 1)))
	wantSpelled(t, s.state, "ac")
}

func TestParityListMove(t *testing.T) {
	s := script[letters]{t: t}
	s.do(data.Append(letter("a")), data.Append(letter("b")), data.Append(letter("c")))
	a, b, c := idAt(s.state, 0), idAt(s.state, 1), idAt(s.state, 2)
	s.do(s.state.MoveLast(a))
	wantSpelled(t, s.state, "bca")
	s.do(s.state.MoveAfter(b, c), s.state.MoveFirst(a))
	wantSpelled(t, s.state, "acb")
	s.do(s.state.Change(a, data.SetAtom("A"))) // the identity survived
	wantSpelled(t, s.state, "Acb")
}

func TestParityListConflicts(t *testing.T) {
	s := script[letters]{t: t}
	s.do(data.Append(letter("a")), data.Append(letter("b")))
	gone, kept := idAt(s.state, 0), idAt(s.state, 1)
	s.do(s.state.Delete(gone))
	for name, do := range map[string]aper.Transition[letters]{
		"delete":        s.state.Delete(gone),
		"change":        s.state.Change(gone, data.SetAtom("x")),
		"move":          s.state.MoveFirst(gone),
		"move after":    s.state.MoveAfter(kept, gone),
		"insert after":  s.state.InsertAfter(gone, letter("x")),
		"insert before": s.state.InsertBefore(gone, letter("x")),
	} {
		if err := s.try(do); !errors.Is(err, data.ErrNoItem) {
			t.Errorf("%s: %v, want ErrNoItem", name, err)
		}
	}
	wantSpelled(t, s.state, "b")
}

func TestParityListEncodes(t *testing.T) {
	s := script[letters]{t: t}
	s.do(data.Append(letter("a")), data.Append(letter("b")), data.Prepend(letter("c")))
	encoded, err := aper.Encode(s.state)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := aper.Decode[letters](encoded)
	if err != nil {
		t.Fatal(err)
	}
	wantSpelled(t, decoded, "cab")
	if idAt(decoded, 1) != idAt(s.state, 1) {
		t.Error("an item came back with another identity")
	}
}

func TestParityMapInsertsAndIteratesInOrder(t *testing.T) {
	type scores = data.Map[string, data.Counter]
	s := script[scores]{t: t}
	s.do(data.Put("dot", data.NewCounter(4)), data.Put("ann", data.NewCounter(1)), data.Put("cy", data.NewCounter(3)))
	s.do(data.Put("ann", data.NewCounter(9)), data.Delete[string, data.Counter]("cy"), data.Change("dot", data.Increment(1)))
	var got []string
	for name, score := range s.state.All() {
		got = append(got, fmt.Sprint(name, score.Value()))
	}
	if want := []string{"ann9", "dot5"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := s.try(data.Change("cy", data.Increment(1))); !errors.Is(err, data.ErrNoKey) {
		t.Errorf("changing what is gone: %v, want ErrNoKey", err)
	}
}

// What the derive macro is for: every field of a record changes by itself.
func TestParityDerivedRecord(t *testing.T) {
	s := script[todo.Todo]{t: t}
	s.do(todo.TodoTitle{To: "Saturday"}, todo.TodoItems{Do: data.Append(todo.Item{Text: "bread"})})
	id, _ := s.state.Items.At(0)
	s.do(todo.TodoItems{Do: data.ChangeItem(id, todo.ItemDone{To: true})})
	if _, item := s.state.Items.At(0); s.state.Title != "Saturday" || item != (todo.Item{Text: "bread", Done: true}) {
		t.Errorf("got %v", s.state)
	}
}
