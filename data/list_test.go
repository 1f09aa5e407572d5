package data

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/aper-go/aper"
)

// check reports what is wrong inside a list.
func (s List[V]) check() error {
	if err := s.order.check(cmp.Compare[label]); err != nil {
		return fmt.Errorf("order: %w", err)
	}
	if err := s.index.check(compareIDs); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	if s.order.len() != s.index.len() {
		return fmt.Errorf("%d items and %d IDs", s.order.len(), s.index.len())
	}
	for at, item := range s.order.all {
		if found, ok := s.index.get(item.id, compareIDs); !ok || found != at {
			return fmt.Errorf("%v has label %d, and in the index %d, %v", item.id, at, found, ok)
		}
	}
	return nil
}

type counters = List[Counter]

// A modelItem and a slice of them say the same as a list, without any cleverness.
type modelItem struct {
	id    aper.ID
	value int64
}

type model []modelItem

func (m model) index(id aper.ID) int {
	return slices.IndexFunc(m, func(i modelItem) bool { return i.id == id })
}

func (m model) insert(i int, item modelItem) model { return slices.Insert(slices.Clone(m), i, item) }

func (m model) between(left, right aper.ID) int {
	if i := m.index(left); i >= 0 {
		return i + 1
	}
	if i := m.index(right); i >= 0 {
		return i
	}
	return len(m)
}

// move follows the words of the documentation: take the item out, put it where it is to be.
func (m model) move(id aper.ID, where func(model) int) model {
	i := m.index(id)
	without := slices.Delete(slices.Clone(m), i, i+1)
	return without.insert(where(without), m[i])
}

// apply does what the transition says; ok is false where it must conflict.
func (m model) apply(t aper.Transition[counters], id aper.ID) (next model, ok bool) {
	has := func(ids ...aper.ID) bool {
		return !slices.ContainsFunc(ids, func(id aper.ID) bool { return m.index(id) < 0 })
	}
	switch t := t.(type) {
	case ListAppend[Counter]:
		return m.insert(len(m), modelItem{id, t.Value.value}), true
	case ListPrepend[Counter]:
		return m.insert(0, modelItem{id, t.Value.value}), true
	case ListInsertAfter[Counter]:
		if !has(t.Anchor) {
			return m, false
		}
		return m.insert(m.index(t.Anchor)+1, modelItem{id, t.Value.value}), true
	case ListInsertBefore[Counter]:
		if !has(t.Anchor) {
			return m, false
		}
		return m.insert(m.index(t.Anchor), modelItem{id, t.Value.value}), true
	case ListInsertBetween[Counter]:
		return m.insert(m.between(t.Left, t.Right), modelItem{id, t.Value.value}), true
	case ListDelete[Counter]:
		if !has(t.ID) {
			return m, false
		}
		return slices.Delete(slices.Clone(m), m.index(t.ID), m.index(t.ID)+1), true
	case ListChange[Counter]:
		if !has(t.ID) {
			return m, false
		}
		next = slices.Clone(m)
		next[m.index(t.ID)].value += t.Do.(CounterAdd).By
		return next, true
	case ListMoveFirst[Counter]:
		if !has(t.ID) {
			return m, false
		}
		return m.move(t.ID, func(model) int { return 0 }), true
	case ListMoveLast[Counter]:
		if !has(t.ID) {
			return m, false
		}
		return m.move(t.ID, func(m model) int { return len(m) }), true
	case ListMoveAfter[Counter]:
		if !has(t.ID, t.Anchor) {
			return m, false
		}
		if t.ID == t.Anchor {
			return m, true
		}
		return m.move(t.ID, func(m model) int { return m.index(t.Anchor) + 1 }), true
	case ListMoveBefore[Counter]:
		if !has(t.ID, t.Anchor) {
			return m, false
		}
		if t.ID == t.Anchor {
			return m, true
		}
		return m.move(t.ID, func(m model) int { return m.index(t.Anchor) }), true
	case ListMoveBetween[Counter]:
		if !has(t.ID) {
			return m, false
		}
		if t.ID == t.Left || t.ID == t.Right {
			return m, true
		}
		return m.move(t.ID, func(m model) int { return m.between(t.Left, t.Right) }), true
	}
	panic("unknown transition")
}

// A listWalk makes random transitions, of several clients, and keeps what they lead to.
type listWalk struct {
	random *rand.Rand
	list   counters
	model  model
	ids    []aper.ID // that were ever made
	seqs   [4]aper.ClientSeq
	spot   aper.ID // where inserts pile up
}

func newListWalk(seed, round uint64) *listWalk {
	return &listWalk{random: rand.New(rand.NewPCG(seed, round))}
}

// someID returns an ID that may be gone.
func (w *listWalk) someID() aper.ID {
	switch {
	case len(w.ids) == 0 || w.random.IntN(30) == 0:
		return aper.ID{Client: 99, Seq: 1, N: 1}
	case len(w.model) > 0 && w.random.IntN(5) > 0:
		return w.model[w.random.IntN(len(w.model))].id
	}
	return w.ids[w.random.IntN(len(w.ids))]
}

func (w *listWalk) transition() aper.Transition[counters] {
	v := NewCounter(w.random.Int64N(1000))
	switch a, b, c := w.someID(), w.someID(), w.someID(); w.random.IntN(16) {
	case 0:
		return Append(v)
	case 1:
		return Prepend(v)
	case 2:
		return InsertAfter(a, v)
	case 3:
		return InsertBefore(a, v)
	case 4:
		return InsertBetween(a, b, v)
	case 5, 6:
		return DeleteItem[Counter](a)
	case 7:
		return ChangeItem(a, Increment(v.value))
	case 8:
		return MoveFirst[Counter](a)
	case 9:
		return MoveLast[Counter](a)
	case 10:
		return MoveAfter[Counter](a, b)
	case 11:
		return MoveBefore[Counter](a, b)
	case 12:
		return MoveBetween[Counter](a, b, c)
	default:
		if w.model.index(w.spot) < 0 {
			w.spot = a
		}
		return InsertAfter(w.spot, v)
	}
}

func (w *listWalk) step() error {
	t := w.transition()
	client := w.random.IntN(len(w.seqs))
	w.seqs[client]++
	id := aper.ID{Client: aper.ClientID(client + 1), Seq: w.seqs[client], N: 1}
	next, err := t.Apply(w.list, &aper.Meta{Client: id.Client, ClientSeq: id.Seq})
	want, ok := w.model.apply(t, id)
	if ok != (err == nil) || err != nil && !errors.Is(err, ErrNoItem) {
		return fmt.Errorf("%#v: conflict %v, want one: %v", t, err, !ok)
	}
	if err == nil {
		w.list, w.model, w.ids = next, want, append(w.ids, id)
	}
	if err := next.check(); err != nil {
		return fmt.Errorf("%#v: %v", t, err)
	}
	return w.model.compare(w.list)
}

func (m model) compare(s counters) error {
	if s.Len() != len(m) {
		return fmt.Errorf("%d items, want %d", s.Len(), len(m))
	}
	i := 0
	for id, value := range s.All() {
		if id != m[i].id || value.value != m[i].value {
			return fmt.Errorf("at %d is %v: %d, want %v", i, id, value.value, m[i])
		}
		i++
	}
	return nil
}

// compareReading looks at everything that can be read.
func (m model) compareReading(t *testing.T, s counters) {
	t.Helper()
	if err := m.compare(s); err != nil {
		t.Fatal(err)
	}
	for i, want := range m {
		if id, value := s.At(i); id != want.id || value.value != want.value {
			t.Fatalf("At(%d) = %v, %v", i, id, value)
		}
		if value, ok := s.Get(want.id); !ok || value.value != want.value {
			t.Fatalf("Get(%v) = %v, %v", want.id, value, ok)
		}
		if index, ok := s.Index(want.id); !ok || index != i {
			t.Fatalf("Index(%v) = %d, %v", want.id, index, ok)
		}
	}
	i := len(m)
	for id := range s.Backward() {
		if i--; id != m[i].id {
			t.Fatalf("backward, at %d is %v", i, id)
		}
	}
	if _, ok := s.Index(aper.ID{Client: 99, Seq: 1, N: 1}); ok || i != 0 {
		t.Fatalf("an item too much, or %d too few", i)
	}
}

func TestListAgainstASlice(t *testing.T) {
	seed := newRandom(t).Uint64()
	type version struct {
		list  counters
		model model
	}
	for round := range rounds(uint64(4)) {
		w := newListWalk(seed, round)
		var kept []version
		for step := range 1500 {
			if err := w.step(); err != nil {
				t.Fatalf("round %d, step %d: %v", round, step, err)
			}
			if w.random.IntN(100) == 0 {
				kept = append(kept, version{w.list, w.model})
			}
			if w.random.IntN(40) == 0 { // a list from a snapshot has other labels, and goes on the same
				w.list = decodeList(t, encodeList(t, w.list))
			}
		}
		for _, v := range kept {
			v.model.compareReading(t, v.list)
		}
	}
}

func TestListsBuiltDifferentlyAreEqual(t *testing.T) {
	seed := newRandom(t).Uint64()
	for round := range uint64(20) {
		w := newListWalk(seed, round)
		for range 200 {
			if err := w.step(); err != nil {
				t.Fatal(err)
			}
		}
		var direct counters
		for _, item := range w.model {
			direct = direct.insert(direct.Len(), item.id, NewCounter(item.value))
		}
		if !aper.Equal(direct, w.list) {
			t.Fatalf("round %d: %v and %v have the same items", round, direct, w.list)
		}
	}
}
