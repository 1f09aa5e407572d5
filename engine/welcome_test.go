package engine_test

import (
	"testing"

	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// A view that pushes without waiting for its welcome is told each outcome once, although the welcome brings all that it was not
// told over earlier connections.
func TestOutcomesInTheBatchOfTheHello(t *testing.T) {
	s := newStage(t, counter.Counter{}, engine.Options{})
	s.authority.Attach(1, engine.Peer{})
	hello := wire.Hello{Protocol: wire.Version, View: true}
	push := wire.Push{First: 1, Count: 1, Transitions: []byte{0x80}}
	s.authority.Step(1, push.Append(hello.Append(nil)))
	ready := s.authority.Ready()

	said := ready.Joined[0].Outcomes
	for _, m := range ready.Messages {
		said = append(said, m.Bytes...)
	}
	var outcomes []wire.Verdict
	for r := wire.NewReader(said); r.Next(); {
		outcomes = append(outcomes, r.Verdicts().List...)
	}
	if len(outcomes) != 1 || outcomes[0].ClientSeq != 1 || !outcomes[0].Rejected {
		t.Errorf("it is told %+v, want one rejection", outcomes)
	}
}
