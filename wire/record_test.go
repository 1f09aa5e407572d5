package wire_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/wire"
)

var stored = []kind{kindOf("Record"), kindOf("RoomSnapshot")}

// The first thing in what is stored is its version, and a program that does not know it says so.
func TestStoredVersions(t *testing.T) {
	for _, k := range stored {
		full := items(k.full.Append(nil))
		if !bytes.Equal(full[0], cbor.AppendUint(nil, wire.RecordVersion)) {
			t.Errorf("a %s begins with %x", k.name, full[0])
		}
		what := map[string]string{"Record": "record", "RoomSnapshot": "room snapshot"}[k.name]
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
		if !same(m, k.zero) && k.name == "Record" {
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
	record, snapshot := stored[0], stored[1]
	for _, test := range []struct {
		name  string
		kind  kind
		field int
		bytes string
	}{
		{"events in runs of three", record, 9, "83000000"},
		{"an event that is not CBOR", record, 9, "84 00 00 00 81 1c"},
		{"rejections that are no array", record, 10, "00"},
		{"a rejection without array", record, 10, "81 00"},
		{"a verdict without array", record, 10, "81 82 00 00"},
		{"opened with a text as hash", record, 11, "81 83 00 60 60"},
		{"acknowledged in text", record, 12, "81 82 60 60"},
		{"negative clients", record, 13, "20"},
		{"a genesis without array", record, 14, "f6"},
		{"a genesis with a text as state", record, 14, "82 01 60"},
		{"a state in text", snapshot, 9, "60"},
		{"sessions without array", snapshot, 11, "81 00"},
		{"a session row without array in it", snapshot, 11, "81 81 00"},
		{"a count that is too large", snapshot, 11, "9b7fffffffffffffff"},
	} {
		full := items(test.kind.full.Append(nil))
		full[test.field] = unhex(test.bytes)
		_, err := test.kind.read(array(full))
		var located *wire.ReadError
		if !errors.As(err, &located) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// A rejection's verdict is an array of its own, which an older program may not have written.
func TestMissingFieldsInsideAreZero(t *testing.T) {
	full := items(kindOf("Record").full.Append(nil))
	full[10] = unhex("82 81 07 80") // two rejections, one with a client only, one with nothing
	full[11], full[12] = unhex("81 81 07"), unhex("81 80")
	full[14] = unhex("81 05")
	r, err := wire.ReadRecord(array(full))
	if err != nil || len(r.Rejections) != 2 || r.Rejections[0].Client != 7 || len(r.Opened) != 1 || r.Opened[0].Client != 7 ||
		len(r.Acknowledged) != 1 || r.Clients != 64 || r.Genesis == nil || r.Genesis.Epoch != 5 {
		t.Errorf("%+v, %v", r, err)
	}
}
