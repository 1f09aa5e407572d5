package aper

import (
	"errors"
	"strings"
	"testing"
)

// A tree is generic and recursive: all instances have one name.
type tree[T any] struct {
	value T
	kids  [1]*tree[T]
}

func (s *tree[T]) Code(c *Coder) *tree[T] {
	if s == nil {
		s = &tree[T]{}
	}
	if c.StructOf("tree", s.pointer(), 2) {
		s.value = CodeValue(c.Field("value"), s.value)
		for i := range c.Field("kids").Array(len(s.kids)) {
			if !c.Writing() || s.kids[i] != nil {
				s.kids[i] = s.kids[i].Code(c.Item())
			}
		}
		c.End()
		c.End()
	}
	return s
}

func (*tree[T]) pointer() any { return (*tree[T])(nil) }

func described(values ...func(*Coder)) string {
	c := &Coder{}
	c.Describe()
	for _, value := range values {
		value(c)
	}
	out, err := c.Finish()
	if err != nil {
		return err.Error()
	}
	return string(out)
}

func TestInstancesHaveNumbers(t *testing.T) {
	numbers := func(c *Coder) { (*tree[int8])(nil).Code(c) }
	texts := func(c *Coder) { (*tree[string])(nil).Code(c) }
	both := func(c *Coder) { (*tree[*tree[int8]])(nil).Code(c) }
	for want, got := range map[string]string{
		" tree#1{ value int8 kids 1 times [ tree#1]}": described(numbers),
		" tree#1{ value text kids 1 times [ tree#1]} tree#2{ value int8 kids 1 times [ tree#2]} tree#1{ value text kids 1 times [ tree#1]}": described(texts, numbers, texts),
		" tree#1{ value tree#2{ value int8 kids 1 times [ tree#2]} kids 1 times [ tree#1]}":                                                 described(both),
	} {
		if got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

// A hue has a text form, in which capital letters are accepted and not written.
type hue byte

var errHue = errors.New("no such hue")

func (h hue) MarshalText() ([]byte, error) {
	switch {
	case h == 8:
		return nil, nil
	case h > 8:
		return nil, errHue
	}
	return []byte{'a' + byte(h)}, nil
}

func (h *hue) UnmarshalText(text []byte) error {
	if len(text) != 1 || strings.ToLower(string(text)) < "a" || strings.ToLower(string(text)) > "h" {
		return errHue
	}
	*h = hue(strings.ToLower(string(text))[0] - 'a')
	return nil
}

func (h hue) Code(c *Coder) hue {
	c.TextForm("hue", &h, h == 0)
	return h
}

func TestTextForm(t *testing.T) {
	c := &Coder{}
	for h, want := range map[hue]string{0: "\x60", 1: "\x61b", 7: "\x61h"} {
		c.EncodeTo(nil)
		h.Code(c)
		out, err := c.Finish()
		if err != nil || string(out) != want {
			t.Errorf("%d is %q (%v)", h, out, err)
		}
		c.DecodeFrom(out)
		back := hue(0).Code(c)
		if _, err := c.Finish(); err != nil || back != h {
			t.Errorf("%d came back as %d (%v)", h, back, err)
		}
	}
	for h, want := range map[hue]string{
		8: "aper: the text of hue is empty, which stands for the zero value, but this is another value",
		9: "aper: hue has no text: no such hue",
	} {
		c.EncodeTo(nil)
		h.Code(c)
		if _, err := c.Finish(); err == nil || err.Error() != want {
			t.Errorf("%d: %v", h, err)
		}
	}
	for text, want := range map[string]string{
		"\x61z": `"z" is not the text of a value of type hue: no such hue`,
		"\x61B": `"B" is not how a value of type hue is written`,
		"\x61a": `"a" is not how a value of type hue is written`, // it is zero
		"\x01":  "",
	} {
		c.DecodeFrom([]byte(text))
		hue(0).Code(c)
		if _, err := c.Finish(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	c.JSONFrom([]byte(`"B"`))
	if h := hue(0).Code(c); h != 1 {
		t.Error("JSON is as strict as CBOR")
	}
	if got := described(func(c *Coder) { hue(0).Code(c) }); got != " text(hue)" {
		t.Error(got)
	}
}

func TestCodedDifference(t *testing.T) {
	var got []string
	d := &Difference{visit: func(change Change) bool {
		got = append(got, change.Op+" "+strings.Join(change.Path, "/"))
		return len(got) < 2
	}}
	number := func(n int) func(*Coder) { return func(c *Coder) { c.Int(n) } }
	d.Enter(d.Index(12))
	d.Coded("same", number(1), number(1))
	d.Coded("other", number(1), number(2))
	d.Coded("last", number(1), number(2))
	d.Coded("unseen", number(1), number(2))
	d.Leave()
	if strings.Join(got, "; ") != "replace 12/other; replace 12/last" {
		t.Error(got)
	}
}
