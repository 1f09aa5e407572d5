package data_test

import (
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

type numbers = data.List[data.Counter]

// author applies transitions like an engine, which gives each a Meta of its own.
func author(client aper.ClientID) func(numbers, aper.Transition[numbers]) numbers {
	m := aper.Meta{Client: client}
	return func(s numbers, t aper.Transition[numbers]) numbers {
		m = aper.Meta{Client: client, ClientSeq: m.ClientSeq + 1}
		next, err := t.Apply(s, &m)
		if err != nil {
			fmt.Println("conflict:", err)
			return s
		}
		return next
	}
}

func show(s numbers) {
	var items []any
	for id, value := range s.All() {
		items = append(items, fmt.Sprint(id, "=", value.Value()))
	}
	fmt.Println(items...)
}

// Items have identities, which the one who inserts them makes.
func ExampleList() {
	ann, bob := author(1), author(2)
	var s numbers
	s = ann(s, data.Append(data.NewCounter(10)))
	s = ann(s, data.Append(data.NewCounter(20)))
	first, _ := s.At(0)

	// Both insert after the same item; both survive.
	s = ann(s, data.InsertAfter(first, data.NewCounter(11)))
	s = bob(s, data.InsertAfter(first, data.NewCounter(12)))
	show(s)

	// Ann deletes what Bob changes at the same time.
	s = ann(s, data.DeleteItem[data.Counter](first))
	s = bob(s, data.ChangeItem(first, data.Increment(1)))
	show(s)
	// Output:
	// 1-1-1=10 2-1-1=12 1-3-1=11 1-2-1=20
	// conflict: 1-1-1: no such item
	// 2-1-1=12 1-3-1=11 1-2-1=20
}

func ExampleInsertBetween() {
	ann := author(1)
	var s numbers
	s = ann(s, s.Append(data.NewCounter(1)))  // at the end
	s = ann(s, s.Prepend(data.NewCounter(2))) // at the beginning
	left, _ := s.At(0)
	right, _ := s.At(1)
	s = ann(s, s.InsertAfter(left, data.NewCounter(3)))
	s = ann(s, s.InsertBefore(right, data.NewCounter(4)))
	s = ann(s, s.InsertBetween(left, right, data.NewCounter(5))) // after the left one
	s = ann(s, s.Delete(left))
	s = ann(s, s.InsertBetween(left, right, data.NewCounter(6))) // that is gone: before the right one
	show(s)
	// Output: 1-5-1=5 1-3-1=3 1-4-1=4 1-7-1=6 1-1-1=1
}

func ExampleMoveAfter() {
	ann := author(1)
	var s numbers
	for i := range int64(4) {
		s = ann(s, data.Append(data.NewCounter(i)))
	}
	first, _ := s.At(0)
	third, _ := s.At(2)
	s = ann(s, s.MoveAfter(first, third))
	show(s)
	s = ann(s, s.MoveLast(third))
	show(s)
	// Output:
	// 1-2-1=1 1-3-1=2 1-1-1=0 1-4-1=3
	// 1-2-1=1 1-1-1=0 1-4-1=3 1-3-1=2
}

func ExampleChangeItem() {
	ann := author(1)
	var s numbers
	s = ann(s, data.Append(data.NewCounter(1)))
	id, _ := s.At(0)
	s = ann(s, data.ChangeItem(id, data.Increment(5)))
	value, ok := s.Get(id)
	fmt.Println(value.Value(), ok)
	// Output: 6 true
}

func ExampleList_All() {
	ann := author(1)
	var s numbers
	for i := range int64(3) {
		s = ann(s, data.Append(data.NewCounter(10*i)))
	}
	for id, value := range s.All() {
		fmt.Println(id, value.Value())
	}
	for id := range s.Backward() {
		fmt.Print(id, " ")
	}
	// Output:
	// 1-1-1 0
	// 1-2-1 10
	// 1-3-1 20
	// 1-3-1 1-2-1 1-1-1
}
