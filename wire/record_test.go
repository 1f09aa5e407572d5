package wire_test

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/wire"
)

var stored = []kind{kindOf("Record"), kindOf("RoomSnapshot"), kindOf("Saved"), kindOf("Divergence")}

// The first thing in what is stored is its version, and a program that does not know it says so.
func TestStoredVersions(t *testing.T) {
	for _, k := range stored {
		full := items(k.full.Append(nil))
		if !bytes.Equal(full[0], cbor.AppendUint(nil, wire.RecordVersion)) {
			t.Errorf("a %s begins with %x", k.name, full[0])
		}
		what := map[string]string{"Record": "record", "RoomSnapshot": "room snapshot", "Saved": "saved session", "Divergence": "divergence"}[k.name]
		for version, want := range map[string]string{
			"02": "wire: the " + what + " cannot be read: it has a version that this program does not know; a newer program wrote it",
			"00": "wire: the " + what + " cannot be read: it has a version that this program does not know; a newer program wrote it",
			"f5": "wire: the " + what + " cannot be read: cbor: at byte 1: expected unsigned integer, found boolean",
		} {
			full[0] = unhex(version)
			_, err := k.read(array(full))
			if err == nil || err.Error() != want {
				t.Errorf("%s with version %s: %v, want %s", k.name, version, err, want)
			}
		}
		full[0] = unhex("02")
		if _, err := k.read(array(slices.Insert(full, 1, unhex("a0")))); err == nil {
			t.Errorf("a %s of another version and form is read", k.name)
		}
	}
}

// What is stored is whole or refused: no prefix is accepted, and nothing behind it.
func TestStoredBytesAreWhole(t *testing.T) {
	for _, k := range stored {
		full := k.full.Append(nil)
		for n := range full {
			if _, err := k.read(full[:n]); err == nil {
				t.Errorf("the first %d bytes of a %s are accepted", n, k.name)
			}
		}
		m, err := k.read(append(bytes.Clone(full), 0))
		var located *wire.ReadError
		var reason *cbor.Error
		if !errors.As(err, &located) || !errors.As(err, &reason) || reason.Offset != len(full) {
			t.Errorf("a byte behind a %s: %v", k.name, err)
		}
		if !reflect.ValueOf(m).Elem().IsZero() {
			t.Errorf("a %s is refused and %+v returned", k.name, m)
		}
	}
}

// A store may use its buffer again.
func TestStoredValuesDoNotReferToTheBytes(t *testing.T) {
	for _, k := range stored {
		b := k.full.Append(nil)
		m, err := k.read(b)
		if err != nil {
			t.Fatal(err)
		}
		clear(b)
		if !same(m, k.full) {
			t.Errorf("a %s became %+v", k.name, m)
		}
	}
}

func TestReadRefusesFields(t *testing.T) {
	record, snapshot, saved, divergence := stored[0], stored[1], stored[2], stored[3]
	for _, test := range []struct {
		name  string
		kind  kind
		field string
		bytes string
	}{
		{"events in runs of three", record, "events", "83000000"},
		{"an event that is not CBOR", record, "events", "84 00 00 00 81 1c"},
		{"an event alone that is not CBOR", record, "events", "84 00 00 01 1c"},
		{"an event alone that is missing", record, "events", "83 00 00 01"},
		{"rejections that are no array", record, "rejections", "00"},
		{"a rejection without array", record, "rejections", "81 00"},
		{"a verdict without array", record, "rejections", "81 82 00 00"},
		{"opened with a text as hash", record, "opened", "81 83 00 60 60"},
		{"acknowledged in text", record, "acknowledged", "81 82 60 60"},
		{"negative clients", record, "clients", "20"},
		{"a genesis without array", record, "genesis", "f6"},
		{"a genesis with a text as state", record, "genesis", "82 01 60"},
		{"a negative floor", record, "floor", "20"},
		{"a membership without array", record, "joined", "81 07"},
		{"a membership in numbers", record, "joined", "81 82 07 01"},
		{"evicted in arrays", record, "evicted", "81 81 07"},
		{"a sum without array", record, "sum", "00"},
		{"a negative sum", record, "sum", "82 00 20"},
		{"a state in text", snapshot, "state", "60"},
		{"sessions without array", snapshot, "sessions", "81 00"},
		{"a session row without array in it", snapshot, "sessions", "81 81 00"},
		{"joined as a number", snapshot, "sessions", "81 85 80 00 00 80 01"},
		{"active in text", snapshot, "sessions", "81 86 80 00 00 80 f5 60"},
		{"told as a number", snapshot, "sessions", "81 87 80 00 00 80 f5 00 01"},
		{"a count that is too large", snapshot, "sessions", "9b7fffffffffffffff"},
		{"a negative session below", snapshot, "evictedBelow", "20"},
		{"a token of 15 bytes", saved, "token", "4f000102030405060708090a0b0c0d0e"},
		{"half a user", saved, "users", "83 01 6161 02"},
		{"a pending one without array", saved, "pending", "81 00"},
		{"a pending one with a text as transition", saved, "pending", "81 86 00 00 00 00 00 60"},
		{"a path of numbers", divergence, "path", "81 01"},
		{"a base without array", divergence, "base", "00"},
		{"a base with a text as state", divergence, "base", "86 00 00 00 00 00 60"},
		{"frames in an array", divergence, "frames", "80"},
		{"the state here without array", divergence, "here", "f6"},
	} {
		full := items(test.kind.full.Append(nil))
		full[test.kind.at(test.field)] = unhex(test.bytes)
		_, err := test.kind.read(array(full))
		var located *wire.ReadError
		if !errors.As(err, &located) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// What is an array of its own inside may be older and shorter too: a rejection has a client only, or nothing; a session
// row has no more than an older program knew.
func TestMissingFieldsInsideAreZero(t *testing.T) {
	spoil := func(name string, fields ...string) (message, error) {
		k := kindOf(name)
		full := items(k.full.Append(nil))
		for i := 0; i < len(fields); i += 2 {
			full[k.at(fields[i])] = unhex(fields[i+1])
		}
		return k.read(array(full))
	}
	m, err := spoil("Record", "rejections", "82 81 07 80", "opened", "81 81 07", "acknowledged", "81 80",
		"genesis", "81 05", "joined", "82 81 07 80", "sum", "81 09")
	r := m.(*wire.Record)
	if err != nil || len(r.Rejections) != 2 || r.Rejections[0].Client != 7 || len(r.Opened) != 1 || r.Opened[0].Client != 7 ||
		len(r.Acknowledged) != 1 || r.Clients != 64 || r.Genesis == nil || r.Genesis.Epoch != 5 ||
		!slices.Equal(r.Joined, []wire.Membership{{Client: 7}, {}}) || !slices.Equal(r.Evicted, []aper.ClientID{3, 4}) || r.Sum != (wire.Check{Seq: 9}) {
		t.Errorf("%+v, %v", r, err)
	}
	m, err = spoil("RoomSnapshot", "sessions", "81 84 8107 182b 00 80")
	s := m.(*wire.RoomSnapshot)
	want := wire.SessionRow{Opened: wire.Opened{Client: 7}, Decided: 43}
	if err != nil || len(s.Sessions) != 1 || !reflect.DeepEqual(s.Sessions[0], want) || s.EvictedBelow != 5 {
		t.Errorf("%+v, %v", s, err)
	}
	m, err = spoil("Saved", "pending", "81 82 1831 182a")
	c := m.(*wire.Saved)
	if err != nil || !reflect.DeepEqual(c.Pending, []wire.SavedPush{{ID: 49, ClientSeq: 42}}) {
		t.Errorf("%+v, %v", c, err)
	}
}
