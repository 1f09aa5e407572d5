package engine_test

import (
	"testing"

	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// Law L2: a connection that joins, pushes and breaks the protocol within one batch is told what it did before it is
// closed.
func TestJoinedAndClosedInOneBatch(t *testing.T) {
	a := newAuthority(t, 0)
	a.Tick(1, 2, 2)
	a.Attach(7, engine.Peer{})
	hello := wire.Hello{Protocol: wire.Version, View: true}
	push := wire.Push{First: 1, Count: 1, Transitions: encode(t, counter.Increment{By: 3})}
	gap := wire.Push{First: 9, Count: 1, Transitions: push.Transitions}
	a.Step(7, gap.Append(push.Append(hello.Append(nil))))
	ready := a.Ready()
	if len(ready.Joined) != 1 || len(ready.Closed) != 1 {
		t.Fatalf("%d joined and %d closed, want one each", len(ready.Joined), len(ready.Closed))
	}
	r := wire.NewReader(ready.Joined[0].Outcomes)
	if !r.Next() || len(r.Verdicts().List) != 1 {
		t.Fatal("the outcome is not told")
	}
	r = wire.NewReader(ready.Closed[0].Bytes)
	if !r.Next() || r.Close().Code != wire.CloseProtocol {
		t.Fatal("the gap is not told")
	}
}
