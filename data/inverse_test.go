package data

import (
	"errors"
	"strings"
	"testing"

	"github.com/aper-go/aper"
)

// An undoing is a transition that is taken back after others did something.
type undoing[S aper.StateMachine[S]] struct {
	name   string
	before S
	do     aper.Transition[S]
	since  []aper.Transition[S]
	want   string // the state after it was taken back, as shows tells it; empty when it was overwritten
}

// shows returns the values of a list, and any other state as JSON.
func shows[S aper.StateMachine[S]](t *testing.T, s S) string {
	items, ok := any(s).(counters)
	if !ok {
		return toJSON(t, s)
	}
	var values []string
	for _, value := range items.All() {
		values = append(values, value.String())
	}
	return strings.Join(values, " ")
}

// check takes back what was done, does it again, and takes it back again.
func (u undoing[S]) check(t *testing.T) {
	t.Helper()
	m := aper.Meta{Client: 1, ClientSeq: 1}
	now := u.apply(t, u.do, u.before, m)
	for i, other := range u.since {
		now = u.apply(t, other, now, aper.Meta{Client: 2, ClientSeq: aper.ClientSeq(i + 1)})
	}
	inverse, err := Inverse(u.do, u.before, now, &m)
	if u.want == "" {
		if !errors.Is(err, ErrOverwritten) {
			t.Errorf("%s: got %#v, %v, want ErrOverwritten", u.name, inverse, err)
		}
		return
	}
	if inverse == nil || err != nil {
		t.Fatalf("%s: got %#v, %v", u.name, inverse, err)
	}
	undone := aper.Meta{Client: 1, ClientSeq: 2}
	back := u.apply(t, inverse, now, undone)
	if got := shows(t, back); got != u.want {
		t.Errorf("%s: taken back it is %s, want %s", u.name, got, u.want)
	}
	redo, err := Inverse(inverse, now, back, &undone)
	if redo == nil || err != nil {
		t.Fatalf("%s: taking back the inverse: %#v, %v", u.name, redo, err)
	}
	redone := aper.Meta{Client: 1, ClientSeq: 3}
	again := u.apply(t, redo, back, redone)
	if len(u.since) == 0 && !aper.Equal(again, now) {
		t.Errorf("%s: done again it is %s, want %s", u.name, toJSON(t, again), toJSON(t, now))
	}
	if inverse, err = Inverse(redo, back, again, &redone); inverse == nil || err != nil {
		t.Fatalf("%s: taking it back again: %#v, %v", u.name, inverse, err)
	}
	if got := shows(t, u.apply(t, inverse, again, undone)); got != u.want {
		t.Errorf("%s: taken back again it is %s, want %s", u.name, got, u.want)
	}
}

func (u undoing[S]) apply(t *testing.T, do aper.Transition[S], s S, m aper.Meta) S {
	t.Helper()
	next, err := do.Apply(s, &m)
	if err != nil {
		t.Fatalf("%s: %#v: %v", u.name, do, err)
	}
	return next
}

func TestInverseOfValues(t *testing.T) {
	a := func(text string) Atom[string] { return NewAtom(text) }
	for _, u := range []undoing[Atom[string]]{
		{"set", a("a"), SetAtom("b"), nil, `"a"`},
		{"set to what it was", a("a"), SetAtom("a"), nil, `"a"`},
		{"set by another", a("a"), SetAtom("b"), list(SetAtom("c")), ""},
		{"set back by another", a("a"), SetAtom("b"), list(SetAtom("a")), ""},
		{"set to the same by another", a("a"), SetAtom("b"), list(SetAtom("b")), `"a"`},
		{"group", a("a"), aper.All(SetAtom("b"), SetAtom("c")), nil, `"a"`},
		{"group of nothing", a("a"), aper.All[Atom[string]](), list(SetAtom("c")), `"c"`},
	} {
		u.check(t)
	}
	ten := NewCounter(10)
	for _, u := range []undoing[Counter]{
		{"add", ten, Increment(2), list(Increment(5)), `15`},
		{"subtract", ten, Decrement(2), list(SetCounter(3)), `5`},
		{"set", ten, SetCounter(2), nil, `10`},
		{"set, counted by another", ten, SetCounter(2), list(Increment(1)), ""},
		{"lowest", NewCounter(0), Increment(-1 << 63), list(Increment(9)), `9`},
	} {
		u.check(t)
	}
	some := NewSet("a", "b")
	for _, u := range []undoing[Set[string]]{
		{"add", some, Add("c"), list(Add("d"), Remove("a")), `["b","d"]`},
		{"add what is there", some, Add("a"), list(Remove("a")), `["b"]`},
		{"add, removed by another", some, Add("c"), list(Remove("c")), ""},
		{"remove", some, Remove("a"), list(Add("d")), `["a","b","d"]`},
		{"remove what is not there", some, Remove("z"), list(Add("z")), `["a","b","z"]`},
		{"remove, added by another", some, Remove("a"), list(Add("a")), ""},
	} {
		u.check(t)
	}
}

func list[S any](t ...aper.Transition[S]) []aper.Transition[S] { return t }

func TestInverseOfMap(t *testing.T) {
	type scores = Map[string, Counter]
	ann := scores{}.With("ann", NewCounter(1))
	change := func(by int64) aper.Transition[scores] { return Change("ann", Increment(by)) }
	for _, u := range []undoing[scores]{
		{"put", ann, Put("bob", NewCounter(2)), list(change(1)), `{"ann":2}`},
		{"put, changed by another", ann, Put("bob", NewCounter(2)), list(Change("bob", Increment(1))), ""},
		{"put, deleted by another", ann, Put("bob", NewCounter(2)), list(Delete[string, Counter]("bob")), ""},
		{"put over", ann, Put("ann", NewCounter(2)), nil, `{"ann":1}`},
		{"delete", ann, Delete[string, Counter]("ann"), list(Put("bob", NewCounter(2))), `{"ann":1,"bob":2}`},
		{"delete, put by another", ann, Delete[string, Counter]("ann"), list(Put("ann", NewCounter(1))), ""},
		{"change", ann, change(5), list(change(2)), `{"ann":3}`},
		{"change, deleted by another", ann, change(5), list(Delete[string, Counter]("ann")), ""},
		{"change, set by another", ann, Change("ann", SetCounter(5)), list(change(1)), ""},
		{"group", ann, aper.All(Put("bob", NewCounter(2)), change(1), Delete[string, Counter]("ann")),
			list(Put("cy", NewCounter(3))), `{"ann":1,"cy":3}`},
		{"group in a change", ann, Change("ann", aper.All(SetCounter(5), Increment(1))), nil, `{"ann":1}`},
	} {
		u.check(t)
	}
	_, err := Inverse(Change("ann", SetCounter(5)), ann, ann, &aper.Meta{})
	if err == nil || err.Error() != "ann: "+string(ErrOverwritten) {
		t.Errorf("the conflict is %v, want its path", err)
	}
}

// A list whose items are named after the IDs that ann's and bob's first transitions make.
func TestInverseOfList(t *testing.T) {
	id := func(n aper.ClientSeq) aper.ID { return aper.ID{Client: 9, Seq: n, N: 1} }
	mine, bobs := aper.ID{Client: 1, Seq: 1, N: 1}, aper.ID{Client: 2, Seq: 1, N: 1}
	var abc counters
	for n := range aper.ClientSeq(3) {
		abc = abc.insert(int(n), id(n+1), NewCounter(int64(n+1)))
	}
	five, six := NewCounter(5), NewCounter(6)
	inc := func(at aper.ID) aper.Transition[counters] { return ChangeItem(at, Increment(1)) }
	for _, u := range []undoing[counters]{
		{"append", abc, Append(five), list(Append(six)), "1 2 3 6"},
		{"append, moved by another", abc, Append(five), list(MoveFirst[Counter](mine)), "1 2 3"},
		{"append, changed by another", abc, Append(five), list(inc(mine)), ""},
		{"append, deleted by another", abc, Append(five), list(DeleteItem[Counter](mine)), ""},
		{"prepend", abc, Prepend(five), list(Prepend(six)), "6 1 2 3"},
		{"insert after", abc, InsertAfter(id(1), five), list(InsertAfter(id(1), six)), "1 6 2 3"},
		{"insert before", abc, InsertBefore(id(1), five), list(InsertAfter(mine, six)), "6 1 2 3"},
		{"insert between", abc, InsertBetween(id(1), id(2), five), list(DeleteItem[Counter](id(1))), "2 3"},
		{"delete the first", abc, DeleteItem[Counter](id(1)), list(Prepend(six)), "6 1 2 3"},
		{"delete in the middle", abc, DeleteItem[Counter](id(2)), list(InsertAfter(id(1), six)), "1 2 6 3"},
		{"delete, left neighbour gone", abc, DeleteItem[Counter](id(2)), list(DeleteItem[Counter](id(1))), "2 3"},
		{"delete, both gone", abc, DeleteItem[Counter](id(2)),
			list(DeleteItem[Counter](id(1)), DeleteItem[Counter](id(3)), Append(six)), "6 2"},
		{"delete, restored by another", abc, DeleteItem[Counter](id(2)), list(RestoreItem(id(2), id(1), id(3), NewCounter(2))), ""},
		{"change", abc, inc(id(2)), list(inc(id(2)), MoveFirst[Counter](id(2))), "3 1 3"},
		{"change, deleted by another", abc, inc(id(2)), list(DeleteItem[Counter](id(2))), ""},
		{"move to the end", abc, MoveLast[Counter](id(1)), list(Append(six)), "1 2 3 6"},
		{"move to the beginning", abc, MoveFirst[Counter](id(3)), list(Prepend(six), InsertAfter(bobs, NewCounter(7))), "6 7 1 2 3"},
		{"move after", abc, MoveAfter[Counter](id(1), id(2)), list(InsertAfter(id(1), six)), "1 2 6 3"},
		{"move before", abc, MoveBefore[Counter](id(3), id(2)), list(inc(id(3))), "1 2 4"},
		{"move between", abc, MoveBetween[Counter](id(1), id(2), id(3)), list(DeleteItem[Counter](id(2))), "1 3"},
		{"move nowhere", abc, MoveFirst[Counter](id(1)), list(MoveLast[Counter](id(1))), "2 3 1"},
		{"move, moved by another", abc, MoveLast[Counter](id(1)), list(MoveFirst[Counter](id(1))), ""},
		{"move, deleted by another", abc, MoveLast[Counter](id(1)), list(DeleteItem[Counter](id(1))), ""},
		{"move and change", abc, aper.All(MoveLast[Counter](id(1)), inc(id(1)), Append(five), DeleteItem[Counter](id(2))),
			list(Prepend(six)), "6 1 2 3"},
	} {
		u.check(t)
	}
}

func TestInverseOfVectorAndGrid(t *testing.T) {
	v := NewVector(1, 2, 3)
	for _, u := range []undoing[Vector[int]]{
		{"set", v, SetAt(0, 5), list(SetAt(1, 6), AppendValue(7)), `[1,6,3,7]`},
		{"set, set by another", v, SetAt(0, 5), list(SetAt(0, 6)), ""},
		{"set, truncated by another", v, SetAt(2, 5), list(Truncate[int](2)), ""},
		{"append", v, AppendValue(5), list(SetAt(0, 6)), `[6,2,3]`},
		{"append, appended by another", v, AppendValue(5), list(AppendValue(6)), ""},
		{"append, set by another", v, AppendValue(5), list(SetAt(3, 6)), ""},
		{"truncate", v, Truncate[int](1), list(SetAt(0, 6)), `[6,2,3]`},
		{"truncate nothing", v, Truncate[int](3), nil, `[1,2,3]`},
		{"truncate, appended by another", v, Truncate[int](1), list(AppendValue(6)), ""},
	} {
		u.check(t)
	}
	g := NewGrid(2, 2, 0)
	for _, u := range []undoing[Grid[int]]{
		{"set", g, SetCell(0, 1, 5), list(SetCell(1, 1, 6)), `[[0,0],[0,6]]`},
		{"set, set by another", g, SetCell(0, 1, 5), list(SetCell(0, 1, 6)), ""},
	} {
		u.check(t)
	}
	inverse, err := Inverse(Truncate[int](0), repeat(1, maxAppended+1), Vector[int]{}, &aper.Meta{})
	if inverse != nil || err != nil {
		t.Errorf("of a large truncation: %v, %v, want nothing", inverse, err)
	}
}

// A rule without an inverse has none in a container or a group either.
type shuffle struct{}

func (shuffle) Apply(c Counter, m *aper.Meta) (Counter, error) {
	return Counter{int64(m.RandN(6))}, nil
}

func TestNoInverse(t *testing.T) {
	m := aper.Meta{}
	scores := Map[string, Counter]{}.With("ann", NewCounter(1))
	for name, do := range map[string]aper.Transition[Map[string, Counter]]{
		"change": Change("ann", aper.Transition[Counter](shuffle{})),
		"group":  aper.All(Put("bob", NewCounter(2)), Change("ann", aper.Transition[Counter](shuffle{}))),
		"nested": Change("ann", aper.All[Counter](shuffle{})),
	} {
		if inverse, err := Inverse(do, scores, scores.With("bob", NewCounter(2)), &m); inverse != nil || err != nil {
			t.Errorf("%s: %v, %v, want nothing", name, inverse, err)
		}
	}
}

func TestListRestore(t *testing.T) {
	id := aper.ID{Client: 3, Seq: 1, N: 1}
	s := apply(t, counters{}, Append(NewCounter(1)))
	first, _ := s.At(0)
	sameTransition(t, s.Restore(id, first, aper.ID{}, NewCounter(2)), RestoreItem(id, first, aper.ID{}, NewCounter(2)),
		`{"Restore":{"id":"3-1-1","left":"0-0-1","right":"0-0-0","value":2}}`)
	s = apply(t, s, RestoreItem(id, first, aper.ID{}, NewCounter(2)))
	roundTrip(t, s)
	refused(t, s, RestoreItem(id, first, aper.ID{}, NewCounter(2)), ErrRestored, "3-1-1: "+string(ErrRestored))
	refused(t, s, RestoreItem(aper.ID{Client: 3}, first, aper.ID{}, NewCounter(2)), ErrRestored, "3-0-0: "+string(ErrRestored))
}
