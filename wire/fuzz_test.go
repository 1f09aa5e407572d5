package wire_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/aper-go/aper/wire"
)

// readers read each kind of message, once Next has found it.
var readers = map[wire.Code]func(*wire.Reader) message{
	wire.CodeHello:     taking((*wire.Reader).Hello),
	wire.CodePush:      taking((*wire.Reader).Push),
	wire.CodePresence:  taking((*wire.Reader).Presence),
	wire.CodePing:      taking((*wire.Reader).Ping),
	wire.CodeBye:       func(*wire.Reader) message { return wire.Bye{} },
	wire.CodeSignal:    taking((*wire.Reader).Signal),
	wire.CodeDiverged:  taking((*wire.Reader).Diverged),
	wire.CodeWelcome:   taking((*wire.Reader).Welcome),
	wire.CodeSnapshot:  taking((*wire.Reader).Snapshot),
	wire.CodeFrame:     taking((*wire.Reader).Frame),
	wire.CodeVerdicts:  taking((*wire.Reader).Verdicts),
	wire.CodeNack:      taking((*wire.Reader).Nack),
	wire.CodePresences: taking((*wire.Reader).Presences),
	wire.CodePong:      taking((*wire.Reader).Pong),
	wire.CodeClose:     taking((*wire.Reader).Close),
	wire.CodeCheck:     taking((*wire.Reader).Check),
	wire.CodeSignals:   taking((*wire.Reader).Signals),
}

// taking turns a method of Reader into one that returns any message.
func taking[T any, P interface {
	*T
	message
}](read func(*wire.Reader) T) func(*wire.Reader) message {
	return func(r *wire.Reader) message { m := read(r); return P(&m) }
}

// FuzzReader reads arbitrary bytes as a transport message. What is accepted is written and read to something equal.
func FuzzReader(f *testing.F) {
	var all []byte
	for _, k := range kinds {
		if !k.isStore {
			f.Add(k.full.Append(nil))
			f.Add(extended(k.full.Append(nil)))
			all = k.full.Append(all)
		}
	}
	f.Add(all)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		r := wire.NewReader(data)
		for n := 0; r.Next(); n++ {
			if n > len(data) {
				t.Fatal("Next does not end")
			}
			read := readers[r.Code()]
			if read == nil {
				continue
			}
			m := read(&r)
			if r.Err() == nil {
				checkStable(t, m, func(b []byte) message {
					again := wire.NewReader(b)
					if !again.Next() {
						t.Fatalf("%+v is written as %x, which is refused: %v", m, b, again.Err())
					}
					m := read(&again)
					if again.Next() || again.Err() != nil {
						t.Fatalf("%x is not one message: %v", b, again.Err())
					}
					return m
				})
			}
		}
		if !bytes.Equal(data, before) {
			t.Fatal("reading changes the bytes")
		}
	})
}

// checkStable writes a message, reads it, and expects the same one.
func checkStable(t *testing.T, m message, read func([]byte) message) {
	t.Helper()
	b := m.Append(nil)
	again := read(b)
	if p, ok := m.(*wire.Push); ok {
		if got := slices.Collect(p.All()); len(got) != p.Count {
			t.Fatalf("a Push of %d yields %d", p.Count, len(got))
		}
	}
	if f, ok := m.(*wire.Frame); ok {
		if got := collect(&f.Events); len(got) != f.Events.Len() {
			t.Fatalf("%d events yield %d", f.Events.Len(), len(got))
		}
	}
	if !same(again, m) && !bytes.Equal(again.Append(nil), b) {
		t.Fatalf("%+v\nis written as %x and read as\n%+v", m, b, again)
	}
}

// FuzzReadRecord reads arbitrary bytes as a record.
func FuzzReadRecord(f *testing.F) { fuzzStored(f, kindOf("Record")) }

// FuzzReadRoomSnapshot reads arbitrary bytes as a room snapshot.
func FuzzReadRoomSnapshot(f *testing.F) { fuzzStored(f, kindOf("RoomSnapshot")) }

// FuzzReadSaved reads arbitrary bytes as what a client saved.
func FuzzReadSaved(f *testing.F) { fuzzStored(f, kindOf("Saved")) }

// FuzzReadDivergence reads arbitrary bytes as a divergence.
func FuzzReadDivergence(f *testing.F) { fuzzStored(f, kindOf("Divergence")) }

func fuzzStored(f *testing.F, k kind) {
	f.Add(k.full.Append(nil))
	f.Add(k.zero.Append(nil))
	f.Add(extended(k.full.Append(nil)))
	random := rand.New(rand.NewPCG(1, 0))
	for range 5 {
		f.Add(k.random(random).Append(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := k.read(data)
		if err != nil {
			return
		}
		checkStable(t, m, func(b []byte) message {
			again, err := k.read(b)
			if err != nil {
				t.Fatalf("%+v is written as %x, which is refused: %v", m, b, err)
			}
			return again
		})
	})
}

// Bytes spoiled here and there never cause a panic, or memory out of proportion.
func TestHostileBytesAllocateLittle(t *testing.T) {
	random := newRandom(t)
	heads := [][]byte{
		unhex("9b7fffffffffffffff"), unhex("9affffffff"), unhex("99ffff"), unhex("5affffffff"), unhex("7b7fffffffffffffff"),
		unhex("bb7fffffffffffffff"), unhex("ff"), unhex("f6"), unhex("98ff"), unhex("80"),
	}
	for _, k := range kinds {
		data := k.full.Append(nil)
		for at := range data {
			for _, head := range heads {
				spoiled := slices.Concat(data[:at], head, data[min(len(data), at+1+random.IntN(3)):])
				allocated := allocatedBy(func() { k.read(spoiled) })
				if limit := uint64(4096 + 200*len(spoiled)); allocated > limit {
					t.Errorf("%s %x: %d bytes allocated, want at most %d", k.name, spoiled, allocated, limit)
				}
			}
		}
	}
}

// What clients may send takes hardly any memory, whatever is in it: the authority reads it.
func TestClientMessagesAllocateLittle(t *testing.T) {
	const size = 1 << 20
	zeros := make([]byte, size)
	push := wire.Push{First: 1, Count: size, Transitions: zeros}
	based := push
	based.Base = 300
	for name, data := range map[string][]byte{
		"a push of many":         push.Append(nil),
		"a push with a base":     based.Append(nil),
		"a push with new fields": extended(based.Append(nil)),
		"a presence":             (&wire.Presence{Value: zeros}).Append(nil),
		"a signal":               (&wire.Signal{Value: zeros}).Append(nil),
		"a diverged":             kindOf("Diverged").full.Append(nil),
		"many pings":             bytes.Repeat((&wire.Ping{}).Append(nil), size/5),
		"a long unknown message": array([][]byte{unhex("1863"), array([][]byte{push.Append(nil)})}),
		"a hello":                kindOf("Hello").full.Append(nil),
	} {
		allocated := allocatedBy(func() {
			r := wire.NewReader(data)
			for r.Next() {
				if read := readers[r.Code()]; read != nil {
					if p, ok := read(&r).(*wire.Push); ok {
						for range p.All() {
						}
					}
				}
			}
			if r.Err() != nil {
				t.Errorf("%s: %v", name, r.Err())
			}
		})
		limit := uint64(4096)
		if name == "many pings" {
			limit = 25 * size / 5 // this test, for each
		}
		if allocated > limit {
			t.Errorf("%s: %d bytes allocated, want at most %d", name, allocated, limit)
		}
	}
}
