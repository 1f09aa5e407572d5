package engine

import (
	"errors"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

var errGap = errors.New("engine: the frames of the divergence do not follow each other")

// A Retrace goes the way of a replica that diverged once more, with the rules of this program.
type Retrace[S aper.StateMachine[S]] struct {
	Base  S
	From  aper.Seq // of Base
	Steps []Retraced[S]
	Last  aper.Seq // of the last event that there is; there are steps up to it, or up to the first that could not be applied
}

// A Retraced event was applied again.
type Retraced[S aper.StateMachine[S]] struct {
	Event aper.Event[S] // without a transition when that cannot be read
	State S             // after it, or where it could not be applied, before it
	Err   error         // why it could not be applied
}

// NewRetrace applies the events of a divergence of this machine to its base. An error says that what is in it cannot be read.
func NewRetrace[S aper.StateMachine[S]](d *wire.Divergence) (*Retrace[S], error) {
	base, err := aper.Decode[S](d.Base.State)
	if err != nil {
		return nil, err
	}
	seq := d.Base.Position.Seq
	r := &Retrace[S]{Base: base, From: seq, Last: seq}
	w := retracing[S]{r, capabilitiesOf[S](), map[aper.ClientID]string{}, d.Base.Floor, aper.Coder{}}
	w.learn(d.Users)
	m := wire.NewReader(d.Frames)
	for m.Next() {
		if m.Code() != wire.CodeFrame {
			continue
		}
		if frame := m.Frame(); m.Err() == nil {
			if frame.First != r.Last+1 {
				return nil, errGap
			}
			w.frame(&frame)
		}
	}
	return r, m.Err()
}

// StateAt returns the state after the event seq, or the base. It is false where the retrace did not get there.
func (r *Retrace[S]) StateAt(seq aper.Seq) (state S, ok bool) {
	switch {
	case seq == r.From:
		return r.Base, true
	case seq < r.From || seq > r.From+aper.Seq(len(r.Steps)) || r.Steps[seq-r.From-1].Err != nil:
		return state, false
	}
	return r.Steps[seq-r.From-1].State, true
}

// Failed returns the step that could not be applied, or nil.
func (r *Retrace[S]) Failed() *Retraced[S] {
	if n := len(r.Steps); n > 0 && r.Steps[n-1].Err != nil {
		return &r.Steps[n-1]
	}
	return nil
}

// Again applies each event once more to the state that it met. It returns the first step that comes to something else this
// time, and what: its rule depends on more than its arguments. It returns nil when all come to the same.
func (r *Retrace[S]) Again() (first, other *Retraced[S]) {
	state := r.Base
	for i := range r.Steps {
		step := &r.Steps[i]
		if step.Event.Transition == nil {
			continue
		}
		again := retrace(step.Event, state)
		if (again.Err == nil) != (step.Err == nil) || !same(again.State, step.State) {
			return step, &again
		}
		state = step.State
	}
	return nil, nil
}

func retrace[S aper.StateMachine[S]](e aper.Event[S], s S) Retraced[S] {
	m := e.Meta // a rule draws from it
	next, err := apply(e.Transition, s, &m)
	if err != nil {
		next = s
	}
	return Retraced[S]{e, next, err}
}

type retracing[S aper.StateMachine[S]] struct {
	*Retrace[S]
	capable capabilities
	users   map[aper.ClientID]string
	floor   aper.Seq
	coder   aper.Coder
}

func (w *retracing[S]) learn(users []wire.User) {
	for _, u := range users {
		w.users[u.Client] = u.Name
	}
}

func (w *retracing[S]) frame(m *wire.Frame) {
	w.learn(m.Users)
	if m.Floor != 0 {
		w.floor = m.Floor
	}
	index := 0
	for e := range m.Events.All() {
		if w.Failed() == nil {
			w.Steps = append(w.Steps, w.event(m, &e, index))
		}
		index++
	}
	w.Last += aper.Seq(index)
}

func (w *retracing[S]) event(m *wire.Frame, e *wire.Event, index int) Retraced[S] {
	state := w.Base
	if n := len(w.Steps); n > 0 {
		state = w.Steps[n-1].State
	}
	event := aper.Event[S]{Meta: w.capable.metaOf(m, e, index, w.users[e.Client], w.floor)}
	w.coder.DecodeFrom(e.Transition)
	t := aper.CodeTransition[S](&w.coder, nil)
	if _, err := w.coder.Finish(); err != nil {
		return Retraced[S]{event, state, err}
	}
	event.Transition = t
	return retrace(event, state)
}
