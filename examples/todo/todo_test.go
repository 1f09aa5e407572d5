package todo

import (
	"fmt"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
	"github.com/aper-go/aper/data"
)

func TestMachine(t *testing.T) {
	first := aper.ID{Client: 1, Seq: 1, N: 1}
	apertest.Check(t, Todo{}, TodoTitle{To: "Saturday"},
		TodoItems{Do: data.Append(Item{Text: "bread"})},
		TodoItems{Do: data.Prepend(Item{Text: "milk", Done: true})},
		TodoItems{Do: data.ChangeItem(first, ItemDone{To: true})},
		TodoItems{Do: data.InsertAfter(first, Item{Text: "butter"})},
		TodoItems{Do: data.MoveLast[Item](first)},
		TodoItems{Do: data.DeleteItem[Item](first)})
}

// Two people work on one list at once; each change finds its item, wherever the other has moved it.
func Example() {
	var list Todo
	apply := func(client aper.ClientID, number aper.ClientSeq, t aper.Transition[Todo]) {
		next, err := t.Apply(list, &aper.Meta{Client: client, ClientSeq: number})
		if err != nil {
			fmt.Println("conflict:", err)
			return
		}
		list = next
	}
	apply(1, 1, TodoTitle{To: "Saturday"})
	apply(1, 2, TodoItems{Do: data.Append(Item{Text: "bread"})})
	apply(1, 3, TodoItems{Do: data.Append(Item{Text: "milk"})})
	bread, _ := list.Items.At(0)
	milk, _ := list.Items.At(1)
	apply(2, 1, TodoItems{Do: list.Items.MoveFirst(milk)})
	apply(1, 4, TodoItems{Do: list.Items.Change(milk, ItemDone{To: true})})
	apply(2, 2, TodoItems{Do: list.Items.Delete(bread)})
	apply(1, 5, TodoItems{Do: list.Items.Change(bread, ItemText{To: "rye bread"})})
	for _, item := range list.Items.All() {
		fmt.Println(item.Text, item.Done)
	}
	// Output:
	// conflict: Items.1-2-1: no such item
	// milk true
}
