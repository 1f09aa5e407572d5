package wire_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/aper-go/aper/cbor"
)

// Every message and what is stored, byte by byte.
func TestGoldenBytes(t *testing.T) {
	var b strings.Builder
	fmt.Fprintln(&b, "Written by go test ./wire -run TestGoldenBytes -rewrite. Bytes in hexadecimal, then what they are.")
	for _, k := range kinds {
		fmt.Fprintf(&b, "\n== %s\n", k.name)
		d := dumper{&b, k.full.Append(nil)}
		in := cbor.NewReader(d.data)
		d.item(&in, 0, "", k.fields)
	}
	const file = "testdata/bytes.golden"
	if *rewrite {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("This changes the wire: programs that were built before cannot talk to those built after, or cannot read their journals.\n"+
			"Adding a field at the end changes it too, but they can. If it has to be, raise wire.Version (messages) or\n"+
			"wire.RecordVersion (Record, RoomSnapshot, Saved) or wire.DivergenceVersion, write down why in docs/decisions, and run this test with -rewrite.\n"+
			"TestVersions will then ask for the new version's line.\n\n%s",
			firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	section := ""
	for i := range max(len(g), len(w)) {
		g, w := lineAt(g, i), lineAt(w, i)
		if g != w {
			return fmt.Sprintf("First difference, in line %d%s:\n got %s\nwant %s", i+1, section, g, w)
		}
		if strings.HasPrefix(g, "==") {
			section = " (" + g[3:] + ")"
		}
	}
	return ""
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}

// A dumper writes one line for each item of CBOR.
type dumper struct {
	*strings.Builder
	data []byte
}

func (d *dumper) item(in *cbor.Reader, depth int, name string, fields []string) {
	start := in.Offset()
	if in.Kind() != cbor.Array {
		d.line(in.Raw(), depth, name, value(d.data[start:in.Offset()]))
		return
	}
	n := in.Array()
	d.line(d.data[start:in.Offset()], depth, name, fmt.Sprintf("array of %d", n))
	for i := range n {
		name := ""
		if i < len(fields) {
			name = fields[i] + ": "
		}
		d.item(in, depth+1, name, nil)
	}
}

func (d *dumper) line(raw []byte, depth int, name, comment string) {
	fmt.Fprintf(d, "%-50s # %s%s\n", strings.Repeat("  ", depth)+hex.EncodeToString(raw), name, comment)
}

func value(raw []byte) string {
	in := cbor.NewReader(raw)
	switch in.Kind() {
	case cbor.Uint:
		return fmt.Sprint(in.Uint())
	case cbor.NegativeInt:
		return fmt.Sprint(in.Int())
	case cbor.Text:
		return fmt.Sprintf("%q", in.Text())
	case cbor.Bytes:
		return fmt.Sprintf("%d bytes", len(in.Bytes()))
	case cbor.Bool:
		return fmt.Sprint(in.Bool())
	}
	return in.Kind().String()
}
