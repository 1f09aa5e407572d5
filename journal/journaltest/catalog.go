package journaltest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

var catalogCases = []testCase{
	{name: "rooms", rule: "Rooms yields what is there of each room, in the order of the names", catalog: true, run: func(e *env) {
		e.wantRooms()
		b := e.create("b")
		e.append(b, 4)
		e.put(b)
		if err := b.Truncate(e.ctx, 3); err != nil {
			e.Fatal(err)
		}
		b = e.open("b")
		e.openWith("a/b", journal.OpenOptions{Machine: "chess.Game", Create: true})
		a := e.create("a")
		e.append(a, 2)
		e.wantRooms(
			journal.Entry{Room: "a", Machine: machine, Term: a.head.Term, First: 1, Last: 2},
			journal.Entry{Room: "a/b", Machine: "chess.Game", Term: a.head.Term, First: 1},
			journal.Entry{Room: "b", Machine: machine, Term: b.head.Term, First: 3, Last: 4},
		)
	}},

	{name: "many rooms listed", rule: "Rooms yields all rooms, stops when it is told, and its loop may use the store", catalog: true, run: func(e *env) {
		const rooms = 600
		want := make([]aper.RoomID, rooms)
		var group sync.WaitGroup
		for i := range want {
			want[i] = aper.RoomID(fmt.Sprintf("room/%03d", i))
			group.Go(func() {
				if _, _, err := e.store.Open(e.ctx, want[i], journal.OpenOptions{Machine: machine, Create: true}); err != nil {
					e.Error(err)
				}
			})
		}
		group.Wait()
		n := 0
		for entry, err := range e.catalog().Rooms(e.ctx) {
			if err != nil || n >= rooms || entry.Room != want[n] {
				e.Fatalf("room %d is %q, %v", n, entry.Room, err)
			}
			if n%100 == 0 {
				e.append(e.open(entry.Room), 1)
			}
			n++
		}
		if n != rooms {
			e.Errorf("%d rooms of %d", n, rooms)
		}
		for range e.catalog().Rooms(e.ctx) {
			break
		}
		done, cancel := context.WithCancel(e.ctx)
		defer cancel()
		n = 0
		var end error
		for _, err := range e.catalog().Rooms(done) {
			cancel()
			n, end = n+1, err
		}
		if n > rooms || !errors.Is(end, context.Canceled) {
			e.Errorf("when the context ended in between, the listing ended after %d rooms with: %v", n, end)
		}
	}},

	{name: "look", rule: "Look shows head, records and snapshots, changes nothing, and does not fence the owner", catalog: true, run: func(e *env) {
		o := e.create("lobby")
		want := e.append(o, 3)
		snapshot := e.put(o)
		want = append(want, e.append(o, 2)...)
		for range 3 {
			log, head, err := e.catalog().Look(e.ctx, "lobby")
			if err != nil {
				e.Fatal(err)
			}
			if head.Term != o.head.Term || head.LSN != o.at.LSN || head.Tag != o.at.Tag {
				e.Errorf("the head is %+v, want record %d of term %d", head, o.at.LSN, o.head.Term)
			}
			e.wantSnapshot(head, snapshot)
			e.wantSnapshotAt(log, 4, snapshot)
			e.wantSnapshotAt(log, 2, "")
			e.wantRecords(log, 1, want)
			want = append(want, e.append(o, 1)...)
			e.wantRecords(log, 2, want[1:])
			if err := log.Close(); err != nil {
				e.Error(err)
			}
			_, err = read(e.ctx, log, 1)
			e.wantError(err, journal.ErrClosed, "lobby")
		}
		if again := e.open("lobby"); again.head.Term != o.head.Term+1 {
			e.Errorf("the term is %d, and was %d", again.head.Term, o.head.Term)
		}
	}},

	{name: "look at nothing", rule: "looking at a room that is not there is ErrAbsent, and does not make it", catalog: true, run: func(e *env) {
		for range 2 {
			_, _, err := e.catalog().Look(e.ctx, "lobby")
			e.wantError(err, journal.ErrAbsent, "lobby")
		}
		e.wantRooms()
	}},

	{name: "delete", rule: "a deleted room is absent, and the others stay", catalog: true, run: func(e *env) {
		e.wantError(e.catalog().Delete(e.ctx, "lobby"), journal.ErrAbsent, "lobby")
		o, other := e.create("lobby"), e.create("lobby/2")
		e.append(o, many)
		e.put(o)
		want := e.append(other, 3)
		snapshot := e.put(other)
		e.delete("lobby")
		for range 2 {
			e.wantError(e.catalog().Delete(e.ctx, "lobby"), journal.ErrAbsent, "lobby")
			_, _, err := e.store.Open(e.ctx, "lobby", journal.OpenOptions{Machine: machine})
			e.wantError(err, journal.ErrAbsent, "lobby")
			_, _, err = e.catalog().Look(e.ctx, "lobby")
			e.wantError(err, journal.ErrAbsent, "lobby")
			e.wantRooms(journal.Entry{Room: "lobby/2", Machine: machine, Term: other.head.Term, First: 1, Last: 3})
		}
		other = e.wantHead("lobby/2", other.at)
		e.wantRecords(other, 1, want)
		e.wantSnapshot(other.head, snapshot)
	}},

	{name: "deleted under an owner", rule: "the logs of a deleted room are fenced, and there is nothing to read", catalog: true, run: func(e *env) {
		o := e.create("lobby")
		e.append(o, 3)
		e.put(o)
		looking, _, err := e.catalog().Look(e.ctx, "lobby")
		if err != nil {
			e.Fatal(err)
		}
		e.delete("lobby")
		e.wantGone(o, looking)
	}},

	{name: "made again", rule: "a room that is made again under its name is empty, its terms go on, and the logs of the deleted one stay fenced and read nothing", catalog: true, run: func(e *env) {
		var gone []*owner
		last := wire.Term(0)
		for _, name := range []string{machine, "chess.Game", machine} {
			o := e.openWith("lobby", journal.OpenOptions{Machine: name, Create: true})
			if o.head.Term <= last {
				e.Errorf("term %d comes after term %d", o.head.Term, last)
			}
			if o.at != (journal.Mark{}) || o.head.Snapshot != nil || o.head.Restored {
				e.Errorf("the head of the new room is %+v", o.head)
			}
			last = o.head.Term
			looking, _, err := e.catalog().Look(e.ctx, "lobby")
			if err != nil {
				e.Fatal(err)
			}
			for _, old := range gone {
				e.wantGone(old, old)
			}
			want := e.append(o, 3)
			e.put(o)
			for _, old := range gone {
				e.wantGone(old, old)
			}
			e.wantRecords(looking, 1, want)
			gone = append(gone, o)
			e.delete("lobby")
		}
	}},

	{name: "delete beside a writer", rule: "an append beside Delete is refused, or was made to the room that is deleted", catalog: true, run: func(e *env) {
		for range 5 {
			o := e.create("lobby")
			going, stopped := make(chan struct{}), make(chan error)
			go func() {
				close(going)
				for {
					if err := o.try(e.ctx); err != nil {
						stopped <- err
						return
					}
				}
			}()
			<-going
			e.delete("lobby")
			e.wantError(<-stopped, journal.ErrFenced, "lobby")
			_, _, err := e.store.Open(e.ctx, "lobby", journal.OpenOptions{Machine: machine})
			e.wantError(err, journal.ErrAbsent, "lobby")
			again := e.create("lobby")
			e.wantRecords(again, 1, nil)
			e.wantRecords(again, 1, e.append(again, 1))
		}
	}},

	{name: "delete cancelled", rule: "a call whose context is done beforehand deletes nothing", catalog: true, run: func(e *env) {
		o := e.create("lobby")
		want := e.append(o, 2)
		done, cancel := context.WithCancel(e.ctx)
		cancel()
		if err := e.catalog().Delete(done, "lobby"); !errors.Is(err, context.Canceled) {
			e.Errorf("delete: %v", err)
		}
		if _, _, err := e.catalog().Look(done, "lobby"); !errors.Is(err, context.Canceled) {
			e.Errorf("look: %v", err)
		}
		e.wantRecords(e.wantHead("lobby", o.at), 1, want)
	}},

	{name: "deleted and restarted", rule: "a deleted room is absent after a restart, and its terms go on from where they were", catalog: true, restarts: true, run: func(e *env) {
		e.create("lobby")
		o := e.open("lobby")
		e.append(o, 3)
		e.delete("lobby")
		e.store = e.restart(e.T, e.store)
		_, _, err := e.store.Open(e.ctx, "lobby", journal.OpenOptions{Machine: machine})
		e.wantError(err, journal.ErrAbsent, "lobby")
		e.wantRooms()
		again := e.create("lobby")
		if again.head.Term <= o.head.Term {
			e.Errorf("the term is %d after the restart and was %d before", again.head.Term, o.head.Term)
		}
		e.wantRecords(again, 1, nil)
	}},
}

func (e *env) catalog() journal.Catalog { return e.store.(journal.Catalog) }

func (e *env) delete(room aper.RoomID) {
	e.Helper()
	if err := e.catalog().Delete(e.ctx, room); err != nil {
		e.Fatalf("delete %q: %v", room, err)
	}
}

// wantRooms checks what is listed.
func (e *env) wantRooms(want ...journal.Entry) {
	e.Helper()
	var got []journal.Entry
	for entry, err := range e.catalog().Rooms(e.ctx) {
		if err != nil {
			e.Fatalf("room %q: %v", entry.Room, err)
		}
		got = append(got, entry)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		e.Errorf("the rooms are\n     %+v\nwant %+v", got, want)
	}
}

// wantGone checks that an owner of a deleted room writes nothing, and that somebody who reads in it reads nothing.
func (e *env) wantGone(o *owner, log journal.Reader) {
	e.Helper()
	e.wantError(o.PutSnapshot(e.ctx, snapshot(o.head.Term, o.at)), journal.ErrFenced, "lobby")
	e.wantError(o.Truncate(e.ctx, 2), journal.ErrFenced, "lobby")
	e.wantError(o.Append(e.ctx, o.next()), journal.ErrFenced, "lobby")
	got, err := read(e.ctx, log, 1)
	e.wantError(err, journal.ErrAbsent, "lobby")
	if len(got) > 0 {
		e.Errorf("%d records of another room are read", len(got))
	}
	_, err = log.Snapshot(e.ctx, 1<<40)
	e.wantError(err, journal.ErrAbsent, "lobby")
}
