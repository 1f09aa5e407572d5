package aper_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aper-go/aper"
)

func TestJSONMembersComeInAnyOrder(t *testing.T) {
	got, err := aper.FromJSON[NoteV2]([]byte(" {\n\t\"votes\": {\"no\": 2, \"yes\": 1}, \"done\": true,\r\n" +
		`"path": [{"label": "l", "y": 2, "x": 1}, {}], "author": "7-3-1", "title": "milk" } `))
	want := NoteV2{
		Title: "milk", Done: true, Author: aper.ID{Client: 7, Seq: 3, N: 1},
		Path: [2]Point{{1, 2, "l"}, {}}, Votes: Tally{1, 2},
	}
	if err != nil || !aper.Equal(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestJSONMembersThatAreMissingAreZero(t *testing.T) {
	if got, err := aper.FromJSON[Hall]([]byte(`{}`)); err != nil || got != (Hall{}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := transitionFromJSON[Hall]([]byte(`{"Furnish":{}}`)); err != nil || got != (Furnish{}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestJSONRefusesStates(t *testing.T) {
	for _, test := range []struct{ json, problem string }{
		{`{"open": 1}`, "test.Hall.open: expected true or false, found 1"},
		{`{"open": null}`, "test.Hall.open: expected true or false, found null"},
		{`{"name": true}`, "test.Hall.name: expected a string, found true"},
		{`{"stage": []}`, "test.Hall.stage: expected an object, found an array"},
		{`{"cells": {}}`, "test.Hall.cells: expected an array, found an object"},
		{`{"int64": "x"}`, `test.Hall.int64: expected an integer of kind int64, found "x"`},
		{`{"int64": 1.0}`, `test.Hall.int64: expected an integer of kind int64, found "1.0"`},
		{`{"int64": 1e3}`, `test.Hall.int64: expected an integer of kind int64, found "1e3"`},
		{`{"int64": 9223372036854775808}`, `test.Hall.int64: expected an integer of kind int64, found "9223372036854775808"`},
		{`{"int64": {}}`, "test.Hall.int64: expected an integer, found an object"},
		{`{"uint64": -1}`, `test.Hall.uint64: expected an integer of kind uint64, found "-1"`},
		{`{"uint64": "18446744073709551616"}`, `test.Hall.uint64: expected an integer of kind uint64, found "18446744073709551616"`},
		{`{"int8": 128}`, "test.Hall.int8: the number does not fit into int8"},
		{`{"int8": -129}`, "test.Hall.int8: the number does not fit into int8"},
		{`{"uint16": 65536}`, "test.Hall.uint16: the number does not fit into uint16"},
		{`{"float32": 1e39}`, `test.Hall.float32: the number "1e39" does not fit into float32`},
		{`{"float64": "1"}`, `test.Hall.float64: expected a number, found the string "1"`},
		{`{"owner": "7-3"}`, `test.Hall.owner: not an ID: "7-3"; an ID is three numbers, like 7-3-1`},
		{`{"owner": 7}`, "test.Hall.owner: expected a string, found 7"},
		{`{"nobody": 1, "open": true}`, `test.Hall: the member "nobody" is unknown`},
		{`{"Open": true}`, `test.Hall: the member "Open" is unknown`},
		{`{"open": true, "name": "", "open": true}`, `test.Hall: the member "open" is there twice`},
		{`{"stage": {"x": 1, "x": 2}}`, `test.Hall.stage: the member "x" is there twice`},
		{`{"x": 1, "x": 2}`, `test.Hall: the member "x" is unknown`},
		{`{"` + strings.Repeat("é", 40) + `": 1}`, `test.Hall: the member "` + strings.Repeat("é", 30) + `"… is unknown`},
		{`[]`, "test.Hall: expected an object, found an array"},
		{`null`, "test.Hall: expected an object, found null"},
		{``, "JSON at byte 0: expected a value, found the end"},
		{`{"open": true`, `JSON at byte 13: expected a comma or "}" after a member, such as "name": value, found the end`},
		{`{"open": true,}`, `JSON at byte 14: expected a string, found "}"`},
		{`{open: true}`, `JSON at byte 1: expected a string, found "o"`},
		{`{"open" true}`, `JSON at byte 8: expected a colon, found "t"`},
		{`{"cells": [1 2]}`, `JSON at byte 13: expected a comma or "]" after an item, found "2"`},
		{`{"cells": [01]}`, `JSON at byte 12: expected a comma or "]" after an item, found "1"`},
		{`{"int8": -}`, `JSON at byte 10: expected a digit, found "}"`},
		{`{"int8": 1.}`, `JSON at byte 11: expected a digit, found "}"`},
		{`{"int8": 1e}`, `JSON at byte 11: expected a digit, found "}"`},
		{`{"int8": +1}`, `JSON at byte 9: expected a value, found "+"`},
		{`{"name": "a`, "JSON at byte 11: expected the end of the string, found the end"},
		{`{"name": "a\`, "JSON at byte 12: expected the end of the string, found the end"},
		{`{"name": "a\x"}`, `JSON at byte 12: expected an escape such as \n or \u00e9, found "x"`},
		{`{"name": "\u12g4"}`, `JSON at byte 14: expected a hexadecimal digit, found "g"`},
		{"{\"name\": \"\n\"}", `JSON at byte 10: expected no control character inside a string, found "\n"`},
		{`{} {}`, `JSON at byte 3: expected one value and nothing after it, found "{"`},
		{`tru`, `JSON at byte 0: expected a value, found "t"`},
		{"{\xff}", `JSON at byte 1: expected a string, found "` + "\ufffd" + `"`},
	} {
		h, err := aper.FromJSON[Hall]([]byte(test.json))
		wantError(t, test.json, err, "aper: "+test.problem)
		if h != (Hall{}) {
			t.Errorf("%s is refused and %+v returned", test.json, h)
		}
	}
}

func TestJSONRefusesTransitions(t *testing.T) {
	for _, test := range []struct{ json, problem string }{
		{`{"Fly":{}}`, `"Fly" is not a transition of test.Hall; there are Rename Furnish Close Draw HallVotes`},
		{`{"rename":{"to":"x"}}`, `"rename" is not a transition of test.Hall; there are Rename Furnish Close Draw HallVotes`},
		{`{"Rename":{"to":1}}`, "Rename.to: expected a string, found 1"},
		{`{"Rename":{"with":1}}`, `Rename: the member "with" is unknown`},
		{`{"Rename":"x"}`, `Rename: expected an object, found the string "x"`},
		{`{"Close":{},"Rename":{}}`, `a transition is an object with one member, {"Name": {…}}`},
		{`{}`, `a transition is an object with one member, {"Name": {…}}`},
		{`"Close"`, `expected a transition, {"Name": {…}}, found the string "Close"`},
		{`{"HallVotes":{}}`, "HallVotes.do: the transition is missing"},
		{`{"HallVotes":{"do":{"Close":{}}}}`, `HallVotes.do: "Close" is not a transition of test.Tally; there are Vote Recount`},
		{`{"All":{"transitions":[{"Close":{}},{"All":{"transitions":[{}]}}]}}`, `All.transitions[1].transitions[0]: a transition is an object with one member, {"Name": {…}}`},
		{`{"All":[]}`, "All: expected an object, found an array"},
		{`{"Close":{}`, `JSON at byte 11: expected a comma or "}" after a member, such as "name": value, found the end`},
	} {
		got, err := transitionFromJSON[Hall]([]byte(test.json))
		wantError(t, test.json, err, "aper: "+test.problem)
		if got != nil {
			t.Errorf("%s is refused and %v returned", test.json, got)
		}
	}
}

// JavaScript's numbers hold integers up to 2^53-1 together with all smaller ones; beyond, they are strings.
func TestJSONWritesLargeIntegersAsStrings(t *testing.T) {
	for _, test := range []struct {
		hall Hall
		want string
	}{
		{Hall{Int64: 1<<53 - 1}, `"int64":9007199254740991,`},
		{Hall{Int64: 1 << 53}, `"int64":"9007199254740992",`},
		{Hall{Int64: -(1<<53 - 1)}, `"int64":-9007199254740991,`},
		{Hall{Int64: -(1 << 53)}, `"int64":"-9007199254740992",`},
		{Hall{Int64: math.MinInt64}, `"int64":"-9223372036854775808",`},
		{Hall{Uint64: 1<<53 - 1}, `"uint64":9007199254740991,`},
		{Hall{Uint64: math.MaxUint64}, `"uint64":"18446744073709551615",`},
	} {
		text := must(aper.ToJSON(test.hall))
		if !strings.Contains(string(text), test.want) {
			t.Errorf("%s\ndoes not contain %s", text, test.want)
		}
		if got, err := aper.FromJSON[Hall](text); err != nil || got != test.hall {
			t.Errorf("%s is read as %+v, %v", text, got, err)
		}
	}
	got, err := aper.FromJSON[Hall]([]byte(`{"int64": "-5", "uint8": "7", "uint64": 18446744073709551615}`))
	if err != nil || got != (Hall{Int64: -5, Uint8: 7, Uint64: math.MaxUint64}) {
		t.Errorf("numbers may stand in quotes or not, as they are: %+v, %v", got, err)
	}
}

func TestJSONStrings(t *testing.T) {
	for _, test := range []struct{ json, want string }{
		{`""`, ""},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{`"\u0000\u00e9\u6C34"`, "\x00é水"},
		{`"\ud800\udd51"`, "\U00010151"},
		{`"\ud800"`, "\ufffd"},
		{`"\udd51x"`, "\ufffdx"},
		{`"\ud800\ud800\udd51"`, "\ufffd\U00010151"},
		{`"\ud800\n"`, "\ufffd\n"},
		{`"\ud800\u0041"`, "\ufffdA"},
		{`"\ud800\ue000"`, "\ufffd\ue000"},
		{`"\ud800\udbff"`, "\ufffd\ufffd"},
		{"\"a\x7f\u2028\"", "a\x7f\u2028"},
		{"\"a\xffb\xe6\xb0\"", "a\ufffdb\ufffd\ufffd"},
	} {
		got, err := aper.FromJSON[NoteV1]([]byte(`{"title":` + test.json + `}`))
		if err != nil || got.Title != test.want {
			t.Errorf("%s is read as %q, %v; want %q", test.json, got.Title, err, test.want)
		}
		var other string
		if err := json.Unmarshal([]byte(test.json), &other); err != nil || other != test.want {
			t.Errorf("encoding/json reads %s as %q, %v", test.json, other, err)
		}
	}
	const all = "\x00\x01\x1f\"\\/\b\f\n\r\t\x7f\u0080é\u2028水\U00010151\ufffd"
	const want = `{"title":"\u0000\u0001\u001f\"\\/\u0008\u000c\n\u000d\t\u007f` + "\u0080é\u2028水\U00010151\ufffd" + `"}`
	if got := must(aper.ToJSON(NoteV1{all})); string(got) != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestJSONNamesOfMembersMayBeEscaped(t *testing.T) {
	got, err := aper.FromJSON[NoteV1]([]byte(`{"t\u0069tle":"milk"}`))
	if err != nil || got.Title != "milk" {
		t.Errorf("%+v, %v", got, err)
	}
}

// The parser agrees with encoding/json on what is JSON, for texts that are nearly right.
func TestJSONSyntaxLikeEncodingJSON(t *testing.T) {
	random := newRandom(t)
	parts := strings.Split(`{|}|[|]|,|:|"|\|"a"|"b":|true|false|null|0|-|1|.|e|E|+|12|\u|00e9|d800| |`+"\n|\t|\x00|\x1f|\xff|é|tru|nul|x|//|'", "|")
	for range 20_000 {
		text := randomJSON(random, 3)
		for range random.IntN(3) {
			at, part := random.IntN(len(text)+1), parts[random.IntN(len(parts))]
			text = text[:at] + part + text[at+random.IntN(min(2, len(text)-at)+1):]
		}
		checkSyntax(t, []byte(text))
	}
}

func checkSyntax(t *testing.T, text []byte) {
	t.Helper()
	var c aper.Coder
	c.JSONFrom(text)
	_, err := c.Finish()
	if valid := json.Valid(text); valid != (err == nil) {
		if valid && strings.Contains(err.Error(), "nested more than") {
			return
		}
		t.Fatalf("%q: encoding/json says valid is %t, this package says %v", text, valid, err)
	}
}

func randomJSON(r *rand.Rand, depth int) string {
	kinds := 5
	if depth == 0 {
		kinds = 3
	}
	switch r.IntN(kinds) {
	case 0:
		return string(must(json.Marshal(randomText(r))))
	case 1:
		return string(must(json.Marshal(randomFloat(r, math.MaxFloat64))))
	case 2:
		return []string{"true", "false", "null", "0", "-0", "1e5", "1.5E-3", `"\ud834\uDD1E"`}[r.IntN(8)]
	}
	var items []string
	object := r.IntN(2) == 0
	for range r.IntN(4) {
		item := randomJSON(r, depth-1)
		if object {
			item = fmt.Sprintf("%q : %s", rune('a'+r.IntN(26)), item)
			item = `"` + item[1:2] + `"` + item[3:]
		}
		items = append(items, item)
	}
	if object {
		return "{" + strings.Join(items, ", ") + "}"
	}
	return "[" + strings.Join(items, ",") + " ]"
}

// What is written is JSON, and means the same to others.
func TestJSONOutputIsRight(t *testing.T) {
	random := newRandom(t)
	for range 300 {
		h := randomHall(random)
		text := must(aper.ToJSON(h))
		var other struct {
			Name    string
			Float64 float64
			Float32 float32
			Int32   int32
			Owner   string
			Path    []struct{ X, Y int32 }
		}
		if err := json.Unmarshal(text, &other); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if other.Name != h.Name || other.Float64 != h.Float64 || other.Float32 != h.Float32 || other.Int32 != h.Int32 ||
			other.Owner != h.Owner.String() || len(other.Path) != 2 || other.Path[1].Y != h.Path[1].Y {
			t.Fatalf("%s\nis read by encoding/json as %+v", text, other)
		}
	}
}

// Refusing a text costs time and memory in proportion to it.
func TestJSONThatIsHostile(t *testing.T) {
	const size = 1 << 20
	for name, text := range map[string]string{
		"many unknown members": "{" + strings.Repeat(`"x":0,`, size/6) + `"x":0}`,
		"many items":           "[" + strings.Repeat("0,", size/2) + "0]",
		"open brackets":        strings.Repeat("[", size),
		"backslashes":          `"` + strings.Repeat(`\`, size),
		"bad surrogates":       `"` + strings.Repeat(`\ud800`, size/6),
		"a long number":        `{"int64":` + strings.Repeat("9", size) + "}",
		"a long string":        `{"int64":"` + strings.Repeat("9", size) + `"}`,
		"a long float":         `{"float64":"` + strings.Repeat("9", size) + `"}`,
		"a long name":          `{"` + strings.Repeat("9", size) + `":0}`,
		"a long item":          `{"open":` + strings.Repeat("9", size) + "}",
		"a long ID":            `{"owner":"` + strings.Repeat("9", size) + `"}`,
	} {
		began := time.Now()
		var err error
		allocated := allocatedBy(func() { _, err = aper.FromJSON[Hall]([]byte(text)) })
		if err == nil || len(err.Error()) > 500 {
			t.Errorf("%s: error %.600v", name, err)
		}
		if limit := uint64(200 * size); allocated > limit {
			t.Errorf("%s: %d MB allocated for 1 MB, want at most %d", name, allocated>>20, limit>>20)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}
