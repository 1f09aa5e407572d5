package apertest

import (
	"bytes"
	"fmt"
	"reflect"

	"github.com/aper-go/aper"
)

func panics[S aper.StateMachine[S]](here place[S], try step[S]) string {
	if got := apply(here.state(), try); got.panicked != nil {
		return fmt.Sprintf("In the state %s: %v.", show[S](here.code()), got.panicked)
	}
	return ""
}

// panicsAnywhere tries the transitions given, and only then what they become when one bit of a field changes: values that
// the test does not name and a client can send.
func panicsAnywhere[S aper.StateMachine[S]](here place[S], tries []step[S]) string {
	if evidence := ofEach(panics[S])(here, tries); evidence != "" {
		return evidence
	}
	return ofEach(panicsChanged[S])(here, tries)
}

// panicsChanged leaves the kind of the transition as it is.
func panicsChanged[S aper.StateMachine[S]](here place[S], try step[S]) string {
	b, err := encode(codeTransition[S], try.transition)
	if err != nil {
		return ""
	}
	const head = 2 // of the array, and the number of the variant
	for i := range samples(len(b) - head) {
		for bit := range 8 {
			changed := bytes.Clone(b)
			changed[head+i] ^= 1 << bit
			other, err := decode(codeTransition[S], changed)
			if err != nil {
				continue
			}
			sent := try
			sent.transition = other
			if got := apply(here.state(), sent); got.panicked != nil {
				return fmt.Sprintf("In the state %s, for %#v, which a client can send: %v.", show[S](here.code()), other, got.panicked)
			}
		}
	}
	return ""
}

// changesState looks at the present state after each transition, and at those before it after all of them: a list that
// was cut and grows again writes into the memory of older ones.
func changesState[S aper.StateMachine[S]](here place[S], tries []step[S]) string {
	for _, try := range tries {
		apply(here.state(), try)
		if now, _ := encode(codeState[S], here.state()); !bytes.Equal(now, here.code()) {
			before, after := showBoth[S](here.code(), now)
			return fmt.Sprintf("s was %s, and is %s after Apply.", before, after)
		}
	}
	for i, old := range here.states {
		if now, _ := encode(codeState[S], old); !bytes.Equal(now, here.codes[i]) {
			before, after := showBoth[S](here.codes[i], now)
			return fmt.Sprintf("The state after %d of the transitions above was %s, and is %s later.", i, before, after)
		}
	}
	return ""
}

func changesTransition[S aper.StateMachine[S]](here place[S], try step[S]) string {
	before, err := encode(codeTransition[S], try.transition)
	if err != nil {
		return ""
	}
	apply(here.state(), try)
	if after, _ := encode(codeTransition[S], try.transition); !bytes.Equal(before, after) {
		was, _ := decode(codeTransition[S], before)
		return fmt.Sprintf("It was %s, and is %s after Apply.", goSource(was), goSource(try.transition))
	}
	return ""
}

// changesMeta compares the fields that everyone sees; the others count what the methods were called for.
func changesMeta[S aper.StateMachine[S]](here place[S], try step[S]) string {
	_, after := applyKeepingMeta(here.state(), try)
	for field, before := range reflect.ValueOf(try.meta).Fields() {
		now := reflect.ValueOf(*after).FieldByIndex(field.Index)
		if field.IsExported() && !before.Equal(now) {
			return fmt.Sprintf("m.%s was %s, and is %s after Apply.", field.Name, plain(before), plain(now))
		}
	}
	return ""
}

func changesLater[S aper.StateMachine[S]](here place[S], tries []step[S]) string {
	results := make([]outcome[S], len(tries))
	for i, try := range tries {
		results[i] = apply(here.state(), try)
	}
	for i, result := range results {
		if !result.accepted() {
			continue
		}
		if now, _ := encode(codeState[S], result.state); !bytes.Equal(now, result.code) {
			before, after := showBoth[S](result.code, now)
			return fmt.Sprintf("The result of %s was %s, and is %s later.", goSource(tries[i].transition), before, after)
		}
	}
	return ""
}

// differs applies a few times: chance may give the same result twice.
func differs[S aper.StateMachine[S]](here place[S], try step[S]) string {
	first := apply(here.state(), try)
	for range 3 {
		if again := apply(here.state(), try); !first.sameAs(again) {
			one, other := showOutcomes(first, again)
			return fmt.Sprintf("The result was %s, and then %s.", one, other)
		}
	}
	return ""
}

func differsDecoded[S aper.StateMachine[S]](here place[S], try step[S]) string {
	state, stateErr := decode(codeState[S], here.code())
	code, _ := encode(codeTransition[S], try.transition)
	transition, transitionErr := decode(codeTransition[S], code)
	if stateErr != nil || transitionErr != nil {
		return "" // other rules say so
	}
	live := apply(here.state(), try)
	decodedBoth := apply(state, step[S]{transition, try.meta})
	if live.sameAs(decodedBoth) {
		return ""
	}
	culprit := "transition"
	if !live.sameAs(apply(state, try)) {
		culprit = "state"
	}
	one, other := showOutcomes(live, decodedBoth)
	return fmt.Sprintf("The result was %s, and %s once the %s was encoded and decoded.", one, other, culprit)
}
