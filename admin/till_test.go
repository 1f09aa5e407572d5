package admin_test

// A machine whose rules can be made wrong. Its methods are written by hand, in the form that apergen gives them.

import (
	"sync/atomic"

	"github.com/aper-go/aper"
)

type till struct{ Sum int64 }

type pay struct{ By int64 }

const errFull = aper.Conflict("the till is full")

// What no rule may read.
var (
	tax     atomic.Int64
	ceiling atomic.Int64 // 0 is none
	fickle  atomic.Bool
	applied atomic.Int64
)

func (t pay) Apply(s till, _ *aper.Meta) (till, error) {
	s.Sum += t.By + tax.Load()
	if fickle.Load() {
		s.Sum += applied.Add(1)
	}
	if limit := ceiling.Load(); limit != 0 && s.Sum > limit {
		return s, errFull
	}
	return s, nil
}

func (s till) Code(c *aper.Coder) till {
	if c.Struct("test.till", 1) {
		s.Sum = c.Field("sum").Int64(s.Sum)
		c.End()
	}
	return s
}

func (s till) Diff(d *aper.Difference, old till) { aper.DiffValue(d, "sum", old.Sum, s.Sum) }

func (till) CodeTransition(c *aper.Coder, t aper.Transition[till]) aper.Transition[till] {
	if c.Choice("test.till", []string{"Pay"}) == 1 {
		return pay{}.Code(c)
	}
	if t, ok := t.(pay); ok {
		t.Code(c)
	} else {
		c.Unknown()
	}
	return t
}

func (t pay) Code(c *aper.Coder) pay {
	if c.Variant(1, "Pay", 1) {
		t.By = c.Field("by").Int64(t.By)
		c.End()
	}
	return t
}
