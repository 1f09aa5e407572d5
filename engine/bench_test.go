package engine_test

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// newAuthority returns an authority with n sessions attached, each of which has said hello.
func newAuthority(tb testing.TB, n int) *engine.Authority[counter.Counter] {
	tb.Helper()
	a := engine.New[counter.Counter](engine.Options{})
	if err := a.Create(counter.Counter{}, 1); err != nil {
		tb.Fatal(err)
	}
	a.Open(1)
	a.Tick(1, 1, 1)
	for i := range n {
		attach := engine.Attach(i + 1)
		a.Attach(attach, engine.Peer{Token: wire.Token{byte(i), byte(i >> 8)}})
		hello := wire.Hello{Protocol: wire.Version, Schema: wire.FingerprintOf(aper.Schema[counter.Counter]())}
		a.Step(attach, hello.Append(nil))
	}
	if joined := len(a.Ready().Joined); joined != n {
		tb.Fatalf("%d of %d joined", joined, n)
	}
	return a
}

func encode(tb testing.TB, t aper.Transition[counter.Counter]) []byte {
	var c aper.Coder
	c.EncodeTo(nil)
	aper.CodeTransition(&c, t)
	b, err := c.Finish()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// BenchmarkAuthorityStep is the cost of one transition: decode, apply, and encode for all, in batches of 16.
func BenchmarkAuthorityStep(b *testing.B) {
	const clients, batch = 16, 16
	a := newAuthority(b, clients)
	transition := encode(b, counter.Increment{By: 1})
	var message []byte
	number := aper.ClientSeq(0)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += batch {
		a.Tick(aper.Time(i), wire.Tag(i), 1)
		number++
		for client := range clients {
			push := wire.Push{First: number, Known: number - 1, Count: 1, Transitions: transition}
			message = push.Append(message[:0])
			a.Step(engine.Attach(client+1), message)
		}
		ready := a.Ready()
		b.ReportMetric(float64(len(ready.Frame))/batch, "B/event")
	}
}
