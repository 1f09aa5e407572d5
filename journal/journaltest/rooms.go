package journaltest

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

var roomCases = []testCase{
	{name: "absent", rule: "opening a room that is not there is ErrAbsent, and does not make it", run: func(e *env) {
		for range 2 {
			_, _, err := e.store.Open(e.ctx, "lobby", journal.OpenOptions{Machine: machine})
			e.wantError(err, journal.ErrAbsent, "lobby")
		}
	}},

	{name: "empty", rule: "a created room is empty: LSN 0, tag 0, no snapshot, nothing to read; it is there for the next Open", run: func(e *env) {
		e.create("lobby")
		o := e.open("lobby")
		if o.head.LSN != 0 || o.head.Tag != 0 || o.head.Snapshot != nil {
			e.Errorf("the head of an empty room is %+v", o.head)
		}
		e.wantRecords(o, 1, nil)
	}},

	{name: "create an existing room", rule: "Create opens a room that is there as it is", run: func(e *env) {
		o := e.create("lobby")
		want := e.append(o, 3)
		e.wantRecords(e.create("lobby"), 1, want)
		e.wantHead("lobby", o.at)
	}},

	{name: "nameless", rule: "a room without a name, or one without a machine, is refused", run: func(e *env) {
		_, _, err := e.store.Open(e.ctx, "", journal.OpenOptions{Machine: machine, Create: true})
		e.wantError(err, journal.ErrRefused, "")
		_, _, err = e.store.Open(e.ctx, "lobby", journal.OpenOptions{Create: true})
		e.wantError(err, journal.ErrRefused, "lobby")
	}},

	{name: "long names", rule: "the name of a room has up to 255 bytes, and all of them count", run: func(e *env) {
		long := strings.Repeat("x", 254)
		a, b := e.create(aper.RoomID(long+"a")), e.create(aper.RoomID(long+"b"))
		wantA, wantB := e.append(a, 2), e.append(b, 3)
		e.wantRecords(a, 1, wantA)
		e.wantRecords(b, 1, wantB)
		tooLong := aper.RoomID(long + "ab")
		_, _, err := e.store.Open(e.ctx, tooLong, journal.OpenOptions{Machine: machine, Create: true})
		e.wantError(err, journal.ErrRefused, tooLong)
	}},

	{name: "another machine", rule: "a room of another machine is ErrMachine, and its owner is not fenced by the attempt", run: func(e *env) {
		o := e.create("lobby")
		want := e.append(o, 1)
		for _, create := range []bool{false, true} {
			_, _, err := e.store.Open(e.ctx, "lobby", journal.OpenOptions{Machine: "chess.Game", Create: create})
			e.wantError(err, journal.ErrMachine, "lobby")
		}
		want = append(want, e.append(o, 1)...)
		e.wantRecords(e.open("lobby"), 1, want)
	}},

	{name: "two machines", rule: "a store holds rooms of many machines", run: func(e *env) {
		a := e.create("a")
		b := e.openWith("b", journal.OpenOptions{Machine: "chess.Game", Create: true})
		wantA, wantB := e.append(a, 2), e.append(b, 3)
		e.wantRecords(a, 1, wantA)
		e.wantRecords(b, 1, wantB)
	}},

	{name: "many rooms", rule: "rooms do not see each other, whatever their names have in common", run: func(e *env) {
		names := []aper.RoomID{"a", "a/b", "ab", "b", "a/b/c", "a ", "A", "ä"}
		owners := make([]*owner, len(names))
		want := make([][]string, len(names))
		for i, name := range names {
			owners[i] = e.create(name)
		}
		for round := range 3 {
			for i, o := range owners {
				want[i] = append(want[i], e.append(o, 1+(i+round)%3)...)
			}
		}
		e.put(owners[0])
		if err := owners[0].Truncate(e.ctx, owners[0].at.LSN+1); err != nil {
			e.Fatal(err)
		}
		for i, name := range names[1:] {
			o := e.wantHead(name, owners[i+1].at)
			if o.head.Snapshot != nil {
				e.Errorf("room %q shows a snapshot of another room", name)
			}
			e.wantRecords(o, 1, want[i+1])
		}
	}},

	{name: "rooms at once", rule: "rooms are written at the same time, and the mistakes of one do not touch the others", run: func(e *env) {
		names := []aper.RoomID{"a", "b", "c", "d", "e", "f"}
		owners := make([]*owner, len(names))
		for i, name := range names {
			owners[i] = e.create(name)
		}
		e.open("c") // fences owners[2]
		errs := make([]error, len(names))
		var group sync.WaitGroup
		for i, o := range owners {
			group.Go(func() {
				for range 15 {
					if err := o.try(e.ctx); err != nil {
						errs[i] = err
					}
				}
			})
		}
		group.Wait()
		for i, name := range names {
			if name == "c" {
				e.wantError(errs[i], journal.ErrFenced, name)
				e.wantHead(name, journal.Mark{})
				continue
			}
			if errs[i] != nil {
				e.Errorf("room %q: %v", name, errs[i])
			}
			if got, err := read(e.ctx, e.wantHead(name, owners[i].at), 1); len(got) != 15 || err != nil {
				e.Errorf("room %q has %d records, %v", name, len(got), err)
			}
		}
	}},

	{name: "cancelled", rule: "a call whose context is done beforehand returns its error and has certainly changed nothing", run: func(e *env) {
		o := e.create("lobby")
		want := e.append(o, 2)
		done, cancel := context.WithCancel(e.ctx)
		cancel()
		if _, _, err := e.store.Open(done, "lobby", journal.OpenOptions{Machine: machine}); !errors.Is(err, context.Canceled) {
			e.Errorf("open: %v", err)
		}
		if _, _, err := e.store.Open(done, "other", journal.OpenOptions{Machine: machine, Create: true}); !errors.Is(err, context.Canceled) {
			e.Errorf("create: %v", err)
		}
		_, _, err := e.store.Open(e.ctx, "other", journal.OpenOptions{Machine: machine})
		e.wantError(err, journal.ErrAbsent, "other")
		if got, err := read(done, o, 1); !errors.Is(err, context.Canceled) {
			e.Errorf("read: %d records, %v", len(got), err)
		}
		if err := o.PutSnapshot(done, snapshot(o.head.Term, o.at)); !errors.Is(err, context.Canceled) {
			e.Errorf("put snapshot: %v", err)
		}
		want = append(want, e.append(o, 1)...) // it is still the owner
		e.put(o)
		if err := o.Truncate(done, 2); !errors.Is(err, context.Canceled) {
			e.Errorf("truncate: %v", err)
		}
		if err := o.Append(done, o.next()); !errors.Is(err, context.Canceled) {
			e.Errorf("append: %v", err)
		}
		e.wantRecords(e.wantHead("lobby", o.at), 1, want)
	}},

	{name: "closed", rule: "a closed log fails with ErrClosed and leaves the room as it was, for others to open", run: func(e *env) {
		o, other := e.create("lobby"), e.create("other")
		want := e.append(o, 2)
		for range 2 {
			if err := o.Close(); err != nil {
				e.Fatalf("close: %v", err)
			}
		}
		e.wantError(o.Append(e.ctx, o.next()), journal.ErrClosed, "lobby")
		e.wantError(o.PutSnapshot(e.ctx, snapshot(o.head.Term, o.at)), journal.ErrClosed, "lobby")
		e.wantError(o.Truncate(e.ctx, 1), journal.ErrClosed, "lobby")
		_, err := read(e.ctx, o, 1)
		e.wantError(err, journal.ErrClosed, "lobby")
		e.append(other, 1)
		e.wantRecords(e.wantHead("lobby", o.at), 1, want)
	}},

	{name: "restart", rule: "what was acknowledged is there after a restart, byte for byte, and terms go on from where they were", restarts: true, run: func(e *env) {
		o, other := e.create("lobby"), e.create("other")
		first := e.append(o, 5)
		e.put(o)
		o = e.open("lobby")
		want := append(first[3:], e.append(o, 40)...)
		if err := o.Truncate(e.ctx, 4); err != nil {
			e.Fatal(err)
		}
		snapshot := e.put(o)
		tail := e.append(o, 2)
		want = append(want, tail...)
		wantOther := e.append(other, 1)
		e.create("empty")

		e.store = e.restart(e.T, e.store)
		again := e.wantHead("lobby", o.at)
		if again.head.Term <= o.head.Term {
			e.Errorf("the term is %d after the restart and was %d before", again.head.Term, o.head.Term)
		}
		e.wantSnapshot(again.head, snapshot)
		e.wantRecords(again, 4, want)
		e.wantRecords(again, again.head.Snapshot.LSN+1, tail)
		_, err := read(e.ctx, again, 3)
		e.wantError(err, journal.ErrTruncated, "lobby")
		e.wantRecords(e.wantHead("other", other.at), 1, wantOther)
		e.wantHead("empty", journal.Mark{})
		_, _, err = e.store.Open(e.ctx, "absent", journal.OpenOptions{Machine: machine})
		e.wantError(err, journal.ErrAbsent, "absent")
		_, _, err = e.store.Open(e.ctx, "lobby", journal.OpenOptions{Machine: "chess.Game"})
		e.wantError(err, journal.ErrMachine, "lobby")
		e.append(again, 1)
		e.store = e.restart(e.T, e.store)
		e.wantHead("lobby", again.at)
	}},
}

var appendCases = []testCase{
	{name: "append", rule: "records are read in the order of their LSN, byte for byte, by this log and by the next", run: func(e *env) {
		o := e.create("lobby")
		want := e.append(o, 20)
		e.wantRecords(o, 1, want)
		e.wantRecords(e.wantHead("lobby", o.at), 1, want)
	}},

	{name: "out of line", rule: "a record with the wrong LSN, previous tag or term is refused and not written", run: func(e *env) {
		e.append(e.create("lobby"), 2)
		for name, spoil := range map[string]func(r *wire.Record){
			"LSN 0":              func(r *wire.Record) { r.LSN = 0 },
			"the last LSN again": func(r *wire.Record) { r.LSN-- },
			"a gap":              func(r *wire.Record) { r.LSN++ },
			"a wrong tag":        func(r *wire.Record) { r.Previous++ },
			"no tag":             func(r *wire.Record) { r.Previous = 0 },
			"an earlier term":    func(r *wire.Record) { r.Term-- },
			"a later term":       func(r *wire.Record) { r.Term++ },
			"no term":            func(r *wire.Record) { r.Term = 0 },
		} {
			o := e.open("lobby")
			r := o.next()
			spoil(r)
			err := o.Append(e.ctx, r)
			e.wantError(err, journal.ErrRefused, "lobby")
			if errors.Is(err, journal.ErrFenced) {
				e.Errorf("%s: the owner is told that it is fenced: %v", name, err)
			}
			e.wantHead("lobby", o.at)
			if e.Failed() {
				e.Fatalf("that was a record with %s", name)
			}
		}
	}},

	{name: "first record", rule: "the first record has LSN 1 and follows tag 0", run: func(e *env) {
		o := e.create("lobby")
		r := o.next()
		r.Previous = 5
		e.wantError(o.Append(e.ctx, r), journal.ErrRefused, "lobby")
		e.append(e.wantHead("lobby", journal.Mark{}), 1)
	}},

	{name: "after an error", rule: "after an error of Append a log writes nothing more; Read and Close work", run: func(e *env) {
		o := e.create("lobby")
		want := e.append(o, 2)
		right := o.next()
		wrong := o.next()
		wrong.LSN++
		e.wantError(o.Append(e.ctx, wrong), journal.ErrRefused, "lobby")
		if o.Append(e.ctx, right) == nil {
			e.Error("the log appends after an error")
		}
		if o.PutSnapshot(e.ctx, snapshot(o.head.Term, o.at)) == nil {
			e.Error("the log puts a snapshot after an error")
		}
		if o.Truncate(e.ctx, 1) == nil {
			e.Error("the log truncates after an error")
		}
		e.wantRecords(o, 1, want)
		if err := o.Close(); err != nil {
			e.Error(err)
		}
		if again := e.wantHead("lobby", o.at); again.head.Snapshot != nil {
			e.Error("the snapshot was stored")
		}
	}},

	{name: "ownership of values", rule: "a store keeps nothing of its arguments and shares nothing of its results", run: func(e *env) {
		o := e.create("lobby")
		r := o.next()
		want := string(r.Append(nil))
		if err := o.Append(e.ctx, r); err != nil {
			e.Fatal(err)
		}
		o.at = journal.Mark{LSN: r.LSN, Tag: r.Tag}
		r.Genesis.State[0], r.Opened[0].TokenHash[0], r.Seed = 77, 77, 77
		for got := range o.Read(e.ctx, 1) {
			got.Genesis.State[0], got.Opened[0].TokenHash[0] = 77, 77
		}
		e.wantRecords(o, 1, []string{want})

		s := snapshot(o.head.Term, o.at)
		want = string(s.Append(nil))
		if err := o.PutSnapshot(e.ctx, s); err != nil {
			e.Fatal(err)
		}
		s.State[1], s.Sessions[0].User = 77, "eve"
		head := e.open("lobby").head
		e.wantSnapshot(head, want)
		head.Snapshot.State[1] = 77
		e.wantSnapshot(e.open("lobby").head, want)
	}},

	{name: "large", rule: "a record may be large", run: func(e *env) {
		o := e.create("lobby")
		r := o.next()
		r.Genesis.State = make([]byte, 3<<20)
		for i := range r.Genesis.State {
			r.Genesis.State[i] = byte(i * i >> 8)
		}
		if err := o.Append(e.ctx, r); err != nil {
			e.Fatal(err)
		}
		o.at = journal.Mark{LSN: r.LSN, Tag: r.Tag}
		want := append([]string{string(r.Append(nil))}, e.append(o, 2)...)
		e.wantRecords(e.wantHead("lobby", o.at), 1, want)
	}},
}
