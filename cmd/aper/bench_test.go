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
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// asServer in the environment makes this test binary the server of a benchmark.
const asServer = "APER_TEST_BENCH_SERVER"

func TestServeBench(t *testing.T) {
	if os.Getenv(asServer) == "" {
		return // this is the server of the other tests
	}
	if err := serveBench(t.Context(), flag.Args(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runBench(t *testing.T, args ...string) (string, error) {
	t.Helper()
	b, err := parseBench(flag.NewFlagSet("aper bench", flag.ContinueOnError), args)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(asServer, "1")
	b.program = []string{os.Args[0], "-test.run=^TestServeBench$", "--"}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stdout bytes.Buffer
	err = b.run(ctx, &stdout)
	return stdout.String(), err
}

func TestBenchPrintsATable(t *testing.T) {
	printed, err := runBench(t, "-clients", "2,3", "-duration", "200ms")
	if err != nil {
		t.Fatal(err)
	}
	want := `^A counter, in memory, in 1 room; every client has 1 transition under way; 200ms a row\.
The server .*

clients  transitions/s .*
 +2 +\d+ +\d+ +\d+\.\d\d +\d+\.\d\d +\d+\.\d +(\d+%|\?) +(\d+%|\?) +\d+ MiB
 +3 .*
$`
	if !regexp.MustCompile(want).MatchString(printed) {
		t.Errorf("it printed\n%swhich does not match\n%s", printed, want)
	}
}

func TestBenchPrintsJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bench.db")
	printed, err := runBench(t, "-clients", "2", "-rooms", "2", "-window", "3", "-duration", "200ms", "-json", "-file", file)
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
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Error("the file was not removed:", err)
	}
}

func TestBenchLeavesFilesAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "precious.db")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := runBench(t, "-file", file); err == nil || !strings.Contains(err.Error(), "choose another name") {
		t.Error("no advice:", err)
	}
	if text, _ := os.ReadFile(file); string(text) != "precious" {
		t.Errorf("the file holds %q", text)
	}
}

func TestBenchTellsWhenTheServerFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "missing", "bench.db")
	_, err := runBench(t, "-clients", "2", "-file", file)
	if err == nil || !strings.Contains(err.Error(), "the server broke off") || !strings.Contains(err.Error(), "missing") {
		t.Error("the error does not say why:", err)
	}
}

func TestBenchRefusesFlags(t *testing.T) {
	for _, args := range [][]string{
		{"-clients", "0"},
		{"-clients", "2,"},
		{"-clients", "many"},
		{"-clients", "10001"},
		{"-clients", "1000", "-rooms", "1000"},
		{"-clients", "2,3", "-profile", "cpu.prof"},
		{"-window", "501"},
		{"-duration", "1ms"},
		{"-duration", "1h"},
		{"2"},
	} {
		flags := flag.NewFlagSet("aper bench", flag.ContinueOnError)
		var told strings.Builder
		flags.SetOutput(&told)
		if _, err := parseBench(flags, args); !errors.Is(err, errUsage) || told.Len() == 0 {
			t.Errorf("%q: %v, told %q", args, err, told.String())
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
		c := &benchClient{load: &load{}, id: 1, seq: 4, value: 4, pushed: 1, times: make([]time.Duration, 1)}
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
		l := &load{rooms: 1, clients: []*benchClient{{value: 3, pushed: 1, confirmed: 1}, test.second}}
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
