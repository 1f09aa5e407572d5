package apertest

import "github.com/aper-go/aper"

// A rule is one thing that engines, rooms and clients count on.
type rule[S aper.StateMachine[S]] struct {
	says   string // what is wrong when it is broken
	todo   string // why that matters, and what to do about it
	code   string // what to run to see it, after the state s or the transition t; "" means Apply
	fatal  bool   // whatever is found after it may be a consequence
	chance bool   // chance decides whether it shows

	// broken returns what was seen in a state, or of the transitions that are tried there; "" is good.
	broken func(here place[S], tries []step[S]) (evidence string)
}

// placeRules are the rules for every state, in the order in which one explains another.
func placeRules[S aper.StateMachine[S]]() []rule[S] {
	return []rule[S]{
		{
			says:   "a state has no encoding, or more than one",
			todo:   "Rooms store states and send them to replicas, and equal states must have equal bytes. Leave Code to the generator; let no rule make NaN or infinity.",
			code:   "aper.Encode(s)",
			fatal:  true,
			chance: true,
			broken: ofState[S](encodesAlike),
		},
		{
			says:   "a state does not come back from its encoding",
			todo:   "Code must read what it writes. Leave it to the generator: run go generate.",
			code:   "aper.Encode(s)",
			fatal:  true,
			broken: ofState[S](comesBack),
		},
		{
			says:   "Code forgets a field of the state",
			todo:   "A replica that joins later gets the state without it. Run go generate.",
			code:   "aper.Encode(s)",
			fatal:  true,
			broken: ofState[S](keepsFields),
		},
		{
			says:   "Apply panicked",
			todo:   "A room answers such a transition with an internal error. Return a conflict where the rule does not allow the change.",
			broken: panicsAnywhere[S],
		},
		{
			says:   "Apply changed its argument, the state it was given",
			todo:   "The old state stays in use: a replica goes back to it when the authority decides otherwise. Copy before you change, or use data.List.",
			fatal:  true,
			broken: changesState[S],
		},
		{
			says:   "Apply changed the transition",
			todo:   "A transition is applied many times, on every replica. Copy before you change, and do not keep what it points to.",
			fatal:  true,
			broken: ofEach(changesTransition[S]),
		},
		{
			says:   "Apply changed the Meta",
			todo:   "The Meta belongs to the engine. Only its methods change it.",
			fatal:  true,
			broken: ofEach(changesMeta[S]),
		},
		{
			says:   "a state that Apply returned changed later",
			todo:   "It shares memory with the state it came from, with another that came from there, or with the Meta, which nobody may keep. Copy before you change (append alone does not), or use data.List.",
			fatal:  true,
			broken: changesLater[S],
		},
		{
			says:   "Apply gives different results for the same state, transition and Meta",
			todo:   "All replicas must come to the same result. Look for a clock, a random number (use m.Rand), a variable of the package, or a loop over a Go map.",
			fatal:  true,
			chance: true,
			broken: ofEach(differs[S]),
		},
		{
			says:   "Apply does something else after decoding",
			todo:   "A replica that got the state from a snapshot, or the transition from the network, would go its own way. Code must carry all that Apply looks at. Run go generate.",
			fatal:  true,
			broken: ofEach(differsDecoded[S]),
		},
		{
			says:   "a conflict loses its constant on the way",
			todo:   "Along a chain of Unwrap methods that return one error, the first aper.Conflict travels. Wrap one constant, by %w or aper.In, and not several.",
			broken: ofConflict[S](losesConstant),
		},
		{
			says:   "the text of a conflict cannot travel",
			todo:   "It is shown to users, so write what helps them: valid UTF-8, and no more than 256 bytes together with its path.",
			broken: ofConflict[S](cannotTravel),
		},
		{
			says:   "a state does not come back from JSON",
			todo:   "People and thin clients see JSON. Every field needs its own name, the same for writing and reading. Run go generate.",
			code:   "aper.ToJSON(s)",
			broken: ofState[S](comesBackFromJSON),
		},
		{
			says:   "damaged bytes of a state are not refused",
			todo:   "Bytes come from a network: decoding what is wrong is an error, never a panic. Count with Coder.List, and ask Coder.Failed before using what was read.",
			code:   "aper.Encode(s)",
			broken: ofState[S](refusesDamage),
		},
	}
}

// transitionRules are the rules for transitions by themselves.
func transitionRules[S aper.StateMachine[S]]() []rule[S] {
	const code = "aper.CodeTransition(c, t) // c is an *aper.Coder"
	return []rule[S]{
		{
			says:   "a transition has no encoding, or more than one",
			todo:   "Transitions travel to the authority and to every replica. Run go generate.",
			code:   code,
			broken: ofTransition[S](encodesAlike),
		},
		{
			says:   "a transition does not come back from its encoding",
			todo:   "CodeTransition must read what it writes. Leave it to the generator: run go generate.",
			code:   code,
			broken: ofTransition[S](comesBack),
		},
		{
			says:   "Code forgets a field of a transition",
			todo:   "The authority applies the transition without it. Run go generate.",
			code:   code,
			broken: ofTransition[S](keepsFields),
		},
		{
			says:   "a transition does not come back from JSON",
			todo:   "Thin clients push transitions as JSON. Every field needs its own name, the same for writing and reading. Run go generate.",
			code:   code,
			broken: ofTransition[S](comesBackFromJSON),
		},
		{
			says:   "damaged bytes of a transition are not refused",
			todo:   "Bytes come from a network: decoding what is wrong is an error, never a panic. Count with Coder.List, and ask Coder.Failed before using what was read.",
			code:   code,
			broken: ofTransition[S](refusesDamage),
		},
	}
}

// ofState makes a rule about values one about states, ofTransition one about transitions.

func ofState[S aper.StateMachine[S]](broken func(codec[S], S) string) func(place[S], []step[S]) string {
	return func(here place[S], _ []step[S]) string { return broken(codeState[S], here.state()) }
}

func ofTransition[S aper.StateMachine[S]](broken func(codec[aper.Transition[S]], aper.Transition[S]) string) func(place[S], []step[S]) string {
	return ofEach(func(_ place[S], try step[S]) string { return broken(codeTransition[S], try.transition) })
}

// ofEach makes a rule about one transition in a state one about all of them.
func ofEach[S aper.StateMachine[S]](broken func(place[S], step[S]) string) func(place[S], []step[S]) string {
	return func(here place[S], tries []step[S]) string {
		for _, try := range tries {
			if evidence := broken(here, try); evidence != "" {
				return evidence
			}
		}
		return ""
	}
}

// ofConflict makes a rule about conflicts one about all transitions in a state.
func ofConflict[S aper.StateMachine[S]](broken func(error) string) func(place[S], []step[S]) string {
	return ofEach(func(here place[S], try step[S]) string {
		got := apply(here.state(), try)
		if got.panicked != nil || got.conflict == nil {
			return ""
		}
		return broken(got.conflict)
	})
}
