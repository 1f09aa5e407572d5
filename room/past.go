package room

import (
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// A Past is what a room's journal tells of what happened: events, and the states between them. It changes nothing and costs
// the room nothing but reading. Only what Options.History keeps is there.
type Past[S aper.StateMachine[S]] struct {
	id  aper.RoomID
	log journal.Reader
}

// Past returns the room's past. It can be used until the room ends.
func (r *Room[S]) Past() *Past[S] { return &Past[S]{r.id, r.log} }

// Look returns the past of a room that need not be open, and is not opened. Close it at the end.
func Look[S aper.StateMachine[S]](ctx context.Context, store journal.Catalog, id aper.RoomID) (*Past[S], error) {
	log, _, err := store.Look(ctx, id)
	if err != nil {
		return nil, err
	}
	return &Past[S]{id, log}, nil
}

// Close ends the use of a past that came from Look.
func (p *Past[S]) Close() error { return p.log.Close() }

// Events yields the events from seq on to the last one that is durable now, and with each the state it led to. Where it
// cannot go on it yields an error and ends: journal.ErrTruncated when the event is older than what is kept, and a
// *engine.ReplayError when another version of the machine wrote it. It takes the time of replaying what lies between the
// snapshot before seq and the end of the loop.
func (p *Past[S]) Events(ctx context.Context, from aper.Seq) iter.Seq2[Moment[S], error] {
	return func(yield func(Moment[S], error) bool) {
		over := false
		err := p.replay(ctx, from, func(e aper.Event[S], state S) bool {
			over = e.Meta.Seq >= from && !yield(Moment[S]{e, state}, nil)
			return !over
		})
		if err != nil && !over {
			yield(Moment[S]{}, fmt.Errorf("room %q: the events from %d on: %w", p.id, from, err))
		}
	}
}

// A Moment is an event and the state that followed it.
type Moment[S aper.StateMachine[S]] struct {
	Event aper.Event[S]
	State S
}

// State returns the state at seq, which is 0 for the room's beginning. Errors are those of Events.
func (p *Past[S]) State(ctx context.Context, seq aper.Seq) (S, error) {
	state, err := p.stateAt(ctx, seq)
	if err != nil {
		err = fmt.Errorf("room %q: the state at %d: %w", p.id, seq, err)
	}
	return state, err
}

func (p *Past[S]) stateAt(ctx context.Context, seq aper.Seq) (state S, err error) {
	if seq == 0 {
		return p.beginning(ctx)
	}
	authority, from, err := p.before(ctx, seq+1)
	if err != nil || authority.Position().Seq == seq {
		return authority.State(), err
	}
	if err := p.review(ctx, authority, from, func(e aper.Event[S], _ S) bool { return e.Meta.Seq < seq }); err != nil {
		return state, err
	}
	if last := authority.Position().Seq; last < seq {
		return state, fmt.Errorf("%w: the last event is %d", journal.ErrRefused, last)
	}
	return authority.State(), nil
}

// beginning returns the state before the first event, which the first record holds.
func (p *Past[S]) beginning(ctx context.Context) (state S, err error) {
	for record, err := range p.log.Read(ctx, 1) {
		if err != nil {
			return state, err
		}
		return aper.Decode[S](record.Genesis.State)
	}
	return state, journal.ErrAbsent
}

// replay calls visit with the events after the snapshot before from, until it returns false.
func (p *Past[S]) replay(ctx context.Context, from aper.Seq, visit func(aper.Event[S], S) bool) error {
	authority, record, err := p.before(ctx, from)
	if err != nil {
		return err
	}
	return p.review(ctx, authority, record, visit)
}

// before returns the room at the newest snapshot before seq, and the record that follows it.
func (p *Past[S]) before(ctx context.Context, seq aper.Seq) (*engine.Authority[S], wire.LSN, error) {
	authority := engine.New[S](engine.Options{})
	s, err := p.log.Snapshot(ctx, math.MaxUint64)
	for err == nil && s != nil && s.Position.Seq >= seq {
		s, err = p.log.Snapshot(ctx, earlier(s, seq))
	}
	if err != nil || s == nil {
		return authority, 1, err
	}
	return authority, s.LSN + 1, authority.Restore(s)
}

// earlier returns the record of the newest snapshot before seq that s knows, and 0 when there is none.
func earlier(s *wire.RoomSnapshot, seq aper.Seq) (at wire.LSN) {
	for _, m := range s.Earlier {
		if m.Seq < seq {
			at = m.LSN
		}
	}
	return at
}

func (p *Past[S]) review(ctx context.Context, authority *engine.Authority[S], from wire.LSN, visit func(aper.Event[S], S) bool) error {
	more := true
	for record, err := range p.log.Read(ctx, from) {
		if err != nil {
			return err
		}
		err = authority.Review(record, func(e aper.Event[S], state S) bool {
			more = visit(e, state)
			return more
		})
		if err != nil || !more {
			return err
		}
	}
	return nil
}
