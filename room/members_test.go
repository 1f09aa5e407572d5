package room_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/wire"
)

func TestExpel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var left []room.Member
		o := room.Options{Trace: room.Trace{Left: func(_ aper.RoomID, m room.Member) { left = append(left, m) }}}
		r := open(t, journal.NewMemory(), o)
		ann, bob := newPipe(), newPipe()
		ann.joinAs(t, r, room.Principal{User: "ann"})
		bob.joinAs(t, r, room.Principal{User: "bob"})
		synctest.Wait()
		if n := len(r.Members()); n != 2 {
			t.Fatalf("%d members are there, want 2", n)
		}
		r.Expel("be kind", func(m room.Member) bool { return m.User == "bob" })
		synctest.Wait()
		if bob.closed == nil || bob.closed.Code.Action() != wire.Stop || bob.closed.Reason != "be kind" {
			t.Errorf("who is expelled was told %+v", bob.closed)
		}
		if members := r.Members(); len(members) != 1 || members[0].User != "ann" || len(left) != 1 || left[0].User != "bob" {
			t.Errorf("there are %v, and %v have left", members, left)
		}
		ann.push(t, counter.Increment{By: 1})
		synctest.Wait()
		if ann.closed != nil || ann.confirmed().Value != 1 {
			t.Errorf("the other one has %v, closed with %v", ann.confirmed(), ann.closed)
		}
		closeRoom(t, r)
	})
}

// Who may only look is told so, and what is put in the place of a transition is what everyone gets.
func TestAuthorize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const errNoReset = aper.Conflict("only ann may reset")
		r := open(t, journal.NewMemory(), room.Options{Authorize: func(p *room.Proposal) error {
			switch t := p.Transition.(type) {
			case counter.Reset:
				if p.User != "ann" {
					return errNoReset
				}
			case counter.Increment:
				p.Amend(counter.Increment{By: min(t.By, 10)})
			}
			return nil
		}})
		ann, bob, guest := newPipe(), newPipe(), newPipe()
		ann.joinAs(t, r, room.Principal{User: "ann"})
		bob.joinAs(t, r, room.Principal{User: "bob"})
		guest.joinAs(t, r, room.Principal{ReadOnly: true})
		synctest.Wait()
		guest.push(t, counter.Increment{By: 1})
		bob.push(t, counter.Increment{By: 1000})
		synctest.Wait()
		bob.push(t, aper.All[counter.Counter](counter.Increment{By: 1}, counter.Reset{}))
		synctest.Wait()
		for _, p := range []*pipe[counter.Counter]{ann, bob, guest} {
			p.send()
			if p.confirmed().Value != 10 || p.err != nil {
				t.Errorf("a replica has %v (%v), want 10", p.confirmed(), p.err)
			}
		}
		if o := bob.outcomes; len(o) != 2 || o[0].Conflict != nil || !errors.Is(o[1].Conflict, errNoReset) {
			t.Errorf("bob's outcomes are %v", o)
		}
		if o := guest.outcomes; len(o) != 1 || o[0].Conflict == nil {
			t.Errorf("the guest's outcomes are %v", o)
		}
		ann.push(t, counter.Reset{})
		synctest.Wait()
		if ann.confirmed().Value != 0 {
			t.Errorf("after ann's reset there is %v", ann.confirmed())
		}
		closeRoom(t, r)
	})
}

func TestTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got struct {
			opened    []room.Opened
			committed room.Committed
			batches   int
			stored    int
			joined    int
			left      int
			ended     int
		}
		o := room.Options{SnapshotAfter: 500, Trace: room.Trace{
			Opened: func(_ aper.RoomID, o room.Opened) { got.opened = append(got.opened, o) },
			Committed: func(_ aper.RoomID, c room.Committed) {
				got.batches++
				got.committed.Events += c.Events
				got.committed.Rejections += c.Rejections
				got.committed.Bytes += c.Bytes
			},
			Stored: func(aper.RoomID, room.Stored) { got.stored++ },
			Joined: func(aper.RoomID, room.Member) { got.joined++ },
			Left:   func(aper.RoomID, room.Member) { got.left++ },
			Ended:  func(aper.RoomID, error) { got.ended++ },
		}}
		store := journal.NewMemory()
		for range 2 {
			r := open(t, store, o)
			p := newPipe()
			p.join(t, r)
			synctest.Wait()
			for range 20 {
				p.push(t, counter.Increment{By: 1})
				synctest.Wait()
			}
			time.Sleep(time.Second)
			closeRoom(t, r)
		}
		if len(got.opened) != 2 || !got.opened[0].Created || got.opened[1].Created || got.ended != 2 || got.joined != 2 || got.left != 2 {
			t.Errorf("%+v", got)
		}
		if got.committed.Events != 40 || got.batches < 40 || got.committed.Bytes < 100 || got.stored < 2 {
			t.Errorf("%+v", got)
		}
	})
}

func TestFullRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), room.Options{MaxConnections: 1})
		p := newPipe()
		p.join(t, r)
		synctest.Wait()
		if _, err := r.Join(newPipe(), room.Principal{}); !errors.Is(err, room.ErrFull) {
			t.Errorf("one more: %v", err)
		}
		p.leave()
		synctest.Wait()
		p.join(t, r)
		closeRoom(t, r)
	})
}
