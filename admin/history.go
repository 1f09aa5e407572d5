package admin

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// What a history holds in memory: so many bytes of records and so many events, the oldest that are kept, and of each kind of
// transition the last few with the states that they met, which share most of their memory.
const (
	historyBytes  = 64 << 20
	historyEvents = 1_000_000
	kindMoments   = 1000
	kindBytes     = 16 << 20
)

// A history is what has happened in a room, in memory.
type history[S aper.StateMachine[S]] struct {
	base     *wire.RoomSnapshot // nil when it begins with the first record
	records  []*wire.Record
	bytes    int64 // of the records
	complete bool  // no records follow
	before   S     // the first event
	events   []aper.Event[S]
	kinds    []*kind[S]
	previous S                  // before the last event
	last     S                  // state
	snapshot *wire.RoomSnapshot // of the last state
}

// A kind is one variant of the machine's transitions.
type kind[S aper.StateMachine[S]] struct {
	name    string
	events  int
	bytes   int64 // of their transitions
	moments []moment[S]
}

// A moment is an event and the state that it met.
type moment[S aper.StateMachine[S]] struct {
	state S
	event aper.Event[S]
}

// history reads what is kept of a room.
func (t *tool[S]) history(ctx context.Context, store source, entry journal.Entry) (*history[S], error) {
	log, _, err := store.Look(ctx, entry.Room)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	from, _, err := beginning(ctx, log, entry)
	if err != nil {
		return nil, err
	}
	h, authority := &history[S]{complete: true}, engine.New[S](engine.Options{})
	if from.LSN > 0 {
		if h.base, err = snapshotAt(ctx, log, from.LSN); err != nil {
			return nil, err
		}
		if err := authority.Restore(h.base); err != nil {
			return nil, err
		}
	}
	h.last = authority.State()
	kinds := map[string]*kind[S]{}
	for record, err := range log.Read(ctx, from.LSN+1) {
		if err != nil {
			return nil, err
		}
		if h.bytes > historyBytes || len(h.events) > historyEvents {
			h.complete = false
			break
		}
		if err := h.add(authority, record, kinds); err != nil {
			return nil, fmt.Errorf("room %q: %w", entry.Room, err)
		}
		t.progress.say("read %s", plural(len(h.events), "event"))
	}
	if len(h.events) > 0 {
		h.snapshot, err = authority.Snapshot()
	}
	return h, err
}

// add replays a record, and notes what happens.
func (h *history[S]) add(authority *engine.Authority[S], record *wire.Record, kinds map[string]*kind[S]) error {
	h.records = append(h.records, record)
	h.bytes += int64(len(record.Append(nil)))
	if record.Genesis != nil {
		state, err := aper.Decode[S](record.Genesis.State)
		if err != nil {
			return err
		}
		h.before, h.last = state, state
	} else if len(h.records) == 1 {
		h.before = h.last
	}
	var sizes []int
	for e := range record.Events.All() {
		sizes = append(sizes, len(e.Transition))
	}
	var unnamed error
	err := authority.Review(record, func(e aper.Event[S], state S) bool {
		name, err := kindOf(e.Transition)
		if err != nil {
			unnamed = err
			return false
		}
		k := kinds[name]
		if k == nil {
			k = &kind[S]{name: name}
			kinds[name], h.kinds = k, append(h.kinds, k)
		}
		k.add(moment[S]{h.last, e}, sizes[0])
		sizes = sizes[1:]
		h.events = append(h.events, e)
		h.previous, h.last = h.last, state
		return true
	})
	return errors.Join(err, unnamed)
}

// add notes an event. It keeps the last ones only.
func (k *kind[S]) add(m moment[S], bytes int) {
	if most := min(kindMoments, max(1, kindBytes/int(reflect.TypeFor[S]().Size()+1))); len(k.moments) < most {
		k.moments = append(k.moments, m)
	} else {
		k.moments[k.events%most] = m
	}
	k.events++
	k.bytes += int64(bytes)
}

// kindOf returns the name of a transition's variant, which is the one member of its JSON.
func kindOf[S aper.StateMachine[S]](t aper.Transition[S]) (string, error) {
	text, err := transitionJSON(t)
	if err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(string(text), `"`)
	name, _, found := strings.Cut(rest, `"`)
	if !found {
		name = fmt.Sprintf("%T", t)
	}
	return name, nil
}

// replay does what a server does that opens the room.
func (h *history[S]) replay(ctx context.Context) error {
	authority := engine.New[S](engine.Options{})
	if h.base != nil {
		if err := authority.Restore(h.base); err != nil {
			return err
		}
	}
	for _, record := range h.records {
		if err := authority.Replay(record); err != nil {
			return err
		}
		if record.LSN%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// apply applies all events, one after the other.
func (h *history[S]) apply(ctx context.Context) (err error) {
	state, meta := h.before, aper.Meta{} // one for all, as in the engine
	for i := range h.events {
		meta = asNew(&h.events[i].Meta)
		if state, err = h.events[i].Transition.Apply(state, &meta); err != nil {
			return fmt.Errorf("event %d was accepted, and conflicts when it is applied again: %w", meta.Seq, err)
		}
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// apply applies each event to the state that it met.
func (k *kind[S]) apply() error {
	var meta aper.Meta // one for all, as in the engine
	for i := range k.moments {
		meta = asNew(&k.moments[i].event.Meta)
		if _, err := k.moments[i].event.Transition.Apply(k.moments[i].state, &meta); err != nil {
			return fmt.Errorf("event %d was accepted, and conflicts when it is applied again: %w", meta.Seq, err)
		}
	}
	return nil
}

// asNew returns a Meta from which no IDs and no random numbers were taken yet.
func asNew(m *aper.Meta) aper.Meta {
	return aper.Meta{
		Seq: m.Seq, Client: m.Client, User: m.User, ClientSeq: m.ClientSeq, Time: m.Time,
		Base: m.Base, Floor: m.Floor, Lost: m.Lost, Entropy: m.Entropy,
	}
}

func (h *history[S]) encode() error {
	_, err := aper.Encode(h.last)
	return err
}

func (h *history[S]) decode() error {
	_, err := aper.Decode[S](h.snapshot.State)
	return err
}

func (h *history[S]) diff() error {
	aper.Diff(h.previous, h.last, func(aper.Change) bool { return true })
	return nil
}

// rate returns how many events there are in a second, when all of them cost so much.
func (h *history[S]) rate(all cost) float64 { return float64(len(h.events)) / (all.Nanoseconds / 1e9) }

// enough is for how long something is repeated that is measured.
const enough = 100 * time.Millisecond

// repeat does something so often that it takes a while, and returns what it costs to do it once.
func repeat(ctx context.Context, do func() error) (cost, error) {
	for n := 1; ; n *= 2 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begun := time.Now()
		for range n {
			if err := do(); err != nil {
				return cost{}, err
			}
		}
		took := time.Since(begun)
		runtime.ReadMemStats(&after)
		if ctx.Err() != nil {
			return cost{}, ctx.Err()
		}
		if took >= enough {
			return cost{float64(took.Nanoseconds()) / float64(n), float64(after.Mallocs-before.Mallocs) / float64(n)}, nil
		}
	}
}
