package engine_test

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// A stage is an authority with a journal, and the replicas that are connected to it.
type stage[S aper.StateMachine[S]] struct {
	t         *testing.T
	authority *engine.Authority[S]
	journal   []*wire.Record
	replicas  []*engine.Replica[S] // of connection n at n-1
	unsent    [][]byte             // of each, what it has to say
	outcomes  [][]engine.Outcome   // of each, what its user was told
	heard     [][]byte             // by each, last
	now       aper.Time
}

func newStage[S aper.StateMachine[S]](t *testing.T, initial S, o engine.Options) *stage[S] {
	t.Helper()
	s := &stage[S]{t: t, authority: engine.New[S](o)}
	if err := s.authority.Create(initial, 1); err != nil {
		t.Fatal(err)
	}
	s.tick()
	s.authority.Open(1)
	return s
}

func (s *stage[S]) tick() {
	s.now += 10
	s.authority.Tick(s.now, wire.Tag(s.now), uint64(s.now))
}

// join connects a new replica.
func (s *stage[S]) join(p engine.Peer) (engine.Attach, *engine.Replica[S]) {
	s.t.Helper()
	r := engine.NewReplica[S](engine.ReplicaOptions{})
	return s.connect(r, p), r
}

func (s *stage[S]) connect(r *engine.Replica[S], p engine.Peer) engine.Attach {
	s.t.Helper()
	s.replicas, s.unsent = append(s.replicas, r), append(s.unsent, nil)
	s.outcomes, s.heard = append(s.outcomes, nil), append(s.heard, nil)
	n := engine.Attach(len(s.replicas))
	r.Connect()
	s.authority.Attach(n, p)
	s.round()
	return n
}

// push makes a transition, and carries it to the authority and what that says back.
func (s *stage[S]) push(r *engine.Replica[S], t aper.Transition[S]) engine.Ready[S] {
	s.t.Helper()
	if _, err := r.Push(t, s.now); err != nil {
		s.t.Fatal(err)
	}
	return s.round()
}

// round carries what there is to the authority and back.
func (s *stage[S]) round() engine.Ready[S] {
	s.t.Helper()
	s.tick()
	for i, r := range s.replicas {
		s.settle(i, r)
		s.authority.Step(engine.Attach(i+1), s.unsent[i])
		s.unsent[i] = nil
	}
	return s.decide()
}

// decide ends the batch.
func (s *stage[S]) decide() engine.Ready[S] {
	s.t.Helper()
	ready := s.authority.Ready()
	s.write(ready.Record)
	for i, r := range s.replicas {
		message, err := ready.To(engine.Attach(i + 1))
		if err == nil {
			err = r.Step(message, s.now)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		s.settle(i, r)
		s.heard[i] = message
	}
	return ready
}

func (s *stage[S]) settle(i int, r *engine.Replica[S]) {
	ready := r.Ready()
	s.outcomes[i] = append(s.outcomes[i], ready.Outcomes...)
	s.unsent[i] = append(s.unsent[i], ready.Send...)
}

func (s *stage[S]) write(r *wire.Record) {
	s.t.Helper()
	if r == nil {
		return
	}
	read, err := wire.ReadRecord(r.Append(nil))
	if err != nil {
		s.t.Fatal(err)
	}
	s.journal = append(s.journal, &read)
}

// last returns the outcome that a connection's user was told last.
func (s *stage[S]) last(n engine.Attach) engine.Outcome {
	s.t.Helper()
	told := s.outcomes[n-1]
	if len(told) == 0 {
		s.t.Fatal("no outcome was told")
	}
	return told[len(told)-1]
}

// replay returns an authority that has replayed the journal.
func (s *stage[S]) replay() *engine.Authority[S] {
	s.t.Helper()
	return replayOf[S](s.t, s.journal)
}

func replayOf[S aper.StateMachine[S]](t *testing.T, journal []*wire.Record) *engine.Authority[S] {
	t.Helper()
	a := engine.New[S](engine.Options{})
	for _, record := range journal {
		if err := a.Replay(record); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// leave ends a connection. Its replica can connect again.
func (s *stage[S]) leave(n engine.Attach) {
	s.replicas[n-1].Disconnect()
	s.authority.Detach(n)
	s.replicas[n-1] = engine.NewReplica[S](engine.ReplicaOptions{}) // nobody
}

// reopen opens the room from a journal, as a restored one.
func (s *stage[S]) reopen(journal []*wire.Record, epoch wire.Epoch) {
	s.t.Helper()
	s.journal = journal[:len(journal):len(journal)]
	s.authority = s.replay()
	s.authority.Rewind(epoch)
	s.begin(2)
}

// begin begins a term, in which nobody is connected.
func (s *stage[S]) begin(term wire.Term) {
	s.t.Helper()
	for i := range s.replicas {
		s.leave(engine.Attach(i + 1))
	}
	s.tick()
	s.authority.Open(term)
	s.decide()
}

// welcome connects a replica again, and returns what it is welcomed with.
func (s *stage[S]) welcome(r *engine.Replica[S]) wire.Welcome {
	s.t.Helper()
	n := s.connect(r, engine.Peer{})
	m := wire.NewReader(s.heard[n-1])
	if !m.Next() || m.Code() != wire.CodeWelcome {
		s.t.Fatalf("%x is no Welcome", s.heard[n-1])
	}
	return m.Welcome()
}

// stateOf returns the state of an authority.
func stateOf[S aper.StateMachine[S]](t *testing.T, a *engine.Authority[S]) S {
	t.Helper()
	room, err := a.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	state, err := aper.Decode[S](room.State)
	if err != nil {
		t.Fatal(err)
	}
	return state
}
