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
	return string(out[1:]) // every word is written with a space before it
}

// Describe starts writing the schema.
func (c *Coder) Describe() {
	c.start(describe)
	c.other = &describer{Coder: c}
}

// A describer writes the schema: "counter.Counter{ value int64}".
type describer struct {
	*Coder
	machines  []any // a state of each machine whose transitions are being described, outermost first
	instances []any // a nil pointer to each instance of a generic type
}

func (d *describer) word(text string) { d.out = append(append(d.out, ' '), text...) }

func (d *describer) openStruct(name string, kind frameKind) bool {
	if kind == variantFrame {
		d.word(decimal(uint64(d.variant)))
	}
	d.word(name)
	if kind == structFrame && d.isOpen(name) {
		return false
	}
	d.out = append(d.out, '{')
	return true
}

// isOpen reports whether the named struct is being described already, outside the one that was opened last: it is
// recursive, and its name is enough.
func (d *describer) isOpen(name string) bool {
	for _, f := range d.open[:len(d.open)-1] {
		if f.kind == structFrame && f.name == name {
			return true
		}
	}
	return false
}

func (d *describer) field(name string) bool { d.word(name); return true }

// One item stands for all.
func (d *describer) openList(int) int { d.word("["); return 1 }
func (d *describer) item()            {}
func (d *describer) openMap(int) int  { d.word("map["); return 1 }
func (d *describer) key()             {}
func (d *describer) value()           { d.word(":") }

func (d *describer) close(kind frameKind) {
	if kind == listFrame || kind == mapFrame {
		d.out = append(d.out, ']')
	} else {
		d.out = append(d.out, '}')
	}
}

func (d *describer) head() int           { return d.variant }
func (d *describer) choose([]string) int { return d.variant }

func (d *describer) signed(v int64, kind string) int64     { d.word(kind); return v }
func (d *describer) unsigned(v uint64, kind string) uint64 { d.word(kind); return v }
func (d *describer) float(v float64, kind string) float64  { d.word(kind); return v }
func (d *describer) boolean(v bool) bool                   { d.word("bool"); return v }
func (d *describer) text(v string) string                  { d.word("text"); return v }

// describeTransitions lists every variant of S. The first call of CodeTransition only finds out the machine's name and
// how many variants it has; a machine that is being described already is not entered again.
func describeTransitions[S StateMachine[S]](c *Coder, machine S) {
	c.variant = 0
	machine.CodeTransition(c, nil)
	count, d := c.variants, c.other.(*describer)
	d.word(c.machine + " transitions")
	if isAmong[S](d.machines) {
		return
	}
	d.machines = append(d.machines, machine)
	d.out = append(d.out, '{')
	for i := 1; i <= count; i++ {
		c.variant = i
		machine.CodeTransition(c, nil)
	}
	d.out = append(d.out, '}')
	d.machines = d.machines[:len(d.machines)-1]
}

// isAmong looks for a machine by its type and not by its name, because all instances of a generic container, one inside
// the other, have the same name.
func isAmong[S any](machines []any) bool {
	for _, m := range machines {
		if _, same := m.(S); same {
			return true
		}
	}
	return false
}
