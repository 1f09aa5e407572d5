package sim

import "github.com/aper-go/aper"

// All returns an observer for every invariant, fresh ones: they watch one world from its beginning. They are told in this
// order, the history first.
func All[S aper.StateMachine[S]](machine Machine[S]) []Observer[S] {
	log := newHistory[S]()
	return []Observer[S]{
		log,
		newConfirmed(log),
		newOutcomes(log),
		newOnce(log),
		newOrder(log),
		newReleased(log),
		reached[S]{},
		newShown(log),
		&prefix[S]{log: log},
		&floor[S]{log: log},
		newLifecycle(log),
		newReplay(log),
		newLimits(log),
		newUnique(log),
		&sums[S]{log: log},
		newAllowed(log, machine),
	}
}
