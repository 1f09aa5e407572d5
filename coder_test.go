package aper_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
)

func unhex(text string) []byte { return must(hex.DecodeString(strings.ReplaceAll(text, " ", ""))) }

// What is encoded comes back, by either way and with the same bytes.
func TestStatesRoundTrip(t *testing.T) {
	random := newRandom(t)
	for range 500 {
		checkState(t, randomHall(random))
		checkState(t, randomTree(random, 4))
	}
	checkState(t, Hall{})
	checkState(t, Tree{})
}

func checkState[S aper.StateMachine[S]](t *testing.T, s S) {
	t.Helper()
	b, err := aper.Encode(s)
	if err != nil {
		t.Fatalf("%+v: %v", s, err)
	}
	got, err := aper.Decode[S](b)
	if err != nil || !reflect.DeepEqual(got, s) {
		t.Fatalf("%x decodes to\n%+v, %v\nwant\n%+v", b, got, err, s)
	}
	if again := must(aper.Encode(got)); !bytes.Equal(again, b) {
		t.Fatalf("encoded as\n%x, then as\n%x", b, again)
	}
	if r := cbor.NewReader(b); !bytes.Equal(r.Raw(), b) || r.End() != nil {
		t.Fatalf("%x is not one item of deterministic CBOR: %v", b, r.Err())
	}
	text, err := aper.ToJSON(s)
	if err != nil {
		t.Fatalf("%+v: %v", s, err)
	}
	got, err = aper.FromJSON[S](text)
	if err != nil || !reflect.DeepEqual(got, s) {
		t.Fatalf("%s\nis read as\n%+v, %v\nwant\n%+v", text, got, err, s)
	}
}

func TestTransitionsRoundTrip(t *testing.T) {
	random := newRandom(t)
	for range 500 {
		checkTransition(t, randomHallTransition(random, 3))
		checkTransition(t, aper.Transition[Tree](Grow{randomTree(random, 3)}))
		checkTransition(t, aper.Transition[Tree](Climb{int(randomInt(random)), Climb{1, Relabel{randomText(random)}}}))
	}
}

func checkTransition[S aper.StateMachine[S]](t *testing.T, want aper.Transition[S]) {
	t.Helper()
	b, err := encodeTransition(want)
	if err != nil {
		t.Fatalf("%+v: %v", want, err)
	}
	got, err := decodeTransition[S](b)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%x decodes to\n%+v, %v\nwant\n%+v", b, got, err, want)
	}
	text, err := transitionToJSON(want)
	if err != nil {
		t.Fatalf("%+v: %v", want, err)
	}
	got, err = transitionFromJSON[S](text)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%s\nis read as\n%+v, %v\nwant\n%+v", text, got, err, want)
	}
}

var fullHall = Hall{
	Open: true, Int8: -128, Int16: -300, Int32: 70000, Int64: math.MinInt64, Int: 24,
	Uint8: 255, Uint16: 300, Uint32: 1 << 31, Uint64: math.MaxUint64, Uint: 1 << 31,
	Float32: 0.1, Float64: 1.5, Name: "größe \"7\"", Since: 1_700_000_000_000,
	Owner: aper.ID{Client: 7, Seq: 3, N: 1}, Stage: Point{1, -1, "center"},
	Cells: [3]int32{1, 2, 3}, Path: [2]Point{{Label: "from"}, {2, 3, "to"}}, Votes: Tally{Yes: 4},
}

// One file holds bytes and JSON side by side.
func TestGoldenEncodings(t *testing.T) {
	var b strings.Builder
	goldenState(&b, "Hall, zero", Hall{})
	goldenState(&b, "Hall, full", fullHall)
	goldenState(&b, "Hall, a name that is not UTF-8", Hall{Name: "a\xff"})
	goldenState(&b, "Tree", Tree{"root", []Tree{{Label: "a"}, {"b", []Tree{{Label: "c"}}}}})
	goldenTransition[Hall](&b, "Rename", Rename{"foyer"})
	goldenTransition[Hall](&b, "Furnish", Furnish{fullHall})
	goldenTransition[Hall](&b, "Close", Close{})
	goldenTransition[Hall](&b, "HallVotes", HallVotes{Vote{true}})
	goldenTransition(&b, "All, empty", aper.All[Hall]())
	goldenTransition(&b, "All, nested", aper.All[Hall](Rename{"foyer"}, HallVotes{aper.All[Tally](Vote{}, Vote{true})}, aper.All[Hall](Close{})))
	golden(t, "encodings.golden", b.String(), "These bytes are stored in journals and sent between programs of different age: after this change stored rooms\n"+
		"cannot be read. Mend the code. If it has to be, raise wire.RecordVersion and wire.Version, write down why in\n"+
		"docs/decisions, and run go test . -run TestGoldenEncodings -rewrite. A change of the JSON alone breaks thin clients.")
}

func goldenState[S aper.StateMachine[S]](b *strings.Builder, name string, s S) {
	fmt.Fprintf(b, "# %s\ncbor %x\njson %s\n\n", name, must(aper.Encode(s)), must(aper.ToJSON(s)))
}

func goldenTransition[S aper.StateMachine[S]](b *strings.Builder, name string, t aper.Transition[S]) {
	fmt.Fprintf(b, "# %s\ncbor %x\njson %s\n\n", name, must(encodeTransition(t)), must(transitionToJSON(t)))
}

func TestEqualComparesByEncoding(t *testing.T) {
	nan := Hall{Float64: math.NaN()}
	for _, test := range []struct {
		name string
		got  bool
		want bool
	}{
		{"the same state", aper.Equal(fullHall, fullHall), true},
		{"another field", aper.Equal(fullHall, Hall{}), false},
		{"no slice and an empty one", aper.Equal(Tree{}, Tree{Branches: []Tree{}}), true},
		{"0 and -0", aper.Equal(Hall{}, Hall{Float64: math.Copysign(0, -1), Float32: float32(math.Copysign(0, -1))}), true},
		{"a prefix", aper.Equal(Tree{Branches: []Tree{{}}}, Tree{Branches: []Tree{{}, {}}}), false},
		{"a value without encoding", aper.Equal(nan, nan), false},
		{"the second without encoding", aper.Equal(Hall{}, nan), false},
		{"transitions", aper.Equal(Rename{"a"}, Rename{"a"}), true},
		{"other transitions", aper.Equal(Rename{"a"}, Rename{"b"}), false},
	} {
		if test.got != test.want {
			t.Errorf("%s: Equal is %t", test.name, test.got)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, test := range []struct{ name, encoding, problem string }{
		{"nothing", "", "aper: cbor: at byte 0: expected array, found end of input"},
		{"trailing bytes", "82 00 00 00", "aper: cbor: at byte 3: expected end of input, found another 1 byte"},
		{"another kind", "01", "aper: cbor: at byte 0: expected array, found unsigned integer"},
		{"a wrong field", "82 00 f5", "aper: test.Tally.no: cbor: at byte 2: expected unsigned integer, found boolean"},
		{"an end within", "82 00", "aper: cbor: at byte 0: expected 2 items in array, found only 1 byte"},
		{"a long form", "82 00 1817", "aper: test.Tally.no: cbor: at byte 2: expected unsigned integer with the shortest head, found 2 bytes for 23"},
		{"a number that is too large", "82 00 1b0000000100000000", "aper: test.Tally.no: cbor: at byte 11: the number does not fit into uint32"},
		{"a newer program's field", "83 00 00 00", "aper: cbor: at byte 1: test.Tally has 3 fields where this program knows 2: a newer version wrote it; update this program"},
	} {
		s, err := aper.Decode[Tally](unhex(test.encoding))
		wantError(t, test.name, err, test.problem)
		if s != (Tally{}) {
			t.Errorf("%s: Decode fails and returns %v", test.name, s)
		}
	}
}

func TestDecodeTransitionRefuses(t *testing.T) {
	for _, test := range []struct{ name, encoding, problem string }{
		{"nothing", "", "aper: cbor: at byte 0: expected array, found end of input"},
		{"trailing bytes", "81 03 03", "aper: cbor: at byte 2: expected end of input, found another 1 byte"},
		{"no array", "03", "aper: cbor: at byte 0: expected array, found unsigned integer"},
		{"an empty array", "80", "aper: cbor: at byte 1: a transition is an array that begins with its variant number"},
		{"no number", "81 f5", "aper: cbor: at byte 1: expected unsigned integer, found boolean"},
		{"a newer program's variant", "81 06", "aper: cbor: at byte 2: variant 6 of the transitions of test.Hall is unknown: a newer version wrote it; update this program"},
		{"a huge variant", "81 1bffffffffffffffff", "aper: cbor: at byte 10: variant 2147483647 of the transitions of test.Hall is unknown: a newer version wrote it; update this program"},
		{"a newer program's field", "82 03 00", "aper: cbor: at byte 2: Close has 1 fields where this program knows 0: a newer version wrote it; update this program"},
		{"a missing inner transition", "81 05", "aper: HallVotes.do: cbor: at byte 2: the transition is missing"},
		{"a newer variant inside", "82 05 81 03", "aper: HallVotes.do: cbor: at byte 4: variant 3 of the transitions of test.Tally is unknown: a newer version wrote it; update this program"},
		{"a newer field in All", "83 00 80 00", "aper: cbor: at byte 2: All has 2 fields where this program knows 1: a newer version wrote it; update this program"},
		{"a bad transition in All", "82 00 82 81 03 81 06", "aper: All.transitions[1]: cbor: at byte 7: variant 6 of the transitions of test.Hall is unknown: a newer version wrote it; update this program"},
	} {
		got, err := decodeTransition[Hall](unhex(test.encoding))
		wantError(t, test.name, err, test.problem)
		if err != nil && got != nil && test.name != "trailing bytes" {
			t.Errorf("%s: it fails and returns %v", test.name, got)
		}
	}
}

// Fields are added at the end. A newer program reads what an older one wrote, and takes for zero what is missing; an
// older program refuses what a newer one wrote.
func TestEvolution(t *testing.T) {
	old := must(aper.Encode(NoteV1{"milk"}))
	if got, err := aper.Decode[NoteV2](old); err != nil || !reflect.DeepEqual(got, NoteV2{Title: "milk"}) {
		t.Errorf("an older state is %+v, %v", got, err)
	}
	oldTransition := must(encodeTransition[NoteV1](RetitleV1{"tea"}))
	if got, err := decodeTransition[NoteV2](oldTransition); err != nil || got != (RetitleV2{To: "tea"}) {
		t.Errorf("an older transition is %+v, %v", got, err)
	}
	const update = ": a newer version wrote it; update this program"
	_, err := aper.Decode[NoteV1](must(aper.Encode(NoteV2{Title: "milk"})))
	wantError(t, "a newer state", err, "aper: cbor: at byte 1: test.Note has 9 fields where this program knows 1"+update)
	_, err = decodeTransition[NoteV1](must(encodeTransition[NoteV2](RetitleV2{"a", "b"})))
	wantError(t, "a newer transition", err, "aper: cbor: at byte 2: Retitle has 2 fields where this program knows 1"+update)
	_, err = decodeTransition[NoteV1](must(encodeTransition[NoteV2](Finish{})))
	wantError(t, "a newer variant", err, "aper: cbor: at byte 2: variant 2 of the transitions of test.Note is unknown"+update)
}

// Also inside lists, and wherever the older value ends.
func TestMissingFieldsAreZero(t *testing.T) {
	full := must(aper.Encode(fullHall))
	in := cbor.NewReader(full)
	fields := in.Array()
	for n := range fields {
		cut := append(cbor.AppendArray(nil, n), full[len(cbor.AppendArray(nil, fields)):in.Offset()]...)
		got, err := aper.Decode[Hall](cut)
		if err != nil {
			t.Fatalf("%d fields: %v", n, err)
		}
		if want := firstFields(fullHall, n); !reflect.DeepEqual(got, want) {
			t.Errorf("%d fields are\n%+v\nwant\n%+v", n, got, want)
		}
		in.Skip()
	}
	tree, err := aper.Decode[Tree](unhex("82 60 83 80 81 6161 82 6162 80"))
	if want := (Tree{Branches: []Tree{{}, {Label: "a"}, {Label: "b"}}}); err != nil || !reflect.DeepEqual(tree, want) {
		t.Errorf("short items are %+v, %v", tree, err)
	}
}

func firstFields(h Hall, n int) (cut Hall) {
	from, to := reflect.ValueOf(h), reflect.ValueOf(&cut).Elem()
	for i := range n {
		to.Field(i).Set(from.Field(i))
	}
	return cut
}

// An array has all its items or, when the field is missing, none.
func TestArraysHaveTheirLength(t *testing.T) {
	for _, test := range []struct{ cells, problem string }{
		{"80", "expected 3 items, found 0"},
		{"81 01", "expected 3 items, found 1"},
		{"82 01 02", "expected 3 items, found 2"},
		{"84 01 02 03 04", "expected 3 items, found 4"},
		{"83 01 02 03", ""},
	} {
		encoding := append(unhex("92 f4 00 00 00 00 00 00 00 00 00 00 f90000 f90000 60 00 83000000 83000060"), unhex(test.cells)...)
		_, err := aper.Decode[Hall](encoding)
		if test.problem == "" {
			wantError(t, test.cells, err, "")
		} else if err == nil || !strings.HasPrefix(err.Error(), "aper: test.Hall.cells: ") || !strings.HasSuffix(err.Error(), test.problem) {
			t.Errorf("cells %s: error %v, want one about test.Hall.cells: %s", test.cells, err, test.problem)
		}
	}
	_, err := aper.FromJSON[Hall]([]byte(`{"cells": [1, 2]}`))
	wantError(t, "JSON", err, "aper: test.Hall.cells: expected 3 items, found 2")
}

// trees nests n trees.
func trees(n int) (s Tree) {
	for range n - 1 {
		s = Tree{Branches: []Tree{s}}
	}
	return s
}

// climbs nests n transitions, and alls too.
func climbs(n int) aper.Transition[Tree] {
	if n == 1 {
		return Relabel{}
	}
	return Climb{0, climbs(n - 1)}
}

func alls(n int) aper.Transition[Tree] {
	if n == 1 {
		return aper.All[Tree]()
	}
	return aper.All(alls(n - 1))
}

// What can be written can be read, and nesting ends somewhere: what nests deeper is refused while writing, and while
// reading what somebody else wrote.
func TestNestingIsLimited(t *testing.T) {
	for _, test := range []struct {
		name         string
		limit        int
		check        func(n int)
		write        func(n int) error
		before, last string // hexadecimal: around what is inside, and the innermost
		read         func([]byte) error
		json         [2]string
		fromJSON     func([]byte) error
	}{
		{
			"states", 120, func(n int) { checkState(t, trees(n)) },
			func(n int) error { return errors.Join(second(aper.Encode(trees(n))), second(aper.ToJSON(trees(n)))) },
			"82 60 81", "80", func(b []byte) error { return second(aper.Decode[Tree](b)) },
			[2]string{`{"branches":[`, `]}`}, func(b []byte) error { return second(aper.FromJSON[Tree](b)) },
		},
		{
			"transitions", 240, func(n int) { checkTransition(t, climbs(n)) },
			func(n int) error {
				return errors.Join(second(encodeTransition(climbs(n))), second(transitionToJSON(climbs(n))))
			},
			"83 03 00", "81 01", func(b []byte) error { return second(decodeTransition[Tree](b)) },
			[2]string{`{"Climb":{"do":`, `}}`}, func(b []byte) error { return second(transitionFromJSON[Tree](b)) },
		},
		{
			"groups", 120, func(n int) { checkTransition(t, alls(n)) },
			func(n int) error {
				return errors.Join(second(encodeTransition(alls(n))), second(transitionToJSON(alls(n))))
			},
			"82 00 81", "81 01", func(b []byte) error { return second(decodeTransition[Tree](b)) },
			[2]string{`{"All":{"transitions":[`, `]}}`}, func(b []byte) error { return second(transitionFromJSON[Tree](b)) },
		},
	} {
		test.check(test.limit)
		const tooDeep = "nested more than"
		for _, n := range []int{test.limit + 1, 10 * test.limit} {
			if err := test.write(n); err == nil || strings.Count(err.Error(), tooDeep) != 2 {
				t.Errorf("%s: writing %d in each other is refused with %v", test.name, n, err)
			}
		}
		for _, n := range []int{test.limit + 1, 100_000} {
			err := test.read(append(bytes.Repeat(unhex(test.before), n), unhex(test.last)...))
			if err == nil || !strings.Contains(err.Error(), tooDeep) {
				t.Errorf("%s: bytes of %d in each other are refused with %v", test.name, n, err)
			}
		}
		deep := strings.Repeat(test.json[0], 100_000) + strings.Repeat(test.json[1], 100_000)
		if err := test.fromJSON([]byte(deep)); err == nil || !strings.Contains(err.Error(), tooDeep) {
			t.Errorf("%s: deep JSON is refused with %v", test.name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestOnlyFiniteFloatsTravel(t *testing.T) {
	for _, bad := range []Hall{
		{Float64: math.NaN()}, {Float64: math.Inf(1)}, {Float64: math.Inf(-1)},
		{Float32: float32(math.NaN())}, {Float32: float32(math.Inf(1))}, {Float32: float32(math.Inf(-1))},
	} {
		for name, err := range map[string]error{"Encode": second(aper.Encode(bad)), "ToJSON": second(aper.ToJSON(bad))} {
			if err == nil || !strings.Contains(err.Error(), "NaN and infinity cannot be encoded") {
				t.Errorf("%s of %v and %v: %v", name, bad.Float32, bad.Float64, err)
			}
		}
	}
	const before = "8d f4 00 00 00 00 00 00 00 00 00 00"
	for _, floats := range []string{
		"f97e00 f90000", "f97c00 f90000", "f98000 f90000", "f90000 f97e00", "f90000 f9fc00", "f90000 f98000",
		"fb3ff199999999999a f90000", // it is no float32
		"fb47f0000000000000 f90000", // it is too large for one
	} {
		if h, err := aper.Decode[Hall](unhex(before + floats)); err == nil {
			t.Errorf("floats %s decode to %v and %v", floats, h.Float32, h.Float64)
		}
	}
	for _, bad := range []string{`{"float64":1e999}`, `{"float32":1e39}`, `{"float64":"1"}`, `{"float64":NaN}`} {
		if h, err := aper.FromJSON[Hall]([]byte(bad)); err == nil {
			t.Errorf("%s is read as %v and %v", bad, h.Float32, h.Float64)
		}
	}
	h := must(aper.FromJSON[Hall]([]byte(`{"float64":-0,"float32":-0.0}`)))
	if math.Signbit(h.Float64) || math.Signbit(float64(h.Float32)) {
		t.Errorf("-0 in JSON stays %v and %v", h.Float32, h.Float64)
	}
	h = Hall{Float64: math.Copysign(0, -1)}
	if text := must(aper.ToJSON(h)); !bytes.Equal(text, must(aper.ToJSON(Hall{}))) {
		t.Errorf("-0 is written as %s", text)
	}
}

// Replicas must hold exactly what the authority holds, so a string that is not UTF-8 travels as it is.
func TestStringsThatAreNotUTF8(t *testing.T) {
	for _, name := range []string{"\xff", "a\xc0\x80", "\xed\xa0\x80", "水\xe6\xb0", strings.Repeat("\x80", 300)} {
		got, err := aper.Decode[Hall](must(aper.Encode(Hall{Name: name})))
		if err != nil || got.Name != name {
			t.Errorf("%q comes back as %q, %v", name, got.Name, err)
		}
		got, err = aper.FromJSON[Hall](must(aper.ToJSON(Hall{Name: name})))
		if want := string([]rune(name)); err != nil || got.Name != want {
			t.Errorf("%q comes back from JSON as %q, %v; want %q", name, got.Name, err, want)
		}
	}
	_, err := decodeTransition[Hall](unhex("82 01 41 61"))
	wantError(t, "UTF-8 as bytes", err, "aper: Rename.to: cbor: at byte 4: valid UTF-8 must be a text string, not a byte string")
	_, err = decodeTransition[Hall](unhex("82 01 61 ff"))
	wantError(t, "other bytes as text", err, "aper: Rename.to: cbor: at byte 2: expected text string in UTF-8, found other bytes in it")
}

// A count that promises more than there is must not be believed.
func TestHostileCountsDoNotAllocate(t *testing.T) {
	var inputs [][]byte
	for _, head := range []string{"9b7fffffffffffffff", "9bffffffffffffffff", "9affffffff", "99ffff", "98ff", "7b7fffffffffffffff", "5affffffff"} {
		inputs = append(inputs, unhex(head), unhex("82 60"+head), unhex("82"+head), unhex("82 00"+head), unhex("82 02 82 60"+head))
	}
	for _, b := range inputs {
		allocated := allocatedBy(func() {
			_, err1 := aper.Decode[Tree](b)
			_, err2 := decodeTransition[Tree](b)
			if err1 == nil || err2 == nil {
				t.Errorf("%x is accepted", b)
			}
		})
		if limit := uint64(20_000); allocated > limit { // two coders with their frames, two errors
			t.Errorf("%x: refusing it allocates %d bytes, want at most %d", b, allocated, limit)
		}
	}
}

func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// An error says where it is, however deep that lies.
func TestCodeErrorPath(t *testing.T) {
	for _, test := range []struct{ path, json string }{
		{"test.Hall.stage.x", `{"stage": {"x": true}}`},
		{"test.Hall.cells[2]", `{"cells": [1, 2, true]}`},
		{"test.Hall.path[1].label", `{"path": [{}, {"label": 1}]}`},
		{"test.Hall.owner", `{"cells": [1, 2, 3], "owner": "x"}`},
		{"test.Hall", `{"nobody": 1}`},
		{"test.Hall.votes", `{"votes": {"maybe": 1}}`},
		{"test.Hall.int8", `{"path": [{}, {}], "int8": 128}`},
	} {
		_, err := aper.FromJSON[Hall]([]byte(test.json))
		checkPath(t, test.json, err, test.path)
	}
	for _, test := range []struct{ path, encoding string }{
		{"test.Tree.label", "82 f5 80"},
		{"test.Tree.branches[1].branches[0].label", "82 60 82 826080 8260 81 820180"},
		{"test.Tree.branches[2]", "82 60 83 826080 8260 80 f4"},
		{"test.Tree.branches", "82 60 60"},
		{"", "82 60 80 00"},
	} {
		_, err := aper.Decode[Tree](unhex(test.encoding))
		checkPath(t, test.encoding, err, test.path)
	}
	for _, test := range []struct{ path, encoding string }{
		{"Climb.branch", "83 03 60 8201 60"},
		{"Climb.do.do.to", "83 03 00 83 03 00 82 01 00"},
		{"All.transitions[1].do.to", "82 00 82 82 01 60 83 03 00 82 01 00"},
	} {
		_, err := decodeTransition[Tree](unhex(test.encoding))
		checkPath(t, test.encoding, err, test.path)
	}
}

func checkPath(t *testing.T, what string, err error, path string) {
	t.Helper()
	var located *aper.CodeError
	if !errors.As(err, &located) || located.Path != path {
		t.Errorf("%s: error %v, want one with path %q", what, err, path)
	}
}

func TestCodeErrorUnwrapsToTheReason(t *testing.T) {
	_, err := aper.Decode[Tally](unhex("82 00 f5"))
	var reason *cbor.Error
	if !errors.As(err, &reason) || reason.Offset != 2 {
		t.Errorf("%v does not unwrap to a cbor.Error at byte 2", err)
	}
}

// A transition of another kind than the generated code knows is told apart from what cannot be encoded.
func TestUnknownTransitions(t *testing.T) {
	const want = "aper: not a transition of test.Hall that the generated code knows: if it is new, run go generate; if it is a pointer, pass the value"
	for name, bad := range map[string]aper.Transition[Hall]{
		"a new one":            notGenerated{},
		"a pointer":            &Rename{"x"},
		"nil":                  nil,
		"a pointer inside All": aper.All[Hall](Close{}, &Close{}),
	} {
		_, err := encodeTransition(bad)
		wantError(t, name, err, want)
		if _, err = transitionToJSON(bad); err == nil || !strings.HasSuffix(err.Error(), strings.TrimPrefix(want, "aper: ")) {
			t.Errorf("%s to JSON: %v", name, err)
		}
	}
	_, err := encodeTransition[Hall](HallVotes{&Vote{}})
	wantError(t, "a pointer inside", err, strings.Replace(want, "Hall", "Tally", 1))
}

type notGenerated struct{}

func (notGenerated) Apply(h Hall, _ *aper.Meta) (Hall, error) { return h, nil }

// A coder is used again and again, also after an error.
func TestCoderIsReusable(t *testing.T) {
	var c aper.Coder
	buffer := make([]byte, 0, 100)
	for range 3 {
		c.DecodeFrom([]byte{0x82, 0x60})
		Tree{}.Code(&c)
		if _, err := c.Finish(); err == nil {
			t.Fatal("half a tree is accepted")
		}
		c.EncodeTo(nil)
		Hall{Float64: math.NaN()}.Code(&c)
		if _, err := c.Finish(); err == nil {
			t.Fatal("NaN is accepted")
		}
		c.JSONFrom([]byte(`{"yes": 1`))
		Tally{}.Code(&c)
		if _, err := c.Finish(); err == nil {
			t.Fatal("half an object is accepted")
		}
		c.EncodeTo(append(buffer, "before"...))
		Tally{1, 2}.Code(&c)
		if b, err := c.Finish(); err != nil || string(b) != "before\x82\x01\x02" {
			t.Fatalf("%q, %v", b, err)
		}
		c.JSONTo([]byte("before"))
		Tally{1, 2}.Code(&c)
		if b, err := c.Finish(); err != nil || string(b) != `before{"yes":1,"no":2}` {
			t.Fatalf("%q, %v", b, err)
		}
	}
}

// What is decoded must not change when the bytes do: a connection uses its buffer again.
func TestDecodedValuesDoNotReferToTheBytes(t *testing.T) {
	want := Tree{"root", []Tree{{Label: "\xff"}}}
	for _, read := range []func() (Tree, []byte){
		func() (Tree, []byte) { b := must(aper.Encode(want)); return must(aper.Decode[Tree](b)), b },
		func() (Tree, []byte) { b := []byte(`{"label":"root"}`); return must(aper.FromJSON[Tree](b)), b },
	} {
		got, b := read()
		clear(b)
		if got.Label != "root" || len(got.Branches) == 1 && got.Branches[0].Label != "\xff" {
			t.Errorf("it became %+v", got)
		}
	}
}

// Generated code that forgot a field is found when it decodes for the first time.
func TestFieldsThatAreNotAskedForAreAnError(t *testing.T) {
	var c aper.Coder
	c.DecodeFrom(unhex("82 01 02"))
	if c.Struct("test.Tally", 2) {
		c.Field("yes").Uint32(0)
		c.End()
	}
	_, err := c.Finish()
	wantError(t, "a field too few", err, "aper: test.Tally.yes: cbor: at byte 2: the generated code does not fit the type; run go generate")
}
