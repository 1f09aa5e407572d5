package aper_test

import (
	"strings"
	"testing"

	"github.com/aper-go/aper"
)

// Hall has all kinds of fields, Tree is recursive in its states and in its transitions.
func TestGoldenSchema(t *testing.T) {
	var b strings.Builder
	for _, schema := range []string{aper.Schema[Tally](), aper.Schema[Hall](), aper.Schema[Tree](), aper.Schema[NoteV1]()} {
		b.WriteString(schema + "\n")
	}
	golden(t, "schema.golden", b.String(), "The schema is part of what programs compare at hello and of what records carry: after this change a program refuses\n"+
		"rooms and clients that were built before, though nothing in the machine changed. Mend the code; or raise\n"+
		"wire.RecordVersion and wire.Version, write down why in docs/decisions, and run with -rewrite.")
}

// What changes the bytes changes the schema.
func TestSchemasDifferWhereBytesDo(t *testing.T) {
	seen := make(map[string]string)
	for name, schema := range map[string]string{
		"V1": aper.Schema[NoteV1](), "V2": aper.Schema[NoteV2](),
		"array of 2": aper.Schema[row[[2]int8]](), "array of 3": aper.Schema[row[[3]int8]](), "array of none": aper.Schema[row[[0]int8]](),
		"box of a set":        aper.Schema[box[cell[set]]](),
		"box of a step":       aper.Schema[box[cell[step]]](),
		"box of box, a set":   aper.Schema[box[box[cell[set]]]](),
		"box of box, a step":  aper.Schema[box[box[cell[step]]]](),
		"three boxes, a step": aper.Schema[box[box[box[cell[step]]]]](),
	} {
		if other, twice := seen[schema]; twice {
			t.Errorf("%s and %s have the schema %s", name, other, schema)
		}
		seen[schema] = name
	}
}

func TestSchemaIsTheSameEachTime(t *testing.T) {
	if a, b := aper.Schema[Hall](), aper.Schema[Hall](); a != b {
		t.Errorf("%s\n%s", a, b)
	}
}

// A box is a generic container as package data has them: a state that looks like what is in it, transitions that enter
// it, and one name for all its instances.
type box[V aper.StateMachine[V]] struct{ in V }

type change[V aper.StateMachine[V]] struct{ Do aper.Transition[V] }

func (t change[V]) Apply(s box[V], m *aper.Meta) (box[V], error) {
	in, err := t.Do.Apply(s.in, m)
	return box[V]{in}, err
}

func (t change[V]) Code(c *aper.Coder) change[V] {
	if c.Variant(1, "Change", 1) {
		t.Do = aper.CodeTransition(c.Field("do"), t.Do)
		c.End()
	}
	return t
}

func (s box[V]) Code(c *aper.Coder) box[V] { s.in = s.in.Code(c); return s }

func (box[V]) CodeTransition(c *aper.Coder, t aper.Transition[box[V]]) aper.Transition[box[V]] {
	if c.Choice("test.Box", []string{"Change"}) == 1 {
		return change[V]{}.Code(c)
	}
	if t, ok := t.(change[V]); ok {
		t.Code(c)
	} else {
		c.Unknown()
	}
	return t
}

// A cell is a number with one transition, T, which codes itself.
type cell[T coding[T]] struct{ n int64 }

type coding[T any] interface{ Code(*aper.Coder) T }

func (s cell[T]) Code(c *aper.Coder) cell[T] { s.n = c.Int64(s.n); return s }

func (cell[T]) CodeTransition(c *aper.Coder, t aper.Transition[cell[T]]) aper.Transition[cell[T]] {
	if c.Choice("test.Cell", []string{"Change"}) == 1 {
		var t T
		t.Code(c)
	}
	return t
}

type set struct{ To int64 }

func (t set) Code(c *aper.Coder) set {
	if c.Variant(1, "Change", 1) {
		t.To = c.Field("to").Int64(t.To)
		c.End()
	}
	return t
}

type step struct{ Up bool }

func (t step) Code(c *aper.Coder) step {
	if c.Variant(1, "Change", 1) {
		t.Up = c.Field("up").Bool(t.Up)
		c.End()
	}
	return t
}

// A row is an array.
type row[A interface{ [0]int8 | [2]int8 | [3]int8 }] struct{ a A }

func (s row[A]) Code(c *aper.Coder) row[A] {
	for range c.Array(len(s.a)) {
		c.Item().Int8(0)
	}
	c.End()
	return s
}

func (row[A]) CodeTransition(c *aper.Coder, t aper.Transition[row[A]]) aper.Transition[row[A]] {
	c.Choice("test.Row", nil)
	return t
}
