package engine

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// Export returns what a client keeps to go on after a restart: its session, what is pending, and the confirmed state. It
// must be stored before what the same Ready sends leaves: a session that was pushed with after its store was written is
// refused when it comes back, and a new one begins.
func (r *Replica[S]) Export() ([]byte, error) {
	s := wire.Saved{
		Schema: r.schema, Room: r.options.Room, Client: r.client, Token: r.token, Position: r.position, Floor: r.floor,
		Next: r.next, Sent: r.sent, Made: uint64(r.nextID),
	}
	if r.diverged != nil {
		s.Position.Tag = 0
	}
	if r.abandoned {
		s.Token = wire.Token{} // without it the session cannot be gone on with
	}
	if r.started {
		var err error
		if s.State, err = aper.Encode(r.confirmed); err != nil {
			return nil, err
		}
	}
	s.Users = r.userList()
	s.Pending = r.savedPushes()
	return s.Append(nil), nil
}

func (r *Replica[S]) savedPushes() (list []wire.SavedPush) {
	for i := range r.pending {
		p := &r.pending[i]
		saved := wire.SavedPush{
			ID: uint64(p.id), ClientSeq: p.meta.ClientSeq, Known: r.stoodOn(p), Base: p.meta.Base, Time: p.meta.Time, Transition: p.encoded,
		}
		if p.withdrawn != nil {
			saved.Withdrawn = p.withdrawn.Error()
		}
		list = append(list, saved)
	}
	return list
}

// stoodOn returns how far what a pending transition was made on is known, in its session. Where nothing of it was rejected
// that is all that is known now; so a stored one that says less is one that was made on top of what never was.
func (r *Replica[S]) stoodOn(p *pending[S]) aper.ClientSeq {
	if r.capable.anchored && !p.lost {
		return r.known()
	}
	return p.known
}

// Import returns a replica that goes on from what Export returned. Before it is connected again it shows what it showed.
// What was written by another version of the machine is refused and stays as it is.
func Import[S aper.StateMachine[S]](o ReplicaOptions, saved []byte) (*Replica[S], error) {
	s, err := wire.ReadSaved(saved)
	if err != nil {
		return nil, err
	}
	if o.Room == "" {
		o.Room = s.Room
	}
	r := NewReplica[S](o)
	if s.Schema != r.schema {
		return nil, &wire.ReadError{What: "saved session", Err: errSchemaSaved}
	}
	if s.Room != o.Room {
		return nil, &wire.ReadError{What: "saved session", Err: errRoomSaved}
	}
	r.client, r.token, r.position, r.floor = s.Client, s.Token, s.Position, s.Floor
	r.next, r.sent, r.nextID = max(1, s.Next), s.Sent, PushID(s.Made)
	if len(s.State) > 0 {
		if r.confirmed, err = aper.Decode[S](s.State); err != nil {
			return nil, &wire.ReadError{What: "saved session", Err: err}
		}
		r.started = true
	}
	r.learn(s.Users)
	r.user, r.abandoned = r.users[r.client], s.Token == wire.Token{}
	for i := range s.Pending {
		if err := r.importPush(&s.Pending[i]); err != nil {
			return nil, &wire.ReadError{What: "saved session", Err: err}
		}
	}
	for i := range r.pending {
		p := &r.pending[i]
		p.lost = r.capable.anchored && p.known < r.known()
	}
	r.told = r.known()
	r.trail.begin(r.here(), false)
	r.rebase()
	return r, nil
}

func (r *Replica[S]) importPush(s *wire.SavedPush) error {
	p := pending[S]{id: PushID(s.ID), encoded: s.Transition, known: s.Known}
	p.meta = aper.Meta{
		Client: r.client, User: r.user, ClientSeq: s.ClientSeq, Time: s.Time, Base: s.Base,
	}
	if s.ClientSeq == 0 || s.ClientSeq >= r.next || len(r.pending) > 0 && s.ClientSeq <= r.pending[len(r.pending)-1].meta.ClientSeq {
		return errPushSaved
	}
	if s.Withdrawn != "" {
		p.withdrawn = aper.Conflict(s.Withdrawn)
	} else {
		r.coder.DecodeFrom(s.Transition)
		p.transition = aper.CodeTransition[S](&r.coder, nil)
		if _, err := r.coder.Finish(); err != nil {
			return err
		}
	}
	r.pending = append(r.pending, p)
	return nil
}

// Waiting yields the pushes that have no outcome yet, in the order in which they were made.
func (r *Replica[S]) Waiting() func(yield func(PushID) bool) {
	return func(yield func(PushID) bool) {
		for i := range r.pending {
			if !yield(r.pending[i].id) {
				return
			}
		}
	}
}
