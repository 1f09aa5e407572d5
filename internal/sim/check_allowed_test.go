package sim

import (
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// An office is a checker whose owner 1 authorizes the transitions of a counter. Session 1 has pushed 701, which becomes 1,
// 7, which is forbidden, and 2.
type office struct {
	*allowed[counter.Counter]
	t *testing.T
	d *draft[counter.Counter]
}

func newOffice(t *testing.T, asks bool) *office {
	t.Helper()
	log := newHistory[counter.Counter]()
	o := &office{newAllowed(log, counterMachine), t, newDraft[counter.Counter](t)}
	if asks {
		wantNone(t, o.Authorizing())
	}
	wantNone(t, o.Opened(1, nil, nil, nil))
	p := joined(t, 1, 0, 0, 0)
	for _, by := range []int64{701, 7, 2} {
		p.push(o, by)
	}
	wantNone(t, p.show(o))
	wantNone(t, told(t, log, o, o.d.genesis(counter.Counter{})))
	return o
}

func (o *office) says(r *wire.Record) error { return told(o.t, o.log, o, r) }

func amended(e wire.Event) wire.Event {
	e.Amended = true
	return e
}

func TestI15WhatIsInTheLogWasAllowed(t *testing.T) {
	o := newOffice(t, true)
	wantNone(t, o.says(o.d.events(amended(add(1, 1, 1)))))
	forbidden := o.d.rejection(1, 2, 1, errForbidden)
	forbidden.Rejections[0].Path = "here"
	wantNone(t, o.says(forbidden))
	wantNone(t, o.says(o.d.events(add(1, 3, 2))))
}

func TestI15WhatIsInTheLogWasNotAllowed(t *testing.T) {
	for name, write := range map[string]func(*office) *wire.Record{
		"forbidden":                  func(o *office) *wire.Record { return o.d.events(add(1, 1, 7)) },
		"to be amended":              func(o *office) *wire.Record { return o.d.events(add(1, 1, 701)) },
		"amended to something else":  func(o *office) *wire.Record { return o.d.events(amended(add(1, 1, 2))) },
		"amended without need":       func(o *office) *wire.Record { return o.d.events(amended(add(1, 3, 2))) },
		"amended, and nobody's":      func(o *office) *wire.Record { return o.d.events(amended(add(0, 1, 1))) },
		"rejected without need":      func(o *office) *wire.Record { return o.d.rejection(1, 3, 0, errForbidden) },
		"rejected with another path": func(o *office) *wire.Record { return o.d.rejection(1, 2, 0, errForbidden) },
		"a group with one member": func(o *office) *wire.Record {
			return o.d.events(o.d.event(1, 1, aper.All[counter.Counter](counter.Increment{By: 2}, counter.Increment{By: 7})))
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, true)
			wantBreach(t, "I15", o.says(write(o)))
		})
	}
}

func TestI15NobodyIsAsked(t *testing.T) {
	o := newOffice(t, false)
	wantNone(t, o.says(o.d.events(add(1, 1, 7))))
	wantBreach(t, "I15", o.says(o.d.events(amended(add(1, 2, 1)))))
}

func TestI15WhoMayOnlyLook(t *testing.T) {
	o := newOffice(t, false)
	wantNone(t, o.Dialed(1, 0, engine.Peer{ReadOnly: true}))
	wantNone(t, o.Sent(1, 0, message(welcomeTo(1))))
	wantNone(t, o.says(o.d.rejection(1, 1, 0, engine.ErrReadOnly)))
	wantNone(t, o.says(o.d.rejection(1, 2, 0, engine.ErrTooLarge)))
	wantBreach(t, "I15", o.says(o.d.rejection(1, 3, 0, counter.ErrNegative)))
	wantBreach(t, "I15", o.says(o.d.events(add(1, 4, 2))))

	wantNone(t, o.Dialed(1, 1, engine.Peer{}))
	wantNone(t, o.Sent(1, 1, message(welcomeTo(2))))
	wantBreach(t, "I15", o.says(o.d.rejection(2, 1, 1, engine.ErrReadOnly)))
	wantNone(t, o.Sent(1, 1, message(welcomeTo(1)))) // it is a copy, and may
	wantNone(t, o.says(o.d.events(add(1, 5, 2))))
}

func TestI15BytesInSomebodysName(t *testing.T) {
	o := newOffice(t, true)
	wantNone(t, o.Forgot(0, forged))
	wantNone(t, o.says(o.d.events(amended(add(1, 1, 2)))))
	wantBreach(t, "I15", o.says(o.d.events(add(1, 2, 7))))
}

// A client that goes on in another epoch is told.
func TestI1AnotherEpochIsTold(t *testing.T) {
	log := counterLog(t)
	d := newDraft[counter.Counter](t)
	d.lsn, d.next = 4, 4
	wantNone(t, log.Durable(1, d.record(func(r *wire.Record) { r.Epoch = anyEpoch + 1 })))
	for _, rewound := range []bool{true, false} {
		o := newConfirmed(log)
		p := joined(t, 9, 15, 2, 2)
		wantNone(t, p.show(o))
		p.replica.Connect()
		p.replica.Ready()
		welcome := welcomeTo(9)
		welcome.Mode, welcome.Epoch, welcome.Rewound = wire.Resumed, anyEpoch+1, rewound
		p.step(welcome, snapshotOf(16, 3, 4))
		if rewound {
			wantNone(t, p.show(o))
		} else {
			wantBreach(t, "I1", p.show(o))
		}
	}
}
