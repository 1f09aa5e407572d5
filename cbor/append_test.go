package cbor

import (
	"bufio"
	"encoding/hex"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// golden writes the values of testdata/encodings.golden, by the names used there.
var golden = []struct {
	name  string
	write func(b []byte) []byte
}{
	{"uint 0", func(b []byte) []byte { return AppendUint(b, 0) }},
	{"uint 23", func(b []byte) []byte { return AppendUint(b, 23) }},
	{"uint 24", func(b []byte) []byte { return AppendUint(b, 24) }},
	{"uint 255", func(b []byte) []byte { return AppendUint(b, 255) }},
	{"uint 256", func(b []byte) []byte { return AppendUint(b, 256) }},
	{"uint 65535", func(b []byte) []byte { return AppendUint(b, 65535) }},
	{"uint 65536", func(b []byte) []byte { return AppendUint(b, 65536) }},
	{"uint 2^32-1", func(b []byte) []byte { return AppendUint(b, 1<<32-1) }},
	{"uint 2^32", func(b []byte) []byte { return AppendUint(b, 1<<32) }},
	{"uint 2^64-1", func(b []byte) []byte { return AppendUint(b, math.MaxUint64) }},
	{"int 23", func(b []byte) []byte { return AppendInt(b, 23) }},
	{"int 24", func(b []byte) []byte { return AppendInt(b, 24) }},
	{"int 2^63-1", func(b []byte) []byte { return AppendInt(b, math.MaxInt64) }},
	{"int -1", func(b []byte) []byte { return AppendInt(b, -1) }},
	{"int -24", func(b []byte) []byte { return AppendInt(b, -24) }},
	{"int -25", func(b []byte) []byte { return AppendInt(b, -25) }},
	{"int -256", func(b []byte) []byte { return AppendInt(b, -256) }},
	{"int -257", func(b []byte) []byte { return AppendInt(b, -257) }},
	{"int -2^63", func(b []byte) []byte { return AppendInt(b, math.MinInt64) }},
	{"false", func(b []byte) []byte { return AppendBool(b, false) }},
	{"true", func(b []byte) []byte { return AppendBool(b, true) }},
	{"null", AppendNull},
	{"float 0", func(b []byte) []byte { return AppendFloat(b, 0) }},
	{"float -0", func(b []byte) []byte { return AppendFloat(b, math.Copysign(0, -1)) }},
	{"float 1.5", func(b []byte) []byte { return AppendFloat(b, 1.5) }},
	{"float -4", func(b []byte) []byte { return AppendFloat(b, -4) }},
	{"float 2^-24", func(b []byte) []byte { return AppendFloat(b, 0x1p-24) }},
	{"float 1023*2^-24", func(b []byte) []byte { return AppendFloat(b, 1023*0x1p-24) }},
	{"float 2^-14", func(b []byte) []byte { return AppendFloat(b, 0x1p-14) }},
	{"float 2^-25", func(b []byte) []byte { return AppendFloat(b, 0x1p-25) }},
	{"float 65504", func(b []byte) []byte { return AppendFloat(b, 65504) }},
	{"float 65505", func(b []byte) []byte { return AppendFloat(b, 65505) }},
	{"float 65536", func(b []byte) []byte { return AppendFloat(b, 65536) }},
	{"float 100000", func(b []byte) []byte { return AppendFloat(b, 100000) }},
	{"float 2^-149", func(b []byte) []byte { return AppendFloat(b, math.SmallestNonzeroFloat32) }},
	{"float 2^-150", func(b []byte) []byte { return AppendFloat(b, 0x1p-150) }},
	{"float largest of 32 bits", func(b []byte) []byte { return AppendFloat(b, math.MaxFloat32) }},
	{"float 2^128", func(b []byte) []byte { return AppendFloat(b, 0x1p128) }},
	{"float 1.1", func(b []byte) []byte { return AppendFloat(b, 1.1) }},
	{"float smallest", func(b []byte) []byte { return AppendFloat(b, math.SmallestNonzeroFloat64) }},
	{"float largest", func(b []byte) []byte { return AppendFloat(b, math.MaxFloat64) }},
	{"text empty", func(b []byte) []byte { return AppendText(b, "") }},
	{"text IETF", func(b []byte) []byte { return AppendText(b, "IETF") }},
	{"text water", func(b []byte) []byte { return AppendText(b, "水") }},
	{"text of 23 bytes", func(b []byte) []byte { return AppendText(b, "abcdefghijklmnopqrstuvw") }},
	{"text of 24 bytes", func(b []byte) []byte { return AppendText(b, "abcdefghijklmnopqrstuvwx") }},
	{"text repaired", func(b []byte) []byte { return AppendText(b, "a\xffb\xe6\xb0") }},
	{"bytes nil", func(b []byte) []byte { return AppendBytes(b, nil) }},
	{"bytes", func(b []byte) []byte { return AppendBytes(b, []byte{1, 2, 3, 4}) }},
	{"array of 0", func(b []byte) []byte { return AppendArray(b, 0) }},
	{"array of 23", func(b []byte) []byte { return AppendArray(b, 23) }},
	{"array of 24", func(b []byte) []byte { return AppendArray(b, 24) }},
	{"array of 65536", func(b []byte) []byte { return AppendArray(b, 65536) }},
	{"map of 0", func(b []byte) []byte { return AppendMap(b, 0) }},
	{"map of 23", func(b []byte) []byte { return AppendMap(b, 23) }},
	{"map of 256", func(b []byte) []byte { return AppendMap(b, 256) }},
	{"card", func(b []byte) []byte { return appendCard(b, &exampleCard) }},
}

func TestGoldenEncodings(t *testing.T) {
	want := readGolden(t)
	for _, g := range golden {
		if got := hex.EncodeToString(g.write(nil)); got != want[g.name] {
			t.Errorf("%s:\n got %s\nwant %s\n"+
				"Rooms are stored and peers talk in these bytes: mend the code, not testdata/encodings.golden.",
				g.name, got, want[g.name])
		}
		delete(want, g.name)
	}
	for name := range want {
		t.Errorf("%q in testdata/encodings.golden is not written by any test", name)
	}
}

func readGolden(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.Open("testdata/encodings.golden")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	encodings := make(map[string]string)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, encoding, found := strings.Cut(lines.Text(), " = ")
		if !found {
			t.Fatalf("line without ' = ': %q", lines.Text())
		}
		encodings[name] = encoding
	}
	return encodings
}

// Every Append function keeps what is in the slice already.
func TestAppendKeepsWhatIsThere(t *testing.T) {
	for _, g := range golden {
		alone := string(g.write(nil))
		if got := string(g.write([]byte("before"))); got != "before"+alone {
			t.Errorf("%s: after \"before\" it is %x, alone %x", g.name, got, alone)
		}
	}
}

func TestAppendPanics(t *testing.T) {
	for name, write := range map[string]func(){
		"NaN":            func() { AppendFloat(nil, math.NaN()) },
		"infinity":       func() { AppendFloat(nil, math.Inf(1)) },
		"-infinity":      func() { AppendFloat(nil, math.Inf(-1)) },
		"negative array": func() { AppendArray(nil, -1) },
		"negative map":   func() { AppendMap(nil, math.MinInt) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			write()
		})
	}
}

// Whatever a Go string holds, the Reader accepts what AppendText makes of it.
func TestAppendTextRepairsInvalidUTF8(t *testing.T) {
	for _, v := range []string{
		"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe6\xb0", "a\xffb", "水\xe6\xb0", "\x80\x80\x80", "�",
		strings.Repeat("\xff", 100), strings.Repeat("x", 23) + "\xff",
	} {
		b := AppendText(nil, v)
		r := NewReader(b)
		got, err := r.Text(), r.End()
		if want := string([]rune(v)); got != want || err != nil {
			t.Errorf("%q: read back %q and error %v, want %q", v, got, err, want)
		}
		if !utf8.ValidString(got) {
			t.Errorf("%q: read back invalid UTF-8 %q", v, got)
		}
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	b := make([]byte, 0, 1024)
	for _, g := range golden {
		if allocations := testing.AllocsPerRun(10, func() { g.write(b) }); allocations != 0 {
			t.Errorf("%s: %v allocations", g.name, allocations)
		}
	}
}

func TestDecimal(t *testing.T) {
	for _, v := range []uint64{0, 1, 9, 10, 99, 100, 1234567890, math.MaxUint64 - 1, math.MaxUint64} {
		if got, want := decimal(v), strconv.FormatUint(v, 10); got != want {
			t.Errorf("decimal(%s) is %s", want, got)
		}
	}
}
