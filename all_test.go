package aper_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/aper-go/aper"
)

func TestAllAppliesInOrder(t *testing.T) {
	h, err := aper.All[Hall](Rename{"a"}, Rename{"b"}, aper.All[Hall](Close{}, Draw{"x"}), HallVotes{aper.All[Tally](Vote{true}, Vote{})}).
		Apply(Hall{Open: true}, &aper.Meta{Client: 7, ClientSeq: 3, Time: 5})
	if err != nil || h.Name != "b" || h.Open || h.Since != 5 || h.Stage.Label != "x" || h.Votes != (Tally{1, 1}) {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestAllOfNothingChangesNothing(t *testing.T) {
	if h, err := aper.All[Hall]().Apply(fullHall, &aper.Meta{}); err != nil || h != fullHall {
		t.Errorf("%+v, %v", h, err)
	}
}

// All or none: the state that comes with the conflict is the one before, and the conflict is that of the first.
func TestAllIsAtomic(t *testing.T) {
	before := Hall{Open: true, Name: "before"}
	h, err := aper.All[Hall](Rename{"a"}, aper.All[Hall](Close{}, Rename{"b"}), HallVotes{Recount{}}).Apply(before, &aper.Meta{})
	if err != ErrClosed || h != before {
		t.Errorf("%+v, %v", h, err)
	}
	_, err = aper.All[Hall](HallVotes{Vote{}}, HallVotes{aper.All[Tally](Vote{}, Recount{})}).Apply(before, &aper.Meta{})
	wantError(t, "a conflict in a nested group", err, "Votes: a recount cannot lose votes")
	if !errors.Is(err, ErrRecount) {
		t.Errorf("%v is not ErrRecount", err)
	}
}

// All transitions of a group draw from one stream: they are one transition.
func TestAllSharesMeta(t *testing.T) {
	var m aper.Meta
	h, err := aper.All[Hall](Draw{}, Draw{}, aper.All[Hall](Draw{})).Apply(Hall{}, &m)
	if err != nil || h.Owner.N != 3 {
		t.Errorf("the third ID is %v, %v", h.Owner, err)
	}
}

func TestAllKeepsNothingOfItsCaller(t *testing.T) {
	group := []aper.Transition[Hall]{Rename{"a"}, Close{}}
	all := aper.All(group...)
	group[0], group[1] = Close{}, Rename{"z"}
	if got, want := must(decodeTransition[Hall](must(encodeTransition(all)))), aper.All[Hall](Rename{"a"}, Close{}); !reflect.DeepEqual(got, want) {
		t.Errorf("the caller's slice was changed, and the group became %v", got)
	}
}

// An older program's All, if there ever is one without transitions, is the empty one.
func TestAllWithoutItsField(t *testing.T) {
	if got, err := decodeTransition[Hall]([]byte{0x81, 0}); err != nil || !reflect.DeepEqual(got, aper.All[Hall]()) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := transitionFromJSON[Hall]([]byte(`{"All":{}}`)); err != nil || !reflect.DeepEqual(got, aper.All[Hall]()) {
		t.Errorf("%v, %v", got, err)
	}
}
