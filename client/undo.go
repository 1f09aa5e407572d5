package client

import (
	"cmp"
	"errors"
	"slices"
	"weak"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
)

// UndoOptions configure an Undo. The zero value is ready.
type UndoOptions struct {
	// Steps limits how many steps are remembered; the oldest are forgotten first. Each keeps alive what it changed in the state
	// that it met, and where a state has texts in it, each costs some microseconds of a push when others have edited since the
	// one before. Default 100.
	Steps int
}

// ErrNothingToUndo says that there is no step to take back, or to do again.
var ErrNothingToUndo = errors.New("client: there is nothing to undo or redo")

// maxStep limits how many pushes are one step, so that what takes them back is not too large to be pushed.
const maxStep = 100

// An Undo takes back what was pushed through it, the last first, and does it again. What others did stays: what somebody has
// changed since is not taken back. Several can share a client, one for each editor on a page, say. Its methods may be called
// from any goroutine.
//
// It remembers transitions that have an inverse: those of package data, those that apergen derives, groups of them, and those
// whose author wrote the method Inverse:
//
//	func (t MoveTo) Inverse(before, now Piece, m *aper.Meta) (aper.Transition[Piece], error) {
//		if now.At != t.At {
//			return nil, data.ErrOverwritten
//		}
//		return MoveTo{before.At}, nil
//	}
//
// Other transitions are pushed, and not remembered. Nor are those that were not confirmed. What takes a step back is a
// transition like all others: it is shown at once and the authority decides. So it is possible without a connection, and while
// the step itself is pending. What an author has to know: between the look at the state and the authority's decision somebody
// may change what is taken back; then it goes as when two people do that at once, and of two that set a value the later one
// stays. And when a pending step is rejected, what takes it back is still decided, with Meta.Lost; where that is not in vain by
// itself, because it counts up what was not counted down, its rule may refuse it.
//
// Nothing of it outlives the program, also with a Store. It does outlive connections and sessions. Of texts it then may have less
// to go by: where the room has gone on for a thousand events without this client, or something that was pushed here was
// rejected, it finds by comparing what is left of what was typed before.
type Undo[S aper.StateMachine[S]] struct {
	client *Client[S]
	steps  int

	// What follows is guarded by the client.
	past, future []*step[S]
	open         bool           // the last step of past takes what Extend pushes
	at           engine.Footing // what takes the steps back is for this
}

// A step is what is taken back at once.
type step[S any] struct {
	done []*engine.Applied[S] // in that order
	back []aper.Transition[S] // what takes it back, where that is carried along: first what is done first
}

// NewUndo returns an Undo that has nothing to take back yet.
func NewUndo[S aper.StateMachine[S]](c *Client[S], o UndoOptions) *Undo[S] {
	if o.Steps <= 0 {
		o.Steps = 100
	}
	u := &Undo[S]{client: c, steps: o.Steps}
	if engine.Anchors[S]() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.undos = append(c.undos, weak.Make(u))
	}
	return u
}

// Push is Client.Push, and begins a step. What was taken back before cannot be done again then.
func (u *Undo[S]) Push(t aper.Transition[S]) (*Pending, error) { return u.pushStep(t, false) }

// Extend is Push, but goes on with the step of the push before: letters that are typed without a pause, say, are taken back at
// once. It begins a step after Undo and Redo, and after a hundred pushes.
func (u *Undo[S]) Extend(t aper.Transition[S]) (*Pending, error) { return u.pushStep(t, true) }

func (u *Undo[S]) pushStep(t aper.Transition[S], extend bool) (*Pending, error) {
	u.client.mu.Lock()
	defer u.client.mu.Unlock()
	done, p, err := u.push(t)
	if err != nil {
		return nil, err
	}
	u.future = nil
	if last := len(u.past) - 1; extend && u.open && len(u.past[last].done) < maxStep {
		u.past[last].extend(done)
	} else {
		u.past = append(u.past, done)
	}
	u.open = true
	u.tidy()
	return p, nil
}

// extend makes one step of two.
func (s *step[S]) extend(later *step[S]) {
	s.done = append(s.done, later.done...)
	if len(s.back) > 0 {
		s.back = join(append(later.back, s.back...))
	}
}

// join makes one of what can be one, as what was typed letter by letter: it is carried faster, and its way is shorter. It changes
// the list.
func join[S any](list []aper.Transition[S]) []aper.Transition[S] {
	joined := list[:1]
	for _, t := range list[1:] {
		last := &joined[len(joined)-1]
		if first, ok := (*last).(interface {
			Join(next aper.Transition[S]) (aper.Transition[S], bool)
		}); ok {
			if one, ok := first.Join(t); ok {
				*last = one
				continue
			}
		}
		joined = append(joined, t)
	}
	return joined
}

// push returns the step that a transition is, which is empty when it has no inverse.
func (u *Undo[S]) push(t aper.Transition[S]) (*step[S], *Pending, error) {
	id, p, err := u.client.push(t, u)
	if err != nil {
		return nil, nil, err
	}
	applied := u.client.replica.Follow(id)
	inverse, err := u.inverseOf(applied, u.client.replica.Optimistic())
	if inverse == nil && err == nil {
		u.passed()
		return &step[S]{}, p, nil
	}
	p.failed = func() { u.forget(applied) }
	done := &step[S]{done: []*engine.Applied[S]{applied}}
	switch {
	case !engine.Anchors[S]():
	case err != nil:
		letGo(u.past)
		letGo(u.future)
	default:
		done.back = []aper.Transition[S]{inverse}
		u.at = u.client.replica.Footing()
	}
	return done, p, nil
}

// forget takes what was not confirmed out of its step.
func (u *Undo[S]) forget(applied *engine.Applied[S]) {
	for _, s := range slices.Concat(u.past, u.future) {
		s.done = slices.DeleteFunc(s.done, func(a *engine.Applied[S]) bool { return a == applied })
	}
	u.tidy()
}

// tidy drops the steps that are empty, and the oldest if there are too many.
func (u *Undo[S]) tidy() {
	empty := func(s *step[S]) bool { return len(s.done) == 0 }
	if last := len(u.past) - 1; last < 0 || empty(u.past[last]) {
		u.open = false
	}
	u.past, u.future = slices.DeleteFunc(u.past, empty), slices.DeleteFunc(u.future, empty)
	u.past = slices.Delete(u.past, 0, max(0, len(u.past)-u.steps))
}

// CanUndo reports whether there is a step to take back, unless others have overwritten all of it.
func (u *Undo[S]) CanUndo() bool {
	u.client.mu.Lock()
	defer u.client.mu.Unlock()
	return len(u.past) > 0
}

// CanRedo reports whether there is a step to do again, unless others have overwritten what taking it back left.
func (u *Undo[S]) CanRedo() bool {
	u.client.mu.Lock()
	defer u.client.mu.Unlock()
	return len(u.future) > 0
}

// Undo takes back the last step, all of it or nothing, and returns the one transition that does. Steps that left nothing to take
// back are passed over. An error means that nothing was pushed: ErrNothingToUndo; a conflict, mostly data.ErrOverwritten with the
// path to what somebody has changed since, when the step is forgotten, so that the next Undo gets to the one before it; or
// that the client is closed or too much is pending, when the step stays.
func (u *Undo[S]) Undo() (*Pending, error) { return u.turn(&u.past, &u.future) }

// Redo does the step again that Undo took back last. Its errors are those of Undo.
func (u *Undo[S]) Redo() (*Pending, error) { return u.turn(&u.future, &u.past) }

// turn takes back the last step of one list, and puts what it did at the end of the other.
func (u *Undo[S]) turn(from, to *[]*step[S]) (*Pending, error) {
	u.client.mu.Lock()
	defer u.client.mu.Unlock()
	u.open = false
	for len(*from) > 0 && u.client.err == nil {
		last := len(*from) - 1
		done, p, err := u.takeBack((*from)[last])
		if errors.Is(err, engine.ErrTooManyPending) {
			return nil, err
		}
		*from = slices.Delete(*from, last, last+1)
		if err != nil {
			letGo(*from) // what takes back those before it was made for a state in which this one is taken back, too
			return nil, err
		}
		if p != nil {
			*to = append(*to, done)
			u.tidy()
			return p, nil
		}
	}
	return nil, cmp.Or(u.client.err, ErrNothingToUndo)
}

// takeBack pushes what takes back a step, and returns the step that this is. When there is nothing to take back there is no
// Pending.
func (u *Undo[S]) takeBack(s *step[S]) (*step[S], *Pending, error) {
	u.keepUp()
	now := u.client.replica.Optimistic()
	inverses, state, err := u.inverses(s, now)
	switch {
	case err != nil:
		return nil, nil, err
	case same(now, state):
		return nil, nil, nil
	case len(inverses) == 1:
		return u.push(inverses[0])
	}
	return u.push(aper.All(inverses...))
}

// inverses returns what takes a step back in a state, and the state that this leads to. It is found anew, and where something is
// carried along for it, this says only whether somebody has overwritten it.
func (u *Undo[S]) inverses(s *step[S], now S) (inverses []aper.Transition[S], state S, err error) {
	state = now
	for _, applied := range slices.Backward(s.done) {
		inverse, err := u.inverseOf(applied, state)
		if err != nil {
			return nil, state, err
		}
		if inverse == nil {
			continue
		}
		if state, err = u.apply(inverse, state, applied.Meta); err != nil {
			return nil, state, err
		}
		inverses = append(inverses, inverse)
	}
	if len(s.back) == 0 {
		return inverses, state, nil
	}
	state = now
	for _, inverse := range s.back {
		if state, err = u.apply(inverse, state, s.done[0].Meta); err != nil {
			return nil, state, err
		}
	}
	return s.back, state, nil
}

// apply applies what would be pushed now, otherwise like what was pushed with m.
func (u *Undo[S]) apply(t aper.Transition[S], s S, m aper.Meta) (S, error) {
	m.Seq, m.Client, m.Base = 0, u.client.replica.Client(), u.client.replica.Position().Seq
	return t.Apply(s, &m)
}

// inverseOf returns what takes back in a state what was applied, or nil when that has no inverse. What is pending without
// effect, because others have made it conflict, has nothing that could be taken back: the error is its conflict.
func (u *Undo[S]) inverseOf(a *engine.Applied[S], now S) (aper.Transition[S], error) {
	t, ok := a.Transition.(interface {
		Inverse(before, now S, m *aper.Meta) (aper.Transition[S], error)
	})
	if !ok {
		return nil, nil
	}
	meta := a.Meta
	if _, err := a.Transition.Apply(a.Before, &meta); err != nil {
		return nil, err
	}
	meta = a.Meta
	return t.Inverse(a.Before, now, &meta)
}

func same[S aper.StateMachine[S]](one, other S) bool {
	same := true
	aper.Diff(one, other, func(aper.Change) bool {
		same = false
		return false
	})
	return same
}
