//go:build !js

package client_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/examples/todo"
)

// A note is what an author did, for the model: he wrote a text into an item that he made or found, or into the title, which is
// the zero ID; or he deleted the item.
type note struct {
	*client.Pending
	mine    bool // by the one who takes everything back
	item    aper.ID
	text    string
	deleted bool
}

// A meeting is several authors at random work.
type meeting struct {
	*testing.T
	random  *rand.Rand
	authors []*author
	notes   []note
}

// act lets somebody do something. What conflicts with what he sees is not done.
func (m *meeting) act() {
	who := m.random.IntN(len(m.authors))
	a := m.authors[who]
	items := a.State().Items
	n := note{mine: who == 0, text: fmt.Sprint(len(m.notes)), item: m.pick(items)}
	do := write(n.item, n.text)
	switch m.random.IntN(8) {
	case 0:
		n.item, do = aper.ID{}, title(n.text)
	case 1, 2:
		n.item, do = aper.ID{}, add(n.text)
	case 3:
		n.deleted, do = true, remove(n.item)
	case 4:
		do = aper.All(do, todo.TodoItems{Do: data.ChangeItem(n.item, todo.ItemDone{To: true})})
	case 5:
		a.undo.Push(todo.TodoItems{Do: items.MoveAfter(n.item, m.pick(items))}) // the model knows no order
		return
	}
	p, err := a.undo.Push(do)
	if err != nil {
		return
	}
	if n.item == (aper.ID{}) {
		for id, item := range a.State().Items.All() {
			if item.Text == n.text {
				n.item = id // he made it
			}
		}
	}
	n.Pending = p
	m.notes = append(m.notes, n)
}

// pick returns some item, or the zero ID when there is none.
func (m *meeting) pick(items data.List[todo.Item]) (id aper.ID) {
	if items.Len() > 0 {
		id, _ = items.At(m.random.IntN(items.Len()))
	}
	return id
}

// settle waits until everyone has seen everything.
func (m *meeting) settle() todo.Todo {
	m.Helper()
	var last aper.Seq
	for _, a := range m.authors {
		a.confirmed()
		_, position := a.Confirmed()
		last = max(last, position.Seq)
	}
	for _, a := range m.authors {
		for range a.Watch(limit(m.T)) {
			if _, position := a.Confirmed(); position.Seq == last {
				break
			}
		}
		if !aper.Equal(a.State(), m.authors[0].State()) {
			m.Fatalf("two see different lists: %v and %v", a.State(), m.authors[0].State())
		}
	}
	return m.authors[0].State()
}

// expected returns the texts that are there when the first author has taken everything back: of what he alone made nothing, of
// what others touched the last that they wrote, and nothing of what they deleted.
func (m *meeting) expected() map[aper.ID]string {
	m.notes = slices.DeleteFunc(m.notes, func(n note) bool { return n.Wait(limit(m.T)) != nil })
	slices.SortFunc(m.notes, func(a, b note) int { return cmp.Compare(a.Seq(), b.Seq()) })
	texts := map[aper.ID]string{{}: ""}
	for _, n := range m.notes {
		switch {
		case n.mine:
		case n.deleted:
			delete(texts, n.item)
		default:
			texts[n.item] = n.text
		}
	}
	return texts
}

func texts(s todo.Todo) map[aper.ID]string {
	texts := map[aper.ID]string{{}: s.Title}
	for id, item := range s.Items.All() {
		texts[id] = item.Text
	}
	return texts
}

// One author takes back everything while nobody else works. All that he did is gone where nobody touched it later, and all that
// others did is there. Done again, everything is as it was.
func TestUndoEverything(t *testing.T) {
	undone, overwritten := 0, 0
	for range 20 {
		address := serveTodo(t)
		seed := rand.Uint64()
		m := &meeting{T: t, random: rand.New(rand.NewPCG(seed, 0))}
		for range 3 {
			m.authors = append(m.authors, newAuthor(t, address, client.Options{}))
		}
		for range 120 {
			if m.act(); m.random.IntN(10) == 0 {
				m.settle()
			}
		}
		before := m.settle()
		want := m.expected()
		me := m.authors[0]
		for me.undo.CanUndo() {
			switch _, err := me.undo.Undo(); {
			case err == nil:
				undone++
			case errors.Is(err, data.ErrOverwritten):
				overwritten++
			case err != client.ErrNothingToUndo:
				t.Fatal(err)
			}
		}
		if got := texts(m.settle()); !maps.Equal(got, want) {
			t.Fatalf("seed %d: taken back it is %v, want %v", seed, got, want)
		}
		for me.undo.CanRedo() {
			if _, err := me.undo.Redo(); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		if after := m.settle(); !aper.Equal(after, before) {
			t.Fatalf("seed %d: done again it is\n%v, want\n%v", seed, after, before)
		}
	}
	t.Logf("%d steps were taken back and done again, %d were overwritten", undone, overwritten)
	if undone == 0 || overwritten == 0 {
		t.Error("the test means nothing")
	}
}
