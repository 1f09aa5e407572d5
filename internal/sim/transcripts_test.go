package sim

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewriteFlag = flag.Bool("rewrite", false, "write the effects in testdata/transcripts anew")

// TestTranscripts replays the histories in testdata/transcripts, each of which guards something, under all checkers, and
// compares what they bring about with what is written there.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { transcribe(t, file) })
	}
}

func transcribe(t *testing.T, file string) {
	_, r := readHistory(t, file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Transcribe(string(text))
	if err != nil {
		t.Fatalf("%s: %v\n%s", file, err, got)
	}
	if !strings.HasPrefix(got, "# ") {
		t.Errorf("%s: a transcript begins with a remark that says what it guards", file)
	}
	if *rewriteFlag {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	number, have, want := firstDifference(got, string(text))
	if number != 0 {
		t.Errorf("%s:%d:\n  what happens: %s\n  what is written: %s\nIf that is right, write it anew: go test ./internal/sim -run TestTranscripts -rewrite",
			file, number, have, want)
	}
}

// firstDifference returns the number of the first line that differs, and 0 when none does.
func firstDifference(got, want string) (number int, gotLine, wantLine string) {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(a), len(b)) {
		if x, y := lineAt(a, i), lineAt(b, i); x != y {
			return i + 1, x, y
		}
	}
	return 0, "", ""
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}
