package main

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// An end is how a recording is to end. All who have the text must have the same, encoded too.
type end struct {
	text    string
	encoded []byte // of whom was looked at first
	who     string // that was
}

// verify compares a text with what was recorded, and with those before it.
func (e *end) verify(who string, s data.Text) error {
	if got := s.String(); got != e.text {
		return fmt.Errorf("%s has another text than the recording: %w", who, firstDifference(got, e.text))
	}
	encoded, err := aper.Encode(s)
	if err != nil {
		return err
	}
	if e.encoded == nil {
		e.encoded, e.who = encoded, who
	}
	if !bytes.Equal(e.encoded, encoded) {
		return fmt.Errorf("%s and %s have the same text and remember different things of it, which is a bug: please report it with the recording", e.who, who)
	}
	return nil
}

// around is how many characters are shown of what is near a difference.
const around = 20

// firstDifference returns an error that shows where two texts begin to differ.
func firstDifference(got, want string) error {
	at := 0
	for at < len(got) && at < len(want) {
		a, size := utf8.DecodeRuneInString(got[at:])
		if b, _ := utf8.DecodeRuneInString(want[at:]); a != b {
			break
		}
		at += size
	}
	points := []rune(got[:at])
	near := func(text string) string {
		after := []rune(text[at:])
		return string(points[max(0, len(points)-around):]) + string(after[:min(around, len(after))])
	}
	return fmt.Errorf("at position %d it has %q, and %q was recorded", len(points), near(got), near(want))
}

var errBroken = errors.New("the text is not what its author had seen, which is a bug in this program: please report it with the recording")
