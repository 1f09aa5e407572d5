package sim

import (
	"errors"
)

// maxRounds is how often everything may be carried once around before a world has to be at rest. Each time anyone may
// lose one connection and make another.
const maxRounds = 200

// settle stops all faults, lets everyone connect to one owner, and carries messages until there are none. Then who remembers
// his edits takes all of them back, and that arrives, too.
func (w *World[S]) settle() {
	w.trace.brief = !w.trace.whole
	for _, c := range w.clients {
		if c != nil {
			c.build = 0
		}
	}
	for w.rest(); w.takeBack(); {
		w.rest()
	}
	w.trace.brief = false
	if w.trace.on() {
		w.describeRest()
	}
	if w.err == nil {
		w.endMemories(func() { w.tell(func(o Observer[S]) error { return o.Settled(w) }) })
	}
}

// rest carries messages until there are none.
func (w *World[S]) rest() {
	rest := false
	for i := 0; i < maxRounds && w.err == nil && !rest; i++ {
		rest = !w.round(w.liveOwner())
	}
	if !rest {
		w.fail(errors.New("faults have stopped, and still there is no rest"))
	}
}

// liveOwner returns the owner that can write, and opens one when there is none.
func (w *World[S]) liveOwner() *owner[S] {
	o := w.newest()
	if o == nil {
		w.open(1)
	} else if !o.alive || o.term != w.journal.row.Term {
		w.open(o.number + 1)
	}
	return w.newest()
}

// round carries everything once to the owner and back, and reports whether anything moved.
func (w *World[S]) round(o *owner[S]) (moved bool) {
	if w.err != nil {
		return false
	}
	for _, c := range w.clients {
		if c != nil && (c.connection == nil || c.connection.owner != o) {
			moved = w.dial(c, o.number) || moved
		}
	}
	for _, c := range w.clients {
		for c != nil && w.notice(o, c.name) {
			moved = true
		}
	}
	for i := 0; i < len(o.connections); i++ {
		for w.take(o, o.connections[i]) {
			moved = true
		}
	}
	if o.ticked || len(o.flights) > 0 || o.wake != 0 && o.wake <= o.clock {
		moved = w.decide(o) || moved
	}
	for w.appendOK(o) || w.publish(o) {
		moved = true
	}
	for _, c := range w.clients {
		for c != nil && w.receive(c) {
			moved = true
		}
	}
	return moved
}

func (w *World[S]) describeRest() {
	for _, c := range w.clients {
		if c != nil && c.replica != nil && c.replica.Started() {
			w.shows(c)
		}
	}
}
