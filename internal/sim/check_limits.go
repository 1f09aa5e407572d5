package sim

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// limits checks I12 (L9): what waits and what is stored stays within the limits that welcomes announce, and once faults
// have stopped every client gets on: it is joined and nothing of it is pending (L6: nothing can wedge a replica).
type limits[S aper.StateMachine[S]] struct {
	Watcher[S]
	log       *history[S]
	announced wire.Limits // the largest
	replicas  perClient[replicaOf[S]]
	known     map[aper.ClientID]aper.ClientSeq // what sessions have acknowledged
}

type replicaOf[S aper.StateMachine[S]] struct{ *engine.Replica[S] }

const (
	maxConflictBytes = 256 // O6
	maxUserBytes     = 64
	maxReasonBytes   = 123 // of a WebSocket close frame
)

func newLimits[S aper.StateMachine[S]](log *history[S]) *limits[S] {
	return &limits[S]{log: log, known: map[aper.ClientID]aper.ClientSeq{}}
}

func (o *limits[S]) Pushed(c Client, r *engine.Replica[S], id engine.PushID, _ aper.Transition[S], err error) error {
	if err == nil && r.Pending() > o.announced.Pending {
		return breach("I12", "L9", "client %v has %d transitions pending after push %d, and the limit is %d",
			c, r.Pending(), id, o.announced.Pending)
	}
	return nil
}

func (o *limits[S]) Stepped(c Client, r *engine.Replica[S], _ *engine.ReplicaReady) error {
	o.replicas.of(c).Replica = r
	return nil
}

// Forgot: if its program ended, nobody holds its replica any more; else it steps again.
func (o *limits[S]) Forgot(c Client, _ string) error {
	o.replicas.of(c).Replica = nil
	return nil
}

func (o *limits[S]) Sent(owner Owner, c Client, message []byte) error {
	r := wire.NewReader(message)
	for r.Next() {
		switch r.Code() {
		case wire.CodeWelcome:
			m := r.Welcome()
			o.announced.Pending = max(o.announced.Pending, m.Limits.Pending)
			o.announced.Transition = max(o.announced.Transition, m.Limits.Transition)
		case wire.CodeVerdicts:
			if n := len(r.Verdicts().List); n > o.announced.Pending {
				return breach("I12", "L9", "owner %v tells client %v %d outcomes at once, and keeps at most %d",
					owner, c, n, o.announced.Pending)
			}
		case wire.CodeClose:
			if n := len(r.Close().Reason); n > maxReasonBytes {
				return breach("I12", "L9", "owner %v closes the connection of client %v for a reason of %d bytes", owner, c, n)
			}
		}
	}
	return nil
}

// Durable: sizes of what is stored. Who pushes was welcomed, so limits were announced.
func (o *limits[S]) Durable(_ Owner, r *wire.Record) error {
	for e := range r.Events.All() {
		if len(e.Transition) > o.announced.Transition && e.Client != 0 && !e.Amended {
			return breach("I12", "L9", "a transition of %d bytes is in the log, and the limit is %d",
				len(e.Transition), o.announced.Transition)
		}
	}
	for _, v := range r.Rejections {
		if n := len(v.Path) + len(v.Conflict); n > maxConflictBytes {
			return breach("I12", "O6", "the conflict of transition %d of session %d has %d bytes", v.ClientSeq, v.Client, n)
		}
	}
	for _, opened := range r.Opened {
		if len(opened.User) > maxUserBytes {
			return breach("I12", "L9", "the user of session %d has %d bytes", opened.Client, len(opened.User))
		}
	}
	return o.windows(r)
}

// windows counts the outcomes that sessions have to keep, because their clients have not acknowledged them.
func (o *limits[S]) windows(r *wire.Record) error {
	for _, a := range r.Acknowledged {
		o.known[a.Client] = max(o.known[a.Client], a.Through)
	}
	for e := range r.Events.All() {
		if err := o.window(e.Client); err != nil {
			return err
		}
	}
	for _, v := range r.Rejections {
		if err := o.window(v.Client); err != nil {
			return err
		}
	}
	return nil
}

func (o *limits[S]) window(session aper.ClientID) error {
	if kept := len(o.log.sessions[session]) - int(o.known[session]); kept > o.announced.Pending {
		return breach("I12", "L9", "session %d keeps %d outcomes, and the limit is %d", session, kept, o.announced.Pending)
	}
	return nil
}

// Restored takes back what the records that are gone acknowledged.
func (o *limits[S]) Restored(wire.LSN) error {
	clear(o.known)
	for _, r := range o.log.records {
		for _, a := range r.Acknowledged {
			o.known[a.Client] = max(o.known[a.Client], a.Through)
		}
	}
	return nil
}

func (o *limits[S]) Settled(*World[S]) error {
	for i, r := range o.replicas {
		switch {
		case r.Replica == nil:
		case !r.Joined():
			return breach("I12", "L9", "client %v does not get into the room", Client(i))
		case r.Pending() > 0:
			return breach("I12", "L6", "client %v has %d transitions pending that are never decided", Client(i), r.Pending())
		}
	}
	return nil
}
