package sim

import (
	"bytes"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// released checks I5 (L4, D1): whatever leaves an owner says only what is durable: events of frames, outcomes, states of
// snapshots, sessions of welcomes, and how far the log goes.
type released[S aper.StateMachine[S]] struct {
	Watcher[S]
	log     *history[S]
	session map[line]aper.ClientID
	clients aper.ClientID // the highest reservation that was ever durable
}

// A line leads from an owner to a client.
type line struct {
	owner  Owner
	client Client
}

func newReleased[S aper.StateMachine[S]](log *history[S]) *released[S] {
	return &released[S]{log: log, session: map[line]aper.ClientID{}}
}

func (o *released[S]) Durable(_ Owner, r *wire.Record) error {
	o.clients = max(o.clients, r.Clients)
	return nil
}

func (o *released[S]) Sent(owner Owner, c Client, message []byte) error {
	to := line{owner, c}
	r := wire.NewReader(message)
	for r.Next() {
		if err := o.one(to, &r); err != nil {
			return err
		}
	}
	if err := r.Err(); err != nil {
		return breach("I5", "L9", "owner %d sends client %v what cannot be read: %v", owner, c, err)
	}
	return nil
}

func (o *released[S]) one(to line, r *wire.Reader) error {
	switch r.Code() {
	case wire.CodeWelcome:
		if m := r.Welcome(); r.Err() == nil {
			return o.welcome(to, &m)
		}
	case wire.CodeSnapshot:
		if m := r.Snapshot(); r.Err() == nil {
			return o.snapshot(to, &m)
		}
	case wire.CodeFrame:
		if m := r.Frame(); r.Err() == nil {
			return o.frame(to, &m)
		}
	case wire.CodeVerdicts:
		if m := r.Verdicts(); r.Err() == nil {
			return o.verdicts(to, &m)
		}
	case wire.CodePong:
		if m := r.Pong(); m.Head > o.log.highest {
			return breach("I5", "L4", "owner %d tells client %v that the log goes to %d, and durable is %d",
				to.owner, to.client, m.Head, o.log.highest)
		}
	}
	return nil
}

func (o *released[S]) welcome(to line, m *wire.Welcome) error {
	o.session[to] = m.Client
	switch {
	case m.Client == 0 || m.Client >= o.clients:
		return breach("I5", "N1", "owner %d gives client %v session %d, and durable reservations end before %d",
			to.owner, to.client, m.Client, o.clients)
	case m.Decided > 0 && !o.says(m.Client, m.Decided, func(*decision[S]) bool { return true }):
		return breach("I5", "L2", "owner %d tells client %v that transition %d of session %d is decided, and no durable record says so",
			to.owner, to.client, m.Decided, m.Client)
	}
	return nil
}

func (o *released[S]) snapshot(to line, m *wire.Snapshot) error {
	p := o.log.batches[m.Tag]
	if m.Tag == 0 && m.Seq == 0 && len(o.log.ends) > 0 {
		p = o.log.ends[0]
	}
	switch {
	case p == nil || p.position.Seq != m.Seq:
		return breach("I5", "L4", "owner %d sends client %v a snapshot of seq %d with tag %x, where no durable batch ends",
			to.owner, to.client, m.Seq, m.Tag)
	case !bytes.Equal(m.State, o.log.encoding(p)):
		return breach("I5", "L1", "owner %d sends client %v a snapshot of seq %d that is not the state there, %s",
			to.owner, to.client, m.Seq, show(p.state))
	}
	return nil
}

func (o *released[S]) frame(to line, m *wire.Frame) error {
	p := o.log.batches[m.Tag]
	switch {
	case p == nil || p.record.First != m.First || p.record.Events.Len() != m.Events.Len():
		return breach("I5", "L4", "owner %d sends client %v a frame of %d events from seq %d with tag %x, and no such batch is durable",
			to.owner, to.client, m.Events.Len(), m.First, m.Tag)
	case p.record.Seed != m.Seed || p.record.Time != m.Time || !sameEvents(p.events, m):
		return breach("I5", "L4", "owner %d sends client %v a frame from seq %d that differs from the durable batch",
			to.owner, to.client, m.First)
	}
	return nil
}

func sameEvents[S aper.StateMachine[S]](events []*decision[S], m *wire.Frame) bool {
	for e := range m.Events.All() {
		d := events[0]
		if d.client != e.Client || d.number != e.ClientSeq || d.time != m.Time+e.After ||
			d.lost != e.Lost || d.amended != e.Amended || !bytes.Equal(d.encoded, e.Transition) {
			return false
		}
		events = events[1:]
	}
	return true
}

func (o *released[S]) verdicts(to line, m *wire.Verdicts) error {
	session := o.session[to]
	for _, v := range m.List {
		same := func(d *decision[S]) bool {
			return d.rejected == v.Rejected && d.seq == v.Seq && d.path == v.Path && d.conflict == v.Conflict
		}
		if !o.says(session, v.ClientSeq, same) {
			return breach("I5", "L2", "owner %d tells client %v an outcome of transition %d of session %d, and no durable record says that",
				to.owner, to.client, v.ClientSeq, session)
		}
	}
	return nil
}

// says reports whether a log decided a transition like this.
func (o *released[S]) says(session aper.ClientID, number aper.ClientSeq, like func(*decision[S]) bool) bool {
	for d := range o.log.decisions(session, number) {
		if like(d) {
			return true
		}
	}
	return false
}
