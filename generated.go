package aper

// What generated code needs besides the calls for plain values: instances of generic types, types with a text form, and
// parts of a difference that are not values with a method Code.

// StructOf is Struct for a generic type, all instances of which have one name. The type is told by a nil pointer to it.
func (c *Coder) StructOf(name string, pointer any, fields int) bool {
	if c.mode == describe && !c.Failed() {
		name += "#" + decimal(uint64(c.other.(*describer).instance(pointer)))
	}
	return c.Struct(name, fields)
}

// instance numbers the instances of generic types from 1, in the order in which the schema mentions them first.
func (d *describer) instance(pointer any) int {
	for i, known := range d.instances {
		if known == pointer {
			return i + 1
		}
	}
	d.instances = append(d.instances, pointer)
	return len(d.instances)
}

// TextForm codes what v points to by its text form, as encoding.TextMarshaler and TextUnmarshaler have it. Zero is the
// empty text. Only one text is accepted for each value where encodings must be canonical.
func (c *Coder) TextForm(name string, v interface {
	MarshalText() ([]byte, error)
	UnmarshalText(text []byte) error
}, isZero bool) {
	switch {
	case c.mode == describe:
		c.Text("")
		c.out = append(c.out, "("+name+")"...)
	case !c.Writing():
		c.readTextForm(name, v)
	case isZero:
		c.Text("")
	default:
		text, err := v.MarshalText()
		if err == nil && len(text) > 0 {
			c.Text(string(text))
			return
		}
		problem := "the text of " + name + " is empty, which stands for the zero value, but this is another value"
		if err != nil {
			problem = name + " has no text: " + err.Error()
		}
		c.Fail(problem)
	}
}

func (c *Coder) readTextForm(name string, v interface {
	MarshalText() ([]byte, error)
	UnmarshalText(text []byte) error
}) {
	text := c.Text("")
	if text == "" || c.Failed() {
		return
	}
	zero, _ := v.MarshalText()
	if err := v.UnmarshalText([]byte(text)); err != nil {
		c.Fail(quote(text) + " is not the text of a value of type " + name + ": " + err.Error())
		return
	}
	again, err := v.MarshalText()
	if c.Canonical() && (err != nil || string(again) != text || text == string(zero)) {
		c.Fail(quote(text) + " is not how a value of type " + name + " is written")
	}
}

// Coded visits what changed at a step by comparing two encodings, for values that DiffValue cannot take.
func (d *Difference) Coded(step string, old, new func(*Coder)) {
	if d.stopped || d.same(old, new) {
		return
	}
	d.Enter(step)
	d.Replaced(new)
	d.Leave()
}

// Index returns the step to an index.
func (d *Difference) Index(i int) string { return decimal(uint64(i)) }
