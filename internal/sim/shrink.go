package sim

// maxReplays bounds how long shrinking takes.
const maxReplays = 4000

// shrink leaves out of a history what it does not need in order to fail: first large parts, then smaller ones, at last
// single actions. The lines that say of which machine and seed it is stay.
func (s Subject[S]) shrink(history []Action) []Action {
	pinned := 0
	for pinned < len(history) && (history[pinned].Verb == SetMachine || history[pinned].Verb == SetSeed) {
		pinned++
	}
	replays := 0
	for size := len(history) / 2; size > 0 && replays < maxReplays; {
		before := len(history)
		for from := pinned; from < len(history) && replays < maxReplays; replays++ {
			shorter := leaveOut(history, from, from+size)
			if done, err := s.replay(shorter, nil); err != nil {
				history = shorter[:done]
			} else {
				from += size
			}
		}
		if size > 1 || len(history) == before {
			size /= 2
		}
	}
	return history
}

func leaveOut(history []Action, from, to int) []Action {
	shorter := append([]Action(nil), history[:from]...)
	return append(shorter, history[min(to, len(history)):]...)
}
