package wire_test

import (
	"bytes"
	"math"
	"reflect"
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
		return transitions && reflect.DeepEqual(a, b)
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

// Events share a run when they follow each other in one session, at one time, with the same flags, and were made on the
// same seq: then each is one further behind, or none is behind at all.
func TestEventsShareARun(t *testing.T) {
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
		{"made on an older seq", func(e *wire.Event) { e.Behind++ }, 2},
		{"made on a newer seq", func(e *wire.Event) { e.Behind-- }, 2},
	} {
		for _, behind := range []uint64{0, 5} {
			first := wire.Event{Client: 7, ClientSeq: 10, Behind: behind, Transition: unhex("8103")}
			second := first
			second.ClientSeq++
			if behind > 0 {
				second.Behind++
			}
			test.change(&second)
			e := events(first, second)
			if got := runs(e); got != test.runs {
				t.Errorf("%s, %d behind: %d runs, want %d", test.name, behind, got, test.runs)
			}
			if got := collect(&e); !sameEvents(got, []wire.Event{first, second}) {
				t.Errorf("%s, %d behind: %+v come out", test.name, behind, got)
			}
		}
	}
}

// runs counts the arrays, because each run ends with one: of its transitions, or the only one itself, which is an array in
// these tests. All else in a run are numbers.
func runs(e wire.Events) (n int) {
	for _, item := range items(encoded(e)) {
		in := cbor.NewReader(item)
		if in.Kind() == cbor.Array {
			n++
		}
	}
	return n
}

// encoded returns the events as they stand in a message.
func encoded(e wire.Events) []byte { return items((&wire.Frame{Events: e}).Append(nil))[5] }

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

// Every number may be as large as it can be. None that wraps around is taken for the next in a run; and a session's
// difference from the one before wraps around to come out right.
func TestEventsAtTheEdges(t *testing.T) {
	const most = math.MaxUint64
	edge := wire.Event{Client: most, ClientSeq: most, After: 1<<60 - 1, Lost: true, Amended: true, Behind: most, Transition: unhex("80")}
	var want []wire.Event
	for _, client := range []aper.ClientID{most, 0, 1 << 63, 1<<63 - 1, most, 1} {
		want = append(want, edge, edge)
		want[len(want)-2].Client, want[len(want)-1].Client = client, client
		want[len(want)-1].ClientSeq, want[len(want)-1].Behind = 0, 0
	}
	e := events(want...)
	if got := collect(&e); !sameEvents(got, want) || runs(e) != len(want) {
		t.Errorf("in %d runs, %+v come out", runs(e), got)
	}
	if got := travel(t, e); !sameEvents(collect(&got), want) {
		t.Errorf("%+v arrive", collect(&got))
	}
}

// Time in a log never goes back, so there is no way to write it.
func TestAddRefusesWhatHasNoEncoding(t *testing.T) {
	for _, after := range []aper.Time{-1, math.MinInt64, 1 << 60, math.MaxInt64} {
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

// What is added to events that came out of a reader differs from their last session, wherever the cut is.
func TestEventsAreCutAnywhere(t *testing.T) {
	random := newRandom(t)
	for range 500 {
		want := randomEvents(random)
		cut := random.IntN(len(want) + 1)
		e := travel(t, events(want[:cut]...))
		for _, v := range want[cut:] {
			e.Add(v)
		}
		if got := collect(&e); !sameEvents(got, want) || e.Len() != len(want) {
			t.Fatalf("cut at %d of %d\n%+v\n%d come out\n%+v", cut, len(want), want, e.Len(), got)
		}
	}
}

// Also when the last run is an empty one, or an array of one, which another writer may leave there.
func TestAddAfterRunsOfOthers(t *testing.T) {
	for _, read := range []string{"84 07 01 01 8103", "84 07 01 00 81 8103", "88 07 01 00 81 8103 02 01 00 80"} {
		r := wire.NewReader(slices.Concat(unhex("8612 01 00 00 00"), unhex(read)))
		r.Next()
		f := r.Frame()
		want := []wire.Event{{Client: 7, ClientSeq: 1, Transition: unhex("8103")}}
		for _, v := range []wire.Event{
			{Client: 7, ClientSeq: 2, Transition: unhex("8103")},
			{Client: 7, ClientSeq: 3, Transition: unhex("8103")},
			{Client: 8, ClientSeq: 5, Transition: unhex("8103")},
		} {
			f.Events.Add(v)
			want = append(want, v)
			if got := collect(&f.Events); r.Err() != nil || !sameEvents(got, want) {
				t.Errorf("after %s: %+v, %v", read, got, r.Err())
			}
		}
	}
}

// What is added to events that came out of a reader begins a new run, also where it would follow in the last one.
func TestAddAfterReadingBeginsARun(t *testing.T) {
	for read := range 4 {
		all := increments(1, read+3)
		e := travel(t, events(all[:read]...))
		for i, v := range all[read:] {
			e.Add(v)
			if got, want := runs(e), 1+min(read, 1); got != want {
				t.Errorf("%d were read and %d added: %d runs, want %d", read, i+1, got, want)
			}
		}
		if got := collect(&e); !sameEvents(got, all) {
			t.Errorf("%d were read: %+v come out", read, got)
		}
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

// A run, byte by byte: the session as the difference from the run before (7, then 6 less), its number, the time with the
// flags, how far behind only where a flag says that it follows, and an array of transitions, or the only one.
func TestRunsByteByByte(t *testing.T) {
	e := events(
		wire.Event{Client: 7, ClientSeq: 1, After: 2, Behind: 5, Transition: unhex("8103")},
		wire.Event{Client: 7, ClientSeq: 2, After: 2, Behind: 6, Transition: unhex("8104")},
		wire.Event{Client: 1, ClientSeq: 9, Lost: true, Amended: true, Transition: unhex("8105")},
	)
	if got, want := encoded(e), unhex("89  07 01 1828 05 82 8103 8104  25 09 07 8105"); !bytes.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

// The first event of a run stands alone, as long as no other joins it.
func TestARunGrowsByteByByte(t *testing.T) {
	var e wire.Events
	for i, want := range []string{"84 07 01 01 8103", "84 07 01 00 82 8103 820102", "84 07 01 00 83 8103 820102 f6", "88 07 01 00 83 8103 820102 f6 00 09 01 f6"} {
		e.Add([]wire.Event{
			{Client: 7, ClientSeq: 1, Transition: unhex("8103")},
			{Client: 7, ClientSeq: 2, Transition: unhex("820102")},
			{Client: 7, ClientSeq: 3, Transition: []byte(wire.Void)},
			{Client: 7, ClientSeq: 9, Transition: []byte(wire.Void)},
		}[i])
		if got := encoded(e); !bytes.Equal(got, unhex(want)) {
			t.Errorf("%d events: %x, want %x", i+1, got, unhex(want))
		}
	}
}

// The second event in a run costs one byte beside its transition, and a third none: nothing else in the run gets longer or
// shorter, whatever the time and the flags are, and however long the first transition is.
func TestTheSecondInARunCostsOneByte(t *testing.T) {
	for _, after := range []aper.Time{0, 1, 2, 15, 16, 4095, 4096, 1<<28 - 1, 1 << 28, 1<<60 - 1} {
		for i, transition := range [][]byte{unhex("80"), unhex("8103"), cbor.AppendBytes(nil, make([]byte, 1000))} {
			for flags := range 8 {
				v := wire.Event{ClientSeq: 1, After: after, Lost: flags&1 > 0, Amended: flags&2 > 0, Transition: transition}
				if flags&4 > 0 {
					v.Behind = 500
				}
				var e wire.Events
				var want []wire.Event
				sizes := [3]int{}
				for n := range sizes {
					e.Add(v)
					sizes[n] = e.Size()
					want = append(want, v)
					v.ClientSeq++
					if v.Behind > 0 {
						v.Behind++
					}
					if got := travel(t, e); !sameEvents(collect(&got), want) {
						t.Fatalf("%+v arrive, want %+v", collect(&got), want)
					}
				}
				if sizes[1] != sizes[0]+len(transition)+1 || sizes[2] != sizes[1]+len(transition) {
					t.Errorf("%d ms, flags %d, transition %d: %v bytes", after, flags, i, sizes)
				}
			}
		}
	}
}

// Other writers may make other runs: empty ones, arrays of one, longer ones, and ones that are 0 behind, which is as if
// they said nothing.
func TestRunsOfOtherLengthsAreRead(t *testing.T) {
	var b []byte
	b = append(b, unhex("86 12 01 00 00 00 981c  07 01 00 80  00 01 08 00 82 8103 8103  00 03 00 9818")...)
	for range 24 {
		b = append(b, unhex("8103")...)
	}
	b = append(b, unhex("01 05 190158 05 81 820101  00 06 190159 06 820101")...)
	b = append(b, unhex("00 07 09 00 820101")...)
	r := wire.NewReader(b)
	if !r.Next() {
		t.Fatal(r.Err())
	}
	f := r.Frame()
	var want []wire.Event
	for i := range 26 {
		want = append(want, wire.Event{Client: 7, ClientSeq: aper.ClientSeq(1 + i), Transition: unhex("8103")})
	}
	want = append(want,
		wire.Event{Client: 8, ClientSeq: 5, After: 21, Behind: 5, Transition: unhex("820101")},
		wire.Event{Client: 8, ClientSeq: 6, After: 21, Behind: 6, Transition: unhex("820101")},
		wire.Event{Client: 8, ClientSeq: 7, Transition: unhex("820101")},
	)
	if list := collect(&f.Events); r.Err() != nil || f.Events.Len() != len(want) || !sameEvents(list, want) {
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

// PERFORMANCE: what an increment costs on the wire, in a batch of 16: with the frame, and the events alone. The bar is 12
// bytes, the aim 5. Of that the transition takes 3, and the frame 1.75. Sessions are numbered over the whole life of a
// room, but only how far apart they are counts: one byte up to 23, two up to 255. The number of a session's transition is
// what remains that grows: three bytes from 256.
func TestBytesPerEvent(t *testing.T) {
	for _, test := range []struct {
		name        string
		clients     int
		first       aper.ClientID
		apart       aper.ClientID
		seq         aper.ClientSeq
		most, alone float64
	}{
		{"one client, young room", 1, 1, 1, 1, 5, 3.5},
		{"one client, old room", 1, 70_000, 1, 1000, 5.5, 4},
		{"16 clients, young room", 16, 1, 1, 1, 8, 6},
		{"16 clients, old room", 16, 70_000, 1, 1000, 10, 8.5},
		{"16 clients, old room, 23 apart", 16, 70_000, 23, 1000, 10, 8.5},
		{"16 clients, old room, 255 apart", 16, 70_000, 255, 1000, 11, 9.5},
		{"16 new clients, old room", 16, 70_000, 1, 1, 8, 6.5},
	} {
		list := increments(test.clients, 16)
		for i := range list {
			list[i].Client = test.first + (list[i].Client-1)*test.apart
			list[i].ClientSeq += test.seq - 1
		}
		e := events(list...)
		f := wire.Frame{First: 1_000_000, Tag: 0x1122334455667788, Time: 1_700_000_000_000, Events: e}
		each, alone := float64(len(f.Append(nil)))/16, float64(e.Size())/16
		t.Logf("counter increment in a batch of 16 by %s: %.2f bytes an event, %.2f of them outside the frame's head", test.name, each, alone)
		if each > test.most || alone > test.alone {
			t.Errorf("%s: %.2f bytes an event, want at most %.1f; %.2f without the frame, want at most %.1f", test.name, each, test.most, alone, test.alone)
		}
	}
	e := events(increments(1, 1)...)
	if alone := e.Size() - len(increments(1, 1)[0].Transition); alone != 3 {
		t.Errorf("an event alone costs %d bytes beside its transition, want 3", alone)
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
