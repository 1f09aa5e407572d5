package sim

import (
	"bytes"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// released checks I5 (L4, D1): whatever leaves an owner says only what is durable: events of frames, outcomes, states of
// snapshots and their sums, sessions of welcomes, users, and how far the log goes.
type released[S aper.StateMachine[S]] struct {
	Watcher[S]
	log     *history[S]
	routes  map[route]*said
	clients aper.ClientID // the highest reservation that was ever durable
}

// A route leads from an owner to a client.
type route struct {
	owner  Owner
	client Client
}

// said is what went over a route.
type said struct {
	session aper.ClientID
	state   []byte // of the parts of a snapshot
	parts   int
}

func newReleased[S aper.StateMachine[S]](log *history[S]) *released[S] {
	return &released[S]{log: log, routes: map[route]*said{}}
}

func (o *released[S]) Durable(_ Owner, r *wire.Record) error {
	o.clients = max(o.clients, r.Clients)
	return nil
}

func (o *released[S]) Sent(owner Owner, c Client, message []byte) error {
	to := route{owner, c}
	if o.routes[to] == nil {
		o.routes[to] = &said{}
	}
	r := wire.NewReader(message)
	for r.Next() {
		if err := o.one(to, &r); err != nil {
			return err
		}
	}
	if err := r.Err(); err != nil {
		return breach("I5", "L9", "owner %v sends client %v what cannot be read: %v", owner, c, err)
	}
	return nil
}

func (o *released[S]) one(to route, r *wire.Reader) error {
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
			return breach("I5", "L4", "owner %v tells client %v that the log goes to %d, and durable is %d",
				to.owner, to.client, m.Head, o.log.highest)
		}
	case wire.CodeCheck:
		if m := r.Check(); r.Err() == nil {
			return o.sum(to, &m)
		}
	}
	return nil
}

func (o *released[S]) welcome(to route, m *wire.Welcome) error {
	*o.routes[to] = said{session: m.Client}
	switch {
	case m.Client == 0 || m.Client >= o.clients:
		return breach("I5", "N1", "owner %v gives client %v session %d, and durable reservations end before %d",
			to.owner, to.client, m.Client, o.clients)
	case m.Decided > 0 && !o.says(m.Client, m.Decided, func(*decision[S]) bool { return true }):
		return breach("I5", "L2", "owner %v tells client %v that transition %d of session %d is decided, and no durable record says so",
			to.owner, to.client, m.Decided, m.Client)
	}
	return nil
}

// snapshot takes a part, and looks at the whole with the last.
func (o *released[S]) snapshot(to route, m *wire.Snapshot) error {
	said := o.routes[to]
	if m.Part != said.parts {
		return breach("I5", "L7", "owner %v sends client %v part %d of a snapshot after %d parts", to.owner, to.client, m.Part, said.parts)
	}
	said.state = append(said.state, m.State...)
	if said.parts++; !m.Last() {
		return nil
	}
	state := said.state
	said.parts, said.state = 0, nil
	p := o.at(m.Seq, m.Tag)
	switch {
	case p == nil:
		return breach("I5", "L4", "owner %v sends client %v a snapshot of seq %d with tag %x, where no durable batch ends",
			to.owner, to.client, m.Seq, m.Tag)
	case !bytes.Equal(state, o.log.encoding(p)) || m.Sum != wire.SumOf(state):
		return breach("I5", "L1", "owner %v sends client %v a snapshot of seq %d that is not the state there, %s",
			to.owner, to.client, m.Seq, show(p.state))
	case m.Floor != p.floor:
		return breach("I9", "L1", "owner %v sends client %v a snapshot of seq %d with the floor %d, and it is %d",
			to.owner, to.client, m.Seq, m.Floor, p.floor)
	}
	return o.users(to, m.Users)
}

// at returns the point of any log where a batch with this tag ends.
func (o *released[S]) at(seq aper.Seq, tag wire.Tag) *point[S] {
	p := o.log.batches[tag]
	if tag == 0 && len(o.log.ends) > 0 {
		p = o.log.ends[0]
	}
	if p == nil || p.position.Seq != seq {
		return nil
	}
	return p
}

// users looks at what is told about whose a session is.
func (o *released[S]) users(to route, users []wire.User) error {
	for _, u := range users {
		if !o.log.named[u] {
			return breach("I5", "L4", "owner %v tells client %v that session %d is of %q, and no durable record says so",
				to.owner, to.client, u.Client, u.Name)
		}
	}
	return nil
}

func (o *released[S]) sum(to route, m *wire.Check) error {
	same := func(p *point[S]) bool { return p.position.Seq == m.Seq && wire.SumOf(o.log.encoding(p)) == m.Sum }
	for i := len(o.log.ends) - 1; i >= 0 && o.log.ends[i].position.Seq >= m.Seq; i-- {
		if same(o.log.ends[i]) {
			return nil
		}
	}
	for _, p := range o.log.points { // of a log that was replaced
		if same(p) {
			return nil
		}
	}
	return breach("I5", "L11", "owner %v tells client %v the sum %x at seq %d, and no durable state there has it",
		to.owner, to.client, m.Sum, m.Seq)
}

func (o *released[S]) frame(to route, m *wire.Frame) error {
	p := o.log.batches[m.Tag]
	switch {
	case p == nil || p.record.First != m.First || p.record.Events.Len() != m.Events.Len():
		return breach("I5", "L4", "owner %v sends client %v a frame of %d events from seq %d with tag %x, and no such batch is durable",
			to.owner, to.client, m.Events.Len(), m.First, m.Tag)
	case p.record.Seed != m.Seed || p.record.Time != m.Time || m.Floor != 0 && m.Floor != p.floor || !o.sameEvents(p.events, m):
		return breach("I5", "L4", "owner %v sends client %v a frame from seq %d that differs from the durable batch",
			to.owner, to.client, m.First)
	}
	return o.users(to, m.Users)
}

func (o *released[S]) sameEvents(events []*decision[S], m *wire.Frame) bool {
	for e := range m.Events.All() {
		d := events[0]
		if d.client != e.Client || d.number != e.ClientSeq || d.time != m.Time+e.After || d.behind != e.Behind ||
			d.lost != e.Lost || d.amended != e.Amended || !bytes.Equal(d.encoded, e.Transition) {
			return false
		}
		events = events[1:]
	}
	return true
}

func (o *released[S]) verdicts(to route, m *wire.Verdicts) error {
	session := o.routes[to].session
	for _, v := range m.List {
		same := func(d *decision[S]) bool {
			return d.rejected == v.Rejected && d.seq == v.Seq && d.path == v.Path && d.conflict == v.Conflict
		}
		if !o.says(session, v.ClientSeq, same) {
			return breach("I5", "L2", "owner %v tells client %v an outcome of transition %d of session %d, and no durable record says that",
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
