package journaltest

import (
	"context"
	"errors"
	"sync"

	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

var fenceCases = []testCase{
	{name: "terms", rule: "each Open has a higher term than the one before", run: func(e *env) {
		last := e.create("lobby").head.Term
		if last == 0 {
			e.Error("the first term is 0, which means none")
		}
		for range 5 {
			term := e.open("lobby").head.Term
			if term <= last {
				e.Errorf("term %d comes after term %d", term, last)
			}
			last = term
		}
	}},

	{name: "fenced", rule: "once a room was opened again, an earlier log writes nothing and gets ErrFenced; it still reads", run: func(e *env) {
		old := e.create("lobby")
		want := e.append(old, 3)
		owner := e.open("lobby")
		e.wantError(old.PutSnapshot(e.ctx, snapshot(old.head.Term, old.at)), journal.ErrFenced, "lobby")
		want = append(want, e.append(owner, 2)...)
		e.put(owner)
		e.wantError(old.Truncate(e.ctx, 3), journal.ErrFenced, "lobby")
		e.wantError(old.Append(e.ctx, old.next()), journal.ErrFenced, "lobby")

		ahead := owner.next() // also what would fit
		e.wantError(old.Append(e.ctx, ahead), journal.ErrFenced, "lobby")
		ahead.Term = old.head.Term
		e.wantError(old.Append(e.ctx, ahead), journal.ErrFenced, "lobby")
		e.wantRecords(old, 1, want)
		want = append(want, e.append(owner, 1)...)
		e.wantRecords(e.wantHead("lobby", owner.at), 1, want)
	}},

	{name: "fenced at once", rule: "an Open fences an earlier log also when neither writes anything in between", run: func(e *env) {
		old := e.create("lobby")
		e.open("lobby")
		e.wantError(old.Append(e.ctx, old.next()), journal.ErrFenced, "lobby")
		e.wantHead("lobby", journal.Mark{})
	}},

	{name: "in flight", rule: "an append in flight while the room is opened again is either in the head of that Open or never seen, and acknowledged only in the first case", run: func(e *env) {
		o := e.create("lobby")
		for round := range 15 {
			old, going, stopped := o, make(chan struct{}), make(chan error)
			go func() {
				for n := 0; ; n++ {
					if n == round {
						close(going)
					}
					if err := old.try(e.ctx); err != nil {
						stopped <- err
						return
					}
				}
			}()
			<-going
			o = e.open("lobby")
			seen, err := read(e.ctx, o, 1)
			if err != nil || len(seen) != int(o.head.LSN) {
				e.Fatalf("the head is record %d and %d records are read, %v", o.head.LSN, len(seen), err)
			}
			e.wantError(<-stopped, journal.ErrFenced, "lobby")
			if old.at != o.at {
				e.Fatalf("record %d was acknowledged, the head of the next Open is %d", old.at.LSN, o.at.LSN)
			}
			e.wantRecords(o, 1, seen)
		}
	}},

	{name: "concurrent opens", rule: "of concurrent Opens each has a term of its own and only the highest owns the room", run: func(e *env) {
		for _, o := range []journal.OpenOptions{{Machine: machine, Create: true}, {Machine: machine}} {
			const n = 8
			owners := make([]*owner, n)
			errs := make([]error, n)
			var group sync.WaitGroup
			for i := range n {
				group.Go(func() {
					log, head, err := e.store.Open(e.ctx, "lobby", o)
					owners[i], errs[i] = &owner{log, head, journal.Mark{LSN: head.LSN, Tag: head.Tag}}, err
				})
			}
			group.Wait()
			if err := errors.Join(errs...); err != nil {
				e.Fatal(err)
			}
			terms := make(map[wire.Term]bool)
			last := owners[0]
			for _, o := range owners {
				if terms[o.head.Term] {
					e.Errorf("two openings have term %d", o.head.Term)
				}
				terms[o.head.Term] = true
				if o.head.Term > last.head.Term {
					last = o
				}
			}
			for _, o := range owners {
				if o != last {
					e.wantError(o.Append(e.ctx, o.next()), journal.ErrFenced, "lobby")
				}
			}
			e.append(last, 1)
		}
	}},

	{name: "contest", rule: "whoever fights over a room, the log stays one chain and holds exactly what was acknowledged", run: func(e *env) {
		e.create("lobby")
		var mu sync.Mutex
		acknowledged := make(map[wire.LSN]wire.Tag)
		const owners, rounds = 4, 6
		var opened [rounds]sync.WaitGroup // so that in each round all but one are fenced
		for i := range opened {
			opened[i].Add(owners)
		}
		var group sync.WaitGroup
		for range owners {
			group.Go(func() {
				for i := range opened {
					log, head, err := e.store.Open(e.ctx, "lobby", journal.OpenOptions{Machine: machine})
					opened[i].Done()
					if err != nil {
						e.Error(err)
						continue
					}
					opened[i].Wait()
					o := &owner{log, head, journal.Mark{LSN: head.LSN, Tag: head.Tag}}
					for range 3 {
						if err := o.try(context.WithoutCancel(e.ctx)); err != nil {
							e.wantError(err, journal.ErrFenced, "lobby")
							break
						}
						mu.Lock()
						if tag, twice := acknowledged[o.at.LSN]; twice {
							e.Errorf("record %d was acknowledged twice, with tags %x and %x", o.at.LSN, tag, o.at.Tag)
						}
						acknowledged[o.at.LSN] = o.at.Tag
						mu.Unlock()
					}
				}
			})
		}
		group.Wait()
		o := e.open("lobby")
		if len(acknowledged) == 0 || int(o.head.LSN) != len(acknowledged) {
			e.Errorf("%d records were acknowledged, the head is %d", len(acknowledged), o.head.LSN)
		}
		var tag wire.Tag
		for r, err := range o.Read(e.ctx, 1) {
			if err != nil {
				e.Fatal(err)
			}
			if r.Previous != tag || acknowledged[r.LSN] != r.Tag {
				e.Errorf("record %d with tag %x follows %x; the one before has %x, and acknowledged was %x", r.LSN, r.Tag, r.Previous, tag, acknowledged[r.LSN])
			}
			tag = r.Tag
		}
	}},
}
