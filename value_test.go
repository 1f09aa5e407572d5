package aper_test

import (
	"strings"
	"testing"

	"github.com/aper-go/aper"
)

// A sealed is a machine that has no transitions.
type sealed struct{}

func (s sealed) Code(c *aper.Coder) sealed {
	if c.Struct("sealed", 0) {
		c.End()
	}
	return s
}

func (sealed) CodeTransition(c *aper.Coder, t aper.Transition[sealed]) aper.Transition[sealed] {
	c.Choice("sealed", nil)
	c.Unknown()
	return t
}

func TestMachineWithoutTransitionsReadsNone(t *testing.T) {
	var c aper.Coder
	c.JSONFrom([]byte(`{"Set":{}}`))
	aper.CodeTransition[sealed](&c, nil)
	if _, err := c.Finish(); err == nil || !strings.Contains(err.Error(), "which has none") {
		t.Errorf("JSON: %v", err)
	}
	c.DecodeFrom([]byte{0x81, 0x01})
	aper.CodeTransition[sealed](&c, nil)
	if _, err := c.Finish(); err == nil {
		t.Error("CBOR: accepted")
	}
}

// A number has no method Code.
type number int64

func TestCodeValueWantsAMethod(t *testing.T) {
	var c aper.Coder
	c.EncodeTo(nil)
	aper.CodeValue(&c, number(3))
	if _, err := c.Finish(); err == nil || !strings.Contains(err.Error(), "apergen") {
		t.Errorf("got %v", err)
	}
	b := make([]byte, 0, 16)
	allocations := testing.AllocsPerRun(100, func() {
		c.EncodeTo(b)
		aper.CodeValue(&c, int64(1)<<40)
		b, _ = c.Finish()
		b = b[:0]
	})
	if allocations > 0 {
		t.Errorf("encoding a number allocates %v times", allocations)
	}
}
