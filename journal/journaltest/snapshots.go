package journaltest

import (
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

var snapshotCases = []testCase{
	{name: "snapshot", rule: "a snapshot comes back with the head byte for byte, sessions included, and the newest wins", run: func(e *env) {
		o := e.create("lobby")
		all := e.append(o, 2)
		e.put(o)
		all = append(all, e.append(o, 2)...)
		e.put(o)
		all = append(all, e.append(o, 1)...)
		want := e.put(o)
		all = append(all, e.append(o, 2)...)
		again := e.wantHead("lobby", o.at)
		e.wantSnapshot(again.head, want)
		if sessions := again.head.Snapshot.Sessions; len(sessions) != 3 || len(sessions[2].Window) != 2 {
			e.Errorf("the sessions are %+v", sessions)
		}
		e.wantRecords(again, 1, all)
		e.wantRecords(again, again.head.Snapshot.LSN+1, all[5:])
	}},

	{name: "snapshot of the past", rule: "a snapshot may be of any record that is there, also one of an earlier term", run: func(e *env) {
		o := e.create("lobby")
		e.append(o, 3)
		at := o.at
		o = e.open("lobby")
		e.append(o, 2)
		s := snapshot(o.head.Term, at)
		if err := o.PutSnapshot(e.ctx, s); err != nil {
			e.Fatal(err)
		}
		e.wantSnapshot(e.open("lobby").head, string(s.Append(nil)))
	}},

	{name: "snapshot again", rule: "a snapshot of the record that the newest is of takes its place", run: func(e *env) {
		o := e.create("lobby")
		e.append(o, 3)
		e.put(o)
		if err := o.Truncate(e.ctx, 4); err != nil {
			e.Fatal(err)
		}
		for range 3 {
			o = e.wantHead("lobby", o.at)
			want := e.put(o)
			e.wantSnapshot(e.wantHead("lobby", o.at).head, want)
			o = e.open("lobby")
			s := snapshot(o.head.Term, o.at)
			s.Schema++ // as after a migration
			if err := o.PutSnapshot(e.ctx, s); err != nil {
				e.Fatal(err)
			}
			e.wantSnapshot(e.wantHead("lobby", o.at).head, string(s.Append(nil)))
		}
	}},

	{name: "snapshot of nothing", rule: "an empty room has no snapshot", run: func(e *env) {
		o := e.create("lobby")
		e.wantError(o.PutSnapshot(e.ctx, snapshot(o.head.Term, journal.Mark{})), journal.ErrRefused, "lobby")
		if e.wantHead("lobby", journal.Mark{}).head.Snapshot != nil {
			e.Error("it was stored")
		}
	}},

	{name: "snapshot out of line", rule: "a snapshot is refused when its term is not that of the opening, or its LSN and tag are not those of a record, or it is older than the newest", run: func(e *env) {
		o := e.create("lobby")
		e.append(o, 2)
		early := o.at
		e.append(o, 2)
		o = e.open("lobby")
		e.append(o, 1)
		want := e.put(o)
		e.append(o, 1)
		for name, spoil := range map[string]func(s *wire.RoomSnapshot){
			"no record":           func(s *wire.RoomSnapshot) { s.LSN = 0 },
			"a record to come":    func(s *wire.RoomSnapshot) { s.LSN++ },
			"the tag of another":  func(s *wire.RoomSnapshot) { s.RecordTag = early.Tag },
			"the LSN of another":  func(s *wire.RoomSnapshot) { s.LSN-- },
			"an earlier term":     func(s *wire.RoomSnapshot) { s.Term-- },
			"a later term":        func(s *wire.RoomSnapshot) { s.Term++ },
			"no term":             func(s *wire.RoomSnapshot) { s.Term = 0 },
			"a record before one": func(s *wire.RoomSnapshot) { s.LSN, s.RecordTag = early.LSN, early.Tag },
		} {
			s := snapshot(o.head.Term, o.at)
			spoil(s)
			e.wantError(o.PutSnapshot(e.ctx, s), journal.ErrRefused, "lobby")
			if e.Failed() {
				e.Fatalf("that was a snapshot of %s", name)
			}
		}
		e.append(o, 1) // only errors of Append end a log
		e.wantSnapshot(e.wantHead("lobby", o.at).head, want)
	}},
}

var truncateCases = []testCase{
	{name: "truncate", rule: "truncated records are ErrTruncated, the others stay, and the log goes on", run: func(e *env) {
		o := e.create("lobby")
		all := e.append(o, 5)
		snapshot := e.put(o)
		all = append(all, e.append(o, 3)...)
		if err := o.Truncate(e.ctx, 4); err != nil {
			e.Fatal(err)
		}
		for round := range 2 {
			for _, from := range []wire.LSN{1, 2, 3} {
				got, err := read(e.ctx, o, from)
				e.wantError(err, journal.ErrTruncated, "lobby")
				if len(got) > 0 {
					e.Errorf("reading from record %d, which is truncated, gave %d records", from, len(got))
				}
			}
			for _, before := range []wire.LSN{0, 1, 4} { // what is done already
				if round == 0 {
					if err := o.Truncate(e.ctx, before); err != nil {
						e.Errorf("truncate before %d: %v", before, err)
					}
				}
			}
			e.wantRecords(o, 4, all[3:])
			all = append(all, e.append(o, 1)...)
			o = e.wantHead("lobby", o.at)
			e.wantSnapshot(o.head, snapshot)
		}
	}},

	{name: "truncate everything", rule: "a log of which every record is truncated keeps its place and its last tag", run: func(e *env) {
		o := e.create("lobby")
		e.append(o, many)
		want := e.put(o)
		if err := o.Truncate(e.ctx, many+1); err != nil {
			e.Fatal(err)
		}
		_, err := read(e.ctx, o, many)
		e.wantError(err, journal.ErrTruncated, "lobby")
		o = e.wantHead("lobby", o.at)
		e.wantSnapshot(o.head, want)
		e.wantRecords(o, many+1, nil)
		tail := e.append(o, 2)
		o = e.wantHead("lobby", o.at)
		e.wantRecords(o, many+1, tail)
	}},

	{name: "truncate too far", rule: "records after the newest snapshot are not truncated, and being refused does not end the log", run: func(e *env) {
		o := e.create("lobby")
		all := e.append(o, 4)
		e.wantError(o.Truncate(e.ctx, 2), journal.ErrRefused, "lobby")
		e.put(o)
		all = append(all, e.append(o, 2)...)
		for _, before := range []wire.LSN{6, 7, 8, 1 << 40} {
			e.wantError(o.Truncate(e.ctx, before), journal.ErrRefused, "lobby")
		}
		e.wantRecords(o, 1, all)
		if err := o.Truncate(e.ctx, 5); err != nil {
			e.Errorf("truncate to the snapshot: %v", err)
		}
		all = append(all, e.append(o, 1)...)
		e.wantRecords(e.wantHead("lobby", o.at), 5, all[4:])
	}},

	{name: "snapshot of what is truncated", rule: "a snapshot of a truncated record is not taken", run: func(e *env) {
		o := e.create("lobby")
		e.append(o, 2)
		early := o.at
		e.append(o, 3)
		e.put(o)
		if err := o.Truncate(e.ctx, 5); err != nil {
			e.Fatal(err)
		}
		if o.PutSnapshot(e.ctx, snapshot(o.head.Term, early)) == nil {
			e.Error("it was taken")
		}
	}},

	{name: "truncate while reading", rule: "a reading that is overtaken by Truncate has no gap: it goes on with what it holds, or ends with ErrTruncated", run: func(e *env) {
		o := e.create("lobby")
		want := e.append(o, 2*many)
		e.put(o)
		n := 0
		for r, err := range o.Read(e.ctx, 1) {
			if err != nil {
				e.wantError(err, journal.ErrTruncated, "lobby")
				break
			}
			if n >= len(want) || string(r.Append(nil)) != want[n] {
				e.Fatalf("after record %d comes record %d", n, r.LSN)
			}
			if n++; n == 5 {
				if err := o.Truncate(e.ctx, 2*many); err != nil {
					e.Fatal(err)
				}
			}
		}
		if n < 5 {
			e.Errorf("the reading ended after %d records", n)
		}
		e.wantRecords(o, 2*many, want[2*many-1:])
	}},
}
