package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/wire"
)

// asServer in the environment makes this test binary the server of a benchmark.
const asServer = "APER_TEST_BENCH_SERVER"

func TestServeBench(t *testing.T) {
	if os.Getenv(asServer) == "" {
		return // this is the server of the other tests
	}
	ctx, stop := signal.NotifyContext(t.Context(), syscall.SIGTERM)
	defer stop()
	if err := serveBench(ctx, flag.Args(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runBench(t *testing.T, m measurement, args ...string) (string, error) {
	t.Helper()
	if err := parseBench(m, flag.NewFlagSet("aper bench", flag.ContinueOnError), args); err != nil {
		t.Fatal(err)
	}
	t.Setenv(asServer, "1")
	m.base().program = []string{os.Args[0], "-test.run=^TestServeBench$", "--"}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stdout bytes.Buffer
	err := m.run(ctx, &stdout)
	return stdout.String(), err
}

func TestBenchPrintsATable(t *testing.T) {
	printed, err := runBench(t, newThroughput(), "-clients", "2,3", "-duration", "200ms")
	if err != nil {
		t.Fatal(err)
	}
	match(t, printed, `^A counter, in memory, in 1 room; every client has 1 transition under way; 200ms a row\.
The server .*

clients  transitions/s .*
 +2 +\d+ +\d+ +\d+\.\d\d +\d+\.\d\d +\d+\.\d +(\d+%|\?) +(\d+%|\?) +\d+ MiB
 +3 .*
$`)
}

func TestBenchPrintsJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bench.db")
	printed, err := runBench(t, newThroughput(), "-clients", "2", "-rooms", "2", "-window", "3", "-duration", "200ms", "-json", "-file", file)
	if err != nil {
		t.Fatal(err)
	}
	var r benchRow
	if err := json.Unmarshal([]byte(printed), &r); err != nil {
		t.Fatalf("%v in %q", err, printed)
	}
	if r.Clients != 2 || r.Rooms != 2 || r.Window != 3 || !r.Durable || r.Seconds < 0.2 {
		t.Errorf("the row does not say what was measured: %s", printed)
	}
	if r.Transitions <= 0 || r.Confirmed <= 0 || r.P50 <= 0 || r.P99 < r.P50 || r.Bytes <= 0 || r.Memory == 0 {
		t.Errorf("nothing was measured: %s", printed)
	}
	if each := r.Deliveries / r.Transitions; each < 1.5 || each > 2.5 {
		t.Errorf("each transition was delivered %.2f times, and a room has 2 clients", each)
	}
	if c := r.Commits; c.Batches <= 0 || c.Events < 1 || c.Calls < 1 || c.P50 <= 0 || c.P99 < c.P50 || c.Raw <= 0 || c.Batched <= 0 {
		t.Errorf("nothing is said of commits: %s", printed)
	}
	nothingIn(t, filepath.Dir(file))
}

// nothingIn checks that a benchmark has removed its files.
func nothingIn(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("files were left: %v, %v", entries, err)
	}
}

func TestBenchPrintsCommits(t *testing.T) {
	printed, err := runBench(t, newThroughput(), "-clients", "2", "-duration", "100ms", "-file", filepath.Join(t.TempDir(), "bench.db"))
	if err != nil {
		t.Fatal(err)
	}
	match(t, printed, `^A counter, durable, .*
The server .*
A batch .*

clients .* memory  batches/s  events/batch  calls/commit  commit p50 ms   p99 ms
 +2 .* MiB +\d+ +\d+\.\d +\d+\.\d +\d+\.\d\d +\d+\.\d\d
    raw +\d+  events/s .*; \d+ in batches of \d+, of which the row has \d+\.\d\d
$`)
}

func match(t *testing.T, printed, want string) {
	t.Helper()
	if !regexp.MustCompile(want).MatchString(printed) {
		t.Errorf("it printed\n%swhich does not match\n%s", printed, want)
	}
}

func TestBenchRoomsPrints(t *testing.T) {
	dir := t.TempDir()
	profile := filepath.Join(t.TempDir(), "heap.prof")
	printed, err := runBench(t, newManyRooms(), "-rooms", "20", "-active", "5", "-duration", "100ms",
		"-file", filepath.Join(dir, "bench.db"), "-profile", profile)
	if err != nil {
		t.Fatal(err)
	}
	match(t, printed, `^20 rooms of a counter, durable: 5 with 2 clients each, .*
The server .*

 +memory +heap +stacks +resident +goroutines
before any room .* \d+
15 rooms used once, none open .* \d+
5 rooms with 1 connection each, idle .* \d+
5 rooms with 2 connections each, idle .* \d+
the same, in use( +\d+\.\d MiB){4} +\d+

a room that was put away +-?\d+\.\d KiB, of which -?\d+\.\d in the heap and -?\d+\.\d in stacks
a room with one idle connection .*
each further idle connection .*

The rooms used once were made and filled in \d+\.\d s\.
In use: \d+ transitions/s, confirmed in \d+\.\d\d ms \(p50\) and \d+\.\d\d ms \(p99\); server CPU .*\.
Opening a room again, dial to state: \d+\.\d\d ms \(p50\) and \d+\.\d\d ms \(p99\) of 15\.
Ending the server in use took \d+\.\d\d s; \d+ increments were confirmed, and all are in the file\.
$`)
	if info, err := os.Stat(profile); err != nil || info.Size() == 0 {
		t.Error("there is no profile:", err)
	}
	nothingIn(t, dir)
}

func TestBenchRoomsPrintsJSON(t *testing.T) {
	printed, err := runBench(t, newManyRooms(), "-rooms", "4", "-active", "4", "-clients", "1", "-duration", "100ms", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var r roomsRow
	if err := json.Unmarshal([]byte(printed), &r); err != nil {
		t.Fatalf("%v in %q", err, printed)
	}
	if r.Rooms != 4 || r.Active != 4 || r.Clients != 1 || r.Durable || r.Opened != 0 || len(r.Stages) != 4 || r.Drain <= 0 {
		t.Errorf("the row does not say what was measured: %s", printed)
	}
}

func TestBenchFloodPrints(t *testing.T) {
	dir := t.TempDir()
	printed, err := runBench(t, newFlood(), "-clients", "3", "-phases", "2", "-duration", "300ms", "-file", filepath.Join(dir, "bench.db"))
	if err != nil {
		t.Fatal(err)
	}
	match(t, printed, `^A counter, durable, in one room; 3 clients push every 50ms each\. 2 phases of 300ms .*
one more client .*
The server .*

 +transitions/s .*
calm    +\d+ +\d+\.\d\d +\d+\.\d\d +\d+\.\d\d +\d+\.\d\d +(\d+%|\?) +\d+ MiB
flooded +\d+ +\d+\.\d\d +\d+\.\d\d +\d+\.\d\d +\d+\.\d\d +(\d+%|\?) +\d+ MiB
ratio   +\d+\.\d\d +\d+\.\d\d +\d+\.\d\d +\d+\.\d\d +\d+\.\d\d

The flood got \d+ transitions/s through\. .*
All \d+ increments were found with every client and in the file\.
$`)
	nothingIn(t, dir)
}

func TestBenchFloodPrintsJSON(t *testing.T) {
	printed, err := runBench(t, newFlood(), "-clients", "2", "-phases", "1", "-duration", "300ms", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var r floodRow
	if err := json.Unmarshal([]byte(printed), &r); err != nil {
		t.Fatalf("%v in %q", err, printed)
	}
	if r.Clients != 2 || r.Phases != 1 || r.Durable || r.Flooder <= 0 || r.Confirmed <= 0 || r.Calm.OwnP50 <= 0 || r.Flooded.OthersP99 <= 0 {
		t.Errorf("the row does not say what was measured: %s", printed)
	}
}

// What was pushed while the server ended may be in the file or not.
func TestBenchVerifiesTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bench.db")
	store, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := room.Open(t.Context(), store, benchName+"/"+roomName(0), counter.Counter{Value: 5}, room.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Close(t.Context()), store.Close()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		tally
		lost bool
	}{
		{tally{pushed: 5, confirmed: 5}, false},
		{tally{pushed: 7, confirmed: 4}, false},
		{tally{pushed: 7, confirmed: 6}, true},
		{tally{pushed: 4, confirmed: 4}, true},
	} {
		err := (&load{left: []tally{test.tally}}).verifyFile(t.Context(), file)
		if errors.Is(err, errLost) != test.lost || (err != nil) != test.lost {
			t.Errorf("%+v: %v", test.tally, err)
		}
	}
	if err := (&load{left: make([]tally, 2)}).verifyFile(t.Context(), file); err == nil {
		t.Error("a room that is not there was not missed")
	}
}

func TestBenchLeavesFilesAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "precious.db")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := runBench(t, newThroughput(), "-file", file); err == nil || !strings.Contains(err.Error(), "choose another name") {
		t.Error("no advice:", err)
	}
	if text, _ := os.ReadFile(file); string(text) != "precious" {
		t.Errorf("the file holds %q", text)
	}
}

func TestBenchTellsWhenTheServerFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "missing", "bench.db")
	_, err := runBench(t, newThroughput(), "-clients", "2", "-file", file)
	if err == nil || !strings.Contains(err.Error(), "the server broke off") || !strings.Contains(err.Error(), "missing") {
		t.Error("the error does not say why:", err)
	}
}

func TestBenchRefusesFlags(t *testing.T) {
	for _, test := range []struct {
		of   measurement
		args string
	}{
		{newThroughput(), "-clients 0"},
		{newThroughput(), "-clients 2,"},
		{newThroughput(), "-clients many"},
		{newThroughput(), "-clients 10001"},
		{newThroughput(), "-clients 1000 -rooms 1000"},
		{newThroughput(), "-clients 2,3 -profile cpu.prof"},
		{newThroughput(), "-window 501"},
		{newThroughput(), "-duration 1ms"},
		{newThroughput(), "-duration 1h"},
		{newThroughput(), "2"},
		{newManyRooms(), "-rooms 20001"},
		{newManyRooms(), "-rooms 10 -active 11"},
		{newManyRooms(), "-active 1000 -clients 100"},
		{newManyRooms(), "-active 0"},
		{newManyRooms(), "-duration 1ms"},
		{newFlood(), "-clients 0"},
		{newFlood(), "-phases 0"},
		{newFlood(), "-duration 1h"},
	} {
		flags := flag.NewFlagSet("aper bench", flag.ContinueOnError)
		var told strings.Builder
		flags.SetOutput(&told)
		if err := parseBench(test.of, flags, strings.Fields(test.args)); !errors.Is(err, errUsage) || told.Len() == 0 {
			t.Errorf("%T %s: %v, told %q", test.of, test.args, err, told.String())
		}
	}
}

// The verification must find what it is there for.
func TestBenchClientFindsWhatIsLost(t *testing.T) {
	frame := func(first aper.Seq, events ...wire.Event) []byte {
		f := wire.Frame{First: first}
		for _, e := range events {
			f.Events.Add(e)
		}
		return f.Append(nil)
	}
	own := wire.Event{Client: 1, ClientSeq: 1, Transition: increment}
	foreign := wire.Event{Client: 2, ClientSeq: 9, Transition: increment}
	tests := []struct {
		name   string
		data   []byte
		lost   bool
		errors bool
	}{
		{name: "its own event", data: frame(5, own)},
		{name: "its own event and another's", data: frame(5, foreign, own)},
		{name: "a lost frame", data: frame(6, own), lost: true},
		{name: "a frame sent twice", data: frame(4, foreign), lost: true},
		{name: "its own event twice", data: frame(5, own, own), lost: true},
		{name: "an event that it did not push", data: frame(5, wire.Event{Client: 1, ClientSeq: 2, Transition: increment}), lost: true},
		{name: "another transition", data: frame(5, wire.Event{Client: 2, ClientSeq: 1, Transition: []byte{0x81, 3}}), lost: true},
		{name: "a rejection", data: (&wire.Verdicts{List: []wire.Verdict{{ClientSeq: 1, Rejected: true}}}).Append(nil), errors: true},
		{name: "a close", data: (&wire.Close{Code: wire.CloseRetry}).Append(nil), errors: true},
		{name: "no message", data: []byte{0xff}, errors: true},
	}
	for _, test := range tests {
		c := &benchClient{load: &load{}, id: 1, seq: 4, value: 4, pushed: 1, times: make([]atomic.Int64, 1), leaving: make(chan struct{})}
		err := c.take(test.data)
		if errors.Is(err, errLost) != test.lost || (err != nil) != (test.lost || test.errors) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestBenchComparesTheSums(t *testing.T) {
	tests := []struct {
		name   string
		second *benchClient
		want   string
	}{
		{"equal", &benchClient{value: 3, pushed: 2, confirmed: 2}, ""},
		{"behind", &benchClient{value: 2, pushed: 2, confirmed: 2}, "holds 2"},
		{"open", &benchClient{value: 3, pushed: 3, confirmed: 2}, "1 increment without an outcome"},
	}
	for _, test := range tests {
		l := &load{left: make([]tally, 1), clients: []*benchClient{{value: 3, pushed: 1, confirmed: 1}, test.second}}
		confirmed, err := l.compare()
		switch {
		case test.want == "" && (err != nil || confirmed != 3):
			t.Errorf("%s: %d, %v", test.name, confirmed, err)
		case test.want != "" && (!errors.Is(err, errLost) || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestHistogram(t *testing.T) {
	var h histogram
	if got := h.quantile(0.5); got != 0 {
		t.Error("nothing has a median:", got)
	}
	for i := range 1000 {
		h.add(time.Duration(i) * time.Microsecond)
	}
	h.add(-time.Second)
	h.add(time.Hour)
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Microsecond, 0.99: 990 * time.Microsecond} {
		if got := h.quantile(q); got < want*31/32 || got > want*33/32 {
			t.Errorf("quantile %v is %v, want about %v", q, got, want)
		}
	}
	for d := time.Duration(1); d < time.Hour/4; d = d*9/8 + 1 {
		if got := middle(bucketOf(d)); got < d*31/32 || got > d*33/32 {
			t.Fatalf("%v is counted as %v", d, got)
		}
	}
}

func TestProgressOnlyOnATerminal(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	newProgress(writer).say("working")
	writer.Close()
	if text, _ := io.ReadAll(reader); len(text) > 0 {
		t.Errorf("it printed %q", text)
	}
}
