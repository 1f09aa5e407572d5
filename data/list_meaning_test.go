package data

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

// A stage plays what people do at once, in the order in which an authority might have put it.
type stage struct {
	t    *testing.T
	list counters
	seqs map[aper.ClientID]aper.ClientSeq
}

func newStage(t *testing.T) *stage { return &stage{t: t, seqs: map[aper.ClientID]aper.ClientSeq{}} }

// try applies a transition of a client and returns the ID that it makes.
func (s *stage) try(client aper.ClientID, t aper.Transition[counters]) (aper.ID, error) {
	s.seqs[client]++
	made := aper.ID{Client: client, Seq: s.seqs[client], N: 1}
	next, err := t.Apply(s.list, &aper.Meta{Client: client, ClientSeq: made.Seq})
	if err == nil {
		s.list = next
	}
	if err := s.list.check(); err != nil {
		s.t.Fatal(err)
	}
	return made, err
}

func (s *stage) do(client aper.ClientID, t aper.Transition[counters]) aper.ID {
	s.t.Helper()
	made, err := s.try(client, t)
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

func (s *stage) conflicts(client aper.ClientID, t aper.Transition[counters], with error, text string) {
	s.t.Helper()
	if _, err := s.try(client, t); !errors.Is(err, with) || err.Error() != text {
		s.t.Errorf("%#v: got %v, want %s", t, err, text)
	}
}

func (s *stage) shows(want ...int64) {
	s.t.Helper()
	var got []int64
	for _, value := range s.list.All() {
		got = append(got, value.value)
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("got %v, want %v", got, want)
	}
}

func number(n int64) Counter { return NewCounter(n) }

func TestInsertsAtOnePlaceAllSurvive(t *testing.T) {
	s := newStage(t)
	first := s.do(1, Append(number(0)))
	s.do(1, Append(number(9)))
	s.do(1, InsertAfter(first, number(1)))
	s.do(2, InsertAfter(first, number(2))) // immediately after, and so before what was inserted earlier
	s.do(3, InsertBefore(first, number(3)))
	s.do(2, InsertBefore(first, number(4)))
	s.shows(3, 4, 0, 2, 1, 9)
}

func TestWhatIsAnchoredToOnesOwnLastItemStaysTogether(t *testing.T) {
	s := newStage(t)
	start := s.do(1, Append(number(0)))
	s.do(1, Append(number(99)))
	one, two := start, start
	for i := range int64(5) {
		one = s.do(1, InsertAfter(one, number(10+i)))
		two = s.do(2, InsertAfter(two, number(20+i)))
	}
	s.shows(0, 20, 21, 22, 23, 24, 10, 11, 12, 13, 14, 99)
}

func TestInsertBetweenFallsBack(t *testing.T) {
	s := newStage(t)
	left := s.do(1, Append(number(1)))
	right := s.do(1, Append(number(2)))
	s.do(1, Append(number(3)))
	between := InsertBetween(left, right, number(5))
	s.do(2, between)
	s.shows(1, 5, 2, 3)
	s.do(1, MoveLast[Counter](right)) // no longer neighbours: after the left one
	s.do(2, between)
	s.shows(1, 5, 5, 3, 2)
	s.do(1, DeleteItem[Counter](left))
	s.do(2, between)
	s.shows(5, 5, 3, 5, 2)
	s.do(1, DeleteItem[Counter](right))
	s.do(2, between)
	s.shows(5, 5, 3, 5, 5)
}

func TestMoveBetweenFallsBack(t *testing.T) {
	s := newStage(t)
	var ids []aper.ID
	for i := range int64(5) {
		ids = append(ids, s.do(1, Append(number(i))))
	}
	between := MoveBetween[Counter](ids[4], ids[1], ids[2])
	s.do(2, between)
	s.shows(0, 1, 4, 2, 3)
	s.do(2, MoveFirst[Counter](ids[4]))
	s.do(1, DeleteItem[Counter](ids[1]))
	s.do(2, between)
	s.shows(0, 4, 2, 3)
	s.do(1, DeleteItem[Counter](ids[2]))
	s.do(2, between)
	s.shows(0, 3, 4)
	s.do(1, DeleteItem[Counter](ids[4]))
	s.conflicts(2, between, ErrNoItem, "1-5-1: no such item")
}

func TestLostAnchorsConflict(t *testing.T) {
	s := newStage(t)
	gone := s.do(1, Append(number(1)))
	here := s.do(1, Append(number(2)))
	s.do(1, DeleteItem[Counter](gone))
	for _, t := range []aper.Transition[counters]{
		InsertAfter(gone, number(3)), InsertBefore(gone, number(3)),
		MoveAfter[Counter](here, gone), MoveBefore[Counter](here, gone),
		MoveAfter[Counter](gone, here), MoveBefore[Counter](gone, here),
		MoveFirst[Counter](gone), MoveLast[Counter](gone), MoveBetween[Counter](gone, here, here),
		MoveBetween[Counter](gone, gone, here),
	} {
		s.conflicts(2, t, ErrNoItem, "1-1-1: no such item")
	}
	s.shows(2)
}

func TestDeletionWins(t *testing.T) {
	s := newStage(t)
	item := s.do(1, Append(number(1)))
	s.do(2, ChangeItem(item, Increment(1))) // decided before the deletion, and lost with it
	s.do(1, DeleteItem[Counter](item))
	s.conflicts(2, ChangeItem(item, Increment(1)), ErrNoItem, "1-1-1: no such item")
	s.conflicts(2, DeleteItem[Counter](item), ErrNoItem, "1-1-1: no such item")
	s.shows()
}

func TestOfTwoMovesTheLaterStays(t *testing.T) {
	s := newStage(t)
	item := s.do(1, Append(number(0)))
	one := s.do(1, Append(number(1)))
	two := s.do(1, Append(number(2)))
	s.do(1, MoveAfter[Counter](item, one))
	s.shows(1, 0, 2)
	s.do(2, MoveAfter[Counter](item, two))
	s.shows(1, 2, 0)
}

func TestMovesThatChangeNothing(t *testing.T) {
	s := newStage(t)
	var ids []aper.ID
	for i := range int64(3) {
		ids = append(ids, s.do(1, Append(number(i))))
	}
	before := s.list
	for _, t := range []aper.Transition[counters]{
		MoveAfter[Counter](ids[1], ids[1]), MoveBefore[Counter](ids[1], ids[1]),
		MoveBetween[Counter](ids[1], ids[1], ids[2]), MoveBetween[Counter](ids[1], ids[0], ids[1]),
		MoveAfter[Counter](ids[1], ids[0]), MoveBefore[Counter](ids[1], ids[2]), MoveBetween[Counter](ids[1], ids[0], ids[2]),
		MoveFirst[Counter](ids[0]), MoveLast[Counter](ids[2]),
	} {
		if s.do(2, t); s.list != before {
			s.t.Errorf("%#v changed something", t)
		}
	}
	s.shows(0, 1, 2)
}

func TestItemsKeepTheirIdentity(t *testing.T) {
	s := newStage(t)
	item := s.do(1, Append(number(1)))
	s.do(1, Append(number(2)))
	s.do(2, MoveLast[Counter](item))
	s.do(1, ChangeItem(item, Increment(10)))
	s.shows(2, 11)
	if i, ok := s.list.Index(item); i != 1 || !ok {
		t.Errorf("Index(%v) = %d, %v", item, i, ok)
	}
}

func TestConflictsInsideItemsHaveAPath(t *testing.T) {
	s := newStage(t)
	item := s.do(1, Append(number(1)))
	s.conflicts(1, ChangeItem(item, Increment(1<<63-1)), ErrOverflow, "1-1-1: "+ErrOverflow.Error())
}

func TestAllMakesSeveralItems(t *testing.T) {
	s := newStage(t)
	s.do(1, aper.All(Append(number(1)), Append(number(2)), Prepend(number(3))))
	s.shows(3, 1, 2)
	if got := s.list.String(); got != "[1-1-3: 3, 1-1-1: 1, 1-1-2: 2]" {
		t.Errorf("got %s", got)
	}
}

func TestListStringIsShort(t *testing.T) {
	s := many(1000, func(s counters, _ int) int { return s.Len() })
	if got := s.String(); len(got) > 400 || !strings.HasSuffix(got, "7-16-1: 0, … 984 more]") {
		t.Errorf("got %s", got)
	}
	if got := (counters{}).String(); got != "[]" {
		t.Errorf("got %s", got)
	}
}

func TestListKeepsTheRules(t *testing.T) {
	s := newStage(t)
	a := s.do(1, Append(number(1)))
	b := s.do(1, Append(number(2)))
	c := s.do(2, Append(number(3)))
	gone := aper.ID{Client: 99, Seq: 1, N: 1}
	apertest.Check(t, s.list,
		Append(number(4)), Prepend(number(5)), InsertAfter(a, number(6)), InsertBefore(b, number(7)),
		InsertBetween(a, b, number(8)), InsertBetween(gone, c, number(8)), DeleteItem[Counter](c), DeleteItem[Counter](gone),
		ChangeItem(b, Increment(1)), ChangeItem(c, Increment(1<<63-1)),
		MoveFirst[Counter](b), MoveLast[Counter](a), MoveAfter[Counter](a, b), MoveBefore[Counter](c, a),
		MoveBetween[Counter](c, a, b), MoveAfter[Counter](a, gone),
		aper.All(Append(number(1)), DeleteItem[Counter](a)),
	)
}
