package aper_test

import (
	"fmt"

	"github.com/aper-go/aper"
)

// Seats is a state: who sits on each of three seats.
type Seats [3]string

// Sit and Leave are all that can happen to it.
type (
	Sit   struct{ Seat int }
	Leave struct{}
)

const (
	ErrTaken  = aper.Conflict("somebody sits there")
	ErrNoSeat = aper.Conflict("there is no such seat")
)

// Apply may hold any rule. Who acts comes from m; s is a copy, since an array is a plain value.
func (t Sit) Apply(s Seats, m *aper.Meta) (Seats, error) {
	switch {
	case t.Seat < 0 || t.Seat >= len(s):
		return s, ErrNoSeat
	case s[t.Seat] != "":
		return s, ErrTaken
	}
	s, _ = Leave{}.Apply(s, m)
	s[t.Seat] = m.User
	return s, nil
}

func (Leave) Apply(s Seats, m *aper.Meta) (Seats, error) {
	for i := range s {
		if s[i] == m.User {
			s[i] = ""
		}
	}
	return s, nil
}

// A state machine is a state with its transitions, each of which carries its own rule.
func ExampleTransition() {
	var s Seats
	for _, event := range []struct {
		user string
		do   aper.Transition[Seats]
	}{
		{"ann", Sit{1}},
		{"bob", Sit{1}},
		{"bob", Sit{2}},
		{"ann", Sit{0}},
		{"ann", Leave{}},
	} {
		next, err := event.do.Apply(s, &aper.Meta{User: event.user})
		if err != nil {
			fmt.Println(event.user, "cannot:", err)
			continue
		}
		s = next
		fmt.Printf("%q\n", s)
	}
	// Output:
	// ["" "ann" ""]
	// bob cannot: somebody sits there
	// ["" "ann" "bob"]
	// ["ann" "" "bob"]
	// ["" "" "bob"]
}
