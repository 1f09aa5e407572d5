package wire_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// What is not in the table of kinds, or is zero in its full examples, is not tested.
func TestKindsAreComplete(t *testing.T) {
	reader := reflect.TypeFor[*wire.Reader]()
	for i := range reader.NumMethod() {
		switch name := reader.Method(i).Name; name {
		case "Next", "Code", "Err":
		default:
			if !slices.ContainsFunc(kinds, func(k kind) bool { return k.name == name }) {
				t.Errorf("%s is no kind", name)
			}
		}
	}
	set := make(map[string]bool)
	for _, k := range kinds {
		markSet(set, reflect.ValueOf(k.full))
	}
	for field, isSet := range set {
		if !isSet {
			t.Errorf("%s is zero in all full examples", field)
		}
	}
}

// markSet notes for all fields in v whether they are ever other than zero.
func markSet(set map[string]bool, v reflect.Value) {
	if e, ok := v.Interface().(wire.Events); ok {
		v = reflect.ValueOf(collect(&e))
	}
	switch v.Kind() {
	case reflect.Pointer:
		markSet(set, v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			markSet(set, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().String() + "." + v.Type().Field(i).Name
			set[name] = set[name] || !v.Field(i).IsZero()
			markSet(set, v.Field(i))
		}
	}
}

func TestEverythingRoundTrips(t *testing.T) {
	random := newRandom(t)
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			checkRoundTrip(t, k, k.full)
			checkRoundTrip(t, k, k.zero)
			for range 300 {
				checkRoundTrip(t, k, k.random(random))
			}
		})
	}
}

func checkRoundTrip(t *testing.T, k kind, want message) {
	t.Helper()
	b := want.Append(nil)
	got, err := k.read(b)
	if err != nil || !same(got, want) {
		t.Fatalf("%x is read as\n%+v, %v\nwant\n%+v", b, got, err, want)
	}
	if again := got.Append([]byte("before")); string(again) != "before"+string(b) {
		t.Fatalf("%x is written again as %x", b, again)
	}
}

// Fields that an older program did not write are zero.
func TestMissingFieldsAreZero(t *testing.T) {
	for _, k := range kinds {
		full, zero := items(k.full.Append(nil)), items(k.zero.Append(nil))
		if len(full) != len(k.fields) {
			t.Errorf("%s has %d fields, this test knows %d", k.name, len(full), len(k.fields))
		}
		for n := 1; n < len(full); n++ {
			m, err := k.read(array(full[:n]))
			if err != nil {
				t.Errorf("%s with %d fields: %v", k.name, n, err)
				continue
			}
			want := slices.Concat(full[:n], zero[min(n, len(zero)):])
			if got := m.Append(nil); !bytes.Equal(got, array(want)) {
				t.Errorf("%s with %d fields is\n%x\nwant\n%x", k.name, n, got, array(want))
			}
		}
	}
}

// Fields that a newer program added are passed over, wherever it adds them. (Except to a Verdict that is not a rejection:
// that one has two fields, for ever.)
func TestUnknownFieldsArePassedOver(t *testing.T) {
	for _, k := range kinds {
		places := [][]int{{}}
		switch k.name {
		case "Verdicts":
			places = [][]int{{}, {1, 1}, {1, 2}}
		case "Record":
			rejections, opened, acknowledged := k.at("rejections"), k.at("opened"), k.at("acknowledged")
			places = [][]int{{}, {rejections, 0}, {rejections, 0, 1}, {opened, 0}, {acknowledged, 0}, {k.at("genesis")}, {k.at("joined"), 1}, {k.at("sum")}}
		case "RoomSnapshot":
			sessions := k.at("sessions")
			places = [][]int{{}, {sessions, 0}, {sessions, 0, 0}, {sessions, 0, 3, 1}}
		case "Saved":
			places = [][]int{{}, {k.at("pending"), 1}}
		}
		for _, place := range places {
			b := extended(k.full.Append(nil), place...)
			got, err := k.read(b)
			if err != nil || !same(got, k.full) {
				t.Errorf("%s with more fields at %v is read as\n%+v, %v\nwant\n%+v", k.name, place, got, err, k.full)
				continue
			}
			if again := got.Append(nil); !bytes.Equal(again, k.full.Append(nil)) {
				t.Errorf("%s with more fields at %v is written again as %x", k.name, place, again)
			}
		}
	}
}

// One transport message carries any number of messages. Codes that are not known are passed over, as are messages that
// nobody asks for.
func TestReaderTakesSeveralMessages(t *testing.T) {
	var b []byte
	b = (&wire.Ping{Sent: 1}).Append(b)
	b = append(b, unhex("8118c8")...)          // code 200
	b = append(b, unhex("84182a f6 a0 80")...) // code 42, with whatever
	for _, k := range kinds {
		if !k.isStore {
			b = k.full.Append(b)
		}
	}
	b = (&wire.Ping{Sent: 2}).Append(b)

	r := wire.NewReader(b)
	var codes []wire.Code
	var sent []aper.Time
	for r.Next() {
		codes = append(codes, r.Code())
		if r.Code() == wire.CodePing {
			sent = append(sent, r.Ping().Sent)
		}
	}
	want := []wire.Code{wire.CodePing, 200, 42, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, wire.CodePing}
	if r.Err() != nil || !slices.Equal(codes, want) {
		t.Errorf("codes %v, %v; want %v", codes, r.Err(), want)
	}
	if !slices.Equal(sent, []aper.Time{1, -1, 2}) {
		t.Errorf("pings %v", sent)
	}
}

func TestReaderOfNothing(t *testing.T) {
	for _, b := range [][]byte{nil, {}} {
		if r := wire.NewReader(b); r.Next() || r.Err() != nil {
			t.Errorf("%v", r.Err())
		}
	}
}

// The error stays, and what stands behind it is not read.
func TestReaderRefuses(t *testing.T) {
	ping := string((&wire.Ping{}).Append(nil))
	for _, test := range []struct{ name, bytes, problem string }{
		{"no array", "\x01" + ping, "a message is an array that begins with its code"},
		{"an empty array", "\x80" + ping, "a message is an array that begins with its code"},
		{"no code", "\x81\xf5" + ping, "expected unsigned integer, found boolean"},
		{"half a message", "\x83\x04\x00", "expected 3 items in array, found only 2 bytes"},
		{"a count that is too large", "\x9b\x7f\xff\xff\xff\xff\xff\xff\xff\x04" + ping, "expected 9223372036854775807 items in array, found only 6 bytes"},
		{"what is not CBOR", "\x83\x04\xff\x00" + ping, "expected any item, found break, the end of an indefinite length"},
		{"a long form", "\x83\x04\x18\x00\x00" + ping, "expected unsigned integer with the shortest head, found 2 bytes for 0"},
		{"garbage behind a good message", "\x81\x05\xff" + ping, "expected any item, found break, the end of an indefinite length"},
	} {
		r := wire.NewReader([]byte(test.bytes))
		for r.Next() {
			if r.Code() == wire.CodePing {
				t.Errorf("%s: what stands behind it is read", test.name)
				break
			}
		}
		var located *cbor.Error
		if !errors.As(r.Err(), &located) || located.Problem != test.problem || r.Next() {
			t.Errorf("%s: %v, want %s", test.name, r.Err(), test.problem)
		}
	}
}

// A message is refused when one of its fields is not what it should be.
func TestReaderRefusesFields(t *testing.T) {
	for _, test := range []struct{ kind, bytes, problem string }{
		{"Ping", "8304 f5 00", "expected integer, found boolean"},
		{"Ping", "8304 1b8000000000000000 00", "expected integer of at most 2^63-1, found 9223372036854775808"},
		{"Push", "8402 01 00 01", "expected array, found unsigned integer"},
		{"Hello", "8f01 01 60 60 00 60 f4 00 41aa 00 00 00 00 00 00", "a token has 16 bytes"},
		{"Hello", "8301 01 41ff", "expected text string, found byte string"},
		{"Welcome", "8810 00 01 40 00 00 00 1a40000001", "expected a size of at most 2^30"},
		{"Welcome", "8a10 00 01 40 00 00 00 00 00 1a40000001", "expected a size of at most 2^30"},
		{"Welcome", "8b10 00 01 40 00 00 00 00 00 00 1a40000001", "expected a size of at most 2^30"},
		{"Welcome", "8c10 00 01 40 00 00 00 00 00 00 00 01", "expected boolean, found unsigned integer"},
		{"Push", "8502 01 00 80 20", "expected unsigned integer, found negative integer"},
		{"Presence", "8203 60", "expected byte string, found text string"},
		{"Signal", "8206 f6", "expected byte string, found null"},
		{"Diverged", "8307 00 20", "expected unsigned integer, found negative integer"},
		{"Frame", "8612 01 00 00 00 81 00", "expected unsigned integer, found end of input"},
		{"Frame", "8712 01 00 00 00 83 00 00 00 80", "events come in runs of four or five items"},
		{"Frame", "8712 01 00 00 00 84 00 00 08 05 80", "events come in runs of four or five items"},
		{"Frame", "8712 01 00 00 00 83 00 00 01 80", "events come in runs of four or five items"},
		{"Frame", "8712 01 00 00 00 84 00 00 09 05 80", "events come in runs of four or five items"},
		{"Frame", "8712 01 00 00 00 85 00 00 00 80 00 80", "expected unsigned integer, found array"},
		{"Frame", "8612 01 00 00 00 84 00 00 00 00", "expected array, found unsigned integer"},
		{"Frame", "8612 01 00 00 00 84 1b8000000000000000 00 00 80", "expected integer of at most 2^63-1, found 9223372036854775808"},
		{"Frame", "8612 01 00 00 00 84 00 20 00 80", "expected unsigned integer, found negative integer"},
		{"Frame", "8612 01 00 00 00 85 00 00 08 20 80", "expected unsigned integer, found negative integer"},
		{"Frame", "8712 01 00 00 00 80 81 00", "users come in pairs of session and name"},
		{"Snapshot", "8611 01 00 00 40 83 01 6161 02", "users come in pairs of session and name"},
		{"Snapshot", "8611 01 00 00 40 82 6161 01", "expected unsigned integer, found text string"},
		{"Snapshot", "8711 01 00 00 40 80 1a40000001", "expected a size of at most 2^30"},
		{"Snapshot", "8811 01 00 00 40 80 00 1a40000001", "expected a size of at most 2^30"},
		{"Verdicts", "8213 81 01", "expected array, found unsigned integer"},
		{"Nack", "8314 01 60", "expected unsigned integer, found text string"},
		{"Presences", "8315 f4 84 01 60 40 02", "presences and signals come as session, name and value"},
		{"Presences", "8415 f4 80 81 20", "expected unsigned integer, found negative integer"},
		{"Presences", "8215 00", "expected boolean, found unsigned integer"},
		{"Signals", "821819 82 01 60", "presences and signals come as session, name and value"},
		{"Signals", "821819 83 01 60 60", "expected byte string, found text string"},
		{"Check", "831818 00 20", "expected unsigned integer, found negative integer"},
	} {
		_, err := kindOf(test.kind).read(unhex(test.bytes))
		if err == nil || !strings.HasSuffix(err.Error(), test.problem) {
			t.Errorf("%s %s: %v, want %s", test.kind, test.bytes, err, test.problem)
		}
	}
}

// A Push's count comes from a peer. Nothing is sized by it, and it yields neither more than there is, nor more than it
// says.
func TestPushYieldsWhatIsThere(t *testing.T) {
	for _, test := range []struct {
		count       int
		transitions string
		want        []string
	}{
		{0, "", nil}, {2, "820101 8103", []string{"820101", "8103"}},
		{math.MaxInt, "820101 8103", []string{"820101", "8103"}},
		{1, "820101 8103", []string{"820101"}},
		{0, "820101", nil},
		{3, "820101 82", []string{"820101"}},
		{3, "820101 ff 8103", []string{"820101"}},
		{-1, "820101", nil},
	} {
		p := wire.Push{Count: test.count, Transitions: unhex(test.transitions)}
		var got []string
		allocated := allocatedBy(func() {
			for raw := range p.All() {
				got = append(got, hex.EncodeToString(raw))
			}
		})
		if !slices.Equal(got, test.want) {
			t.Errorf("%d of %s yield %v, want %v", test.count, test.transitions, got, test.want)
		}
		if allocated > 4096 {
			t.Errorf("%d of %s: %d bytes allocated", test.count, test.transitions, allocated)
		}
	}
	for range (&wire.Push{Count: 2, Transitions: unhex("8103 8103")}).All() {
		break // it stops when it is told to
	}
}

// Most machines do not ask for a base, and most batches do not move the floor: then not a byte is spent on them.
func TestWhatIsNotAskedForIsNotWritten(t *testing.T) {
	for _, test := range []struct {
		m    message
		want string
	}{
		{&wire.Push{First: 1, Count: 1, Transitions: unhex("8103")}, "84 02 01 00 81 8103"},
		{&wire.Push{First: 1, Count: 1, Transitions: unhex("8103"), Base: 9}, "85 02 01 00 81 8103 09"},
		{&wire.Frame{First: 1}, "86 12 01 00 00 00 80"},
		{&wire.Frame{First: 1, Users: users[:1]}, "87 12 01 00 00 00 80 82 07 63616e6e"},
		{&wire.Frame{First: 1, Floor: 9}, "88 12 01 00 00 00 80 80 09"},
	} {
		if got := test.m.Append(nil); !bytes.Equal(got, unhex(test.want)) {
			t.Errorf("%+v is written as %x, want %s", test.m, got, test.want)
		}
	}
}

// What a Push yields can be appended to, and the message stays as it is.
func TestAppendingToAViewChangesNothing(t *testing.T) {
	message := (&wire.Push{First: 1, Count: 1, Transitions: unhex("8103"), Base: 9}).Append(nil)
	before := bytes.Clone(message)
	r := wire.NewReader(message)
	r.Next()
	p := r.Push()
	_ = append(p.Transitions, 0xff)
	for raw := range p.All() {
		_ = append(raw, 0xff)
	}
	if !bytes.Equal(message, before) {
		t.Errorf("%x has become %x", before, message)
	}
}

// A snapshot of one part need not say so, as those of older programs do not.
func TestTheLastPartOfASnapshot(t *testing.T) {
	for _, test := range []struct {
		part, parts int
		want        bool
	}{{0, 0, true}, {0, 1, true}, {0, 2, false}, {1, 2, true}, {1, 3, false}, {2, 3, true}, {5, 3, true}} {
		if m := (wire.Snapshot{Part: test.part, Parts: test.parts}); m.Last() != test.want {
			t.Errorf("part %d of %d is the last: %t", test.part, test.parts, m.Last())
		}
	}
}

// Also when its texts are missing: what was rejected must not look confirmed.
func TestAVerdictOfMoreThanTwoFieldsIsARejection(t *testing.T) {
	r := wire.NewReader(unhex("8213 84 80 820102 83010260 8401026060"))
	r.Next()
	got := r.Verdicts()
	want := []wire.Verdict{{}, {ClientSeq: 1, Seq: 2}, {ClientSeq: 1, Seq: 2, Rejected: true}, {ClientSeq: 1, Seq: 2, Rejected: true}}
	if r.Err() != nil || !slices.Equal(got.List, want) {
		t.Errorf("%+v, %v", got.List, r.Err())
	}
}

// A count that is larger than what there is cannot come out of a Reader.
func TestReaderRefusesAPushWithAWrongCount(t *testing.T) {
	for _, b := range []string{"8402 01 00 82 8103", "8402 01 00 9a00010000 8103", "8402 01 00 9bffffffffffffffff 8103"} {
		r := wire.NewReader(unhex(b))
		if r.Next() || r.Err() == nil {
			t.Errorf("%s is accepted", b)
		}
	}
}

// Texts are repaired rather than refused: the reader of a Hello must be able to answer.
func TestTextsThatAreNotUTF8(t *testing.T) {
	hello := wire.Hello{Room: "a\xff", Machine: "\xed\xa0\x80", Build: strings.Repeat("\xff", 100)}
	r := wire.NewReader(hello.Append(nil))
	if !r.Next() {
		t.Fatal(r.Err())
	}
	got := r.Hello()
	if r.Err() != nil || got.Room != "a\ufffd" || got.Machine != "\ufffd\ufffd\ufffd" || got.Build != strings.Repeat("\ufffd", 100) {
		t.Errorf("%+v, %v", got, r.Err())
	}
}

// What a coder of package aper accepts can be carried by every message, however deep it nests: one transition must not
// make unreadable the frame that it is in.
func TestTheDeepestTransitionFitsIntoEveryMessage(t *testing.T) {
	encode := func(depth int) ([]byte, error) {
		var deep aper.Transition[counter.Counter] = counter.Reset{}
		for range depth {
			deep = aper.All(deep)
		}
		var c aper.Coder
		c.EncodeTo(nil)
		aper.CodeTransition(&c, deep)
		return c.Finish()
	}
	deepest, depth := []byte(nil), 0
	for b, err := encode(1); err == nil; b, err = encode(depth) {
		deepest = b
		depth++
	}
	e := events(wire.Event{Client: 1, ClientSeq: 1, Transition: deepest}, wire.Event{Client: 1, ClientSeq: 2, Transition: deepest})
	checkRoundTrip(t, kindOf("Push"), &wire.Push{First: 1, Count: 1, Transitions: deepest})
	checkRoundTrip(t, kindOf("Frame"), &wire.Frame{First: 1, Events: e})
	checkRoundTrip(t, kindOf("Record"), &wire.Record{First: 1, Events: e})
}

func TestCloseCodesSayWhatToDo(t *testing.T) {
	for _, test := range []struct {
		code wire.CloseCode
		want wire.Action
	}{
		{wire.CloseRetry, wire.Retry}, {wire.CloseOverloaded, wire.Retry}, {wire.CloseUnavailable, wire.Retry}, {4099, wire.Retry},
		{wire.CloseSlow, wire.Reconnect}, {4100, wire.Reconnect}, {4199, wire.Reconnect},
		{wire.CloseSuperseded, wire.NewSession}, {wire.CloseRolledBack, wire.NewSession}, {4299, wire.NewSession},
		{wire.CloseProtocol, wire.Stop}, {wire.CloseVersion, wire.Stop}, {wire.CloseMachine, wire.Stop}, {wire.CloseRefused, wire.Stop}, {4399, wire.Stop},
		{0, wire.Retry}, {1000, wire.Retry}, {1006, wire.Retry}, {3999, wire.Retry}, {4400, wire.Retry}, {1<<64 - 1, wire.Retry},
	} {
		if got := test.code.Action(); got != test.want {
			t.Errorf("%d asks for %d, want %d", test.code, got, test.want)
		}
	}
}

// 64-bit FNV-1a, by its published examples.
func TestFingerprintIsFNV1a(t *testing.T) {
	for text, want := range map[string]wire.Fingerprint{"": 0xcbf29ce484222325, "a": 0xaf63dc4c8601ec8c, "foobar": 0x85944171f73967e8} {
		if got := wire.FingerprintOf(text); got != want {
			t.Errorf("of %q: %x, want %x", text, got, want)
		}
	}
}

// The sum of a state is stored and sent, so it never changes. It is never 0, and every bit counts, also how many zeros
// there are at the end.
func TestSumOf(t *testing.T) {
	for text, want := range map[string]wire.Sum{
		"":                                      0xf8bb92ce26585847,
		"a":                                     0xc24efef11c5ac9db,
		"a\x00":                                 0xe7a891cdad094471,
		"12345678":                              0xe01f5ee31c823271,
		"123456789":                             0x83c24fa6e7b35d47,
		"a state that is longer than two words": 0x6317d4de7c8d24e5,
		"\xcd\xba\x99\x4d\xe8\x83\x06\x45":      0x0000000000000001, // made so that all cancels out
	} {
		if got := wire.SumOf([]byte(text)); got != want {
			t.Errorf("of %q: %#x, want %#x", text, got, want)
		}
	}
	seen := make(map[wire.Sum][]byte)
	for n := range 18 {
		for _, fill := range []byte{0x00, 0x01, 0x82, 0xff} {
			state := bytes.Repeat([]byte{fill}, n)
			checkSum(t, seen, state)
			for bit := range 8 * n {
				state[bit/8] ^= 1 << (bit % 8)
				checkSum(t, seen, state)
				state[bit/8] ^= 1 << (bit % 8)
			}
		}
	}
}

func checkSum(t *testing.T, seen map[wire.Sum][]byte, state []byte) {
	t.Helper()
	sum := wire.SumOf(state)
	if before, found := seen[sum]; sum == 0 || found && !bytes.Equal(before, state) {
		t.Errorf("%x has the sum %#x, as has %x", state, sum, before)
	}
	seen[sum] = bytes.Clone(state)
}

func BenchmarkSumOf(b *testing.B) {
	state := make([]byte, 1<<20)
	b.SetBytes(int64(len(state)))
	for b.Loop() {
		wire.SumOf(state)
	}
}
