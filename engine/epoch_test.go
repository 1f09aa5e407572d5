package engine_test

import (
	"testing"

	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
)

// Rules S5 and N17: a restored room goes on in another epoch. Whoever was ahead is told, and pushes again what is pending.
func TestRewind(t *testing.T) {
	s := newStage(t, counter.Counter{}, engine.Options{})
	_, r := s.join(engine.Peer{})
	s.push(r, counter.Increment{By: 5})
	backup, at := s.journal, r.Position()
	s.push(r, counter.Increment{By: 7})
	s.reopen(backup, 2)
	at.Epoch = 2
	if got := s.authority.Position(); got != at {
		t.Fatalf("the room is at %+v, want %+v", got, at)
	}
	if last := s.journal[len(s.journal)-1]; len(s.journal) != len(backup)+1 || last.Epoch != 2 {
		t.Fatalf("the last record is %+v, and says nothing of an epoch", last)
	}
	if again := s.replay().Position(); again != at {
		t.Errorf("the journal gives %+v, want %+v", again, at)
	}
	if _, err := r.Push(counter.Increment{By: 1}, s.now); err != nil {
		t.Fatal(err)
	}
	if welcome := s.welcome(r); !welcome.Rewound || welcome.Events || r.Position() != at || r.Confirmed().Value != 5 {
		t.Errorf("welcomed with %+v, then at %+v with %+v", welcome, r.Position(), r.Confirmed())
	}
	if s.round(); r.Confirmed().Value != 6 || r.Pending() != 0 {
		t.Errorf("%+v is confirmed, %d are pending", r.Confirmed(), r.Pending())
	}
}

// Rule N17: who was where the copy ends is told too, since nothing says what it saw. Who is of the new epoch goes on with
// the events, also when the room was opened again, from records or from a snapshot.
func TestAfterARewindThereIsOneHistory(t *testing.T) {
	s := newStage(t, counter.Counter{}, engine.Options{})
	_, r := s.join(engine.Peer{})
	s.push(r, counter.Increment{By: 5})
	s.reopen(s.journal, 2)
	if !s.welcome(r).Rewound {
		t.Error("who is where the copy ends is not told")
	}
	s.leave(2)
	_, other := s.join(engine.Peer{})
	s.push(other, counter.Increment{By: 1})
	goesOn := func(when string) {
		t.Helper()
		if welcome := s.welcome(r); !welcome.Events || welcome.Rewound || welcome.Epoch != 2 || r.Confirmed() != stateOf(t, s.authority) {
			t.Errorf("%s: welcomed with %+v", when, welcome)
		}
	}
	goesOn("in the same term")
	s.authority = s.replay()
	s.begin(3)
	goesOn("after an opening from records")
	room, err := s.authority.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	s.authority = engine.New[counter.Counter](engine.Options{})
	if err := s.authority.Restore(room); err != nil {
		t.Fatal(err)
	}
	s.begin(4)
	goesOn("after an opening from a snapshot")
}

// Rule N11: an authority that does not know yet that the room was restored cannot tell a client of the new epoch that its
// history is gone.
func TestAnotherEpochIsAnsweredAfterARecord(t *testing.T) {
	a := newAuthority(t, 1)
	a.Tick(1, 2, 3)
	hello := helloOf[counter.Counter]()
	hello.Client, hello.Position.Epoch = 1, 7
	a.Attach(5, engine.Peer{})
	a.Step(5, hello.Append(nil))
	if ready := a.Ready(); ready.Record == nil || len(ready.Joined) != 1 {
		t.Error("it is answered without one")
	}
}
