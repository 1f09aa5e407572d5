package sim

import (
	"fmt"
	"strings"

	"github.com/aper-go/aper"
)

// A Breach says which invariant did not hold, and what showed it.
type Breach struct {
	Invariant string // "I3"
	Law       string // "L2"; of docs/SPEC.md
	What      string
}

func (b *Breach) Error() string { return b.Invariant + " (" + b.Law + "): " + b.What }

func breach(invariant, law, format string, arguments ...any) error {
	return &Breach{Invariant: invariant, Law: law, What: fmt.Sprintf(format, arguments...)}
}

// encode returns the encoding of a state.
func encode[S aper.StateMachine[S]](c *aper.Coder, s S) []byte {
	c.EncodeTo(nil)
	s.Code(c)
	encoded, err := c.Finish()
	if err != nil {
		panic("sim: a machine has a state that cannot be encoded: " + err.Error())
	}
	return encoded
}

// encodeTransition returns the encoding of a transition.
func encodeTransition[S aper.StateMachine[S]](c *aper.Coder, t aper.Transition[S]) []byte {
	c.EncodeTo(nil)
	aper.CodeTransition(c, t)
	encoded, err := c.Finish()
	if err != nil {
		panic("sim: a machine has a transition that cannot be encoded: " + err.Error())
	}
	return encoded
}

// decodeTransition is the inverse of encodeTransition.
func decodeTransition[S aper.StateMachine[S]](c *aper.Coder, encoded []byte) (aper.Transition[S], error) {
	c.DecodeFrom(encoded)
	t := aper.CodeTransition[S](c, nil)
	_, err := c.Finish()
	return t, err
}

// show returns a state as text for people, cut where it is long.
func show[S aper.StateMachine[S]](s S) string {
	text, err := aper.ToJSON(s)
	if err != nil {
		return err.Error()
	}
	const enough = 400
	if len(text) > enough {
		return string(text[:enough]) + "…"
	}
	return string(text)
}

// showBoth returns two states that should be equal as text, and where they begin to differ.
func showBoth[S aper.StateMachine[S]](is, should S) string {
	where := "nowhere that a difference describes"
	aper.Diff(should, is, func(c aper.Change) bool {
		where = "in " + strings.Join(c.Path, ".")
		return false
	})
	return show(is) + "\nand should be\n" + show(should) + "\nwhich differs first " + where
}

// perClient has a T for every client, in their order.
type perClient[T any] []*T

// of returns the T of a client, a zero one at first.
func (p *perClient[T]) of(c Client) *T {
	for len(*p) <= int(c) {
		*p = append(*p, new(T))
	}
	return (*p)[c]
}
