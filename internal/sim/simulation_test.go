package sim

import (
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

var (
	seedFlag     = flag.Uint64("seed", 0, "simulate this seed, and with -seeds those after it")
	machineFlag  = flag.String("machine", "", "simulate this machine only")
	seedsFlag    = flag.Int("seeds", 0, "simulate so many seeds of each machine, instead of as many as there is time for")
	actionsFlag  = flag.Int("actions", 1000, "how many actions a seed has")
	withoutFlag  = flag.String("without", "", "never do this, as in \"client clone,journal restore\"")
	historyFlag  = flag.String("history", "", "replay the history in this file, and show its effects")
	shrinkFlag   = flag.Bool("shrink", true, "look for the shortest history that fails")
	durationFlag = flag.Duration("duration", 20*time.Second, "how long all machines together are simulated")
)

// A runner is a Subject of any state.
type runner interface {
	Name() string
	Run(seed uint64, o Options) Report
	Replay(history []Action, out *strings.Builder) error
	Transcribe(text string) (string, error)
}

// TestSimulation runs fresh seeds of every machine and checks all laws of sync (docs/SPEC.md) on what happened. A failure
// prints the shortest history that was found to show it, and how to repeat it. APER_LONG=1 makes the run take hours.
func TestSimulation(t *testing.T) {
	t.Parallel()
	duration := *durationFlag
	switch {
	case os.Getenv("APER_LONG") != "":
		duration = 4 * time.Hour
	case testing.Short():
		duration = 5 * time.Second
	}
	runners := chosen(t)
	for _, r := range runners {
		t.Run(r.Name(), func(t *testing.T) {
			t.Parallel()
			share := duration * time.Duration(min(runtime.GOMAXPROCS(0), len(runners))) / time.Duration(len(runners))
			simulate(t, r, share)
		})
	}
}

// chosen returns the machines that -machine names.
func chosen(t *testing.T) []runner {
	if *machineFlag == "" {
		return runners
	}
	for _, r := range runners {
		if r.Name() == *machineFlag {
			return []runner{r}
		}
	}
	t.Fatalf("there is no machine %q", *machineFlag)
	return nil
}

// without returns the verbs that -without names.
func without(t *testing.T) (verbs []Verb) {
	if *withoutFlag == "" {
		return nil
	}
	for _, name := range strings.Split(*withoutFlag, ",") {
		v, err := ParseVerb(name)
		if err != nil {
			t.Fatal(err)
		}
		verbs = append(verbs, v)
	}
	return verbs
}

// simulate runs seeds until there is a failure or the time is over. At least one is run.
func simulate(t *testing.T, r runner, duration time.Duration) {
	first, seeds := uint64(time.Now().UnixNano()), *seedsFlag
	if *seedFlag != 0 {
		first, seeds = *seedFlag, max(1, seeds)
	}
	o := Options{Actions: *actionsFlag, Without: without(t), Whole: !*shrinkFlag}
	var counts Counts
	start := time.Now()
	for n := 0; n == 0 || seeds > 0 && n < seeds || seeds == 0 && time.Since(start) < duration; n++ {
		report := r.Run(first+uint64(n), o)
		counts.Add(&report.Counts)
		if report.Failure != nil {
			t.Error(report.Failure)
			break
		}
	}
	taken := time.Since(start)
	t.Logf("%.0f events/s: %v", float64(counts.Events)/taken.Seconds(), &counts)
}

// TestFoundSeeds replays the histories that once showed a mistake.
func TestFoundSeeds(t *testing.T) {
	files, err := filepath.Glob("testdata/found/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			history, r := readHistory(t, file)
			var shown strings.Builder
			if err := r.Replay(history, &shown); err != nil {
				t.Errorf("%v\n%s", err, &shown)
			}
		})
	}
}

// TestHistory shows what a history of one's own brings about.
func TestHistory(t *testing.T) {
	if *historyFlag == "" {
		t.Skip("there is no -history")
	}
	history, r := readHistory(t, *historyFlag)
	var shown strings.Builder
	err := r.Replay(history, &shown)
	t.Log("\n" + shown.String())
	if err != nil {
		t.Error(err)
	}
}

// readHistory reads a file and finds the machine that its first action names.
func readHistory(t *testing.T, file string) ([]Action, runner) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	history, err := ParseHistory(string(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(history) == 0 || history[0].Verb != SetMachine {
		t.Fatalf("%s: a history begins with the line: world machine NAME", file)
	}
	for _, r := range runners {
		if r.Name() == history[0].Text {
			return history, r
		}
	}
	t.Fatalf("%s: there is no machine %q", file, history[0].Text)
	return nil, nil
}
