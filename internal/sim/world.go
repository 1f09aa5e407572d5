package sim

import (
	"fmt"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// A World is one room with everyone who has to do with it. It drives engines exactly as packages room and client do, only
// that each step they take is an Action.
type World[S aper.StateMachine[S]] struct {
	machine   Machine[S]
	anchored  bool // it asks for bases
	observers []Observer[S]
	seed      uint64
	options   engine.Options
	ringLimit int
	share     int
	partSize  int

	clients []*client[S] // by number; nil for those that no action was about yet
	owners  []*owner[S]  // in the order in which they opened
	journal store
	coder   aper.Coder
	counts  Counts
	err     error
	trace   trace
}

// startOfTime is what every clock shows in the beginning.
const startOfTime aper.Time = 1_000_000

// NewWorld returns a world in which nothing has happened: nobody has opened the room.
func NewWorld[S aper.StateMachine[S]](m Machine[S], observers ...Observer[S]) *World[S] {
	return &World[S]{machine: m, anchored: engine.Anchors[S](), observers: observers, ringLimit: 2000, share: 200}
}

// Clients returns how many clients there are, in use or not.
func (w *World[S]) Clients() int { return len(w.clients) }

// Replica returns a client's replica, and nil when it has none.
func (w *World[S]) Replica(c Client) *engine.Replica[S] {
	if int(c) >= len(w.clients) || w.clients[c] == nil {
		return nil
	}
	return w.clients[c].replica
}

// Authority returns the authority of the newest owner, whether it lives or not, and nil before there was one.
func (w *World[S]) Authority() *engine.Authority[S] {
	if len(w.owners) == 0 {
		return nil
	}
	return w.owners[len(w.owners)-1].authority
}

// Records returns the history of the room: all records that were durable, truncated ones too, but none that an older
// copy of the journal replaced.
func (w *World[S]) Records() []*wire.Record {
	records := make([]*wire.Record, len(w.journal.records))
	for i := range records {
		records[i] = w.journal.records[i].record
	}
	return records
}

// Counts returns what has happened so far.
func (w *World[S]) Counts() Counts { return w.counts }

// Do does one action and returns what is wrong since: what an observer said, or what the engine did that no driver can
// go on after. After an error nothing happens any more.
func (w *World[S]) Do(a Action) error {
	if w.err == nil && w.do(a) {
		w.counts.Actions++
		w.counts.Verbs[a.Verb]++
	}
	return w.err
}

// do reports whether the action did anything.
func (w *World[S]) do(a Action) bool {
	switch forms[a.Verb].actor {
	case aClient:
		if c := w.client(Client(a.Actor)); c != nil {
			return w.clientDoes(c, a)
		}
		return false
	case anOwner:
		if a.Verb == Open {
			return w.open(Owner(a.Actor))
		}
		if o := w.owner(Owner(a.Actor)); o != nil {
			return w.ownerDoes(o, a)
		}
		return false
	case theJournal:
		return w.journalDoes(a)
	}
	return w.worldDoes(a)
}

func (w *World[S]) worldDoes(a Action) bool {
	switch a.Verb {
	case SetMachine:
		if a.Text != w.machine.Name {
			w.fail(fmt.Errorf("this is a history of machine %s, and this world runs %s", a.Text, w.machine.Name))
		}
	case SetSeed:
		w.seed = uint64(a.Number)
	case SetRing:
		w.ringLimit = int(a.Number)
	case SetShare:
		w.share = int(a.Number)
	case SetPart:
		w.partSize = int(a.Number)
	case SetAuthorize:
		w.options.Authorize = w.machine.authorize
		w.tell(func(o Observer[S]) error { return o.Authorizing() })
	case Settle:
		w.settle()
	default:
		w.setOption(a.Verb, a.Number)
	}
	return true
}

func (w *World[S]) setOption(v Verb, n int64) {
	switch o := &w.options; v {
	case SetPending:
		o.MaxPending = int(n)
	case SetTransition:
		o.MaxTransition = int(n)
	case SetSessions:
		o.MaxSessions = int(n)
	case SetAge:
		o.SessionAge = aper.Time(n)
	case SetLeave:
		o.LeaveAfter = aper.Time(n)
	case SetTail:
		o.Tail = int(n)
	case SetChecks:
		o.CheckEvery = aper.Time(n)
	case SetPresence:
		o.MaxPresence = int(n)
	case SetBehind:
		o.MaxBehind = int(n)
	case SetKeep:
		o.KeepBehind = int(n)
	}
}

func (w *World[S]) journalDoes(a Action) bool {
	switch a.Verb {
	case Restore:
		return w.restore(wire.LSN(a.Number), false)
	case Rewind:
		return w.restore(wire.LSN(a.Number), true)
	case Tear:
		return w.tear()
	}
	return false
}

// restore replaces the journal by an older copy of itself, which may say so. Whoever has the room open there is gone.
func (w *World[S]) restore(last wire.LSN, says bool) bool {
	if !w.journal.restore(last, says) {
		return false
	}
	for _, o := range w.owners {
		w.crash(o)
		o.flights = nil // what was on its way to the journal went to the one that is gone
	}
	w.tell(func(o Observer[S]) error { return o.Restored(last) })
	for _, c := range w.clients {
		if c != nil && c.replica != nil && !w.journal.sessions[c.replica.Client()] {
			w.doubt(c, "the older journal does not know its session")
		}
	}
	return true
}

// tear loses the record that is on its way to the journal: the part of it that was written is cut off by the next Open.
func (w *World[S]) tear() bool {
	for _, o := range w.owners {
		if o.term == w.journal.row.Term && o.inFlight() != nil {
			return w.appendLost(o)
		}
	}
	return false
}

// fail ends the run.
func (w *World[S]) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// tell calls every observer.
func (w *World[S]) tell(one func(Observer[S]) error) {
	for _, o := range w.observers {
		if err := one(o); err != nil {
			w.fail(err)
		}
	}
}

// What numbers are drawn for. Every draw is a function of the world's seed, of what it is for, of whose it is, and of how
// many that one drew before: so leaving an action out changes no draw of anybody else.
const (
	drawEpoch = iota + 1
	drawTag
	drawSeed
	drawToken
	drawInstance
	drawPassed
)

// draw returns a number that is not zero.
func (w *World[S]) draw(purpose, whose, index uint64) uint64 {
	return mix(mix(mix(mix(w.seed)+purpose)+whose)+index) | 1
}

// mix is the finalizer of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
