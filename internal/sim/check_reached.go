package sim

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
)

// reached checks I6 (L5): nobody learns an outcome before holding the state on which it was decided.
type reached[S aper.StateMachine[S]] struct{ Watcher[S] }

func (reached[S]) Stepped(c Client, r *engine.Replica[S], ready *engine.ReplicaReady) error {
	for _, outcome := range ready.Outcomes {
		if !outcome.Unknown && outcome.Seq > r.Position().Seq {
			return breach("I6", "L5", "client %v is told the outcome of push %d, decided at seq %d, and holds seq %d",
				c, outcome.ID, outcome.Seq, r.Position().Seq)
		}
	}
	return nil
}
