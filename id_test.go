package aper_test

import (
	"math"
	"strings"
	"testing"

	"github.com/aper-go/aper"
)

var ids = []struct {
	id   aper.ID
	text string
}{
	{aper.ID{}, "0-0-0"},
	{aper.ID{Client: 7, Seq: 3, N: 1}, "7-3-1"},
	{aper.ID{Seq: 10, N: 100}, "0-10-100"},
	{aper.ID{Client: math.MaxUint64, Seq: math.MaxUint64, N: math.MaxUint64}, "18446744073709551615-18446744073709551615-18446744073709551615"},
}

func TestIDText(t *testing.T) {
	for _, test := range ids {
		if got := test.id.String(); got != test.text {
			t.Errorf("%#v is written as %s, want %s", test.id, got, test.text)
		}
		if got, err := aper.ParseID(test.text); err != nil || got != test.id {
			t.Errorf("%s is read as %#v, %v", test.text, got, err)
		}
	}
}

func TestParseIDRefusesWhatStringDoesNotWrite(t *testing.T) {
	for _, text := range []string{
		"", "-", "--", "7", "7-3", "7-3-", "-3-1", "7--1", "7-3-1-", "7-3-1-1", "07-3-1", "7-03-1", "7-3-01", "00-0-0",
		"+7-3-1", "7-3-+1", "7-3--1", " 7-3-1", "7-3-1 ", "7-3-1\n", "7 -3-1", "7_3_1", "a-3-1", "7-3-1x", "0x7-3-1", "7-3-1.0", "٧-3-1",
		"18446744073709551616-3-1", "7-18446744073709551620-1", "7-3-99999999999999999999", "7-3-1\x00",
	} {
		if id, err := aper.ParseID(text); err == nil || id != (aper.ID{}) {
			t.Errorf("%q is read as %v, %v", text, id, err)
		}
	}
	_, err := aper.ParseID("se\nven")
	wantError(t, "the text", err, `aper: not an ID: "se\nven"; an ID is three numbers, like 7-3-1`)
}

func TestIDInJSONMayBeEmpty(t *testing.T) {
	if got, err := aper.FromJSON[Hall]([]byte(`{"owner":""}`)); err != nil || got.Owner != (aper.ID{}) {
		t.Errorf("%v, %v", got.Owner, err)
	}
}

func TestParseRoomID(t *testing.T) {
	for _, text := range []string{
		"lobby", "boards/42", "a/b/c", "größe 7", "-a", "a/-", "a/-/b", "...", ".hidden", "a..b", "~", "?", "%2f",
		strings.Repeat("x", 200), strings.Repeat("水", 66),
	} {
		if got, err := aper.ParseRoomID(text); err != nil || string(got) != text {
			t.Errorf("%q is read as %q, %v", text, got, err)
		}
	}
	for _, test := range []struct{ text, why string }{
		{"", "it has an empty segment"},
		{"/", "it has an empty segment"},
		{"/lobby", "it has an empty segment"},
		{"lobby/", "it has an empty segment"},
		{"a//b", "it has an empty segment"},
		{".", `it has a segment "."`},
		{"a/..", `it has a segment ".."`},
		{"../a", `it has a segment ".."`},
		{"a/./b", `it has a segment "."`},
		{"-", `names below "-" belong to the server`},
		{"-/metrics", `names below "-" belong to the server`},
		{"a\x00", "it has a control character"},
		{"a\nb", "it has a control character"},
		{"a\x7f", "it has a control character"},
		{"a\u0085", "it has a control character"},
		{"a\xff", "it is not valid UTF-8"},
		{strings.Repeat("x", 201), "it is longer than 200 bytes"},
		{strings.Repeat("水", 1_000_000), "it is longer than 200 bytes"},
	} {
		got, err := aper.ParseRoomID(test.text)
		if got != "" || err == nil || !strings.HasSuffix(err.Error(), " cannot name a room: "+test.why) || len(err.Error()) > 200 {
			t.Errorf("%.300q is read as %q, %.300v; want refused because %s", test.text, got, err, test.why)
		}
	}
}
