package sim

import (
	"math/rand/v2"
	"strconv"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// A Machine is what a world runs.
type Machine[S aper.StateMachine[S]] struct {
	Name    string
	Initial S
	// Make returns a transition that a user who is shown s might make. It may conflict, now or later.
	Make func(random *rand.Rand, s S) aper.Transition[S]
	// Amend returns what owners that authorize put in the place of a transition, and nil for most. It depends on nothing else.
	// It is nil where nothing is amended.
	Amend func(t aper.Transition[S]) aper.Transition[S]
	// Undoes reports whether t is made of edits of texts that are there in s: then a client can take it back that remembers it.
	// It is nil where nobody remembers anything.
	Undoes func(t aper.Transition[S], s S) bool
}

// An Owner is the number of an authority's process, from 1. A Client is the number of a client, from 0, which is A.
type (
	Owner  int
	Client int
)

// maxClients is how many letters there are.
const maxClients = 26

func (c Client) String() string { return string(rune('A' + c)) }
func (o Owner) String() string  { return strconv.Itoa(int(o)) }

// An Observer is told what happens in a world, as it happens. It returns what is wrong about it, or nil. What it is shown
// belongs to the world, and is not changed.
//
// A client whose program ended, by a crash or because it was told to stop, has another replica when it connects again,
// and numbers its pushes anew. Forgot is called first. One that goes on from its store after a crash, which lost nothing,
// has the same replica.
type Observer[S aper.StateMachine[S]] interface {
	// Pushed: a client made a transition. Err is what Push returned.
	Pushed(c Client, r *engine.Replica[S], id engine.PushID, t aper.Transition[S], err error) error
	// Stepped: a client's replica did something, and this is what it asks its driver for. Called for every Ready taken.
	Stepped(c Client, r *engine.Replica[S], ready *engine.ReplicaReady) error
	// Authorizing: owners that open from now on ask the machine whether a transition may be made.
	Authorizing() error
	// Dialed: a client made a connection, about which its owner knows this.
	Dialed(o Owner, c Client, p engine.Peer) error
	// Decided: an owner's authority ended a batch.
	Decided(o Owner, a *engine.Authority[S], ready *engine.Ready[S]) error
	// Durable: a record became durable, whether or not its owner learns.
	Durable(o Owner, r *wire.Record) error
	// Sent: a transport message left an owner for a client.
	Sent(o Owner, c Client, message []byte) error
	// Opened: an owner opened the room from this snapshot (nil: none) and these records, which are all there are. The
	// authority has replayed them and not yet begun its term.
	Opened(o Owner, a *engine.Authority[S], snapshot *wire.RoomSnapshot, records []*wire.Record) error
	// Restored: the journal was replaced by an older copy of itself, which ends with this record.
	Restored(last wire.LSN) error
	// Began: a client's program began with what was in a store that was set back, or with a copy of what another has; from
	// is then the other, and else the client itself. Forgot was called before.
	Began(c, from Client, r *engine.Replica[S]) error
	// Strayed: what a client's replica holds is no longer the fold of the log, until it is repaired.
	Strayed(c Client) error
	// Forgot: from now on this client may have outcomes that are unknown, and pushes that never get one, for a reason
	// such as "its store was cloned".
	Forgot(c Client, why string) error
	// Settled: faults have stopped, everyone is connected, and there was time for everything to arrive.
	Settled(w *World[S]) error
}

// A Watcher finds nothing wrong. Observers embed it and have only the methods they need.
type Watcher[S aper.StateMachine[S]] struct{}

// Pushed is a method of Observer, as are those below.
func (Watcher[S]) Pushed(Client, *engine.Replica[S], engine.PushID, aper.Transition[S], error) error {
	return nil
}

func (Watcher[S]) Stepped(Client, *engine.Replica[S], *engine.ReplicaReady) error { return nil }
func (Watcher[S]) Decided(Owner, *engine.Authority[S], *engine.Ready[S]) error    { return nil }
func (Watcher[S]) Durable(Owner, *wire.Record) error                              { return nil }
func (Watcher[S]) Sent(Owner, Client, []byte) error                               { return nil }
func (Watcher[S]) Opened(Owner, *engine.Authority[S], *wire.RoomSnapshot, []*wire.Record) error {
	return nil
}
func (Watcher[S]) Authorizing() error                             { return nil }
func (Watcher[S]) Dialed(Owner, Client, engine.Peer) error        { return nil }
func (Watcher[S]) Restored(wire.LSN) error                        { return nil }
func (Watcher[S]) Began(Client, Client, *engine.Replica[S]) error { return nil }
func (Watcher[S]) Forgot(Client, string) error                    { return nil }
func (Watcher[S]) Strayed(Client) error                           { return nil }
func (Watcher[S]) Settled(*World[S]) error                        { return nil }
