package journaltest

import (
	"sync/atomic"

	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// many is more records than a store is likely to take up at once.
const many = 300

var readCases = []testCase{
	{name: "read from the middle", rule: "a reading begins at any record, and right behind the last one it is empty", run: func(e *env) {
		o := e.create("lobby")
		want := e.append(o, many)
		for _, from := range []int{1, 2, many / 2, many} {
			e.wantRecords(o, wire.LSN(from), want[from-1:])
		}
		e.wantRecords(o, many+1, nil)
	}},

	{name: "read nowhere", rule: "reading from record 0, or from beyond the next record, is refused", run: func(e *env) {
		o := e.create("lobby")
		e.append(o, 3)
		for _, from := range []wire.LSN{0, 5, 1 << 40} {
			_, err := read(e.ctx, o, from)
			e.wantError(err, journal.ErrRefused, "lobby")
		}
	}},

	{name: "stop reading", rule: "a loop may stop early, and read the same again", run: func(e *env) {
		o := e.create("lobby")
		want := e.append(o, 5)
		all := o.Read(e.ctx, 1)
		for range 2 {
			n := 0
			for r, err := range all {
				if err != nil || string(r.Append(nil)) != want[n] {
					e.Fatalf("record %d: %v", n+1, err)
				}
				if n++; n == 3 {
					break
				}
			}
		}
	}},

	{name: "append while reading", rule: "the loop over a reading may append; the reading ends with the record that was last when it began", run: func(e *env) {
		o := e.create("lobby")
		want := e.append(o, many)
		n := 0
		for r, err := range o.Read(e.ctx, 1) {
			if err != nil {
				e.Fatal(err)
			}
			if n >= len(want) || string(r.Append(nil)) != want[n] {
				e.Fatalf("the reading gave record %d, want the %d that were there", r.LSN, len(want))
			}
			if n++; n%20 == 0 {
				e.append(o, 1)
			}
		}
		if n != many {
			e.Errorf("the reading ended after %d records of %d", n, many)
		}
	}},

	{name: "read beside a writer", rule: "readings beside appends have no gap, and all that was acknowledged before they began", run: func(e *env) {
		o := e.create("lobby")
		var acknowledged atomic.Int64
		written := make(chan error, 1)
		go func() {
			for range 100 {
				if err := o.try(e.ctx); err != nil {
					written <- err
					return
				}
				acknowledged.Add(1)
			}
			written <- nil
		}()
		for going := true; going; {
			select {
			case err := <-written:
				if err != nil {
					e.Errorf("append: %v", err)
				}
				going = false
			default:
			}
			least, next := wire.LSN(acknowledged.Load()), wire.LSN(1)
			var tag wire.Tag
			for r, err := range o.Read(e.ctx, 1) {
				if err != nil {
					e.Fatalf("reading record %d: %v", next, err)
				}
				if r.LSN != next || r.Previous != tag {
					e.Fatalf("after record %d with tag %x comes record %d, which follows tag %x", next-1, tag, r.LSN, r.Previous)
				}
				next, tag = next+1, r.Tag
			}
			if next <= least {
				e.Fatalf("the reading ended before record %d, and %d were acknowledged", next, least)
			}
		}
	}},
}
