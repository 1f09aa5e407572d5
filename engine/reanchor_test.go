package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// A pad is a text that two replicas edit, of which the second goes away.
type pad struct {
	t         *testing.T
	authority *engine.Authority[data.Text]
	replicas  map[engine.Attach]*engine.Replica[data.Text]
	now       aper.Time
}

const stays, leaves, returns = engine.Attach(1), engine.Attach(2), engine.Attach(3)

// newPad returns a pad with a text that is larger than some thousand events, so that these are sent if the tail has them.
func newPad(t *testing.T, tail int) *pad {
	p := &pad{t: t, authority: engine.New[data.Text](engine.Options{Tail: tail}), replicas: map[engine.Attach]*engine.Replica[data.Text]{}}
	if err := p.authority.Create(data.NewText(strings.Repeat("0123456789", 50_000)), 1); err != nil {
		t.Fatal(err)
	}
	p.authority.Open(1)
	for _, n := range []engine.Attach{stays, leaves} {
		p.connect(n, engine.NewReplica[data.Text](engine.ReplicaOptions{}))
	}
	return p
}

func (p *pad) connect(n engine.Attach, r *engine.Replica[data.Text]) {
	p.replicas[n] = r
	r.Connect()
	p.authority.Attach(n, engine.Peer{Token: wire.Token{byte(n)}})
	p.round()
}

// round carries what there is to the authority, and what it decided back.
func (p *pad) round() {
	p.t.Helper()
	p.now += 1000
	p.authority.Tick(p.now, wire.Tag(p.now), uint64(p.now))
	for n, r := range p.replicas {
		p.authority.Step(n, r.Ready().Send)
	}
	ready := p.authority.Ready()
	for n, r := range p.replicas {
		message, err := ready.To(n)
		if err == nil {
			err = r.Step(message, p.now)
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *pad) push(r *engine.Replica[data.Text], transitions ...aper.Transition[data.Text]) {
	p.t.Helper()
	for _, t := range transitions {
		if _, err := r.Push(t, p.now); err != nil {
			p.t.Fatal(err)
		}
	}
}

// absence lets the second replica go, make some edits, and come back after so many events of the other. It returns the
// outcomes of the edits.
func (p *pad) absence(events int, made ...aper.Transition[data.Text]) []engine.Outcome {
	p.t.Helper()
	away := p.replicas[leaves]
	delete(p.replicas, leaves)
	away.Disconnect()
	p.authority.Detach(leaves)
	p.push(away, made...)
	const batch = 50
	for range events / batch {
		for range batch {
			p.push(p.replicas[stays], data.InsertText(0, "-"))
		}
		p.round()
	}
	p.connect(returns, away)
	p.authority.Tick(p.now, wire.Tag(p.now+1), 1)
	p.authority.Step(returns, away.Ready().Send)
	ready := p.authority.Ready()
	message, err := ready.To(returns)
	if err == nil {
		err = away.Step(message, p.now)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return away.Ready().Outcomes
}

// Law B5: who was away for 5,000 events, and gets them all in one message, says anew what it made meanwhile before the text
// forgets what that takes: every edit lands where it was meant.
func TestEditsOfALongAbsenceLandWhereTheyWereMeant(t *testing.T) {
	p := newPad(t, 10<<20)
	const others = 5000
	outcomes := p.absence(others,
		data.InsertText(5, "first"),
		aper.All(data.DeleteText(3, 2), data.InsertText(3, "ab")), // "012abfirst5…"
		data.InsertText(1000, "last"),
	)
	if len(outcomes) != 3 {
		t.Fatalf("%d outcomes", len(outcomes))
	}
	for _, o := range outcomes {
		if o.Conflict != nil || o.Unknown {
			t.Errorf("push %d: %v", o.ID, o.Conflict)
		}
	}
	s := p.replicas[returns].Confirmed()
	if got := s.Slice(others, others+14); got != "012abfirst5678" {
		t.Errorf("at the beginning there is %q", got)
	}
	if got := s.Slice(others+1000, others+1004); got != "last" {
		t.Errorf("later there is %q", got)
	}
}

// Law B6: who gets the state instead has nobody who could tell what the edits mean; what was typed is in the outcome.
func TestEditsOfAnAbsenceBeyondTheTailAreGivenBack(t *testing.T) {
	p := newPad(t, 1)
	outcomes := p.absence(5000, data.InsertText(5, "first"), data.InsertText(7, "second"))
	var given []string
	for _, o := range outcomes {
		var stale *data.StaleTextError
		if !errors.Is(o.Conflict, data.ErrStale) || !errors.As(o.Conflict, &stale) {
			t.Fatalf("push %d: %v", o.ID, o.Conflict)
		}
		given = append(given, stale.Edits[0].Insert)
	}
	if got := strings.Join(given, " "); got != "first second" {
		t.Errorf("given back: %q", got)
	}
	if r := p.replicas[returns]; r.Pending() != 0 || r.Optimistic().Len() != 505_000 {
		t.Errorf("%d are pending, and %d characters shown", r.Pending(), r.Optimistic().Len())
	}
}
