package admin_test

import (
	"encoding/json"
	"runtime"
	"testing"
)

func TestBench(t *testing.T) {
	file, _ := newFile(t)
	run(t, "bench", file, "lobby").wants(t, 0, "counter.Counter/lobby, events ", " to 240 in ", runtime.Version(), "replay", "events/s",
		"bytes an event", "of which the state is", "KIND", "Increment", "Reset", "ns, no allocations")
	run(t, "bench", file, "todo.Todo/shopping").wants(t, 1, "belongs to the machine todo.Todo")
	run(t, "bench", file, "attic").wants(t, 1, "neither a room")
}

func TestBenchAsJSON(t *testing.T) {
	file, _ := newFile(t)
	r := run(t, "bench", file, "kitchen", "-json")
	r.wants(t, 0)
	var found struct {
		Room          string
		First, Last   int
		Complete      bool
		Replay, Apply float64
		EventBytes    float64
		SnapshotBytes int
		StateBytes    int
		Encode        struct{ NS, Allocations float64 }
		Kinds         []struct {
			Kind   string
			Events int
			Bytes  float64
		}
	}
	if err := json.Unmarshal([]byte(r.stdout), &found); err != nil {
		t.Fatal(err, r.stdout)
	}
	events := map[string]int{}
	for _, k := range found.Kinds {
		events[k.Kind] = k.Events
		if k.Bytes < 1 {
			t.Errorf("a transition %s has %v bytes", k.Kind, k.Bytes)
		}
	}
	if found.Room != "counter.Counter/kitchen" || found.First != 1 || found.Last != 3 || !found.Complete ||
		len(events) != 2 || events["Increment"] != 2 || events["All"] != 1 {
		t.Errorf("it is about %+v", found)
	}
	if found.Replay <= 0 || found.Apply < found.Replay || found.EventBytes < 10 || found.SnapshotBytes <= found.StateBytes || found.StateBytes < 1 || found.Encode.NS <= 0 {
		t.Errorf("it measured %+v", found)
	}
}
