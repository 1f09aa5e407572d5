package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// A replayRow is what came out. What only a server has is 0 without one.
type replayRow struct {
	Recording    string  `json:"recording"`
	Through      string  `json:"through"`
	People       int     `json:"people"`
	Transactions int     `json:"transactions"`
	Edits        int     `json:"edits"`
	Seconds      float64 `json:"seconds"`
	Rate         float64 `json:"transactionsPerSecond"`
	EditRate     float64 `json:"editsPerSecond"`
	Up           float64 `json:"bytesUpPerEdit"`
	Down         float64 `json:"bytesDownPerEdit"`    // to each person
	Journal      float64 `json:"journalBytesPerEdit"` // of records
	Memory       uint64  `json:"serverMemoryBytes"`
	Heap         uint64  `json:"serverHeapBytes"` // of that, what is alive
	Characters   int     `json:"characters"`
	Text         int     `json:"textBytes"`
	State        int     `json:"stateBytes"`
}

// row returns the figures of a replay that ends now, with this text.
func (p *replaying) row(text data.Text) *replayRow {
	seconds, edits := time.Since(p.start).Seconds(), p.recording.edits()
	row := &replayRow{
		Recording:    filepath.Base(p.name),
		Through:      p.through,
		People:       p.plan.people,
		Transactions: len(p.plan.steps),
		Edits:        edits,
		Seconds:      seconds,
		Rate:         float64(len(p.plan.steps)) / seconds,
		EditRate:     float64(edits) / seconds,
		Characters:   text.Len(),
		Text:         len(text.String()),
	}
	if encoded, err := aper.Encode(text); err == nil { // an error is found when it is compared
		row.State = len(encoded)
	}
	return row
}

// perEdit returns a number of bytes for each edit.
func (p *replaying) perEdit(bytes int) float64 {
	return float64(bytes) / float64(max(1, p.recording.edits()))
}

func (p *replaying) print(w io.Writer, r *replayRow) error {
	if p.json {
		return json.NewEncoder(w).Encode(r)
	}
	fmt.Fprintf(w, "%s, through %s: %s, %s in %s. It ends as it was recorded.\n", r.Recording, replayPaths[r.Through],
		people(r.People), count(r.Edits, "edit"), count(r.Transactions, "transaction"))
	fmt.Fprintf(w, "time     %.2f s, %.0f edits/s, %.0f transactions/s\n", r.Seconds, r.EditRate, r.Rate)
	if r.Up > 0 {
		fmt.Fprintf(w, "bytes    %.1f up, %.1f down to each, %.1f in the journal, for each edit\n", r.Up, r.Down, r.Journal)
	}
	if r.Memory > 0 {
		fmt.Fprintf(w, "server   %.0f MiB, of which %.1f MiB are alive\n", mebibytes(r.Memory), mebibytes(r.Heap))
	}
	_, err := fmt.Fprintf(w, "text     %d characters, %d bytes, encoded %d\n", r.Characters, r.Text, r.State)
	return err
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}
