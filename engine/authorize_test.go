package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

const errForbidden = aper.Conflict("this user may not do that")

// A foreign transition applies to a counter and is none of its transitions.
type foreign struct{}

func (foreign) Apply(c counter.Counter, _ *aper.Meta) (counter.Counter, error) { return c, nil }

// A clerk decides about the transitions of a counter: by what an increment adds, it is refused, changed, or breaks.
func clerk(p *engine.Proposal) error {
	increment, ok := p.Transition.(counter.Increment)
	switch {
	case !ok:
		return nil
	case increment.By == 13:
		return aper.In("By", fmt.Errorf("for %s: %w", p.User, errForbidden))
	case increment.By == 14:
		return errors.New(strings.Repeat("long ", 100))
	case increment.By > 100:
		p.Amend(counter.Increment{By: 100})
	case increment.By == 99:
		p.Amend(foreign{})
	case increment.By == 98:
		p.Amend("one")
	case increment.By == 97:
		panic("the clerk is ill")
	}
	return nil
}

func clerkStage(t *testing.T) (*stage[counter.Counter], *engine.Replica[counter.Counter]) {
	s := newStage(t, counter.Counter{}, engine.Options{Authorize: clerk})
	_, r := s.join(engine.Peer{User: "ann"})
	return s, r
}

// Rules A1 and A2: the error of Authorize is the conflict.
func TestAuthorizeRejects(t *testing.T) {
	for name, test := range map[string]struct {
		do       aper.Transition[counter.Counter]
		path     string
		conflict string
	}{
		"constant and path":  {counter.Increment{By: 13}, "By", string(errForbidden)},
		"text":               {counter.Increment{By: 14}, "", strings.Repeat("long ", 100)[:256]},
		"member of a group":  {aper.All(counter.Increment{By: 1}, counter.Increment{By: 13}), "By", string(errForbidden)},
		"group in a group":   {aper.All(aper.All(counter.Increment{By: 13})), "By", string(errForbidden)},
		"amended and denied": {aper.All(counter.Increment{By: 200}, counter.Increment{By: 13}), "By", string(errForbidden)},
	} {
		t.Run(name, func(t *testing.T) {
			s, r := clerkStage(t)
			ready := s.push(r, test.do)
			if ready.Frame != nil || len(ready.Record.Rejections) != 1 {
				t.Fatalf("the record has %d events and %d rejections", ready.Record.Events.Len(), len(ready.Record.Rejections))
			}
			if got := ready.Record.Rejections[0]; got.Path != test.path || string(got.Conflict) != test.conflict {
				t.Errorf("journaled is %q %q, want %q %q", got.Path, got.Conflict, test.path, test.conflict)
			}
			told := s.last(1).Conflict
			if test.path != "" && !errors.Is(told, errForbidden) || told == nil || len(ready.Panics) > 0 {
				t.Errorf("the author is told %v; %d panics", told, len(ready.Panics))
			}
			if shown := r.Optimistic().Value; shown != 0 || s.replay().Position().Seq != 0 {
				t.Errorf("the author is shown %d", shown)
			}
		})
	}
}

// Rule A3: what is amended happens in place of what was pushed, is marked, and is its author's all the same.
func TestAuthorizeAmends(t *testing.T) {
	for name, test := range map[string]struct {
		do      aper.Transition[counter.Counter]
		instead aper.Transition[counter.Counter]
		want    int64
	}{
		"one":               {counter.Increment{By: 200}, counter.Increment{By: 100}, 100},
		"member of a group": {aper.All(counter.Increment{By: 1}, counter.Increment{By: 200}), aper.All(counter.Increment{By: 1}, counter.Increment{By: 100}), 101},
		"group in a group":  {aper.All(aper.All(counter.Increment{By: 200})), aper.All(aper.All(counter.Increment{By: 100})), 100},
	} {
		t.Run(name, func(t *testing.T) {
			s, r := clerkStage(t)
			s.join(engine.Peer{})
			ready := s.push(r, test.do)
			for e := range ready.Record.Events.All() {
				if want := encode(t, test.instead); !e.Amended || string(e.Transition) != string(want) {
					t.Errorf("the event is %x, amended %v, want %x", e.Transition, e.Amended, want)
				}
			}
			if told := s.last(1); told.Conflict != nil || told.Unknown || told.Seq != 1 {
				t.Errorf("the author is told %+v", told)
			}
			for i, r := range s.replicas {
				if r.Optimistic().Value != test.want || r.Confirmed() != ready.State || r.Pending() != 0 {
					t.Errorf("replica %d shows %d, and %d are pending", i+1, r.Optimistic().Value, r.Pending())
				}
			}
			if got := stateOf(t, s.replay()); got != ready.State || got.Value != test.want {
				t.Errorf("the journal gives %+v", got)
			}
		})
	}
}

// Rule A3: what is not amended is not marked.
func TestAuthorizeLeavesAlone(t *testing.T) {
	s, r := clerkStage(t)
	for e := range s.push(r, aper.All(counter.Increment{By: 1}, counter.Reset{})).Record.Events.All() {
		if e.Amended {
			t.Error("it is marked as amended")
		}
	}
}

// Law L6 and rule A3: what follows an amended transition is applied again, however many that are.
func TestPendingIsAppliedAgainOnWhatWasAmended(t *testing.T) {
	s, r := clerkStage(t)
	for i := range 100 {
		by := int64(1)
		if i == 0 {
			by = 200
		}
		if _, err := r.Push(counter.Increment{By: by}, s.now); err != nil {
			t.Fatal(err)
		}
	}
	first := wire.Push{First: 1, Count: 1, Transitions: encode(t, counter.Increment{By: 200})}
	s.authority.Step(1, first.Append(nil))
	s.settle(0, r)
	s.unsent[0] = nil
	s.decide()
	if r.Pending() != 99 || r.Optimistic().Value != 199 {
		t.Errorf("%d are pending and %d is shown, want 99 and 199", r.Pending(), r.Optimistic().Value)
	}
}

// Rule A4: an Authorize that fails costs nobody but the author, and the program's author is told.
func TestAuthorizeFails(t *testing.T) {
	for name, do := range map[string]aper.Transition[counter.Counter]{
		"of another machine":   counter.Increment{By: 99},
		"no transition at all": counter.Increment{By: 98},
		"panic":                counter.Increment{By: 97},
		"in a group":           aper.All(counter.Increment{By: 1}, counter.Increment{By: 99}),
	} {
		t.Run(name, func(t *testing.T) {
			s, r := clerkStage(t)
			ready := s.push(r, do)
			if len(ready.Panics) != 1 || len(ready.Record.Rejections) != 1 || ready.Frame != nil {
				t.Fatalf("%d panics, %d rejections, %d events", len(ready.Panics), len(ready.Record.Rejections), ready.Record.Events.Len())
			}
			if journaled := ready.Record.Rejections[0].Conflict; journaled != engine.ErrInternal || s.last(1).Conflict != engine.ErrInternal {
				t.Errorf("journaled is %q, and the author is told %v", journaled, s.last(1).Conflict)
			}
			if s.push(r, counter.Increment{By: 1}); r.Confirmed().Value != 1 {
				t.Error("the room does not go on")
			}
			s.replay()
		})
	}
}

// Rule A2: a group of nothing is asked about as well, or who may do nothing could fill the log with it.
func TestAuthorizeIsAskedAboutAnEmptyGroup(t *testing.T) {
	s := newStage(t, counter.Counter{}, engine.Options{Authorize: func(*engine.Proposal) error { return errForbidden }})
	_, r := s.join(engine.Peer{})
	for _, do := range []aper.Transition[counter.Counter]{aper.All[counter.Counter](), aper.All(aper.All[counter.Counter]())} {
		if ready := s.push(r, do); ready.Frame != nil || s.last(1).Conflict != errForbidden {
			t.Errorf("%#v is let through", do)
		}
	}
}

// Rule A1: Authorize is told who asks, and only about what can be read.
func TestAuthorizeIsToldWho(t *testing.T) {
	var asked []engine.Proposal
	s := newStage(t, counter.Counter{}, engine.Options{Authorize: func(p *engine.Proposal) error {
		asked = append(asked, *p)
		return nil
	}})
	n, r := s.join(engine.Peer{User: "ann"})
	s.push(r, aper.All(counter.Increment{By: 1}, counter.Reset{}))
	bad := wire.Push{First: 2, Count: 2, Transitions: append([]byte(wire.Void), encode(t, counter.Decrement{By: 1})...)}
	s.authority.Step(n, bad.Append(nil))
	want := []any{counter.Increment{By: 1}, counter.Reset{}, counter.Decrement{By: 1}}
	if len(asked) != len(want) {
		t.Fatalf("it is asked %d times, want %d", len(asked), len(want))
	}
	for i, p := range asked {
		if p.User != "ann" || p.Client != r.Client() || p.Transition != want[i] {
			t.Errorf("question %d is %+v", i, p)
		}
	}
}

// Rule A5: who may only look is answered, and takes part in everything else.
func TestReadOnly(t *testing.T) {
	asked := false
	s := newStage(t, counter.Counter{Value: 5}, engine.Options{Authorize: func(*engine.Proposal) error {
		asked = true
		return nil
	}})
	n, r := s.join(engine.Peer{ReadOnly: true})
	for number := range aper.ClientSeq(3) {
		ready := s.push(r, counter.Increment{By: 1})
		if len(ready.Record.Rejections) != 1 || ready.Record.Rejections[0].ClientSeq != number+1 || ready.Frame != nil {
			t.Fatalf("push %d does not use up its number alone: %+v", number+1, ready.Record.Rejections)
		}
		if s.last(n).Conflict != engine.ErrReadOnly {
			t.Errorf("push %d: %v", number+1, s.last(n).Conflict)
		}
	}
	if asked {
		t.Error("Authorize is asked about who may only look")
	}
	if len(s.outcomes[n-1]) != 3 || r.Optimistic().Value != 5 {
		t.Errorf("%d outcomes; %d is shown", len(s.outcomes[n-1]), r.Optimistic().Value)
	}
	s.leave(n)
	s.connect(r, engine.Peer{})
	if s.push(r, counter.Increment{By: 1}); r.Confirmed().Value != 6 {
		t.Error("the same session may still not write over a connection that may")
	}
	s.replay()
}
