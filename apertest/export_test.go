package apertest

import "github.com/aper-go/aper/examples/counter"

// Rules returns what all rules say.
func Rules() []string {
	var all []string
	for _, r := range append(transitionRules[counter.Counter](), placeRules[counter.Counter]()...) {
		all = append(all, r.says)
	}
	return all
}
