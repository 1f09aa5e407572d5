package aper

// Schema returns the description of a machine: its states, transitions, fields and their kinds, as text. Two programs
// whose schemas are equal can read each other's bytes.
func Schema[S StateMachine[S]]() string {
	c := &Coder{}
	var s S
	c.Describe()
	s.Code(c)
	CodeTransition[S](c, nil)
	out, err := c.Finish()
	if err != nil {
		panic("aper: broken invariant: the schema of a machine cannot be written: " + err.Error())
	}
	return string(out)
}

// Describe starts writing the schema.
func (c *Coder) Describe() {
	c.start(describe)
	c.other = &describer{c}
}

// A describer writes the schema: "counter.Counter{ value int64}".
type describer struct{ *Coder }

func (d *describer) openStruct(name string, kind frameKind) bool {
	if kind == variantFrame {
		d.out = append(appendDecimal(append(d.out, ' '), uint64(d.variant)), ' ')
	}
	d.out = append(d.out, name...)
	if kind == structFrame && d.isOpen(name) {
		return false
	}
	d.out = append(d.out, '{')
	return true
}

// isOpen reports whether the named type is being described already, outside the one that was opened last: it is
// recursive, and its name is enough.
func (d *describer) isOpen(name string) bool {
	for _, f := range d.open[:len(d.open)-1] {
		if f.name == name {
			return true
		}
	}
	return false
}

func (d *describer) field(name string) bool {
	d.out = append(append(append(d.out, ' '), name...), ' ')
	return true
}

// One item stands for all.
func (d *describer) openList(int) int { d.out = append(d.out, '['); return 1 }
func (d *describer) item()            {}

func (d *describer) close(kind frameKind) {
	if kind == listFrame {
		d.out = append(d.out, ']')
	} else {
		d.out = append(d.out, '}')
	}
}

func (d *describer) choose([]string) int { return d.variant }

func (d *describer) signed(v int64, kind string) int64     { d.kind(kind); return v }
func (d *describer) unsigned(v uint64, kind string) uint64 { d.kind(kind); return v }
func (d *describer) float(v float64, kind string) float64  { d.kind(kind); return v }
func (d *describer) boolean(v bool) bool                   { d.kind("bool"); return v }
func (d *describer) text(v string) string                  { d.kind("text"); return v }
func (d *describer) kind(kind string)                      { d.out = append(d.out, kind...) }

// describeTransitions lists every variant of S. The first call of CodeTransition only finds out the machine's name and
// how many variants it has; a machine that is being described already is not entered again.
func describeTransitions[S StateMachine[S]](c *Coder, machine S) {
	c.variant = 0
	machine.CodeTransition(c, nil)
	name, count := c.machine+" transitions", c.variants
	c.out = append(append(c.out, ' '), name...)
	if !c.push(frame{kind: machineFrame, name: name}) {
		return
	}
	if c.other.(*describer).isOpen(name) {
		c.opened(false)
		return
	}
	c.out = append(c.out, '{')
	for i := 1; i <= count; i++ {
		c.variant = i
		machine.CodeTransition(c, nil)
	}
	c.End()
}
