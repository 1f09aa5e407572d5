package counter

//go:generate go tool apergen

import "github.com/aper-go/aper"

// Counter is the state. Increment, Decrement and Reset are all that can happen to it.
type Counter struct{ Value int64 }

type Increment struct{ By int64 }
type Decrement struct{ By int64 }
type Reset struct{}

const ErrNegative = aper.Conflict("the counter cannot go below zero")

func (t Increment) Apply(c Counter, m *aper.Meta) (Counter, error) { c.Value += t.By; return c, nil }

func (t Decrement) Apply(c Counter, m *aper.Meta) (Counter, error) {
	if c.Value < t.By {
		return c, ErrNegative
	}
	c.Value -= t.By
	return c, nil
}

func (Reset) Apply(Counter, *aper.Meta) (Counter, error) { return Counter{}, nil }
