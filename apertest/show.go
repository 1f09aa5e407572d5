package apertest

import (
	"fmt"
	"strings"

	"github.com/aper-go/aper"
)

// show writes an encoded state the way people read it: as JSON if that can be had.
func show[S aper.StateMachine[S]](b []byte) string {
	return cut(showWhole[S](b))
}

func showWhole[S aper.StateMachine[S]](b []byte) string {
	state, err := decode(codeState[S], b)
	if err == nil {
		if text, err := toJSON(codeState[S], state); err == nil {
			return string(text)
		}
	}
	return fmt.Sprintf("%x (encoded)", b)
}

// showBoth writes two encodings so that one sees where they differ.
func showBoth[S aper.StateMachine[S]](a, b []byte) (string, string) {
	one, other := showWhole[S](a), showWhole[S](b)
	if one == other {
		one, other = fmt.Sprintf("%x (encoded)", a), fmt.Sprintf("%x (encoded)", b)
	}
	return aroundDifference(one, other)
}

func showOutcomes[S aper.StateMachine[S]](a, b outcome[S]) (string, string) {
	if a.accepted() && b.accepted() {
		return showBoth[S](a.code, b.code)
	}
	return showOutcome(a), showOutcome(b)
}

func showOutcome[S aper.StateMachine[S]](o outcome[S]) string {
	switch {
	case o.panicked != nil:
		return fmt.Sprintf("a %v", o.panicked)
	case o.conflict != nil:
		return fmt.Sprintf("the conflict %q", o.text)
	}
	return show[S](o.code)
}

const readable = 200 // bytes of a value in a message

func cut(text string) string {
	if len(text) <= readable {
		return text
	}
	return strings.ToValidUTF8(text[:readable], "") + "…"
}

// aroundDifference cuts two long texts to where they begin to differ.
func aroundDifference(a, b string) (string, string) {
	if len(a) <= readable && len(b) <= readable {
		return a, b
	}
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	from := max(0, same-readable/4)
	if from == 0 {
		return cut(a), cut(b)
	}
	return "…" + cut(strings.ToValidUTF8(a[from:], "")), "…" + cut(strings.ToValidUTF8(b[from:], ""))
}
