package sim

import (
	"testing"

	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// newViewer is a checker of a log in which session 1 adds 10 and then 5, and session 2 adds 1 in between.
func newViewer(t *testing.T) *shown[counter.Counter] {
	t.Helper()
	log := newHistory[counter.Counter]()
	d := newDraft[counter.Counter](t)
	wantNone(t, told(t, log, nil, d.genesis(counter.Counter{}),
		d.events(add(1, 1, 10)), d.events(add(2, 1, 1)), d.events(add(1, 2, 5))))
	return newShown(log)
}

func TestI7OptimisticIsConfirmedAndPending(t *testing.T) {
	o := newViewer(t)
	p := joined(t, 1, 0, 0, 0, o)
	wantNone(t, p.show(o))
	for _, by := range []int64{10, 5} {
		p.push(o, by)
		wantNone(t, p.show(o))
	}
	for _, record := range o.log.records[1:] {
		p.step(frameOf(record))
		wantNone(t, p.show(o))
	}
	if p.replica.Optimistic().Value != 16 || p.replica.Pending() != 0 {
		t.Errorf("%v", p.replica.Optimistic())
	}
}

func TestI7SomethingElseIsShown(t *testing.T) {
	o := newViewer(t)
	p := joined(t, 1, 0, 0, 0, o)
	wantNone(t, p.show(o))
	id, _ := p.replica.Push(counter.Increment{By: 10}, 0)
	p.replica.Ready() // what is sent would tell the checker the truth
	wantNone(t, o.Pushed(0, p.replica, id, counter.Increment{By: 9}, nil))
	wantBreach(t, "I7", p.show(o))
}

func TestI7NothingPendingVanishes(t *testing.T) {
	o := newViewer(t)
	p := joined(t, 1, 0, 0, 0, o)
	wantNone(t, p.show(o))
	wantNone(t, o.Pushed(0, p.replica, 1, counter.Increment{By: 10}, nil))
	wantBreach(t, "I7", p.show(o))
}

func TestI7NoFlicker(t *testing.T) {
	o := newViewer(t)
	p := joined(t, 1, 0, 0, 0, o)
	p.push(o, 10)
	wantNone(t, p.show(o))
	o.clients.of(0).optimal = encode(&o.coder, counter.Counter{Value: 11}) // as if that had been shown
	p.step(frameOf(o.log.records[1]))
	wantBreach(t, "I7", p.show(o))
}

// What others did in between changes what is shown, and rightly so.
func TestI7ForeignEventsChangeWhatIsShown(t *testing.T) {
	o := newViewer(t)
	p := joined(t, 1, 0, 0, 0, o)
	p.push(o, 10)
	wantNone(t, p.show(o))
	p.step(frameOf(o.log.records[1]), frameOf(o.log.records[2]))
	wantNone(t, p.show(o))
}

func TestI7NewNumbersInANewSession(t *testing.T) {
	o := newViewer(t)
	p := joined(t, 1, 0, 0, 0, o)
	wantNone(t, p.show(o))
	for _, by := range []int64{10, 5} {
		p.push(o, by)
		wantNone(t, p.show(o))
	}
	p.replica.Disconnect()
	p.replica.NewSession()
	id := p.push(o, 7)
	p.replica.Connect()
	wantNone(t, p.show(o))
	p.step(welcomeTo(4), snapshotOf(0, 0, 0))
	wantNone(t, p.show(o))
	s := o.clients.of(0)
	if len(s.pending) != 1 || s.pending[0].id != id || s.pending[0].client != 4 || s.pending[0].number != 1 || s.next != 2 {
		t.Errorf("%+v is pending, and %d is next", s.pending, s.next)
	}
}

// After the journal was set back a new session can have the number of the old one. What is pending has new numbers then,
// and the checker waits until it sees them.
func TestI7NewNumbersInASessionOfTheSameNumber(t *testing.T) {
	o := newViewer(t)
	p := joined(t, 1, 0, 0, 0, o)
	wantNone(t, p.show(o))
	p.push(o, 10)
	wantNone(t, p.show(o))
	p.step(frameOf(o.log.records[1]))
	wantNone(t, p.show(o))
	p.push(o, 7)
	wantNone(t, p.show(o))
	p.replica.Disconnect()
	p.replica.Connect()
	wantNone(t, p.show(o))
	forked := welcomeTo(1)
	forked.Mode = wire.Forked
	wantNone(t, o.Sent(1, 0, message(forked)))
	p.step(forked)
	wantNone(t, p.show(o))
	if s := o.clients.of(0); !s.unsure || s.pending[0].number != 2 {
		t.Errorf("%+v is pending", s.pending)
	}
	p.step(snapshotOf(0, 0, 0))
	wantNone(t, p.show(o))
	if s := o.clients.of(0); s.unsure || s.pending[0].number != 1 || s.next != 2 {
		t.Errorf("%+v is pending, and %d is next", s.pending, s.next)
	}
}

// What a replica has pending may have to be taken from it, and it does not tell the floor under which it was made.
func TestI7FloorsAreRemembered(t *testing.T) {
	o := newShown(counterLog(t))
	p := joined(t, 9, 15, 2, 2, o)
	p.push(o, 1)
	s := o.clients.of(0)
	s.pending[0].floor = 7
	s.relist()
	if len(s.pending) != 1 || s.pending[0].floor != 7 {
		t.Errorf("what is pending is taken for %+v", s.pending)
	}
}
