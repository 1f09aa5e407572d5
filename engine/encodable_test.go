package engine_test

import (
	"errors"
	"math"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
)

// A gauge holds what may stop being a number, and a box may hold boxes without end.
type gauge struct {
	Value float64
	Box   box
}

type box struct {
	Full  bool
	Boxes []box // never changed in place
}

type multiply struct{ By float64 }

type wrap struct{ Times int64 }

func (t multiply) Apply(g gauge, _ *aper.Meta) (gauge, error) { g.Value *= t.By; return g, nil }

func (t wrap) Apply(g gauge, _ *aper.Meta) (gauge, error) {
	for range t.Times {
		g.Box = box{Full: true, Boxes: []box{g.Box}}
	}
	return g, nil
}

func (g gauge) Code(c *aper.Coder) gauge {
	if c.Struct("test.gauge", 2) {
		g.Value = c.Field("value").Float64(g.Value)
		c.Field("box")
		g.Box = g.Box.Code(c)
		c.End()
	}
	return g
}

func (b box) Code(c *aper.Coder) box {
	if c.Struct("test.box", 2) {
		b.Full = c.Field("full").Bool(b.Full)
		c.Field("boxes")
		boxes := make([]box, c.List(len(b.Boxes)))
		copy(boxes, b.Boxes)
		for i := range boxes {
			c.Item()
			boxes[i] = boxes[i].Code(c)
		}
		b.Boxes = boxes
		c.End()
		c.End()
	}
	return b
}

func (gauge) CodeTransition(c *aper.Coder, t aper.Transition[gauge]) aper.Transition[gauge] {
	switch c.Choice("test.gauge", []string{"Multiply", "Wrap"}) {
	case 1:
		return multiply{}.Code(c)
	case 2:
		return wrap{}.Code(c)
	}
	switch t := t.(type) {
	case multiply:
		t.Code(c)
	case wrap:
		t.Code(c)
	default:
		c.Unknown()
	}
	return t
}

func (t multiply) Code(c *aper.Coder) multiply {
	if c.Variant(1, "Multiply", 1) {
		t.By = c.Field("by").Float64(t.By)
		c.End()
	}
	return t
}

func (t wrap) Code(c *aper.Coder) wrap {
	if c.Variant(2, "Wrap", 1) {
		t.Times = c.Field("times").Int64(t.Times)
		c.End()
	}
	return t
}

// A transition after which the state could not be sent or stored is rejected, and the room goes on.
func TestWhatCannotBeEncodedIsRejected(t *testing.T) {
	a := engine.New[gauge](engine.Options{})
	if err := a.Create(gauge{Value: math.MaxFloat64}, 1); err != nil {
		t.Fatal(err)
	}
	a.Open(1)
	r := engine.NewReplica[gauge](engine.ReplicaOptions{})
	a.Attach(1, engine.Peer{})
	r.Connect()
	round := func() []engine.Outcome {
		t.Helper()
		a.Tick(0, 1, 1)
		a.Step(1, r.Ready().Send)
		ready := a.Ready()
		message, err := ready.To(1)
		if err == nil {
			err = r.Step(message, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		return r.Ready().Outcomes
	}
	round()
	for _, test := range []struct {
		transition aper.Transition[gauge]
		want       error
	}{
		{multiply{2}, engine.ErrUnencodable}, // an infinity
		{multiply{0.5}, nil},                 // the room goes on
		{wrap{100}, nil},                     // 200 levels
		{wrap{15}, nil},                      // 230 levels
		{wrap{10}, engine.ErrUnencodable},    // 250 levels
		{multiply{0.5}, nil},                 // the room goes on
	} {
		if _, err := r.Push(test.transition, 0); err != nil {
			t.Fatal(err)
		}
		if o := round(); len(o) != 1 || !errors.Is(o[0].Conflict, test.want) {
			t.Errorf("%+v: %+v, want %v", test.transition, o, test.want)
		}
	}
	if _, err := aper.Encode(r.Confirmed()); err != nil {
		t.Errorf("the state cannot be encoded: %v", err)
	}
	if _, err := a.Snapshot(); err != nil {
		t.Errorf("the room cannot be stored: %v", err)
	}
}
