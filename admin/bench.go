package admin

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
)

// A benchJSON is what the verb bench prints. Rates are events in a second.
type benchJSON struct {
	Room     aper.RoomID `json:"room"`
	CPU      string      `json:"cpu"`
	CPUs     int         `json:"cpus"`
	Platform string      `json:"platform"`
	Go       string      `json:"go"`

	First    aper.Seq `json:"first"` // event that was replayed
	Last     aper.Seq `json:"last"`
	Records  int      `json:"records"`
	Complete bool     `json:"complete"` // there are no later events

	Replay float64 `json:"replay"` // with all that is checked, as when a server opens the room
	Apply  float64 `json:"apply"`  // of the rules alone

	EventBytes    float64 `json:"eventBytes"` // of the log, for each event
	SnapshotBytes int     `json:"snapshotBytes"`
	StateBytes    int     `json:"stateBytes"`

	Encode cost       `json:"encode"` // of the last state
	Decode cost       `json:"decode"`
	Diff   cost       `json:"diff"` // between the last state and the one before it
	Kinds  []kindJSON `json:"kinds"`
}

// A cost is what one of something takes.
type cost struct {
	Nanoseconds float64 `json:"ns"`
	Allocations float64 `json:"allocations"`
}

type kindJSON struct {
	Kind   string  `json:"kind"`
	Events int     `json:"events"`
	Bytes  float64 `json:"bytes"` // of one transition
	Apply  cost    `json:"apply"`
}

// shownKinds is how many kinds of transitions a person is shown: those that took most of the time.
const shownKinds = 8

// bench measures how fast this machine is on the history of a room. It only reads.
func (t *tool[S]) bench(ctx context.Context, l *line) error {
	asJSON := l.flags.Bool("json", false, "print one JSON object, with all kinds of transitions")
	store, in, err := t.lookAt(ctx, l)
	if err != nil {
		return err
	}
	defer store.Close()
	var h *history[S]
	err = whileKept(ctx, store, in.Entry, func(entry journal.Entry) error {
		h, err = t.history(ctx, store, entry)
		return err
	})
	if err != nil {
		return err
	}
	if len(h.events) == 0 {
		return fmt.Errorf("room %q has no events to measure", in.Room)
	}
	found, err := t.measure(ctx, h)
	if err != nil {
		return fmt.Errorf("room %q: %w", in.Room, err)
	}
	found.Room, found.CPU, found.CPUs = in.Room, cpuName(), runtime.NumCPU()
	found.Platform, found.Go = runtime.GOOS+"/"+runtime.GOARCH, runtime.Version()
	t.progress.clear()
	if *asJSON {
		return t.json(found)
	}
	return t.benchTable(found)
}

// measure measures one thing after the other.
func (t *tool[S]) measure(ctx context.Context, h *history[S]) (found *benchJSON, err error) {
	found = &benchJSON{
		First: h.events[0].Meta.Seq, Last: h.events[len(h.events)-1].Meta.Seq, Records: len(h.records), Complete: h.complete,
		EventBytes: float64(h.bytes) / float64(len(h.events)), SnapshotBytes: len(h.snapshot.Append(nil)), StateBytes: len(h.snapshot.State),
	}
	var pass cost
	for _, one := range []struct {
		what string
		into *cost
		do   func() error
		then func()
	}{
		{"replay", &pass, func() error { return h.replay(ctx) }, func() { found.Replay = h.rate(pass) }},
		{"the rules", &pass, func() error { return h.apply(ctx) }, func() { found.Apply = h.rate(pass) }},
		{"encoding", &found.Encode, h.encode, nil},
		{"decoding", &found.Decode, h.decode, nil},
		{"differences", &found.Diff, h.diff, nil},
	} {
		t.progress.clear()
		t.progress.say("measuring %s", one.what)
		if *one.into, err = repeat(ctx, one.do); err != nil {
			return nil, err
		}
		if one.then != nil {
			one.then()
		}
	}
	for _, k := range h.kinds {
		t.progress.say("measuring %s", k.name)
		each, err := repeat(ctx, k.apply)
		if err != nil {
			return nil, err
		}
		n := float64(len(k.moments))
		found.Kinds = append(found.Kinds, kindJSON{k.name, k.events, float64(k.bytes) / float64(k.events), cost{each.Nanoseconds / n, each.Allocations / n}})
	}
	slices.SortStableFunc(found.Kinds, func(a, b kindJSON) int {
		return cmp.Compare(b.Apply.Nanoseconds*float64(b.Events), a.Apply.Nanoseconds*float64(a.Events))
	})
	return found, nil
}

func (t *tool[S]) benchTable(b *benchJSON) error {
	fmt.Fprintf(t.out, "%s, events %d to %d in %s", shown(string(b.Room)), b.First, b.Last, plural(b.Records, "record"))
	if !b.Complete {
		fmt.Fprint(t.out, ", and not those after them, which are too many")
	}
	fmt.Fprintf(t.out, "\n%s, %d CPUs, %s, %s\n\n", shown(b.CPU), b.CPUs, b.Platform, b.Go)
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "replay\t%s\tas when a server opens the room: decoded and checked\n", rate(b.Replay))
	fmt.Fprintf(table, "apply\t%s\tthe rules alone\n", rate(b.Apply))
	fmt.Fprintf(table, "log\t%.1f bytes an event\t\n", b.EventBytes)
	fmt.Fprintf(table, "snapshot\t%d bytes\tof which the state is %d\n", b.SnapshotBytes, b.StateBytes)
	fmt.Fprintf(table, "encode\t%v\tthe last state\n", b.Encode)
	fmt.Fprintf(table, "decode\t%v\t\n", b.Decode)
	fmt.Fprintf(table, "diff\t%v\tto the state before the last event\n", b.Diff)
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(t.out)
	fmt.Fprintln(table, "KIND\tEVENTS\tAPPLY\tBYTES\t")
	for _, k := range b.Kinds[:min(shownKinds, len(b.Kinds))] {
		fmt.Fprintf(table, "%s\t%d\t%v\t%.1f\t\n", shown(k.Kind), k.Events, k.Apply, k.Bytes)
	}
	if hidden := len(b.Kinds) - shownKinds; hidden > 0 {
		fmt.Fprintf(table, "and %s of less weight\t\t\t\t\n", plural(hidden, "kind"))
	}
	return table.Flush()
}

func (c cost) String() string {
	return fmt.Sprintf("%s ns, %s", digits(c.Nanoseconds), strings.Replace(plural(int(math.Round(c.Allocations)), "allocation"), "0 ", "no ", 1))
}

func rate(events float64) string { return digits(events) + " events/s" }

// digits writes a number with the first three of its digits, which is more than can be repeated, and those before the point in
// groups.
func digits(v float64) string {
	if v < 100 {
		return fmt.Sprintf("%.1f", v)
	}
	scale := math.Pow(10, math.Floor(math.Log10(v))-2)
	text := fmt.Sprintf("%.0f", math.Round(v/scale)*scale)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// cpuName returns what the operating system calls the processor, where it tells.
func cpuName() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range bytes.Lines(info) {
		if name, value, ok := strings.Cut(string(line), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "an unnamed processor"
}
