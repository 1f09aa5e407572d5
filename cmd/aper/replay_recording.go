package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// A recording is what people typed into a text, in the format of github.com/josephg/editing-traces, and how it ended.
type recording struct {
	Kind         string        `json:"kind"` // concurrent, or nothing
	Start        string        `json:"startContent"`
	End          string        `json:"endContent"`
	People       int           `json:"numAgents"`
	Transactions []transaction `json:"txns"`
}

// A transaction is what one person did at once. Where people typed at the same time it says what he had seen: the
// transactions that are its parents, and all that is before those.
type transaction struct {
	Person  int     `json:"agent"`
	Parents []int   `json:"parents"`
	Time    string  `json:"time"`
	Patches []patch `json:"patches"`
}

// A patch is an edit in a recording: an array of position, count of what is deleted, and what is inserted.
type patch data.TextEdit

func (p *patch) UnmarshalJSON(text []byte) error {
	fields := []any{&p.At, &p.Delete, &p.Insert}
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	if len(fields) != 3 {
		return errors.New("a patch is not [position, deleted, inserted]")
	}
	return nil
}

// Limits of a recording. maxSeen is of how many counts are kept of what was seen: for each transaction, one of each person.
const (
	maxRecording = 1 << 30 // bytes, when it is not compressed
	maxPeople    = 1000
	maxSeen      = 100 << 20
)

// readRecording reads a file of JSON, compressed by gzip or not.
func readRecording(name string) (*recording, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := &recording{}
	if err := r.decode(file); err != nil {
		return nil, fmt.Errorf("%s is no recording: %w", name, err)
	}
	return r, nil
}

func (r *recording) decode(file io.Reader) error {
	in := bufio.NewReader(file)
	file = in
	if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" {
		unzip, err := gzip.NewReader(in)
		if err != nil {
			return err
		}
		file = unzip
	}
	limited := &io.LimitedReader{R: file, N: maxRecording}
	err := json.NewDecoder(limited).Decode(r)
	if limited.N == 0 {
		return fmt.Errorf("it is larger than %d bytes", maxRecording)
	}
	if err != nil {
		return err
	}
	return r.check()
}

// concurrent reports whether people typed at the same time.
func (r *recording) concurrent() bool { return r.Kind == "concurrent" }

func (r *recording) check() error {
	if !r.concurrent() {
		return nil
	}
	if r.People < 1 || r.People > maxPeople || len(r.Transactions) > maxSeen/r.People {
		return fmt.Errorf("%d transactions of %d people are more than can be put in order", len(r.Transactions), r.People)
	}
	for i := range r.Transactions {
		t := &r.Transactions[i]
		if t.Person < 0 || t.Person >= r.People {
			return fmt.Errorf("transaction %d is by person %d of %d", i, t.Person, r.People)
		}
		for _, parent := range t.Parents {
			if parent < 0 || parent >= i {
				return fmt.Errorf("transaction %d comes before its parent %d", i, parent)
			}
		}
	}
	return nil
}

// edits returns how many there are.
func (r *recording) edits() (n int) {
	for i := range r.Transactions {
		n += len(r.Transactions[i].Patches)
	}
	return n
}

// transition returns what does the same to a Text.
func (t *transaction) transition() aper.Transition[data.Text] {
	edits := make([]data.TextEdit, len(t.Patches))
	for i, p := range t.Patches {
		edits[i] = data.TextEdit(p)
	}
	if len(edits) <= data.MaxEdits {
		return data.EditText(edits...)
	}
	var all []aper.Transition[data.Text]
	for ; len(edits) > data.MaxEdits; edits = edits[data.MaxEdits:] {
		all = append(all, data.EditText(edits[:data.MaxEdits]...))
	}
	return aper.All(append(all, data.EditText(edits...))...)
}

// pauses returns when each step of a plan is due, counted from the first, when no pause is longer than a limit.
func (p *plan) pauses(r *recording, longest time.Duration) ([]time.Duration, error) {
	due := make([]time.Duration, len(p.steps))
	var now time.Duration
	var last time.Time
	for i := range p.steps {
		at, err := time.Parse(time.RFC3339, r.Transactions[p.steps[i].transaction].Time)
		if err != nil {
			return nil, fmt.Errorf("there is no time to keep: transaction %d: %w", p.steps[i].transaction, err)
		}
		if i == 0 {
			last = at
		}
		if pause := at.Sub(last); pause > 0 {
			now += min(pause, longest)
			last = at
		}
		due[i] = now
	}
	return due, nil
}
