package journal_test

import (
	"testing"

	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/journaltest"
	"github.com/aper-go/aper/wire"
)

func TestMemory(t *testing.T) {
	journaltest.Run(t,
		func(*testing.T) journal.Store { return journal.NewMemory() },
		func(_ *testing.T, s journal.Store) journal.Store { return s })
}

func BenchmarkMemoryAppend(b *testing.B) {
	log, head, err := journal.NewMemory().Open(b.Context(), "lobby", journal.OpenOptions{Machine: "counter.Counter", Create: true})
	if err != nil {
		b.Fatal(err)
	}
	r := &wire.Record{Term: head.Term}
	r.Events.Add(wire.Event{Client: 1, ClientSeq: 1, Transition: cbor.AppendBytes(nil, make([]byte, 98))})
	b.ReportAllocs()
	for b.Loop() {
		r.LSN, r.Previous, r.Tag = r.LSN+1, r.Tag, r.Tag+0x9e3779b97f4a7c15
		if err := log.Append(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}
