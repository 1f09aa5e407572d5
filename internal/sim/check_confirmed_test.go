package sim

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
)

func TestI1ConfirmedIsTheFold(t *testing.T) {
	o := newConfirmed(counterLog(t))
	p := joined(t, 9, 15, 2, 2)
	wantNone(t, p.show(o))
	p.step(frameOf(o.log.records[3]))
	wantNone(t, p.show(o))
	wantNone(t, o.Settled(nil))
}

func TestI1ConfirmedIsNotTheFold(t *testing.T) {
	wantBreach(t, "I1", joined(t, 9, 14, 2, 2).show(newConfirmed(counterLog(t))))
}

func TestI1ConfirmedIsNotDurable(t *testing.T) {
	wantBreach(t, "I1", joined(t, 9, 16, 4, 5).show(newConfirmed(counterLog(t))))
}

// A position has a tag, so that one of another log with the same seq is another.
func TestI8ConfirmedInAnotherLog(t *testing.T) {
	wantBreach(t, "I1", joined(t, 9, 15, 2, 3).show(newConfirmed(counterLog(t))))
}

func TestI1EveryoneArrives(t *testing.T) {
	o := newConfirmed(counterLog(t))
	wantNone(t, joined(t, 9, 15, 2, 2).show(o))
	wantBreach(t, "I1", o.Settled(nil))
	wantNone(t, o.Forgot(0, "its program ended"))
	wantNone(t, o.Settled(nil))
}

func TestI1NobodyDiverges(t *testing.T) {
	o := newConfirmed(counterLog(t))
	p := joined(t, 9, 15, 2, 2)
	ready := engine.ReplicaReady{Diverged: []*engine.DivergenceError{{Err: counter.ErrNegative}}}
	wantBreach(t, "I1", o.Stepped(0, p.replica, &ready))
}

func TestI6OutcomeAfterItsState(t *testing.T) {
	p := joined(t, 9, 15, 2, 2)
	for seq, want := range []string{1: "", 2: "", 3: "I6"} {
		ready := engine.ReplicaReady{Outcomes: []engine.Outcome{{ID: 1, Unknown: true}, {ID: 2, Seq: aper.Seq(seq)}}}
		err := reached[counter.Counter]{}.Stepped(0, p.replica, &ready)
		if want == "" {
			wantNone(t, err)
		} else {
			wantBreach(t, want, err)
		}
	}
}
