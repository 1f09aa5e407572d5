package apertest_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aper-go/aper"
)

// Box is a good state. Its first transitions are good too; each of the others breaks one rule.
type Box struct {
	N    int64
	Word string
}

type (
	Add   struct{ By int64 } // good
	Name  struct{}           // good: draws an ID and a random number
	Take  struct{ By int64 } // good: conflicts, with a path
	Named struct{ By int64 } // good: conflicts with a rich error

	Ticket  struct{}           // counts outside of the state
	Shuffle struct{}           // goes through a map
	Moody   struct{}           // gives another conflict each time
	Divide  struct{ By int64 } // divides by zero
	Sneak   struct{}           // writes into its Meta
	Joined  struct{}           // has two constants
	Silent  struct{}           // has no text
	Verbose struct{}           // has too long a path
	Garbled struct{}           // is not UTF-8
	Nil     struct{}           // returns a nil pointer as a conflict
	Private struct{}           // panics for bob, where N is 2
	Shout   struct{}           // appends another letter each time
	hook    struct{ f func() } // calls something, then does nothing
	Gone    struct{}           // is not known to Code
	Lossy   struct{ By int64 } // forgets its field
	Twice   struct{ A, B int64 }
)

const (
	errShort = aper.Conflict("there is not so much")
	errOther = aper.Conflict("there is another reason")
)

type richError struct{ missing int64 }

func (e richError) Error() string { return fmt.Sprintf("%d are missing", e.missing) }
func (e richError) Unwrap() error { return errShort }

type pointerError struct{ text string }

func (e *pointerError) Error() string { return e.text }

func (t Add) Apply(b Box, m *aper.Meta) (Box, error) { b.N += t.By; return b, nil }

func (Name) Apply(b Box, m *aper.Meta) (Box, error) {
	b.Word = m.NewID().String() + m.NewID().String()
	b.N = int64(m.RandN(1000))
	return b, nil
}

func (t Take) Apply(b Box, m *aper.Meta) (Box, error) {
	if b.N < t.By {
		return Box{}, aper.In("N", errShort)
	}
	b.N -= t.By
	return b, nil
}

func (t Named) Apply(b Box, m *aper.Meta) (Box, error) {
	if b.N < t.By {
		return b, fmt.Errorf("no: %w", richError{t.By - b.N})
	}
	return b, nil
}

var tickets int64

func (Ticket) Apply(b Box, m *aper.Meta) (Box, error) {
	tickets++
	b.N = tickets
	return b, nil
}

func (Shuffle) Apply(b Box, m *aper.Meta) (Box, error) {
	b.Word = ""
	for letter := range map[string]bool{"a": true, "b": true, "c": true, "d": true} {
		b.Word += letter
	}
	return b, nil
}

var moods int

func (Moody) Apply(b Box, m *aper.Meta) (Box, error) {
	moods++
	if moods%2 == 0 {
		return b, errShort
	}
	return b, errOther
}

func (t Divide) Apply(b Box, m *aper.Meta) (Box, error) { b.N /= t.By; return b, nil }

func (Sneak) Apply(b Box, m *aper.Meta) (Box, error) { m.User = "root"; return b, nil }

func (Joined) Apply(b Box, m *aper.Meta) (Box, error) { return b, errors.Join(errShort, errOther) }

func (Silent) Apply(b Box, m *aper.Meta) (Box, error) { return b, aper.Conflict("") }

func (Verbose) Apply(b Box, m *aper.Meta) (Box, error) {
	return b, aper.In(strings.Repeat("x", 250), errShort)
}

func (Garbled) Apply(b Box, m *aper.Meta) (Box, error) { return b, aper.Conflict("\xff") }

func (Nil) Apply(b Box, m *aper.Meta) (Box, error) {
	var nothing *pointerError
	return b, nothing
}

func (Private) Apply(b Box, m *aper.Meta) (Box, error) {
	if m.User == "bob" && b.N == 2 {
		panic("bob may not")
	}
	return b, errShort
}

var shouts int64

func (Shout) Apply(b Box, m *aper.Meta) (Box, error) {
	shouts++
	b.Word += string(rune('a' + shouts%26))
	return b, nil
}

func (h hook) Apply(b Box, m *aper.Meta) (Box, error) { h.f(); return b, nil }

func (Gone) Apply(b Box, m *aper.Meta) (Box, error)  { return b, nil }
func (Lossy) Apply(b Box, m *aper.Meta) (Box, error) { return b, nil }
func (Twice) Apply(b Box, m *aper.Meta) (Box, error) { return b, nil }

// What follows is in the form that the generator writes.

func (s Box) Code(c *aper.Coder) Box {
	if c.Struct("apertest_test.Box", 2) {
		s.N = c.Field("n").Int64(s.N)
		s.Word = c.Field("word").Text(s.Word)
		c.End()
	}
	return s
}

var boxTransitions = []string{"Add", "Name", "Take", "Named", "Ticket", "Shuffle", "Moody", "Divide", "Sneak", "Joined",
	"Silent", "Verbose", "Garbled", "Nil", "Lossy", "Twice", "Private", "Shout", "hook"}

func (Box) CodeTransition(c *aper.Coder, t aper.Transition[Box]) aper.Transition[Box] {
	switch c.Choice("apertest_test.Box", boxTransitions) {
	case 1:
		return Add{}.Code(c)
	case 2:
		return Name{}.Code(c)
	case 3:
		return Take{}.Code(c)
	case 4:
		return Named{}.Code(c)
	case 5:
		return Ticket{}.Code(c)
	case 6:
		return Shuffle{}.Code(c)
	case 7:
		return Moody{}.Code(c)
	case 8:
		return Divide{}.Code(c)
	case 9:
		return Sneak{}.Code(c)
	case 10:
		return Joined{}.Code(c)
	case 11:
		return Silent{}.Code(c)
	case 12:
		return Verbose{}.Code(c)
	case 13:
		return Garbled{}.Code(c)
	case 14:
		return Nil{}.Code(c)
	case 15:
		return Lossy{}.Code(c)
	case 16:
		return Twice{}.Code(c)
	case 17:
		return Private{}.Code(c)
	case 18:
		return Shout{}.Code(c)
	case 19:
		return hook{f: func() {}}.Code(c)
	}
	switch t := t.(type) {
	case Add:
		t.Code(c)
	case Name:
		t.Code(c)
	case Take:
		t.Code(c)
	case Named:
		t.Code(c)
	case Ticket:
		t.Code(c)
	case Shuffle:
		t.Code(c)
	case Moody:
		t.Code(c)
	case Divide:
		t.Code(c)
	case Sneak:
		t.Code(c)
	case Joined:
		t.Code(c)
	case Silent:
		t.Code(c)
	case Verbose:
		t.Code(c)
	case Garbled:
		t.Code(c)
	case Nil:
		t.Code(c)
	case Lossy:
		t.Code(c)
	case Twice:
		t.Code(c)
	case Private:
		t.Code(c)
	case Shout:
		t.Code(c)
	case hook:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}

func (t Add) Code(c *aper.Coder) Add {
	if c.Variant(1, "Add", 1) {
		t.By = c.Field("by").Int64(t.By)
		c.End()
	}
	return t
}

func (t Name) Code(c *aper.Coder) Name { return codeEmpty(c, 2, "Name", t) }

func (t Take) Code(c *aper.Coder) Take {
	if c.Variant(3, "Take", 1) {
		t.By = c.Field("by").Int64(t.By)
		c.End()
	}
	return t
}

func (t Named) Code(c *aper.Coder) Named {
	if c.Variant(4, "Named", 1) {
		t.By = c.Field("by").Int64(t.By)
		c.End()
	}
	return t
}

func (t Ticket) Code(c *aper.Coder) Ticket   { return codeEmpty(c, 5, "Ticket", t) }
func (t Shuffle) Code(c *aper.Coder) Shuffle { return codeEmpty(c, 6, "Shuffle", t) }
func (t Moody) Code(c *aper.Coder) Moody     { return codeEmpty(c, 7, "Moody", t) }

func (t Divide) Code(c *aper.Coder) Divide {
	if c.Variant(8, "Divide", 1) {
		t.By = c.Field("by").Int64(t.By)
		c.End()
	}
	return t
}

func (t Sneak) Code(c *aper.Coder) Sneak     { return codeEmpty(c, 9, "Sneak", t) }
func (t Joined) Code(c *aper.Coder) Joined   { return codeEmpty(c, 10, "Joined", t) }
func (t Silent) Code(c *aper.Coder) Silent   { return codeEmpty(c, 11, "Silent", t) }
func (t Verbose) Code(c *aper.Coder) Verbose { return codeEmpty(c, 12, "Verbose", t) }
func (t Garbled) Code(c *aper.Coder) Garbled { return codeEmpty(c, 13, "Garbled", t) }
func (t Nil) Code(c *aper.Coder) Nil         { return codeEmpty(c, 14, "Nil", t) }

// Code of Lossy does not mention By.
func (t Lossy) Code(c *aper.Coder) Lossy { return codeEmpty(c, 15, "Lossy", t) }

// Code of Twice gives two fields one name, which CBOR does not mind.
func (t Twice) Code(c *aper.Coder) Twice {
	if c.Variant(16, "Twice", 2) {
		t.A = c.Field("a").Int64(t.A)
		t.B = c.Field("a").Int64(t.B)
		c.End()
	}
	return t
}

func (t Private) Code(c *aper.Coder) Private { return codeEmpty(c, 17, "Private", t) }
func (t hook) Code(c *aper.Coder) hook       { return codeEmpty(c, 19, "hook", t) }
func (t Shout) Code(c *aper.Coder) Shout     { return codeEmpty(c, 18, "Shout", t) }

// codeEmpty codes a transition without fields.
func codeEmpty[T any](c *aper.Coder, number int, name string, t T) T {
	if c.Variant(number, name, 0) {
		c.End()
	}
	return t
}
