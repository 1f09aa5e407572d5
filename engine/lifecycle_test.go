package engine_test

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/internal/sim/arena"
	"github.com/aper-go/aper/wire"
)

// Rule N16: who is expelled is told why, has left at once, and could come back to the same session.
func TestExpel(t *testing.T) {
	s := newStage(t, arena.Arena{}, engine.Options{})
	n, r := s.join(engine.Peer{Token: wire.Token{1}})
	_, other := s.join(engine.Peer{Token: wire.Token{2}})
	session := r.Client()
	if !other.Confirmed().Players.Has(uint64(session)) {
		t.Fatal("it has not joined")
	}
	s.tick()
	s.authority.Expel(n, "be kind")
	ready := s.decide()
	if len(ready.Closed) != 1 || ready.Closed[0].To != n {
		t.Fatalf("%d connections are closed, want one", len(ready.Closed))
	}
	closing := closeOf(t, ready.Closed[0].Bytes)
	if closing.Code != wire.CloseRefused || closing.Reason != "be kind" || closing.Code.Action() != wire.Stop {
		t.Errorf("it is told %+v", closing)
	}
	if want := (wire.Membership{Client: session}); len(ready.Record.Joined) != 1 || ready.Record.Joined[0] != want {
		t.Errorf("journaled is %v, want %v", ready.Record.Joined, want)
	}
	if other.Confirmed().Players.Has(uint64(session)) {
		t.Error("the others still see it")
	}
	if weight := s.authority.Step(n, wire.Bye{}.Append(nil)); weight != 0 {
		t.Error("its messages are still taken")
	}
	s.leave(n)
	s.connect(r, engine.Peer{})
	if r.Client() != session || !other.Confirmed().Players.Has(uint64(session)) {
		t.Errorf("whom the driver lets in again gets session %d, want %d", r.Client(), session)
	}
	s.replay()
}

// Rule N16: nothing that was decided is lost by it.
func TestExpelKeepsOutcomes(t *testing.T) {
	s := newStage(t, counter.Counter{}, engine.Options{})
	n, r := s.join(engine.Peer{})
	if _, err := r.Push(counter.Increment{By: 3}, s.now); err != nil {
		t.Fatal(err)
	}
	s.settle(0, r)
	s.tick()
	s.authority.Step(n, s.unsent[0])
	s.unsent[0] = nil
	s.authority.Expel(n, "")
	ready := s.authority.Ready()
	s.write(ready.Record)
	s.leave(n)
	if told := s.last(s.connect(r, engine.Peer{})); told.Conflict != nil || told.Seq != 1 || r.Confirmed().Value != 3 {
		t.Errorf("it is told %+v, and has %d", told, r.Confirmed().Value)
	}
}

// Rule N16: a connection that has not said hello, is not there, or was superseded, has no session to leave.
func TestExpelWithoutASession(t *testing.T) {
	s := newStage(t, arena.Arena{}, engine.Options{})
	n, r := s.join(engine.Peer{Token: wire.Token{1}})
	s.tick()
	s.authority.Expel(77, "nobody")
	s.authority.Attach(5, engine.Peer{})
	s.authority.Expel(5, "too early")
	ready := s.decide()
	if ready.Record != nil || len(ready.Closed) != 1 || ready.Closed[0].To != 5 {
		t.Errorf("record %+v, closed %d", ready.Record, len(ready.Closed))
	}
	s.connect(copyOf(t, r), engine.Peer{})
	s.authority.Expel(n, "superseded")
	if ready := s.round(); len(ready.Closed) != 0 || !ready.State.Players.Has(uint64(r.Client())) {
		t.Errorf("expelling an earlier connection of a session ends the newer one: %v, %v", ready.Closed, ready.State.Players)
	}
}

func copyOf[S aper.StateMachine[S]](t *testing.T, r *engine.Replica[S]) *engine.Replica[S] {
	t.Helper()
	saved, err := r.Export()
	if err != nil {
		t.Fatal(err)
	}
	copied, err := engine.Import[S](engine.ReplicaOptions{}, saved)
	if err != nil {
		t.Fatal(err)
	}
	return copied
}

func closeOf(t *testing.T, message []byte) wire.Close {
	t.Helper()
	r := wire.NewReader(message)
	if !r.Next() || r.Code() != wire.CodeClose {
		t.Fatalf("%x is no Close", message)
	}
	return r.Close()
}

// Rule D11: Step tells how much a message asked for: each message of the protocol counts, and each transition that is pushed.
func TestStepWeighs(t *testing.T) {
	hello := helloOf[counter.Counter]()
	push := wire.Push{First: 1, Count: 3}
	for range push.Count {
		push.Transitions = append(push.Transitions, encode(t, counter.Increment{By: 1})...)
	}
	ping, none := wire.Ping{}, wire.Push{First: 1}
	for name, test := range map[string]struct {
		message []byte
		want    int
	}{
		"nothing":            {nil, 0},
		"one message":        {ping.Append(nil), 1},
		"a push of three":    {push.Append(nil), 3},
		"pushed again":       {push.Append(push.Append(nil)), 6},
		"a push of none":     {none.Append(nil), 1},
		"several":            {ping.Append(push.Append(ping.Append(nil))), 5},
		"until it is closed": {ping.Append(hello.Append(ping.Append(nil))), 2},
		"after bye":          {ping.Append(wire.Bye{}.Append(nil)), 1},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAuthority(t, 1)
			a.Tick(1, 2, 3)
			if got := a.Step(1, test.message); got != test.want {
				t.Errorf("it weighs %d, want %d", got, test.want)
			}
		})
	}
	if a := newAuthority(t, 1); a.Step(engine.Attach(9), ping.Append(nil)) != 0 {
		t.Error("what comes from nobody has a weight")
	}
}
