package sim

import (
	"errors"
	"strings"
	"testing"

	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
)

// A distrustful observer takes something for wrong that is not.
type distrustful struct{ Watcher[counter.Counter] }

var errConfirmed = errors.New("somebody's push was confirmed")

func (distrustful) Stepped(_ Client, _ *engine.Replica[counter.Counter], ready *engine.ReplicaReady) error {
	for _, o := range ready.Outcomes {
		if o.Conflict == nil && !o.Unknown {
			return errConfirmed
		}
	}
	return nil
}

func distrust(Machine[counter.Counter]) []Observer[counter.Counter] {
	return []Observer[counter.Counter]{distrustful{}}
}

// A failure comes with about the shortest history that shows it, and says how to repeat it.
func TestFailuresShrink(t *testing.T) {
	s := Subject[counter.Counter]{Machine: counterMachine, Observers: distrust}
	for seed := range uint64(20) {
		f := s.Run(seed, Options{Actions: 2000}).Failure
		if f == nil {
			continue // everyone gave up, or was told to
		}
		if !errors.Is(f.Err, errConfirmed) {
			t.Errorf("seed %d: %v", seed, f.Err)
		}
		if len(f.History) > 18 {
			t.Errorf("seed %d: %d actions are left:\n%s", seed, len(f.History), f.Shown)
		}
		again, err := ParseHistory(Text(f.History))
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if err := s.Replay(again, nil); !errors.Is(err, errConfirmed) {
			t.Errorf("seed %d: the history does not fail, or in another way: %v\n%s", seed, err, f.Shown)
		}
		if want := "-seed 3 -machine counter"; seed == 3 && !strings.Contains(f.Error(), want) {
			t.Errorf("%q does not say how to repeat it: %s", f.Error(), want)
		}
	}
}

// A seed is all there is to a run.
func TestRunsRepeat(t *testing.T) {
	for _, r := range runners {
		for seed := range uint64(3) {
			if a, b := r.Run(seed, Options{Actions: 300}), r.Run(seed, Options{Actions: 300}); a.Counts != b.Counts {
				t.Errorf("machine %s, seed %d: once %v, then %v", r.Name(), seed, &a.Counts, &b.Counts)
			}
		}
	}
}

// Leaving an action out changes nothing about the others: what they draw is theirs.
func TestDrawsBelongToActors(t *testing.T) {
	w := NewWorld(counterMachine)
	first := w.draw(drawTag, 1, 1)
	w.draw(drawTag, 2, 1)
	if w.draw(drawTag, 1, 1) != first || w.draw(drawTag, 1, 2) == first || w.draw(drawSeed, 1, 1) == first {
		t.Error("a draw is not a function of what it is for, whose it is, and its index")
	}
}

// Every kind of fault happens, and so does what it leads to: 300 seeds are enough for that.
func TestFaultsHappen(t *testing.T) {
	var counts Counts
	missing := neverSeen(&counts)
	for seed := uint64(0); seed < 300 && len(missing) > 0; seed++ {
		report := subject(counterMachine).Run(seed, Options{})
		counts.Add(&report.Counts)
		if report.Failure != nil {
			t.Fatal(report.Failure)
		}
		missing = neverSeen(&counts)
	}
	for _, what := range missing {
		t.Errorf("%s: never", what)
	}
}

// neverSeen returns what could have happened and did not.
func neverSeen(counts *Counts) (missing []string) {
	for v := Verb(1); v < verbCount; v++ {
		if counts.Verbs[v] == 0 && forms[v].actor != theWorld && v < Remember {
			missing = append(missing, v.String())
		}
	}
	for i, n := range counts.Happened {
		if n == 0 && !rare(happening(i)) {
			missing = append(missing, happenings[i])
		}
	}
	return missing
}

// rare reports whether a counter does not bring it about: it does not ask for bases, its users see no
// conflict, and it has no texts.
func rare(h happening) bool {
	switch h {
	case baseRefused, pushReanchored, pushWithdrawn, pushRefused, sessionSurrendered, footingLost:
		return true
	}
	return false
}
