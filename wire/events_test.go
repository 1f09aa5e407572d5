package wire_test

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/wire"
)

// What was added comes out, in order and with everything about it, after travelling too.
func TestEventsKeepWhatWasAdded(t *testing.T) {
	random := newRandom(t)
	for range 500 {
		want := randomEvents(random)
		e := events(want...)
		if got := collect(&e); !sameEvents(got, want) || e.Len() != len(want) {
			t.Fatalf("%d events\n%+v\nwere added, %d come out\n%+v", len(want), want, e.Len(), got)
		}
		travelled := travel(t, e)
		if got := collect(&travelled); !sameEvents(got, want) || travelled.Len() != len(want) || travelled.Size() != e.Size() {
			t.Fatalf("%d events\n%+v\nwere sent, %d come out\n%+v", len(want), want, travelled.Len(), got)
		}
	}
}

func sameEvents(a, b []wire.Event) bool {
	return slices.EqualFunc(a, b, func(a, b wire.Event) bool {
		transitions := bytes.Equal(a.Transition, b.Transition)
		a.Transition, b.Transition = nil, nil
		return transitions && a.Client == b.Client && a.ClientSeq == b.ClientSeq && a.After == b.After && a.Lost == b.Lost && a.Amended == b.Amended
	})
}

func travel(t *testing.T, e wire.Events) wire.Events {
	t.Helper()
	r := wire.NewReader((&wire.Frame{Events: e}).Append(nil))
	if !r.Next() {
		t.Fatal(r.Err())
	}
	f := r.Frame()
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return f.Events
}

// Events share a run when they follow each other in one session, at one time, with the same flags. A run is four items.
func TestEventsShareARun(t *testing.T) {
	base := wire.Event{Client: 7, ClientSeq: 10, Transition: unhex("8103")}
	next := base
	next.ClientSeq++
	for _, test := range []struct {
		name   string
		change func(*wire.Event)
		runs   int
	}{
		{"the next one", func(*wire.Event) {}, 1},
		{"another transition", func(e *wire.Event) { e.Transition = unhex("820101") }, 1},
		{"another session", func(e *wire.Event) { e.Client++ }, 2},
		{"the same number", func(e *wire.Event) { e.ClientSeq-- }, 2},
		{"a gap", func(e *wire.Event) { e.ClientSeq++ }, 2},
		{"later", func(e *wire.Event) { e.After = 1 }, 2},
		{"lost", func(e *wire.Event) { e.Lost = true }, 2},
		{"amended", func(e *wire.Event) { e.Amended = true }, 2},
	} {
		second := next
		test.change(&second)
		e := events(base, second)
		if got := runs(e); got != test.runs {
			t.Errorf("%s: %d runs, want %d", test.name, got, test.runs)
		}
		if got := collect(&e); !sameEvents(got, []wire.Event{base, second}) {
			t.Errorf("%s: %+v come out", test.name, got)
		}
	}
}

func runs(e wire.Events) int {
	return len(items(items((&wire.Frame{Events: e}).Append(nil))[5])) / 4
}

// A run ends at 23, because the head of a longer array has two bytes, and Add counts in the first.
func TestRunsEndAt23(t *testing.T) {
	for n, want := range map[int]int{1: 1, 22: 1, 23: 1, 24: 2, 46: 2, 47: 3, 1000: 44} {
		e := events(increments(1, n)...)
		if got := runs(e); got != want || e.Len() != n || !sameEvents(collect(&e), increments(1, n)) {
			t.Errorf("%d events make %d runs, want %d, and %d come out", n, got, want, len(collect(&e)))
		}
	}
}

// increments returns n events of as many clients in turn, as counter.Increment{By: 1} is encoded.
func increments(clients, n int) (list []wire.Event) {
	for i := range n {
		list = append(list, wire.Event{
			Client: aper.ClientID(1 + i%clients), ClientSeq: aper.ClientSeq(1 + i/clients), Transition: []byte{0x82, 1, 1},
		})
	}
	return list
}

func TestEventsAtTheEdges(t *testing.T) {
	want := []wire.Event{
		{Client: math.MaxUint64, ClientSeq: math.MaxUint64, After: 1<<62 - 1, Lost: true, Amended: true, Transition: unhex("80")},
		{Client: math.MaxUint64, ClientSeq: 0, After: 1<<62 - 1, Lost: true, Amended: true, Transition: unhex("00")},
	}
	e := events(want...)
	if got := collect(&e); !sameEvents(got, want) {
		t.Errorf("%+v come out", got)
	}
}

// Time in a log never goes back, so there is no way to write it.
func TestAddRefusesWhatHasNoEncoding(t *testing.T) {
	for _, after := range []aper.Time{-1, math.MinInt64, 1 << 62} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("an event %d ms after its batch is added", after)
				}
			}()
			var e wire.Events
			e.Add(wire.Event{After: after, Transition: unhex("80")})
		}()
	}
}

// Events that came out of a reader are views of a message. More can be added, and the message stays as it is.
func TestAddAfterReading(t *testing.T) {
	message := (&wire.Frame{Events: events(increments(1, 2)...), Users: users}).Append(nil)
	before := bytes.Clone(message)
	r := wire.NewReader(message)
	r.Next()
	f := r.Frame()
	f.Events.Add(increments(1, 3)[2])
	if !bytes.Equal(message, before) {
		t.Errorf("Add has changed the message\n%x to\n%x", before, message)
	}
	if got := collect(&f.Events); !sameEvents(got, increments(1, 3)) || f.Events.Len() != 3 {
		t.Errorf("%+v come out", got)
	}
}

func TestAllStopsWhenItIsTold(t *testing.T) {
	e := events(increments(2, 30)...)
	for want := 1; want <= 30; want++ {
		got := 0
		for range e.All() {
			if got++; got == want {
				break
			}
		}
		if got != want {
			t.Errorf("told to stop after %d, All yields %d", want, got)
		}
	}
}

// Other writers may make other runs: empty ones, and longer ones.
func TestRunsOfOtherLengthsAreRead(t *testing.T) {
	var b []byte
	b = append(b, unhex("86 12 01 00 00 00 8c  07 01 00 80  07 01 00 9818")...)
	for range 24 {
		b = append(b, unhex("8103")...)
	}
	b = append(b, unhex("08 05 1854 81 820101")...)
	r := wire.NewReader(b)
	if !r.Next() {
		t.Fatal(r.Err())
	}
	f := r.Frame()
	list := collect(&f.Events)
	if r.Err() != nil || f.Events.Len() != 25 || len(list) != 25 || list[23].ClientSeq != 24 || list[24].After != 21 || list[24].Client != 8 {
		t.Errorf("%d events, %v: %+v", f.Events.Len(), r.Err(), list)
	}
}

func TestEntropyDiffersWithinABatch(t *testing.T) {
	seen := make(map[uint64]bool)
	for i := range 10_000 {
		seen[wire.Entropy(42, i)] = true
	}
	if len(seen) != 10_000 || !seen[42] {
		t.Errorf("%d of 10000 differ", len(seen))
	}
}

// PERFORMANCE: what an increment costs on the wire, in a batch of 16, everything counted. The bar is 12 bytes, the aim 5.
// In a room that has seen hundreds of sessions, each at its thousandth push, session and number alone take 6 bytes.
func TestBytesPerEvent(t *testing.T) {
	for _, test := range []struct {
		name    string
		clients int
		age     uint64 // added to sessions and numbers
		most    float64
	}{
		{"one client, young room", 1, 0, 5},
		{"one client, old room", 1, 1000, 5.5},
		{"16 clients, young room", 16, 0, 9},
		{"16 clients, old room", 16, 1000, 13},
	} {
		list := increments(test.clients, 16)
		for i := range list {
			list[i].Client += aper.ClientID(test.age)
			list[i].ClientSeq += aper.ClientSeq(test.age)
		}
		f := wire.Frame{First: 1_000_000, Tag: 0x1122334455667788, Time: 1_700_000_000_000, Events: events(list...)}
		each := float64(len(f.Append(nil))) / 16
		t.Logf("counter increment in a batch of 16 by %s: %.2f bytes an event", test.name, each)
		if each > test.most {
			t.Errorf("%s: %.2f bytes an event, want at most %.1f", test.name, each, test.most)
		}
	}
	e := events(increments(1, 1)...)
	if alone := e.Size() - len(increments(1, 1)[0].Transition); alone != 4 {
		t.Errorf("an event alone costs %d bytes beside its transition, want 4", alone)
	}
}

func BenchmarkAdd(b *testing.B) {
	list := increments(1, 16)
	b.ReportAllocs()
	for b.Loop() {
		var e wire.Events
		for i := range list {
			e.Add(list[i])
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	f := wire.Frame{First: 1_000_000, Tag: 0x1122334455667788, Time: 1_700_000_000_000, Events: events(increments(16, 16)...)}
	data := f.Append(nil)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			data = f.Append(data[:0])
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r := wire.NewReader(data)
			r.Next()
			f := r.Frame()
			for e := range f.Events.All() {
				if in := cbor.NewReader(e.Transition); in.Array() != 2 {
					b.Fatal(in.Err())
				}
			}
		}
	})
}
