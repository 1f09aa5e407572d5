package aper

// A Difference visits what changed between two states. Generated methods describe it field by field; containers skip what
// the two states share, so the cost is that of the change.
type Difference struct {
	path    []string
	visit   func(Change) bool
	stopped bool
	coders  [2]Coder
	buffers [2][]byte
}

// A Change is one step from the old state to the new one. Taken in order, the changes lead from one to the other.
type Change struct {
	// Op is "replace", "add", "remove" or "move", with the meaning of JSON Patch (RFC 6902) on the JSON of the state. A
	// move is a removal at From and an addition at the last element of Path.
	Op string
	// Path names the place from the outermost state inwards: names of fields as in JSON, keys, and indexes. It is only
	// valid during the visit.
	Path []string
	// From is where a moved item was: an index in the list that Path leads to.
	From string

	value func(*Coder)
}

// Code codes what is there now; in a removal there is nothing.
func (c Change) Code(to *Coder) {
	if c.value != nil {
		c.value(to)
	}
}

// Diff visits what changed from old to new, until visit returns false.
func Diff[S StateMachine[S]](old, new S, visit func(Change) bool) {
	d := &Difference{visit: visit}
	diffValue(d, old, new)
}

// Enter announces that what is described next stands at the step. Leave follows.
func (d *Difference) Enter(step string) { d.path = append(d.path, step) }

// Leave ends what Enter began.
func (d *Difference) Leave() { d.path = d.path[:len(d.path)-1] }

// Stopped reports whether the visitor wants to see no more.
func (d *Difference) Stopped() bool { return d.stopped }

// Replaced says that another value stands here now.
func (d *Difference) Replaced(value func(*Coder)) { d.report("replace", "", value) }

// Added says that a value was added here. In a list, those that stood here and after it have moved up.
func (d *Difference) Added(value func(*Coder)) { d.report("add", "", value) }

// Removed says that what was here is gone. In a list, those after it have moved down.
func (d *Difference) Removed() { d.report("remove", "", nil) }

// Moved says that what stands here now was at the step from in the same list.
func (d *Difference) Moved(from string, value func(*Coder)) { d.report("move", from, value) }

func (d *Difference) report(op, from string, value func(*Coder)) {
	if !d.stopped {
		d.stopped = !d.visit(Change{Op: op, Path: d.path, From: from, value: value})
	}
}

// DiffValue visits what changed in the value at a step: a field, a key or an index. It asks the value's method Diff when
// it has one, which is generated for every state, and else compares the two and replaces the whole when they differ.
func DiffValue[T any](d *Difference, step string, old, new T) {
	if d.stopped {
		return
	}
	d.Enter(step)
	defer d.Leave()
	diffValue(d, old, new)
}

func diffValue[T any](d *Difference, old, new T) {
	if value, ok := any(new).(interface{ Diff(*Difference, T) }); ok {
		value.Diff(d, old)
		return
	}
	if !d.same(func(c *Coder) { CodeValue(c, old) }, func(c *Coder) { CodeValue(c, new) }) {
		d.Replaced(func(c *Coder) { CodeValue(c, new) })
	}
}

// same compares two values by their encoding.
func (d *Difference) same(values ...func(*Coder)) bool {
	for i, value := range values {
		d.coders[i].EncodeTo(d.buffers[i][:0])
		value(&d.coders[i])
		d.buffers[i], _ = d.coders[i].Finish()
	}
	return string(d.buffers[0]) == string(d.buffers[1])
}
