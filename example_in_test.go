package aper_test

import (
	"errors"
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
)

// A Score holds two counters, which are machines of their own.
type Score struct{ Home, Guests counter.Counter }

// ChangeGuests enters the machine of the guests.
type ChangeGuests struct {
	Do aper.Transition[counter.Counter]
}

func (t ChangeGuests) Apply(s Score, m *aper.Meta) (Score, error) {
	next, err := t.Do.Apply(s.Guests, m)
	if err != nil {
		return s, aper.In("Guests", err)
	}
	s.Guests = next
	return s, nil
}

// A nested machine's conflict becomes one with a path, and stays what it is.
func ExampleIn() {
	_, err := ChangeGuests{counter.Decrement{By: 1}}.Apply(Score{}, &aper.Meta{})
	fmt.Println(err)
	fmt.Println(errors.Is(err, counter.ErrNegative))
	// Output:
	// Guests: the counter cannot go below zero
	// true
}
