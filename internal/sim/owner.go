package sim

import (
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// An owner is a process that has opened the room, and believes that it owns it. It is what room.Room is.
type owner[S aper.StateMachine[S]] struct {
	number    Owner
	term      wire.Term
	authority *engine.Authority[S]
	alive     bool
	clock     aper.Time

	attaches    engine.Attach
	connections []*connection[S] // oldest first
	batches     uint64
	ticked      bool        // a batch has begun
	flights     []flight[S] // what was decided and not published, oldest first
	durable     int         // how many of those are durable
	snapshot    bool        // is to be taken with the next batch

	ring     ring
	latest   *published[S]
	joinable *published[S] // the one whose encoding joiners share; nil when there is none
	presence presence
	summing  *published[S] // whose sum is being made; mostly nil
	encoded  int           // bytes of the state, as it was encoded last
	wake     aper.Time     // when something is due; 0 for never
}

// A flight is a Ready on its way through the journal.
type flight[S aper.StateMachine[S]] struct {
	ready    engine.Ready[S]
	snapshot *wire.RoomSnapshot // to be stored when it is durable; mostly nil
}

// owner returns the owner of that number, or nil.
func (w *World[S]) owner(number Owner) *owner[S] {
	for i := len(w.owners) - 1; i >= 0; i-- {
		if w.owners[i].number == number {
			return w.owners[i]
		}
	}
	return nil
}

// newest returns the owner that opened last, or nil.
func (w *World[S]) newest() *owner[S] {
	if len(w.owners) == 0 {
		return nil
	}
	return w.owners[len(w.owners)-1]
}

func (w *World[S]) ownerDoes(o *owner[S], a Action) bool {
	if a.Verb == AppendLanded {
		return w.appendLanded(o)
	}
	if !o.alive {
		return false
	}
	switch a.Verb {
	case OwnerTake:
		return w.take(o, o.connection(a.Client))
	case Late:
		return w.take(o, o.earlier(a.Client))
	case Notice:
		return w.notice(o, a.Client)
	case Decide:
		return w.decide(o)
	case AppendOK:
		return w.appendOK(o)
	case AppendLost:
		return w.appendLost(o)
	case Publish:
		return w.publish(o)
	case OwnerCrash:
		return w.crash(o)
	case OwnerClock:
		o.clock += aper.Time(a.Number)
	case Drop:
		return w.dropSlow(o, a.Client)
	case Expel:
		return w.expel(o, o.connection(a.Client))
	case Snapshot:
		o.snapshot = true
	case Truncate:
		return w.truncate(o)
	case Sum:
		return w.sum(o)
	}
	return true
}

// open opens the room in a new process. Its first record, which reserves numbers for clients, is durable before anyone can
// connect. Its clock begins where that of the owner before it stands.
func (w *World[S]) open(number Owner) bool {
	if w.owner(number) != nil {
		return false
	}
	o := &owner[S]{number: number, clock: startOfTime, alive: true}
	if before := w.newest(); before != nil {
		o.clock = before.clock
	}
	term, snapshot, records, err := w.journal.open(w.machine.Name)
	if err != nil {
		w.fail(err)
		return true
	}
	o.term = term
	o.authority = engine.New[S](w.options)
	if err := w.restoreAuthority(o.authority, snapshot, records); err != nil {
		w.fail(err)
		return true
	}
	w.owners = append(w.owners, o)
	if w.trace.on() {
		w.effect("term %d, %s, %d records after it", term, describeSnapshot(snapshot), len(records))
	}
	w.tell(func(observer Observer[S]) error { return observer.Opened(number, o.authority, snapshot, records) })
	if w.journal.restored {
		w.counts.Happened[epochBegun]++
		o.authority.Rewind(wire.Epoch(w.draw(drawEpoch, uint64(number), 0)))
	}
	w.tick(o)
	o.authority.Open(term)
	w.decide(o)
	w.appendOK(o)
	w.publish(o)
	return true
}

// tick begins a batch, unless one has begun.
func (w *World[S]) tick(o *owner[S]) {
	if o.ticked {
		return
	}
	o.ticked = true
	o.batches++
	whose := uint64(o.number)
	o.authority.Tick(o.clock, wire.Tag(w.draw(drawTag, whose, o.batches)), w.draw(drawSeed, whose, o.batches))
	if o.encoded > 0 {
		o.authority.Encoded(o.encoded)
	}
}

// connection returns the client's newest connection, or nil.
func (o *owner[S]) connection(c Client) *connection[S] {
	for i := len(o.connections) - 1; i >= 0; i-- {
		if o.connections[i].client == c {
			return o.connections[i]
		}
	}
	return nil
}

// earlier returns the client's oldest connection with a message that was not taken, but not its newest one.
func (o *owner[S]) earlier(c Client) *connection[S] {
	newest := o.connection(c)
	for _, l := range o.connections {
		if l.client == c && l != newest && len(l.toOwner) > 0 {
			return l
		}
	}
	return nil
}

func (w *World[S]) take(o *owner[S], l *connection[S]) bool {
	if l == nil || len(l.toOwner) == 0 {
		return false
	}
	message := l.toOwner[0]
	l.toOwner = l.toOwner[1:]
	w.tick(o)
	if w.trace.on() {
		w.effect("%v to %v: %s", l.client, o.number, w.describe(message))
	}
	w.outrun(l, message)
	o.authority.Step(l.attach, message)
	if c := w.clients[l.client]; c.connection == l {
		w.send(c)
	}
	return true
}

// outrun looks for the hello of a program that has ended, which nothing tells from that of a copy: it takes the session over
// from the program that runs now.
func (w *World[S]) outrun(l *connection[S], message []byte) {
	c := w.clients[l.client]
	if r := wire.NewReader(message); r.Next() && r.Code() == wire.CodeHello && l.instance != c.instance && c.replica != nil {
		w.doubt(c, "a hello from before its program ended came late")
	}
}

// notice tells the authority that a connection is gone. What is still on the way from there is lost.
func (w *World[S]) notice(o *owner[S], c Client) bool {
	for i, l := range o.connections {
		if l.client == c && l.left {
			o.connections = append(o.connections[:i], o.connections[i+1:]...)
			o.detach(w, l)
			return true
		}
	}
	return false
}

func (o *owner[S]) detach(w *World[S], l *connection[S]) {
	if o.alive {
		w.tick(o)
		o.authority.Detach(l.attach)
	}
}

// decide ends the batch. What came out of it has to go through the journal.
func (w *World[S]) decide(o *owner[S]) bool {
	w.tick(o)
	o.ticked = false
	o.flights = append(o.flights, flight[S]{ready: o.authority.Ready()})
	f := &o.flights[len(o.flights)-1]
	o.wake = f.ready.Wake
	if o.snapshot && f.ready.Record != nil {
		o.snapshot = false
		var err error
		if f.snapshot, err = o.authority.Snapshot(); err != nil {
			w.fail(err)
		}
	}
	w.tell(func(observer Observer[S]) error { return observer.Decided(o.number, o.authority, &f.ready) })
	if w.trace.on() {
		w.effect("%s", w.describeRecord(f.ready.Record))
	}
	w.advance(o)
	return true
}

// inFlight returns the record that the journal has been asked to append and has not answered for, or nil. Those after it
// wait in the owner.
func (o *owner[S]) inFlight() *wire.Record {
	if o.durable == len(o.flights) {
		return nil
	}
	return o.flights[o.durable].ready.Record
}

// advance passes what is durable: the flights that have no record, once all before them are.
func (w *World[S]) advance(o *owner[S]) {
	for o.durable < len(o.flights) && o.flights[o.durable].ready.Record == nil {
		w.passed(o)
	}
}

// passed notes that the next flight is durable.
func (w *World[S]) passed(o *owner[S]) {
	f := &o.flights[o.durable]
	o.durable++
	if f.snapshot == nil {
		return
	}
	err := w.journal.putSnapshot(o.term, f.snapshot)
	if w.trace.on() {
		w.effect("%s: %s", describeSnapshot(f.snapshot), describeError(err, "stored"))
	}
	f.snapshot = nil
}

// land gives the record in flight to the journal, which may refuse it.
func (w *World[S]) land(o *owner[S]) error {
	record, err := w.journal.append(o.term, o.inFlight())
	if w.trace.on() {
		w.effect("record %d: %s", o.inFlight().LSN, describeError(err, "durable"))
	}
	if err != nil {
		w.counts.Happened[appendRefused]++
		return err
	}
	w.counts.Events += record.Events.Len()
	w.counts.Records++
	w.counts.Happened[sessionForgotten] += len(record.Evicted)
	w.countAnswers(record)
	w.tell(func(observer Observer[S]) error { return observer.Durable(o.number, record) })
	return nil
}

func (w *World[S]) appendOK(o *owner[S]) bool {
	if o.inFlight() == nil {
		return false
	}
	if err := w.land(o); err != nil {
		w.end(o)
		o.flights = nil
		return true
	}
	w.passed(o)
	w.advance(o)
	return true
}

func (w *World[S]) appendLost(o *owner[S]) bool {
	if o.inFlight() == nil {
		return false
	}
	w.end(o)
	o.flights = nil
	return true
}

func (w *World[S]) appendLanded(o *owner[S]) bool {
	if o.inFlight() == nil {
		return false
	}
	w.land(o) // the owner does not learn what the journal says
	w.end(o)
	o.flights = nil
	return true
}

// end does what a room does when its journal failed: nothing that was not sent is sent, and connections are closed.
func (w *World[S]) end(o *owner[S]) {
	if !o.alive {
		return
	}
	o.alive = false
	m := wire.Close{Code: wire.CloseRetry, Reason: "the server lost its journal; try again"}
	for _, l := range o.connections {
		l.drop()
		l.closeAfter(m.Append(nil))
		w.write(l)
	}
	o.forget()
}

// crash ends the process. What is on the way to clients arrives; nothing follows it.
func (w *World[S]) crash(o *owner[S]) bool {
	o.alive = false
	for _, l := range o.connections {
		l.drop()
		l.ended = true
	}
	o.forget()
	return true
}

// forget keeps of what was decided only the record in flight, which may still land.
func (o *owner[S]) forget() {
	if o.inFlight() != nil {
		o.flights = o.flights[o.durable : o.durable+1]
	} else {
		o.flights = nil
	}
	o.durable = 0
}

// publish makes the oldest batch visible, when it is durable.
func (w *World[S]) publish(o *owner[S]) bool {
	if o.durable == 0 {
		return false
	}
	p := &published[S]{ready: o.flights[0].ready}
	o.flights[0] = flight[S]{}
	o.flights = o.flights[1:]
	o.durable--
	if p.ready.Frame != nil {
		o.ring.add(p.ready.Frame, w.ringLimit)
	}
	p.cursor = o.ring.head()
	o.latest = p
	if p.ready.Presences != nil {
		o.presence = presence{o.presence.version + 1, p.ready.Presences}
	}
	w.distribute(o, &p.ready)
	if p.ready.Check && o.summing == nil {
		o.summing = p
	}
	return true
}

func (w *World[S]) distribute(o *owner[S], ready *engine.Ready[S]) {
	for _, n := range ready.Repaired {
		if l := o.attached(n); l != nil {
			l.repair = o.latest
		}
	}
	if ready.Signals != nil {
		for _, l := range o.connections {
			w.signal(l, ready.Signals)
		}
	}
	for i := range ready.Joined {
		if l := o.attached(ready.Joined[i].Attach); l != nil {
			w.join(l, &ready.Joined[i])
		}
	}
	for _, m := range ready.Messages {
		if r := wire.NewReader(m.Bytes); r.Next() && r.Code() == wire.CodeNack {
			w.counts.Happened[baseRefused]++
		}
		if l := o.attached(m.To); l != nil {
			w.post(l, m.Bytes)
		}
	}
	for _, m := range ready.Closed {
		if l := o.attached(m.To); l != nil {
			l.closeAfter(m.Bytes)
		}
	}
	for _, l := range o.connections {
		w.write(l)
	}
}

func (o *owner[S]) attached(n engine.Attach) *connection[S] {
	for _, l := range o.connections {
		if l.attach == n {
			return l
		}
	}
	return nil
}

// snapshotForJoiner returns a state that joiners may begin from: an earlier one whose encoding exists, while few frames
// have followed it, or else the latest.
func (w *World[S]) snapshotForJoiner(o *owner[S]) *published[S] {
	if o.joinable == nil || o.joinable.cursor < o.ring.base || o.ring.behind(o.joinable.cursor) > w.share {
		o.joinable = o.latest
	}
	return o.joinable
}

// dropSlow closes a connection whose client does not keep up.
func (w *World[S]) dropSlow(o *owner[S], c Client) bool {
	l := o.connection(c)
	if l == nil || l.ended || !l.joined || l.closing != nil {
		return false
	}
	w.fallOff(l)
	w.write(l)
	return true
}

// expel closes a connection for a reason that is its user's.
func (w *World[S]) expel(o *owner[S], l *connection[S]) bool {
	if l == nil || l.ended || l.left || l.expelled {
		return false
	}
	l.expelled = true
	w.tick(o)
	o.authority.Expel(l.attach, "expelled")
	return true
}

// truncate removes the records that the newest snapshot makes needless.
func (w *World[S]) truncate(o *owner[S]) bool {
	if w.journal.newest() == (journal.Mark{}) {
		return false
	}
	n, err := w.journal.truncate(o.term)
	if w.trace.on() {
		w.effect("%s", describeError(err, fmt.Sprintf("%d records removed", n)))
	}
	return n > 0
}

// sum tells the sum of a state for which it was time, to the replicas and to the journal.
func (w *World[S]) sum(o *owner[S]) bool {
	if o.summing == nil {
		return false
	}
	sum, err := o.summing.ready.Sum()
	if err != nil {
		w.fail(err)
	}
	o.summing = nil
	w.counts.Happened[sumTold]++
	for _, l := range o.connections {
		if l.joined && !l.ended {
			w.post(l, sum.Append(nil))
			w.write(l)
		}
	}
	w.tick(o)
	o.authority.Summed(sum)
	return true
}
