package sim

import (
	"errors"
	"fmt"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
)

// A memory is what a client's program knows of its own edits since it began to remember, to take them back. It is what
// client.Undo does with texts, and nothing else: where it has to give up what it carries, it is forgotten.
type memory[S aper.StateMachine[S]] struct {
	back    []aper.Transition[S] // what takes them back: first what is done first
	at      engine.Footing       // what back is made on
	waiting map[engine.PushID]bool
	events  map[aper.Seq]bool // of the edits: false; of what took them back: true
}

// remember begins a memory.
func (w *World[S]) remember(c *client[S]) bool {
	if !w.remembers(c) {
		return false
	}
	c.memory = &memory[S]{at: c.replica.Footing(), waiting: map[engine.PushID]bool{}, events: map[aper.Seq]bool{}}
	return true
}

// remembers reports whether a client can begin to remember. One that is astray may be shown what nobody else is.
func (w *World[S]) remembers(c *client[S]) bool {
	return w.machine.Undoes != nil && c.memory == nil && !c.astray && c.replica != nil && c.replica.Started()
}

// keepUp carries along what takes back.
func (w *World[S]) keepUp(c *client[S]) {
	if m := c.memory; m != nil {
		w.restate(c, func(made []aper.Transition[S]) ([]aper.Transition[S], error) { return c.replica.Carry(made, m.at) })
	}
}

// restate says anew what takes back, but for what takes back edits of what is gone.
func (w *World[S]) restate(c *client[S], carry func(made []aper.Transition[S]) ([]aper.Transition[S], error)) {
	m, now := c.memory, c.replica.Optimistic()
	again, err := carry(slices.DeleteFunc(m.back, func(t aper.Transition[S]) bool { return !w.machine.Undoes(t, now) }))
	if err != nil {
		w.counts.Happened[footingLost]++
		if w.trace.on() {
			w.effect("%v forgets what takes its edits back: %v", c.name, err)
		}
		c.memory = nil
		return
	}
	m.back, m.at = again, c.replica.Footing()
}

// carryEvery is after how many events of others what takes back is carried at the latest, as in package client.
const carryEvery = 500

// keepNear does that.
func (w *World[S]) keepNear(c *client[S]) {
	if m := c.memory; m != nil && c.replica.Behind(m.at) > carryEvery {
		w.keepUp(c)
	}
}

// note remembers what was just pushed. Some edits are not to be taken back; to those that are they are like somebody else's.
func (w *World[S]) note(c *client[S], id engine.PushID) {
	if c.memory == nil {
		return
	}
	const passed = 6 // one in so many
	a := c.replica.Follow(id)
	if !w.machine.Undoes(a.Transition, a.Before) || w.draw(drawPassed, uint64(c.name), uint64(id))>>1%passed == 0 {
		w.restate(c, c.replica.CarryOver)
		return
	}
	inverse, err := a.Transition.(interface {
		Inverse(before, now S, m *aper.Meta) (aper.Transition[S], error)
	}).Inverse(a.Before, c.replica.Optimistic(), &a.Meta)
	if err != nil || inverse == nil {
		w.fail(fmt.Errorf("there is nothing that takes back %#v: %w", a.Transition, err))
		return
	}
	c.memory.pushed(id, false, c.replica.Footing())
	c.memory.back = append(members(inverse), c.memory.back...)
}

// members returns what a transition is made of.
func members[S any](t aper.Transition[S]) []aper.Transition[S] {
	if group, ok := t.(interface{ Members() []aper.Transition[S] }); ok {
		return group.Members()
	}
	return []aper.Transition[S]{t}
}

// pushed notes what waits for its outcome.
func (m *memory[S]) pushed(id engine.PushID, back bool, at engine.Footing) {
	m.waiting[id], m.at = back, at
}

// learn notes what became an event. What did not has shaken the footing.
func (m *memory[S]) learn(outcomes []engine.Outcome) {
	if m == nil {
		return
	}
	for _, o := range outcomes {
		if back, ok := m.waiting[o.ID]; ok && o.Conflict == nil && !o.Unknown {
			m.events[o.Seq] = back
		}
	}
}

// undo takes back the last edits: so many parts of them, as one transition.
func (w *World[S]) undo(c *client[S], parts int) bool {
	w.keepUp(c)
	m := c.memory
	if m == nil || len(m.back) == 0 || parts <= 0 {
		return false
	}
	parts = min(parts, len(m.back))
	t := m.back[0]
	if parts > 1 {
		t = aper.All(m.back[:parts]...)
	}
	id, err := c.replica.Push(t, c.clock)
	w.tell(func(o Observer[S]) error { return o.Pushed(c.name, c.replica, id, t, err) })
	switch {
	case errors.Is(err, engine.ErrTooManyPending):
		return false
	case err != nil:
		w.fail(breach("undo", "B11", "what was carried along cannot be pushed: %v: %#v", err, t))
		return true
	}
	m.back = m.back[parts:]
	m.pushed(id, true, c.replica.Footing())
	w.pushed(c, id, err)
	return true
}

// takeBack lets everyone take back what is remembered, as much as may be pending, and reports whether that was anything.
func (w *World[S]) takeBack() (taken bool) {
	for _, c := range w.clients {
		for c != nil && w.err == nil && w.undo(c, 1) {
			taken = true
		}
	}
	return taken
}

// TakenBack returns which events were edits that a client has taken back, all of those that it remembered (false), and what
// took them back (true). Nil means that it remembered none. Only Settled asks, when all has arrived.
func (w *World[S]) TakenBack(c Client) map[aper.Seq]bool {
	if w.clients[c] == nil || w.clients[c].memory == nil {
		return nil
	}
	return w.clients[c].memory.events
}

// endMemories forgets what was taken back. Before, it is found whether that was confirmed.
func (w *World[S]) endMemories(tell func()) {
	for _, c := range w.clients {
		if c != nil {
			w.keepUp(c)
		}
	}
	tell()
	for _, c := range w.clients {
		if c != nil {
			c.memory = nil
		}
	}
}
