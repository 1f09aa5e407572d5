package main

import (
	"encoding/json"
	"errors"
	"flag"
	"path/filepath"
	"strings"
	"testing"
)

func TestBenchHostilePrints(t *testing.T) {
	dir := t.TempDir()
	printed, err := runBench(t, newHostility(), "-attacks", "garbage,pieces", "-clients", "3", "-phases", "1", "-duration", "200ms",
		"-file", filepath.Join(dir, "bench.db"))
	if err != nil {
		t.Fatal(err)
	}
	match(t, printed, `^A counter, durable, in one room; 3 clients push every 50ms each, .*
200ms, in turn with its control, (?s:.*)
attack .*
calm +(\d+\.\d\d +){6}\d+ +\d+\.\d\d +(\d+%|\?) +0 .*
garbage .* \d+ close 4300\b.*
pieces .* \d+ frames/s

All \d+ increments were found with every client and in the file\.
$`)
	nothingIn(t, dir)
}

func TestBenchHostilePrintsJSON(t *testing.T) {
	printed, err := runBench(t, newHostility(), "-attacks", "oversize", "-clients", "2", "-phases", "1", "-duration", "200ms", "-json")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(printed), "\n")
	var r hostileRow
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil || len(lines) != 2 {
		t.Fatalf("%v in %q", err, printed)
	}
	if r.Attack != "oversize" || r.Clients != 2 || r.Phases != 1 || r.Durable || r.Connects <= 0 || r.Endings["close 1009"] <= 0 {
		t.Errorf("the row does not say what was done: %s", printed)
	}
	if r.Attacked.OwnP50 <= 0 || r.Control.OthersP99 <= 0 || r.Before.Heap == 0 || r.Peak.Heap == 0 || r.After.Heap == 0 {
		t.Errorf("the row does not say what was measured: %s", printed)
	}
}

// Every attack must reach the server: one that is turned away at once measures nothing.
func TestEveryAttackGetsThrough(t *testing.T) {
	printed, err := runBench(t, newHostility(), "-clients", "1", "-phases", "1", "-duration", "50ms", "-json")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(printed) {
		var r hostileRow
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r.Endings["no connection"] > 0 || r.Endings["HTTP 400"] > 0 || r.Attack != "calm" && r.Connects == 0 {
			t.Errorf("%s: %v connects/s, %v", r.Attack, r.Connects, r.Endings)
		}
	}
}

func TestBenchGamesPrints(t *testing.T) {
	dir := t.TempDir()
	printed, err := runBench(t, newGameNight(), "-rooms", "1,3", "-duration", "200ms", "-file", filepath.Join(dir, "bench.db"))
	if err != nil {
		t.Fatal(err)
	}
	match(t, printed, `^Drop Four, durable: (?s:.*)
rooms    moves/s .*
    1 +\d+ +\d+\.\d\d +\d+\.\d\d +\d+\.\d +\d+\.\d +\d+ +(\d+%|\?) +(\d+%|\?) +\d+ MiB
    3 .*
$`)
	nothingIn(t, dir)
}

func TestBenchGamesPrintsJSON(t *testing.T) {
	printed, err := runBench(t, newGameNight(), "-rooms", "2", "-duration", "300ms", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var r gameRow
	if err := json.Unmarshal([]byte(printed), &r); err != nil {
		t.Fatalf("%v in %q", err, printed)
	}
	if r.Rooms != 2 || r.Durable || r.Seconds < 0.3 || r.Moves <= 0 || r.P50 <= 0 || r.P99 < r.P50 || r.Confirmed <= 0 || r.Journal != 0 {
		t.Errorf("the row does not say what was measured: %s", printed)
	}
	if r.Up < 10 || r.Up > 100 || r.Down < 10 || r.Down > 200 {
		t.Errorf("a move takes %.1f bytes up and %.1f down", r.Up, r.Down)
	}
}

func TestHostileAndGamesRefuseFlags(t *testing.T) {
	for _, test := range []struct {
		of   measurement
		args string
	}{
		{newHostility(), "-attacks kindness"},
		{newHostility(), "-clients 0"},
		{newHostility(), "-phases 101"},
		{newHostility(), "-duration 1h"},
		{newGameNight(), "-rooms 0"},
		{newGameNight(), "-rooms 1,"},
		{newGameNight(), "-rooms 10001"},
	} {
		flags := flag.NewFlagSet("aper bench", flag.ContinueOnError)
		var told strings.Builder
		flags.SetOutput(&told)
		if err := parseBench(test.of, flags, strings.Fields(test.args)); !errors.Is(err, errUsage) || told.Len() == 0 {
			t.Errorf("%T %s: %v, told %q", test.of, test.args, err, told.String())
		}
	}
}
