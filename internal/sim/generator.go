package sim

import (
	"encoding/hex"
	"math/rand/v2"
	"strings"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// A Generator draws actions that a world can do, so that work gets done and all kinds of faults happen.
type Generator[S aper.StateMachine[S]] struct {
	world   *World[S]
	random  *rand.Rand
	profile profile
	first   []Action // come before anything is drawn
	undoer  Client   // who takes back edits of texts
	deck    []Verb   // each verb as often as its weight says
	coder   aper.Coder
}

// NewGenerator returns a generator for a world in which nothing has happened yet. It does not draw the verbs in without.
func NewGenerator[S aper.StateMachine[S]](w *World[S], seed uint64, without ...Verb) *Generator[S] {
	g := &Generator[S]{world: w, random: rand.New(rand.NewPCG(seed, 1))}
	g.profile = drawProfile(g.random)
	if w.machine.Undoes != nil {
		g.undoer = Client(g.random.IntN(g.profile.clients))
		g.profile.weights[Remember], g.profile.weights[Undo] = 10, 25
	}
	for _, v := range without {
		g.profile.weights[v] = 0
	}
	for v, weight := range g.profile.weights {
		for range weight {
			g.deck = append(g.deck, Verb(v))
		}
	}
	g.first = append(g.first, Action{Verb: SetMachine, Text: w.machine.Name}, Action{Verb: SetSeed, Number: int64(seed >> 1)})
	g.first = append(g.first, g.profile.settings...)
	return g
}

// Next returns the next action.
func (g *Generator[S]) Next() Action {
	if len(g.first) > 0 {
		a := g.first[0]
		g.first = g.first[1:]
		return a
	}
	if o := g.world.newest(); !o.alive && g.random.IntN(4) == 0 {
		return Action{Verb: Open, Actor: int(o.number) + 1}
	}
	const tries = 50
	for range tries {
		v := g.deck[g.random.IntN(len(g.deck))]
		if a, ok := g.propose(v); ok {
			a.Verb = v
			return a
		}
	}
	return Action{Verb: Decide, Actor: int(g.world.newest().number)}
}

// propose returns an action with this verb, and whether the world can do it now.
func (g *Generator[S]) propose(v Verb) (Action, bool) {
	switch forms[v].actor {
	case aClient:
		return g.proposeClient(v)
	case anOwner:
		return g.proposeOwner(v)
	}
	records := len(g.world.journal.records)
	switch v {
	case Restore, Rewind:
		return Action{Number: int64(records - 1 - g.random.IntN(20))}, records > 30
	case Tear:
		return Action{}, true
	}
	return Action{}, false
}

func (g *Generator[S]) proposeClient(v Verb) (Action, bool) {
	switch v {
	case Dial:
		return g.proposeDial()
	case Hostile:
		return g.proposeHostile()
	case Clone:
		a := Action{Actor: g.profile.clients - 1, Client: Client(g.random.IntN(g.profile.clients))}
		return a, g.profile.clients > 2
	case Stray:
		c := g.world.client(Client(g.profile.clients - 1))
		if c.replica == nil || !c.replica.Started() {
			return Action{}, false
		}
		return Action{Actor: int(c.name), Text: transitionJSON(&g.coder, g.world.machine.Make(g.random, c.replica.Optimistic()))}, true
	case Build:
		return Action{Actor: g.profile.clients - 1, Number: int64(g.random.IntN(2))}, g.profile.clients > 1
	}
	c := g.pickClient(func(c *client[S]) bool { return g.suits(v, c) })
	if c == nil {
		return Action{}, false
	}
	a := Action{Actor: int(c.name)}
	switch v {
	case Push:
		a.Text = transitionJSON(&g.coder, g.world.machine.Make(g.random, c.replica.Optimistic()))
	case Undo:
		a.Number = 1 + g.random.Int64N(3)
	case ClientClock:
		a.Number = g.random.Int64N(20_000) - 10_000
	case ClientCrash:
		if c.stores && g.profile.rollsBack {
			a.Number = g.random.Int64N(5)
		}
	case Presence, Signal:
		a.Text = hex.EncodeToString(g.noise(1 + g.random.IntN(8)))
	}
	return a, true
}

// pickClient returns a random one of those that suit, or nil.
func (g *Generator[S]) pickClient(suits func(*client[S]) bool) *client[S] {
	clients := g.world.clients
	if len(clients) == 0 {
		return nil
	}
	start := g.random.IntN(len(clients))
	for i := range clients {
		if c := clients[(start+i)%len(clients)]; c != nil && suits(c) {
			return c
		}
	}
	return nil
}

// suits reports whether a client can do something now.
func (g *Generator[S]) suits(v Verb, c *client[S]) bool {
	l := c.connection
	switch v {
	case Push:
		return c.replica != nil && c.replica.Started() && c.replica.Pending() < g.profile.pending
	case Remember:
		return c.name == g.undoer && g.world.remembers(c)
	case Undo:
		return c.memory != nil && len(c.memory.back) > 0 && c.replica.Pending() < g.profile.pending
	case ClientTake:
		return l != nil && (len(l.toClient) > 0 || l.ended)
	case Duplicate:
		return l != nil && len(l.toOwner) > 0
	case ClientCrash, ClientClock, Presence:
		return c.replica != nil
	}
	return l != nil
}

// proposeDial connects someone who has no connection, to an owner that lives.
func (g *Generator[S]) proposeDial() (Action, bool) {
	a := Action{Actor: g.random.IntN(g.profile.clients)}
	if c := g.world.client(Client(a.Actor)); c.connection != nil && g.random.IntN(20) > 0 {
		return a, false
	}
	if !g.world.newest().alive {
		return a, false
	}
	if g.profile.deposed && g.random.IntN(4) == 0 {
		if o := g.pickOwner(func(o *owner[S]) bool { return o.alive }); o != nil {
			a.Number = int64(o.number)
		}
	}
	return a, true
}

// proposeHostile makes bytes that a program could be harmed by: noise, or what is sent anyway with something changed.
func (g *Generator[S]) proposeHostile() (Action, bool) {
	c := g.pickClient(func(c *client[S]) bool {
		return int(c.name) == g.profile.clients-1 && c.connection != nil && len(c.connection.toOwner) < window
	})
	if c == nil {
		return Action{}, false
	}
	var bytes []byte
	switch l := c.connection; {
	case len(l.toOwner) > 0 && g.random.IntN(2) == 0:
		bytes = g.spoil(l.toOwner[g.random.IntN(len(l.toOwner))])
	case g.random.IntN(2) == 0:
		m := wire.Push{First: aper.ClientSeq(g.random.IntN(20)), Known: aper.ClientSeq(g.random.IntN(20)), Count: 1, Transitions: g.noise(1 + g.random.IntN(4))}
		bytes = m.Append(nil)
	default:
		bytes = g.noise(1 + g.random.IntN(20))
	}
	return Action{Actor: int(c.name), Text: hex.EncodeToString(bytes)}, true
}

func (g *Generator[S]) spoil(message []byte) []byte {
	spoiled := append([]byte(nil), message...)
	for range 1 + g.random.IntN(3) {
		spoiled[g.random.IntN(len(spoiled))] ^= 1 << g.random.IntN(8)
	}
	return spoiled[:1+g.random.IntN(len(spoiled))]
}

func (g *Generator[S]) noise(size int) []byte {
	bytes := make([]byte, size)
	for i := range bytes {
		bytes[i] = byte(g.random.Uint32())
	}
	return bytes
}

func (g *Generator[S]) proposeOwner(v Verb) (Action, bool) {
	switch v {
	case Open:
		return Action{Actor: int(g.world.newest().number) + 1}, true
	case OwnerTake, Late, Notice, Drop, Expel:
		return g.proposeOwnerOf(v)
	}
	o := g.pickOwner(func(o *owner[S]) bool { return g.ownerSuits(v, o) })
	if o == nil {
		return Action{}, false
	}
	a := Action{Actor: int(o.number)}
	if v == OwnerClock {
		a.Number = g.clockStep()
	}
	return a, true
}

// clockStep is mostly the passing of time, at times a sleep, or a clock that is set back.
func (g *Generator[S]) clockStep() int64 {
	switch n := g.random.IntN(40); {
	case n == 0:
		return -g.random.Int64N(10_000)
	case n < 3:
		return g.random.Int64N(1_000_000)
	}
	return g.random.Int64N(100)
}

// pickOwner returns one of the latest owners that suits, or nil.
func (g *Generator[S]) pickOwner(suits func(*owner[S]) bool) *owner[S] {
	owners := g.world.owners
	owners = owners[max(0, len(owners)-4):]
	start := len(owners) - 1
	if g.random.IntN(4) == 0 {
		start = g.random.IntN(len(owners))
	}
	for i := range owners {
		if o := owners[(start+i)%len(owners)]; suits(o) {
			return o
		}
	}
	return nil
}

func (g *Generator[S]) ownerSuits(v Verb, o *owner[S]) bool {
	switch v {
	case AppendLanded:
		return o.inFlight() != nil
	case AppendOK, AppendLost:
		return o.alive && o.inFlight() != nil
	case Publish:
		return o.alive && o.durable > 0
	case Decide:
		return o.alive && (o.ticked || o.wake != 0 && o.wake <= o.clock) && len(o.flights) < 6
	case Sum:
		return o.alive && o.summing != nil
	}
	return o.alive
}

// proposeOwnerOf proposes what an owner does about one of its connections.
func (g *Generator[S]) proposeOwnerOf(v Verb) (Action, bool) {
	o := g.pickOwner(func(o *owner[S]) bool { return o.alive && len(o.connections) > 0 })
	if o == nil {
		return Action{}, false
	}
	start := g.random.IntN(len(o.connections))
	for i := range o.connections {
		l := o.connections[(start+i)%len(o.connections)]
		if o.concerns(v, l) {
			return Action{Actor: int(o.number), Client: l.client}, true
		}
	}
	return Action{}, false
}

func (o *owner[S]) concerns(v Verb, l *connection[S]) bool {
	switch v {
	case OwnerTake:
		return len(l.toOwner) > 0 && o.connection(l.client) == l
	case Late:
		return len(l.toOwner) > 0 && o.connection(l.client) != l
	case Notice:
		return l.left
	}
	return l.joined && !l.ended
}

// Text returns the line of a history for each action.
func Text(history []Action) string {
	var out strings.Builder
	for _, a := range history {
		out.WriteString(a.String() + "\n")
	}
	return out.String()
}
