package wire_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

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
			places = [][]int{{}, {10, 0}, {10, 0, 1}, {11, 0}, {12, 0}, {14}}
		case "RoomSnapshot":
			places = [][]int{{}, {11, 0}, {11, 0, 0}, {11, 0, 3, 1}}
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
	want := []wire.Code{wire.CodePing, 200, 42, wire.CodeHello, wire.CodePush, wire.CodePing, wire.CodeBye, wire.CodeWelcome, wire.CodeSnapshot,
		wire.CodeFrame, wire.CodeVerdicts, wire.CodePong, wire.CodeClose, wire.CodePing}
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
		{"a count that is too large", "\x9b\x7f\xff\xff\xff\xff\xff\xff\xff\x04" + ping, "expected 9223372036854775807 items in array, found only 5 bytes"},
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
		{"Hello", "8e01 01 60 60 00 60 f4 00 41aa 00 00 00 00 00", "a token has 16 bytes"},
		{"Hello", "8301 01 41ff", "expected text string, found byte string"},
		{"Welcome", "8810 00 01 40 00 00 00 1a40000001", "expected a size of at most 2^30"},
		{"Frame", "8612 01 00 00 00 81 00", "events come in runs of four items"},
		{"Frame", "8612 01 00 00 00 84 00 00 00 00", "expected array, found unsigned integer"},
		{"Frame", "8712 01 00 00 00 80 81 00", "users come in pairs of session and name"},
		{"Snapshot", "8611 01 00 00 40 83 01 6161 02", "users come in pairs of session and name"},
		{"Snapshot", "8611 01 00 00 40 82 6161 01", "expected unsigned integer, found text string"},
		{"Verdicts", "8213 81 01", "expected array, found unsigned integer"},
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
	e := events(wire.Event{Client: 1, ClientSeq: 1, Transition: deepest})
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
