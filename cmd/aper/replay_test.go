package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// runReplay replays as the command does, with this test binary as the server.
func runReplay(t *testing.T, args ...string) (string, error) {
	t.Helper()
	flags := flag.NewFlagSet("aper replay", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	o, err := parseReplay(flags, args)
	if err != nil {
		return "", err
	}
	t.Setenv(asServer, "1")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var stdout bytes.Buffer
	err = o.run(ctx, []string{os.Args[0], "-test.run=^TestServeBench$", "--"}, &stdout)
	return stdout.String(), err
}

func TestReplayEndsAsItWasRecorded(t *testing.T) {
	for _, args := range [][]string{
		{"testdata/sequential.json"},
		{"testdata/sequential.json", "-writers", "3"},
		{"testdata/sequential.json", "-writers", "20"}, // more than there are transactions
		{"testdata/concurrent.json"},
		{"testdata/concurrent.json", "-window", "1"},
	} {
		for _, through := range []string{"apply", "engine", "server"} {
			t.Run(strings.Join(append(args, through), " "), func(t *testing.T) {
				printed, err := runReplay(t, append(args, "-through", through, "-json")...)
				if err != nil {
					t.Fatal(err)
				}
				var row replayRow
				if err := json.Unmarshal([]byte(printed), &row); err != nil {
					t.Fatal(err)
				}
				r, err := readRecording(args[0])
				if err != nil {
					t.Fatal(err)
				}
				if row.Transactions != len(r.Transactions) || row.Edits != r.edits() || row.Text != len(r.End) ||
					row.Characters != utf8.RuneCountInString(r.End) || row.State <= row.Text {
					t.Errorf("%+v", row)
				}
				if bytes := through != "apply"; bytes != (row.Up > 0 && row.Down > 0 && row.Journal > 0) {
					t.Errorf("bytes: %+v", row)
				}
				if measured := through == "server"; measured != (row.Memory > 0 && row.Heap > 0) {
					t.Errorf("memory: %+v", row)
				}
			})
		}
	}
}

// Ann types much before she sees what Bob did at first, and Cid sees each character of hers: so they are confirmed one by one
// while many are pending, and she finds that nothing has to be applied again.
func TestReplayOfWhoSeesNothingForAWhile(t *testing.T) {
	const ann, bob, cid, n = 0, 1, 2, 60
	r := recording{Kind: "concurrent", People: 3, End: "B" + strings.Repeat("a", n) + "!"}
	add := func(person int, parents []int, patches ...patch) int {
		r.Transactions = append(r.Transactions, transaction{Person: person, Parents: parents, Patches: patches})
		return len(r.Transactions) - 1
	}
	typed := add(ann, nil, patch{Insert: "a"})
	seen := add(cid, []int{add(bob, []int{typed}, patch{Insert: "B"})})
	for at := 1; at < n; at++ {
		typed = add(ann, []int{typed}, patch{At: at, Insert: "a"})
		seen = add(cid, []int{seen, typed})
	}
	add(ann, []int{typed, seen}, patch{At: n + 1, Insert: "!"})
	name := writeRecording(t, &r)
	for _, through := range []string{"apply", "engine", "server"} {
		if _, err := runReplay(t, name, "-through", through); err != nil {
			t.Errorf("through %s: %v", through, err)
		}
	}
}

// writeRecording writes a file as others make it.
func writeRecording(t *testing.T, r *recording) string {
	t.Helper()
	type patches struct {
		Agent   int     `json:"agent"`
		Parents []int   `json:"parents"`
		Patches [][]any `json:"patches"`
	}
	var txns []patches
	for _, txn := range r.Transactions {
		p := patches{Agent: txn.Person, Parents: txn.Parents}
		for _, edit := range txn.Patches {
			p.Patches = append(p.Patches, []any{edit.At, edit.Delete, edit.Insert})
		}
		txns = append(txns, p)
	}
	text, err := json.Marshal(map[string]any{
		"kind": r.Kind, "numAgents": r.People, "startContent": r.Start, "endContent": r.End, "txns": txns,
	})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "recording.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestReplayShowsTheFirstDifference(t *testing.T) {
	r, err := readRecording("testdata/concurrent.json")
	if err != nil {
		t.Fatal(err)
	}
	r.End = strings.Replace(r.End, "wide", "wild", 1)
	name := writeRecording(t, r)
	for _, through := range []string{"apply", "engine", "server"} {
		_, err := runReplay(t, name, "-through", through)
		if want := `at position 11 it has "Hi great wide world!? 🙂", and "Hi great wild world!? 🙂" was recorded`; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("through %s: %v, want %s", through, err, want)
		}
	}
}

func TestReplayRefuses(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "taken.db")
	if err := os.WriteFile(taken, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	beyond := writeRecording(t, &recording{Transactions: []transaction{{Patches: []patch{{At: 7, Insert: "x"}}}}})
	for args, want := range map[string]string{
		"":                                      "usage",
		"testdata/sequential.json more":         "usage",
		"testdata/sequential.json -through x":   "usage",
		"testdata/sequential.json -speed 0":     "usage",
		"testdata/sequential.json -window 1001": "usage",
		"-through apply -speed 1 testdata/sequential.json": "usage",
		"testdata/none.json":                      "no such file",
		"replay_test.go":                          "replay_test.go is no recording",
		"testdata/sequential.json -file " + taken: "exists, and a replay begins with a new file",
		"testdata/concurrent.json -writers 2":     "-writers is for recordings of one person",
		beyond + " -speed 1":                      "there is no time to keep: transaction 0",
		beyond + " -through apply":                "transaction 0: no such place",
		beyond:                                    "transaction 0: no such place",
		"testdata/infeasible.json": "transactions 2 and 3 conflict: no authority can have put in order what was seen: " +
			"2 was made having seen 0 but not 1; 3 was made having seen 1 but not 0",
	} {
		if _, err := runReplay(t, strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("aper replay %s: %v, want %s", args, err, want)
		}
	}
}

func TestReplayKeepsAFileThatWasNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kept.db")
	if _, err := runReplay(t, "testdata/sequential.json", "-file", file); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

func TestReplayTakesItsTime(t *testing.T) {
	printed, err := runReplay(t, "testdata/sequential.json", "-speed", "4", "-pause", "600ms", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var row replayRow
	if err := json.Unmarshal([]byte(printed), &row); err != nil {
		t.Fatal(err)
	}
	if row.Seconds < 0.25 || row.Seconds > 100 { // a second was recorded, but for the pause of two hours
		t.Errorf("it took %f s", row.Seconds)
	}
}

func TestReplayPrintsFigures(t *testing.T) {
	printed, err := runReplay(t, "testdata/concurrent.json")
	if err != nil {
		t.Fatal(err)
	}
	match(t, printed, `^concurrent\.json, through a server with a file: 3 people, 9 edits in 8 transactions\. It ends as it was recorded\.
time     \d+\.\d\d s, \d+ edits/s, \d+ transactions/s
bytes    \d+\.\d up, \d+\.\d down to each, \d+\.\d in the journal, for each edit
server   \d+ MiB, of which \d+\.\d MiB are alive
text     23 characters, 26 bytes, encoded \d+
$`)
}

func TestReplayCanBeInterrupted(t *testing.T) {
	o := replayOptions{name: "testdata/sequential.json", through: "apply", writers: 1, window: 1}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.run(ctx, nil, io.Discard); err == nil || err.Error() != "interrupted" {
		t.Error(err)
	}
}

// The recordings of real people, where they are at hand.
func TestReplayRecordings(t *testing.T) {
	directory := os.Getenv("APER_TRACES")
	if directory == "" {
		directory = filepath.Join("..", "..", "..", "shared", "traces")
	}
	files, err := filepath.Glob(filepath.Join(directory, "*.json*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("no recordings in %s; set APER_TRACES to their directory", directory)
	}
	for _, file := range files {
		for _, through := range []string{"apply", "engine", "server"} {
			t.Run(filepath.Base(file)+" "+through, func(t *testing.T) {
				if through != "engine" && raceDetector && os.Getenv("APER_LONG") == "" {
					t.Skip("with the race detector this takes long; set APER_LONG=1") // package data applies them all, too
				}
				printed, err := runReplay(t, file, "-through", through, "-window", "1000")
				if err != nil {
					t.Fatal(err)
				}
				t.Log(printed)
			})
		}
	}
}
