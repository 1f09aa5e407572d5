package aper_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
)

// FuzzDecodeState decodes arbitrary bytes as several machines. What is accepted is the encoding of the value that comes
// out, except that fields at the end of arrays may be missing.
func FuzzDecodeState(f *testing.F) {
	for _, seed := range [][]byte{
		must(aper.Encode(fullHall)), must(aper.Encode(Hall{Name: "\xff"})), must(aper.Encode(trees(5))),
		must(aper.Encode(NoteV1{"milk"})), must(aper.Encode(NoteV2{Title: "milk", Tree: trees(2)})),
		{}, {0x80}, {0x82, 0x60, 0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzState[Hall](t, b)
		fuzzState[Tree](t, b)
		fuzzState[NoteV2](t, b)
	})
}

func fuzzState[S aper.StateMachine[S]](t *testing.T, b []byte) {
	s, err := aper.Decode[S](b)
	if err != nil {
		if len(err.Error()) > 1000 {
			t.Fatalf("%x: an error of %d bytes", b, len(err.Error()))
		}
		return
	}
	again, err := aper.Encode(s)
	if err != nil {
		t.Fatalf("%x is accepted as %+v, which cannot be encoded: %v", b, s, err)
	}
	if !completes(b, again) {
		t.Fatalf("%x is accepted, and encoded as %x", b, again)
	}
	checkState(t, repaired(t, s))
}

// repaired goes through JSON once, because strings that are not UTF-8 do not stay as they are there.
func repaired[S aper.StateMachine[S]](t *testing.T, s S) S {
	s, err := aper.FromJSON[S](must(aper.ToJSON(s)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// FuzzDecodeTransition does the same with transitions.
func FuzzDecodeTransition(f *testing.F) {
	for _, seed := range [][]byte{
		must(encodeTransition[Hall](Rename{"a"})), must(encodeTransition[Hall](Rename{"\xff"})), must(encodeTransition[Hall](Furnish{fullHall})),
		must(encodeTransition(aper.All[Hall](Close{}, HallVotes{aper.All[Tally](Vote{}, Recount{1, 2})}))),
		must(encodeTransition[Tree](Climb{1, Grow{trees(3)}})), must(encodeTransition(alls(5))),
		{}, {0x80}, {0x81, 0}, {0x82, 0, 0x9a, 0xff, 0xff, 0xff, 0xff},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzTransition[Hall](t, b)
		fuzzTransition[Tree](t, b)
	})
}

func fuzzTransition[S aper.StateMachine[S]](t *testing.T, b []byte) {
	transition, err := decodeTransition[S](b)
	if err != nil {
		return
	}
	again, err := encodeTransition(transition)
	if err != nil {
		t.Fatalf("%x is accepted as %+v, which cannot be encoded: %v", b, transition, err)
	}
	if !completes(b, again) {
		t.Fatalf("%x is accepted, and encoded as %x", b, again)
	}
	text, err := transitionToJSON(transition)
	if err != nil || !json.Valid(text) {
		t.Fatalf("%+v is written as %s, %v", transition, text, err)
	}
	transition, err = transitionFromJSON[S](text)
	if err != nil {
		t.Fatalf("%s is not read back: %v", text, err)
	}
	checkTransition(t, transition)
}

// completes reports whether full is short, with zeros added at the end of some arrays.
func completes(short, full []byte) bool {
	a, b := cbor.NewReader(short), cbor.NewReader(full)
	return completesItem(&a, &b) && a.End() == nil && b.End() == nil
}

func completesItem(short, full *cbor.Reader) bool {
	if short.Kind() != cbor.Array || full.Kind() != cbor.Array {
		return bytes.Equal(short.Raw(), full.Raw())
	}
	have, want := short.Array(), full.Array()
	for i := range want {
		if i < have && !completesItem(short, full) || i >= have && !isZero(full) {
			return false
		}
	}
	return have <= want
}

func isZero(r *cbor.Reader) bool {
	if r.Kind() != cbor.Array {
		switch string(r.Raw()) {
		case "\x00", "\xf4", "\xf9\x00\x00", "\x60":
			return true
		}
		return false
	}
	for range r.Array() {
		if !isZero(r) {
			return false
		}
	}
	return true
}

// The checks of the fuzz targets can fail.
func TestCompletes(t *testing.T) {
	for _, test := range []struct {
		short, full string
		want        bool
	}{
		{"820102", "820102", true}, {"8101", "820100", true}, {"80", "8200f4", true}, {"80", "8282006080", true}, {"818101", "8182 01f90000", true},
		{"8101", "820101", false}, {"820102", "8101", false}, {"80", "8161ff", false}, {"00", "00", true}, {"00", "01", false}, {"8100", "8180", false},
	} {
		if got := completes(unhex(test.short), unhex(test.full)); got != test.want {
			t.Errorf("completes(%s, %s) is %t", test.short, test.full, got)
		}
	}
}

// FuzzJSON reads arbitrary text. What encoding/json refuses is refused; what is accepted is read by encoding/json to the
// same values, and can be written and read again.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		string(must(aper.ToJSON(fullHall))), string(must(aper.ToJSON(trees(4)))), string(must(transitionToJSON(alls(3)))),
		`{"title":"\ud800\udd51\u0041\\"}`, `{"title":"a`, `{"All":{"transitions":[{"Close":{}}]}}`, `{"int64":"-9223372036854775808","float32":1e-7}`,
		`[1,2,{"a":null}]`, `{"open":true,"open":true}`, ` `, `{"owner":"7-3-1"}`, "{\"title\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		checkSyntax(t, text)
		fuzzJSONState[Hall](t, text)
		fuzzJSONState[Tree](t, text)
		if transition, err := transitionFromJSON[Hall](text); err == nil {
			checkTransition(t, transition)
		}
		note, err := aper.FromJSON[NoteV1](text)
		if err != nil {
			return
		}
		var other struct{ Title string }
		if err := json.Unmarshal(text, &other); err != nil || other.Title != note.Title {
			t.Fatalf("%s: this package reads %q, encoding/json %q, %v", text, note.Title, other.Title, err)
		}
	})
}

func fuzzJSONState[S aper.StateMachine[S]](t *testing.T, text []byte) {
	s, err := aper.FromJSON[S](text)
	if err == nil {
		checkState(t, s)
		return
	}
	if message := err.Error(); len(message) > 2000 || strings.ContainsAny(message, "\x00\n") {
		t.Fatalf("an error that nobody can print: %.300q", message)
	}
}
