package data_test

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
)

// recording is one of somebody who edited a text, in the format of josephg/editing-traces.
type recording struct {
	StartContent, EndContent string
	Txns                     []struct{ Patches [][3]any }
}

// record reads a recording, and skips the test where there is none.
func record(tb testing.TB, name string) recording {
	tb.Helper()
	directory := os.Getenv("APER_TRACES")
	if directory == "" {
		directory = filepath.Join("..", "..", "shared", "traces")
	}
	f, err := os.Open(filepath.Join(directory, name+".json.gz"))
	if err != nil {
		tb.Skip("no recordings here; set APER_TRACES to their directory: ", err)
	}
	defer f.Close()
	var r recording
	z, err := gzip.NewReader(f)
	if err == nil {
		err = json.NewDecoder(z).Decode(&r)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// transitions returns one transition for each transaction.
func (r *recording) transitions() (list []aper.Transition[data.Text]) {
	for _, txn := range r.Txns {
		var edits []data.TextEdit
		for _, p := range txn.Patches {
			edits = append(edits, data.TextEdit{At: int(p[0].(float64)), Delete: int(p[1].(float64)), Insert: p[2].(string)})
		}
		list = append(list, data.EditText(edits...))
	}
	return list
}

// play applies transitions as one author's, who sees everything, with a floor as far behind as a room's.
func play(tb testing.TB, s data.Text, list []aper.Transition[data.Text]) data.Text {
	m := aper.Meta{Client: 1}
	for i, t := range list {
		m.Seq, m.Base = aper.Seq(i+1), aper.Seq(i)
		m.Floor = aper.Seq(max(0, i-1000))
		next, err := t.Apply(s, &m)
		if err != nil {
			tb.Fatalf("transaction %d: %v", i, err)
		}
		s = next
	}
	return s
}

func TestRecordingsBySelf(t *testing.T) {
	for _, name := range []string{"automerge-paper", "rustcode", "sveltecomponent"} {
		t.Run(name, func(t *testing.T) {
			r := record(t, name)
			s := play(t, data.NewText(r.StartContent), r.transitions())
			if s.String() != r.EndContent {
				t.Error("it ends differently")
			}
			encoded, err := aper.Encode(s)
			if err != nil {
				t.Fatal(err)
			}
			again, err := aper.Decode[data.Text](encoded)
			if err != nil || again.String() != r.EndContent {
				t.Errorf("it is not the same when it was encoded: %v", err)
			}
			t.Logf("%d transactions, %d bytes of text, encoded %d", len(r.Txns), len(r.EndContent), len(encoded))
		})
	}
}

func BenchmarkTextPaper(b *testing.B) {
	r := record(b, "automerge-paper")
	list := r.transitions()
	b.ReportAllocs()
	for b.Loop() {
		play(b, data.NewText(r.StartContent), list)
	}
}

func BenchmarkTextPaperLoad(b *testing.B) {
	r := record(b, "automerge-paper")
	encoded, err := aper.Encode(play(b, data.NewText(r.StartContent), r.transitions()))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := aper.Decode[data.Text](encoded); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(encoded)), "bytes-encoded")
}

func BenchmarkTextPaperEncode(b *testing.B) {
	r := record(b, "automerge-paper")
	s := play(b, data.NewText(r.StartContent), r.transitions())
	var c aper.Coder
	var encoded []byte
	b.ReportAllocs()
	for b.Loop() {
		c.EncodeTo(encoded[:0])
		s.Code(&c)
		encoded, _ = c.Finish()
	}
}

func BenchmarkTextPaperHeld(b *testing.B) {
	r := record(b, "automerge-paper")
	list := r.transitions()
	for b.Loop() {
		before := heap()
		s := play(b, data.NewText(r.StartContent), list)
		b.ReportMetric(float64(heap()-before), "bytes-held")
		runtime.KeepAlive(s)
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
