package sim

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// A client is a program with a replica. It is what client.Client is.
type client[S aper.StateMachine[S]] struct {
	name       Client
	replica    *engine.Replica[S] // nil when the program does not run
	ready      engine.ReplicaReady
	connection *connection[S] // nil when there is none
	outgoing   []byte         // what is to be written
	clock      aper.Time
	user       string
	readOnly   bool
	build      uint64
	runs       uint64 // how often the program began
	instance   uint64 // of its present run
	strays     []byte // what it will take for an event of another; mostly nil
	astray     bool   // it did
	dials      uint64
	stores     bool
	saves      [][]byte                 // what is in the store, and was before; the newest last
	hostile    bool                     // bytes were sent in its name that it did not send
	excused    aper.ClientID            // the session that was forgotten last
	doubt      string                   // why it may have outcomes that are unknown; mostly empty
	sayings    map[engine.PushID]saying // of what is pending, in machines that ask for bases
	memory     *memory[S]               // nil when it remembers nothing
}

// client returns the client of that number, which begins to exist with its first action.
func (w *World[S]) client(c Client) *client[S] {
	if c < 0 || c >= maxClients {
		return nil
	}
	for len(w.clients) <= int(c) {
		w.clients = append(w.clients, nil)
	}
	if w.clients[c] == nil {
		w.clients[c] = &client[S]{name: c, clock: startOfTime}
		w.start(w.clients[c])
	}
	return w.clients[c]
}

// start begins the program with nothing. What may have happened to it before is over.
func (w *World[S]) start(c *client[S]) {
	c.replica = engine.NewReplica[S](w.replicaOptions(c))
	c.outgoing, c.sayings = nil, map[engine.PushID]saying{}
	c.hostile, c.excused, c.doubt = false, 0, ""
	c.strays, c.astray = nil, false
}

// replicaOptions are for a program that begins.
func (w *World[S]) replicaOptions(c *client[S]) engine.ReplicaOptions {
	c.runs++
	c.instance = w.draw(drawInstance, uint64(c.name), c.runs)
	return engine.ReplicaOptions{Room: "room", Instance: c.instance}
}

func (w *World[S]) clientDoes(c *client[S], a Action) bool {
	switch a.Verb {
	case Dial:
		return w.dial(c, Owner(a.Number))
	case Push:
		return w.push(c, a.Text)
	case ClientTake:
		return w.receive(c)
	case Cut:
		return w.hangUp(c)
	case Store:
		c.stores = true
		w.save(c)
	case ClientCrash:
		return w.crashClient(c, int(a.Number))
	case Clone:
		return w.clone(c, a.Client)
	case Remember:
		return w.remember(c)
	case Undo:
		return w.undo(c, int(a.Number))
	case Presence, Signal:
		return w.show(c, a)
	case Duplicate:
		return w.duplicate(c)
	case Ping:
		return w.ping(c)
	case Bye:
		return w.bye(c)
	case Hostile:
		return w.insult(c, a.Text)
	case Stray:
		return w.stray(c, a.Text)
	case Build:
		c.build = uint64(a.Number)
	case User:
		c.user = a.Text
	case ReadOnly:
		c.readOnly = true
	case ClientClock:
		c.clock += aper.Time(a.Number)
	}
	return true
}

// dial makes a connection, which the owner accepts at once when it lives.
func (w *World[S]) dial(c *client[S], number Owner) bool {
	o := w.newest()
	if number != 0 {
		o = w.owner(number)
	}
	if o == nil || !o.alive {
		return false
	}
	w.hangUp(c)
	if c.replica == nil {
		w.start(c)
	}
	c.dials++
	o.attaches++
	l := &connection[S]{attach: o.attaches, client: c.name, owner: o, build: c.build, instance: c.instance}
	o.connections = append(o.connections, l)
	w.tick(o)
	peer := engine.Peer{User: c.user, Token: w.token(c), ReadOnly: c.readOnly, SeesAll: true}
	o.authority.Attach(l.attach, peer)
	w.tell(func(observer Observer[S]) error { return observer.Dialed(o.number, c.name, peer) })
	c.connection, c.outgoing = l, nil
	c.replica.Connect()
	w.settleReplica(c)
	if c.build != 0 {
		c.outgoing = otherBuild(c.outgoing, c.build)
	}
	w.send(c)
	return true
}

func (w *World[S]) token(c *client[S]) (t wire.Token) {
	first, second := w.draw(drawToken, uint64(c.name), 2*c.dials), w.draw(drawToken, uint64(c.name), 2*c.dials+1)
	for i := range 8 {
		t[i], t[i+8] = byte(first>>(8*i)), byte(second>>(8*i))
	}
	return t
}

// otherBuild is what a client that was built from another version of the machine would say.
func otherBuild(hello []byte, build uint64) []byte {
	r := wire.NewReader(hello)
	if !r.Next() || r.Code() != wire.CodeHello {
		return hello
	}
	m := r.Hello()
	m.Schema ^= wire.Fingerprint(build)
	return m.Append(nil)
}

// settleReplica takes what the replica is ready for, as client.Client.settle does.
func (w *World[S]) settleReplica(c *client[S]) (closed *wire.Close) {
	c.ready = c.replica.Ready()
	w.tell(func(o Observer[S]) error { return o.Stepped(c.name, c.replica, &c.ready) })
	w.counts.Outcomes += len(c.ready.Outcomes)
	c.memory.learn(c.ready.Outcomes)
	w.keepNear(c)
	if c.ready.Forked {
		w.counts.Happened[historyForked]++
	}
	w.said(c, c.ready.Send)
	w.describeReady(c)
	c.outgoing = append(c.outgoing, c.ready.Send...)
	if c.ready.Send != nil || len(c.ready.Outcomes) > 0 || c.ready.Changed {
		w.save(c)
	}
	return c.ready.Closed
}

// send writes what there is, as one transport message, unless too many are on the way: then what is pushed meanwhile goes
// together.
func (w *World[S]) send(c *client[S]) {
	if !c.writes() {
		return
	}
	w.settleReplica(c)
	if len(c.outgoing) > 0 {
		c.connection.toOwner = append(c.connection.toOwner, c.outgoing)
		c.outgoing = nil
	}
}

// writes reports whether the client's writer can write.
func (c *client[S]) writes() bool { return c.connection != nil && len(c.connection.toOwner) < window }

func (w *World[S]) push(c *client[S], transition string) bool {
	if c.replica == nil {
		return false
	}
	w.coder.JSONFrom([]byte(transition))
	t := aper.CodeTransition[S](&w.coder, nil)
	if _, err := w.coder.Finish(); err != nil {
		w.fail(fmt.Errorf("%s: %w", transition, err))
		return true
	}
	w.keepUp(c)
	id, err := c.replica.Push(t, c.clock)
	w.tell(func(o Observer[S]) error { return o.Pushed(c.name, c.replica, id, t, err) })
	if err == nil {
		w.note(c, id)
	}
	w.pushed(c, id, err)
	return true
}

// pushed does what follows when the replica has taken a push, or refused it.
func (w *World[S]) pushed(c *client[S], id engine.PushID, err error) {
	if err != nil {
		w.counts.Happened[pushRefused]++
	} else {
		w.made(c, id)
	}
	if w.trace.on() {
		w.describePushed(c, id, err)
	}
	w.save(c)
	w.send(c)
}

// receive takes the next transport message, or the end of the connection.
func (w *World[S]) receive(c *client[S]) bool {
	l := c.connection
	if l == nil || len(l.toClient) == 0 && !l.ended {
		return false
	}
	if len(l.toClient) == 0 {
		if w.trace.on() {
			w.effect("%v: the connection has ended", c.name)
		}
		return w.hangUp(c)
	}
	message := l.toClient[0]
	l.toClient = l.toClient[1:]
	w.excuse(c)
	message = w.strayed(c, message)
	err := c.replica.Step(message, c.clock)
	closed := w.settleReplica(c)
	switch {
	case err != nil:
		w.broken(c, err)
	case closed != nil:
		w.closed(c, closed)
	default:
		w.send(c)
	}
	w.write(l)
	return true
}

// broken ends a connection with which the replica cannot go on. Only a session that somebody else may use can be taken
// away like that.
func (w *World[S]) broken(c *client[S], err error) {
	if c.doubt == "" {
		w.fail(fmt.Errorf("the replica of %v refuses what an owner sent: %w", c.name, err))
	}
	if w.trace.on() {
		w.effect("%v: gives the connection up: %v", c.name, err)
	}
	w.hangUp(c)
	var diverged *engine.DivergenceError
	switch {
	case errors.As(err, &diverged):
		w.stop(c, "it diverged again and again")
	case errors.Is(err, engine.ErrStateTooLarge):
		w.stop(c, "the state is too large for it")
	case errors.Is(err, engine.ErrNotMine):
		w.counts.Happened[sessionSurrendered]++
		w.newSession(c)
	}
}

// newSession gives the session up, and tells the user at once what that means.
func (w *World[S]) newSession(c *client[S]) {
	c.replica.NewSession()
	w.settleReplica(c)
}

// closed does what the owner's last message says.
func (w *World[S]) closed(c *client[S], m *wire.Close) {
	if !c.deserves(m.Code) {
		w.fail(fmt.Errorf("%v did nothing wrong, and is told: %s (%d)", c.name, m.Reason, m.Code))
	}
	w.hangUp(c)
	w.counts.Happened[closedWith(m.Code)]++
	if m.Code == wire.CloseRefused {
		w.counts.Happened[expelled]++
	}
	switch m.Code.Action() {
	case wire.NewSession:
		w.doubt(c, "its session was taken over")
		w.newSession(c)
	case wire.Stop:
		w.stop(c, "it was told to stop")
	}
}

// deserves reports whether what happened to the client explains the code.
func (c *client[S]) deserves(code wire.CloseCode) bool {
	switch code {
	case wire.CloseMachine:
		return c.connection.build != 0 || c.astray
	case wire.CloseProtocol:
		return c.hostile
	case wire.CloseRefused:
		return c.connection.expelled
	case wire.CloseRolledBack, wire.CloseSuperseded:
		return c.doubt != ""
	}
	return code.Action() != wire.Stop
}

// hangUp ends the client's side of the connection.
func (w *World[S]) hangUp(c *client[S]) bool {
	if c.connection == nil {
		return false
	}
	c.connection.left, c.connection.toClient = true, nil
	c.connection, c.outgoing = nil, nil
	c.replica.Disconnect()
	return true
}

// save writes what there is into the store of a client that has one. The store keeps some of what it had before, so that
// it can be set back.
func (w *World[S]) save(c *client[S]) {
	if !c.stores || c.replica == nil {
		return
	}
	saved, err := c.replica.Export()
	if err != nil {
		w.fail(err)
		return
	}
	const kept = 8
	if c.saves = append(c.saves, saved); len(c.saves) > kept {
		c.saves = c.saves[1:]
	}
}

// crashClient ends the program, and begins it again from its store. Nothing is lost when that was not set back.
func (w *World[S]) crashClient(c *client[S], ago int) bool {
	if !c.stores {
		return w.stop(c, "its program crashed")
	}
	if c.replica == nil || ago < 0 || ago >= len(c.saves) {
		return false
	}
	w.hangUp(c)
	c.saves = c.saves[:len(c.saves)-ago]
	before := c.replica
	if ago > 0 {
		w.doubt(c, "its store was set back")
	}
	w.begin(c, c.saves[len(c.saves)-1])
	if ago == 0 {
		*before, c.replica = *c.replica, before // to observers it is the same: its pushes are the same pushes
		return true
	}
	w.tell(func(o Observer[S]) error { return o.Began(c.name, c.name, c.replica) })
	return true
}

// begin begins the program with what was in a store.
func (w *World[S]) begin(c *client[S], saved []byte) {
	replica, err := engine.Import[S](w.replicaOptions(c), saved)
	if err != nil {
		w.fail(err)
		return
	}
	c.replica, c.memory = replica, nil
	if w.trace.on() && replica.Started() {
		w.shows(c)
	}
}

// clone begins the program with a copy of what another has, as a duplicated tab does.
func (w *World[S]) clone(c *client[S], from Client) bool {
	original := w.client(from)
	if original == nil || original == c || original.replica == nil {
		return false
	}
	saved, err := original.replica.Export()
	if err != nil {
		w.fail(err)
		return true
	}
	w.hangUp(c)
	w.doubt(c, "it was begun as a copy of another")
	w.doubt(original, "it was copied")
	w.begin(c, saved)
	c.astray = c.astray || original.astray
	w.tell(func(o Observer[S]) error { return o.Began(c.name, from, c.replica) })
	c.saves = nil
	w.save(c)
	return true
}

// show sends what goes beside the state.
func (w *World[S]) show(c *client[S], a Action) bool {
	if c.replica == nil {
		return false
	}
	err := error(nil)
	if a.Verb == Presence {
		err = c.replica.SetPresence([]byte(a.Text))
	} else {
		err = c.replica.Signal([]byte(a.Text))
	}
	if w.trace.on() && err != nil {
		w.effect("%v: nothing is sent: %v", c.name, err)
	}
	w.send(c)
	return true
}

// excuse notes that the journal has forgotten a client's session, or might have: of the numbers below the highest one that
// was forgotten it knows only those that it has.
func (w *World[S]) excuse(c *client[S]) {
	session := c.replica.Client()
	if session != 0 && session != c.excused && session < w.journal.evictedBelow && !w.journal.sessions[session] {
		c.excused = session
		w.doubt(c, "its session was forgotten")
	}
}

// stop ends the program. Nothing of what it had is left.
func (w *World[S]) stop(c *client[S], why string) bool {
	if c.replica == nil {
		return false
	}
	w.hangUp(c)
	w.doubt(c, why)
	c.replica, c.saves, c.memory = nil, nil, nil
	return true
}

func (w *World[S]) doubt(c *client[S], why string) {
	c.doubt = why
	if w.trace.on() {
		w.effect("%v may have outcomes that are unknown: %s", c.name, why)
	}
	w.tell(func(o Observer[S]) error { return o.Forgot(c.name, why) })
}

// duplicate repeats pushes on their way, which a client may do that is not sure whether they arrived. Over one connection
// none does; where a push can be refused for its base, it would be refused twice, and said anew twice.
func (w *World[S]) duplicate(c *client[S]) bool {
	l := c.connection
	if w.anchored || l == nil || len(l.toOwner) == 0 {
		return false
	}
	if r := wire.NewReader(l.toOwner[0]); !r.Next() || r.Code() != wire.CodePush {
		return false
	}
	l.toOwner = append([][]byte{l.toOwner[0]}, l.toOwner...)
	return true
}

func (w *World[S]) ping(c *client[S]) bool {
	if !c.writes() {
		return false
	}
	ping := c.replica.Ping(c.clock)
	if ping == nil {
		return false
	}
	w.settleReplica(c)
	c.outgoing = append(c.outgoing, ping...)
	w.send(c)
	return true
}

// bye ends the program in good order: the owner gets what it sent before.
func (w *World[S]) bye(c *client[S]) bool {
	l := c.connection
	if l == nil {
		return false
	}
	l.toOwner = append(l.toOwner, wire.Bye{}.Append(nil))
	return w.stop(c, "it said goodbye")
}

// forged is why a client is in doubt in whose name anything may have been pushed.
const forged = "bytes that it did not send were sent in its name"

// insult sends bytes in the client's name.
func (w *World[S]) insult(c *client[S], text string) bool {
	if !c.writes() {
		return false
	}
	bytes, err := hex.DecodeString(text)
	if err != nil {
		w.fail(err)
		return true
	}
	if !c.hostile {
		c.hostile = true
		w.doubt(c, forged)
	}
	c.connection.toOwner = append(c.connection.toOwner, bytes)
	return true
}
