package bolt

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/wire"
)

// BenchmarkAppend measures durable appends of 100-byte events: one room, at two batch sizes.
func BenchmarkAppend(b *testing.B) {
	for _, batch := range []int{1, 100} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			s := mustOpen(b, filepath.Join(b.TempDir(), "rooms.db"))
			room := openRoom(b, s, "lobby")
			r := eventRecord(batch)
			r.Term = room.head.Term
			b.ReportAllocs()
			for b.Loop() {
				r.LSN, r.Previous, r.Tag = r.LSN+1, r.Tag, r.Tag+0x9e3779b97f4a7c15
				if err := room.Append(b.Context(), r); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkAppendRooms measures the same at batch 1 for many rooms at once, which share commits.
func BenchmarkAppendRooms(b *testing.B) {
	for _, rooms := range []int{10, 100, 1000} {
		b.Run(fmt.Sprintf("rooms=%d", rooms), func(b *testing.B) {
			s := mustOpen(b, filepath.Join(b.TempDir(), "rooms.db"))
			all := make([]*room, rooms)
			for i := range all {
				all[i] = openRoom(b, s, aper.RoomID(fmt.Sprintf("room/%d", i)))
			}
			b.ResetTimer()
			errs := make(chan error)
			for i, room := range all {
				go func() {
					r := eventRecord(1)
					r.Term = room.head.Term
					for n := i; n < b.N; n += rooms {
						r.LSN, r.Previous, r.Tag = r.LSN+1, r.Tag, r.Tag+0x9e3779b97f4a7c15
						if err := room.Append(b.Context(), r); err != nil {
							errs <- err
							return
						}
					}
					errs <- nil
				}()
			}
			for range all {
				if err := <-errs; err != nil {
					b.Error(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func eventRecord(events int) *wire.Record {
	r := &wire.Record{}
	for i := range events {
		r.Events.Add(wire.Event{Client: 1, ClientSeq: aper.ClientSeq(i + 1), Transition: cbor.AppendBytes(nil, make([]byte, 98))})
	}
	return r
}
