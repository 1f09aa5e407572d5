package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/wire"
)

// An eventJSON is a line of the verb log.
type eventJSON struct {
	Seq        aper.Seq        `json:"seq"`
	Time       string          `json:"time"`
	User       string          `json:"user,omitempty"`
	Client     aper.ClientID   `json:"client"` // 0 is the room itself
	Transition json.RawMessage `json:"transition"`
}

// log tells the events of a room one by one, as they are read.
func (t *tool[S]) log(ctx context.Context, l *line) error {
	var from seqFlag
	l.flags.Var(&from, "from", "begin with the event of this `number`; without it, with the oldest that is kept")
	asJSON := l.flags.Bool("json", false, "print a JSON object on a line for each event")
	store, in, err := t.lookAt(ctx, l)
	if err != nil {
		return err
	}
	defer store.Close()
	oldest, err := oldest(ctx, store, in)
	if err != nil {
		return err
	}
	if !from.given {
		from.seq = oldest + 1
	}
	past, err := room.Look[S](ctx, store, in.Room)
	if err != nil {
		return err
	}
	defer past.Close()
	for moment, err := range past.Events(ctx, from.seq) {
		if err == nil {
			err = t.event(moment.Event, *asJSON)
		}
		if err != nil {
			return kept(err, oldest)
		}
		t.asides.say("told event %d", moment.Event.Meta.Seq)
	}
	t.asides.clear()
	return nil
}

func (t *tool[S]) event(e aper.Event[S], asJSON bool) error {
	transition, err := transitionJSON(e.Transition)
	if err != nil {
		return fmt.Errorf("event %d: %w", e.Meta.Seq, err)
	}
	at := timestamp(e.Meta.Time)
	if asJSON {
		return t.json(eventJSON{e.Meta.Seq, at, e.Meta.User, e.Meta.Client, transition})
	}
	_, err = fmt.Fprintf(t.out, "%6d  %s  %-16s  %s\n", e.Meta.Seq, at, author(&e.Meta), transition)
	return err
}

// author says who made an event.
func author(m *aper.Meta) string {
	switch {
	case m.User != "":
		return shown(m.User)
	case m.Client == 0:
		return "the room itself"
	}
	return fmt.Sprintf("client %d", m.Client)
}

func transitionJSON[S aper.StateMachine[S]](t aper.Transition[S]) ([]byte, error) {
	var coder aper.Coder
	coder.JSONTo(nil)
	aper.CodeTransition(&coder, t)
	text, err := coder.Finish()
	return harmless(text), err
}

// state prints the state of a room, and says on the other stream which that is.
func (t *tool[S]) state(ctx context.Context, l *line) error {
	var at seqFlag
	l.flags.Var(&at, "at", "the state after the event of this `number`, 0 for the room's beginning; without it, the last one")
	store, in, err := t.lookAt(ctx, l)
	if err != nil {
		return err
	}
	defer store.Close()
	var state S
	var seq aper.Seq
	err = t.progress.during(func() string { return "replaying" }, func() (err error) {
		state, seq, err = stateOf[S](ctx, store, in, at)
		return err
	})
	if err != nil {
		return err
	}
	text, err := aper.ToJSON(state)
	if err != nil {
		return fmt.Errorf("room %q: the state at %d: %w", in.Room, seq, err)
	}
	fmt.Fprintf(t.stderr, "room %q after event %d:\n", in.Room, seq)
	_, err = fmt.Fprintf(t.out, "%s\n", harmless(text))
	return err
}

func stateOf[S aper.StateMachine[S]](ctx context.Context, store source, in *listed, at seqFlag) (state S, seq aper.Seq, err error) {
	if !at.given {
		return newest[S](ctx, store, in)
	}
	oldest, err := oldest(ctx, store, in)
	if err != nil {
		return state, 0, err
	}
	past, err := room.Look[S](ctx, store, in.Room)
	if err != nil {
		return state, 0, err
	}
	defer past.Close()
	state, err = past.State(ctx, at.seq)
	return state, at.seq, kept(err, oldest)
}

// newest returns the last state of a room: the newest snapshot, and the records since.
func newest[S aper.StateMachine[S]](ctx context.Context, store source, in *listed) (state S, seq aper.Seq, err error) {
	log, _, err := store.Look(ctx, in.Room)
	if err != nil {
		return state, 0, err
	}
	defer log.Close()
	if in.Last == 0 {
		return state, 0, fmt.Errorf("room %q was made and nothing was ever written to it, so it has no state", in.Room)
	}
	authority, next := engine.New[S](engine.Options{}), wire.LSN(1)
	s, err := log.Snapshot(ctx, math.MaxUint64)
	if err == nil && s != nil {
		next, err = s.LSN+1, authority.Restore(s)
	}
	if err != nil {
		return state, 0, fmt.Errorf("room %q: %w", in.Room, err)
	}
	for record, err := range log.Read(ctx, next) {
		if err == nil {
			err = authority.Replay(record)
		}
		if err != nil {
			return state, 0, fmt.Errorf("room %q: %w", in.Room, err)
		}
	}
	return authority.State(), authority.Position().Seq, nil
}
