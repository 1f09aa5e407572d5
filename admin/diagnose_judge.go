package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// replays is how often the events are gone through: a rule that tosses a coin escapes once in eight times.
const replays = 4

// An examination is a divergence, decoded and replayed.
type examination[S aper.StateMachine[S]] struct {
	d           *wire.Divergence
	retrace     *engine.Retrace[S]
	here, there S
	told        bool // the state of the server is there, and of the same history
}

func examine[S aper.StateMachine[S]](d *wire.Divergence) (x *examination[S], err error) {
	x = &examination[S]{d: d}
	if x.here, err = aper.Decode[S](d.Here.State); err != nil {
		return nil, err
	}
	if len(d.There.State) > 0 {
		x.told = d.There.Position.Epoch == d.Base.Position.Epoch
		if x.there, err = aper.Decode[S](d.There.State); err != nil {
			return nil, err
		}
	}
	x.retrace, err = engine.NewRetrace[S](d)
	return x, err
}

// judge finds out who has other rules than this program, and where to see it.
func (x *examination[S]) judge(found *diagnosis) {
	for range replays - 1 {
		if first, other := x.retrace.Again(); first != nil {
			x.impure(found, first, other)
			return
		}
	}
	agrees, compared := x.likeServer()
	switch {
	case compared && agrees:
		found.Verdict = replicaDiffers
		found.Explanation = "Replayed here, the events give the server's state: the rules of this build agree with the server, those of the " +
			"replica did not. Its build or its platform differed (see both builds above): update that program. If it is this very build " +
			"on the same kind of machine, a rule reads something that was other there: a variable, the time, the environment."
	case x.likeReplica():
		found.Verdict = serverDiffers
		found.Explanation = "Replayed here, the events give the replica's state: this build has the replica's rules, and the server runs " +
			"others. Update the older of the two; after a change of rules without one of the schema, raise //aper:version, so that they " +
			"are told apart at hello." + x.doubt()
	case !compared && x.stuck() && x.passes():
		found.Verdict = replicaDiffers
		found.Explanation = fmt.Sprintf("Here event %d can be applied, as on the server, and in the replica it could not: its rules are "+
			"not those of this build. Whether the states agree after it cannot be told; the server's state at that place is not known.",
			x.d.Here.Position.Seq+1)
	default:
		found.Verdict = noneAgrees
		found.Explanation = x.unclear(compared)
	}
	if f := found.Failed; f != nil {
		found.Explanation += fmt.Sprintf("\nEvent %d of %s, %s, cannot be applied here: %s", f.Seq, f.Author, f.Transition, f.Problem)
	}
	found.Differences = x.differences()
}

// impure tells of a rule that came to two results from the same state.
func (x *examination[S]) impure(found *diagnosis, first, other *engine.Retraced[S]) {
	found.Verdict, found.Impure = impureRule, said(first)
	found.Explanation = fmt.Sprintf("The rule of %s is not deterministic: applied twice to the same state here, event %d of %s came to two "+
		"results. A rule may depend on nothing but the state, the transition and Meta: look for the time, random numbers, the order of a "+
		"Go map, and variables of the package.", found.Impure.Kind, found.Impure.Seq, found.Impure.Author)
	if first.Err != nil || other.Err != nil {
		found.Explanation += fmt.Sprintf(" It was once %s and once %s.", ending(first.Err), ending(other.Err))
	}
	found.Differences = compare("once", first.State, "once more", other.State)
}

func ending(err error) string {
	if err == nil {
		return "applied"
	}
	return "refused (" + shown(err.Error()) + ")"
}

// likeServer reports whether the events, replayed here, lead where the server is, and whether that can be told.
func (x *examination[S]) likeServer() (agrees, compared bool) {
	agrees = true
	if x.d.Sum != 0 && x.d.Seq <= x.retrace.Last && x.d.Seq >= x.retrace.From {
		compared = true
		state, ok := x.retrace.StateAt(x.d.Seq)
		agrees = ok && wire.SumOf(encoded(state)) == x.d.Sum
	}
	if seq := x.d.There.Position.Seq; x.told && seq <= x.retrace.Last && seq >= x.retrace.From {
		compared = true
		state, ok := x.retrace.StateAt(seq)
		agrees = agrees && ok && bytes.Equal(encoded(state), x.d.There.State)
	}
	return agrees, compared
}

// likeReplica reports whether the events, replayed here, lead where the replica was: to its state, after which it could not
// apply the next event, if there is one.
func (x *examination[S]) likeReplica() bool {
	seq := x.d.Here.Position.Seq
	state, ok := x.retrace.StateAt(seq)
	return ok && bytes.Equal(encoded(state), x.d.Here.State) && x.passes() != x.stuck()
}

// stuck reports whether the replica could not apply the event after its state.
func (x *examination[S]) stuck() bool { return x.retrace.Last > x.d.Here.Position.Seq }

// passes reports whether nothing keeps this program from going on after the replica's state.
func (x *examination[S]) passes() bool {
	failed := x.retrace.Failed()
	return failed == nil || failed.Event.Meta.Seq > x.d.Here.Position.Seq+1
}

// doubt is what to add when the base may have been wrong already.
func (x *examination[S]) doubt() string {
	if x.d.Proven {
		return ""
	}
	return " But the state that the replay begins with was not compared with the server's: it may have been wrong already, by events " +
		"that are not in the evidence."
}

func (x *examination[S]) unclear(compared bool) string {
	text := "Replayed here, the events give neither the replica's state nor the server's."
	if !compared {
		text = "Replayed here, the events do not give the replica's state, and the server's is not known at a place that they lead to."
	}
	if !x.d.Proven {
		return text + " The state that the replay begins with was not compared with the server's: it may have been wrong already, by " +
			"events that are not in the evidence."
	}
	return text + " The replica began with the server's state, so the rules have an input that is not in the events: a variable, the " +
		"time, the environment, floating-point numbers of another platform. Or all three are different builds: try the replica's."
}

// encoded returns the bytes of a state, or none for one that has none, which no other has either.
func encoded[S aper.StateMachine[S]](s S) []byte {
	b, err := aper.Encode(s)
	if err != nil {
		return nil
	}
	return b
}

// maxDifferences is how many places are shown.
const maxDifferences = 5

// differences compares the first two states that stand at one place and differ, and says who changed that last.
func (x *examination[S]) differences() (list []difference) {
	here, there := x.d.Here.Position.Seq, x.d.There.Position.Seq
	mine, gotHere := x.retrace.StateAt(here)
	later, gotThere := x.retrace.StateAt(there)
	if x.told && here == there {
		list = compare("the replica", x.here, "the server", x.there)
	}
	if len(list) == 0 && gotHere {
		list = compare("the replica", x.here, "replayed", mine)
	}
	if len(list) == 0 && gotThere && x.told {
		list = compare("replayed", later, "the server", x.there)
	}
	x.blame(list)
	return list
}

// compare returns where two states differ first. Each place is named once.
func compare[S aper.StateMachine[S]](whose string, one S, others string, other S) []difference {
	list := []difference{}
	visit := func(side int) func(aper.Change) bool {
		return func(c aper.Change) bool {
			i := slices.IndexFunc(list, func(d difference) bool { return slices.Equal(d.Path, c.Path) })
			if i < 0 && len(list) == maxDifferences {
				return true // it may be a place that is named already
			}
			if i < 0 {
				i = len(list)
				list = append(list, difference{Path: slices.Clone(c.Path), Values: [2]valueOf{{Whose: whose}, {Whose: others}}})
			}
			list[i].Values[side].Value = valueText(c)
			return true
		}
	}
	aper.Diff(one, other, visit(1))
	aper.Diff(other, one, visit(0))
	return list
}

// blame notes which events changed what differs last.
func (x *examination[S]) blame(list []difference) {
	state := x.retrace.Base
	for i := range x.retrace.Steps {
		step := &x.retrace.Steps[i]
		aper.Diff(state, step.State, func(c aper.Change) bool {
			for j := range list {
				if n := min(len(c.Path), len(list[j].Path)); slices.Equal(c.Path[:n], list[j].Path[:n]) {
					list[j].Changed = said(step)
				}
			}
			return true
		})
		state = step.State
	}
}

// said returns an event as it is shown to people.
func said[S aper.StateMachine[S]](step *engine.Retraced[S]) *eventSaid {
	e := &eventSaid{Seq: step.Event.Meta.Seq, Author: author(&step.Event.Meta), Kind: "something that cannot be read"}
	if step.Err != nil {
		e.Problem = shown(step.Err.Error())
	}
	if step.Event.Transition == nil {
		return e
	}
	text, err := transitionJSON(step.Event.Transition)
	if err != nil {
		return e
	}
	var kind map[string]json.RawMessage
	if json.Unmarshal(text, &kind) == nil {
		for name := range kind {
			e.Kind = name
		}
	}
	e.Transition = cut(text)
	return e
}

// transitionText returns an encoded transition as JSON.
func transitionText[S aper.StateMachine[S]](encoded []byte) string {
	var coder aper.Coder
	coder.DecodeFrom(encoded)
	t := aper.CodeTransition[S](&coder, nil)
	_, err := coder.Finish()
	if err != nil {
		return "(it cannot be read)"
	}
	text, err := transitionJSON(t)
	if err != nil {
		return "(it cannot be shown)"
	}
	return cut(text)
}

func valueText(c aper.Change) string {
	if c.Op == "remove" {
		return ""
	}
	var coder aper.Coder
	coder.JSONTo(nil)
	c.Code(&coder)
	text, err := coder.Finish()
	if err != nil {
		return "(it cannot be shown)"
	}
	return cut(harmless(text))
}

// maxText is how much of a value is shown, in bytes.
const maxText = 300

func cut(text []byte) string {
	if len(text) <= maxText {
		return string(text)
	}
	return fmt.Sprintf("%s… (%d bytes)", bytes.ToValidUTF8(text[:maxText], nil), len(text))
}
