package sim

import "github.com/aper-go/aper"

// maxWork bounds how long shrinking takes: how many actions are done again.
const maxWork = 1_000_000

// A shrinker makes a history that fails shorter, as long as what is left fails.
type shrinker[S aper.StateMachine[S]] struct {
	subject Subject[S]
	history []Action
	pinned  int // lines at the beginning that say of which machine and seed it is, and stay
	work    int
	changed bool
	settles bool // everything settles at the end, so that what was wrong comes to light without help
}

// shrink leaves out of a history what it does not need in order to fail: first large parts, then what stands side by side,
// then whole owners and clients, whose part others can take.
func (s Subject[S]) shrink(history []Action) []Action {
	h := &shrinker[S]{subject: s, history: history}
	for h.pinned < len(history) && (history[h.pinned].Verb == SetMachine || history[h.pinned].Verb == SetSeed) {
		h.pinned++
	}
	for size := len(history) / 2; size > 0; size /= 2 {
		h.leaveOut(size, size)
	}
	h.reduce()
	h.settles = true
	h.reduce()
	return h.history
}

// reduce leaves out until nothing more can be.
func (h *shrinker[S]) reduce() {
	for h.changed = true; h.changed && h.work < maxWork; {
		h.changed = false
		for size := 8; size > 0; size-- {
			h.leaveOut(size, 1)
		}
		h.merge(anOwner)
		h.merge(aClient)
	}
}

// try takes another history when it fails, up to where it does, after at most so many actions.
func (h *shrinker[S]) try(shorter []Action, most int) bool {
	if h.work > maxWork {
		return false
	}
	if h.settles && shorter[len(shorter)-1].Verb != Settle {
		shorter = append(shorter, Action{Verb: Settle})
	}
	done, err := h.subject.replay(shorter, nil)
	h.work += done
	if err == nil || done > most {
		return false
	}
	h.history, h.changed = shorter[:done], true
	return true
}

// leaveOut tries to do without so many actions in a row, at each place, or at every step of them.
func (h *shrinker[S]) leaveOut(size, step int) {
	for from := h.pinned; from < len(h.history); {
		shorter := append([]Action(nil), h.history[:from]...)
		shorter = append(shorter, h.history[min(from+size, len(h.history)):]...)
		if !h.try(shorter, len(h.history)-1) {
			from += step
		}
	}
}

// merge tries to let one actor do what another does.
func (h *shrinker[S]) merge(kind actorKind) {
	for _, from := range h.actors(kind) {
		for _, to := range h.actors(kind) {
			if to >= from {
				break
			}
			if h.try(h.renamed(kind, from, to), len(h.history)) {
				break
			}
		}
	}
}

// actors returns the numbers of those that act, in order.
func (h *shrinker[S]) actors(kind actorKind) (list []int) {
	acts := map[int]bool{}
	highest := 0
	for _, a := range h.history {
		if forms[a.Verb].actor == kind {
			acts[a.Actor] = true
			highest = max(highest, a.Actor)
		}
	}
	for n := range highest + 1 {
		if acts[n] {
			list = append(list, n)
		}
	}
	return list
}

// renamed returns the history in which to is whoever was from.
func (h *shrinker[S]) renamed(kind actorKind, from, to int) []Action {
	history := append([]Action(nil), h.history...)
	for i := range history {
		a := &history[i]
		f := &forms[a.Verb]
		if f.actor == kind && a.Actor == from {
			a.Actor = to
		}
		if kind == aClient && f.argument == otherClient && a.Client == Client(from) {
			a.Client = Client(to)
		}
		if kind == anOwner && a.Verb == Dial && a.Number == int64(from) {
			a.Number = int64(to)
		}
	}
	return history
}
