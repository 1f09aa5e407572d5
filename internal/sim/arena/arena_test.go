package arena

import (
	"errors"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

func TestMachine(t *testing.T) {
	id := func(client aper.ClientID, number aper.ClientSeq) aper.ID {
		return aper.ID{Client: client, Seq: number, N: 1}
	}
	apertest.Check(t, Arena{}, Begin{}, Roll{}, Make{}, Take{}, Take{id(0, 7)}, Break{}, Break{id(1, 3)}, Break{id(2, 5)},
		Enter{1}, Exit{1}, Tick{5}, Gong{5}, aper.All[Arena](Roll{}, Make{}))
	apertest.Check(t, party(t), Begin{}, Roll{}, Make{}, Take{id(0, 3)}, Take{id(0, 4)}, Break{id(0, 3)}, Break{id(1, 3)})
}

// A table is a state with a time and a seq that go on.
type table struct {
	state Arena
	meta  aper.Meta
}

func (p *table) do(client aper.ClientID, t aper.Transition[Arena]) error {
	p.meta.Seq++
	m := p.meta
	m.Client, m.ClientSeq, m.Entropy = client, aper.ClientSeq(m.Seq), uint64(m.Seq)
	next, err := t.Apply(p.state, &m)
	if err == nil {
		p.state = next
	}
	return err
}

// party returns a state with two players and two things.
func party(t *testing.T) Arena {
	t.Helper()
	p := table{meta: aper.Meta{Time: 10_000}}
	for _, do := range []aper.Transition[Arena]{Enter{1}, Enter{2}, Tick{10_000 + period}, Tick{10_000 + 2*period}} {
		if err := p.do(0, do); err != nil {
			t.Fatal(err)
		}
	}
	return p.state
}

func TestOnlyTheAuthorityRunsTimersAndDoors(t *testing.T) {
	p := table{state: party(t)}
	p.state.End = 90_000
	for _, do := range []aper.Transition[Arena]{Enter{3}, Exit{1}, Tick{10_000 + 3*period}, Gong{90_000}} {
		if err := p.do(1, do); err != ErrAuthority {
			t.Errorf("%T by a client: %v", do, err)
		}
		if err := p.do(0, do); err != nil {
			t.Errorf("%T by the authority: %v", do, err)
		}
		if err := p.do(0, do); err == nil {
			t.Errorf("%T happened twice", do)
		}
	}
}

func TestTimersAreDueInOrder(t *testing.T) {
	p := table{meta: aper.Meta{Time: 1000}}
	if due, timer := p.state.NextTimer(); due != 0 || timer != nil {
		t.Fatalf("an empty arena waits for %v at %d", timer, due)
	}
	p.do(0, p.state.Join(1, ""))
	p.do(1, Begin{})
	gongs, last := 0, aper.Time(0)
	for range 10 {
		due, timer := p.state.NextTimer()
		if due < last {
			t.Fatalf("%v is due at %d, after %d", timer, due, last)
		}
		last = due
		if _, ok := timer.(Gong); ok {
			gongs++
		}
		if err := p.do(0, timer); err != nil {
			t.Fatalf("%v conflicts: %v", timer, err)
		}
	}
	if gongs != 1 || p.state.Rounds != 1 || p.state.Things.Len() != 9 {
		t.Errorf("%d gongs, %d rounds, %d things", gongs, p.state.Rounds, p.state.Things.Len())
	}
	p.do(0, p.state.Leave(1, ""))
	if due, timer := p.state.NextTimer(); due != 0 || timer != nil {
		t.Errorf("an arena without players waits for %v at %d", timer, due)
	}
}

func TestAThingHasOneOwner(t *testing.T) {
	p := table{state: party(t)}
	thing, _ := p.state.Things.At(0)
	if err := p.do(1, Take{thing.ID}); err != nil {
		t.Fatal(err)
	}
	if err := p.do(2, Take{thing.ID}); !errors.Is(err, ErrTaken) {
		t.Errorf("taken twice: %v", err)
	}
	if err := p.do(2, Break{thing.ID}); !errors.Is(err, ErrTaken) {
		t.Errorf("broken by another: %v", err)
	}
	p.do(0, Exit{1})
	if err := p.do(2, Take{thing.ID}); err != nil {
		t.Errorf("its owner has left: %v", err)
	}
	if err := p.do(2, Break{thing.ID}); err != nil || p.state.Things.Len() != 1 {
		t.Errorf("%v, %d things", err, p.state.Things.Len())
	}
}
