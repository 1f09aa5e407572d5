package sim

import (
	"iter"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// A history is the durable log as its records tell it, folded here without the engine. It is told first; the checkers
// ask it what was decided, and what the state is at any position. What an older copy of the journal replaced it keeps,
// because replicas can still be there.
type history[S aper.StateMachine[S]] struct {
	Watcher[S]
	coder    aper.Coder
	meta     aper.Meta // lent to Apply
	anchored bool      // the machine asks for bases

	// The present log.
	records  []*wire.Record // LSN n at n-1
	ends     []*point[S]    // where record n leaves the room, at n-1
	events   []*decision[S] // seq n at n-1
	sessions map[aper.ClientID][]*decision[S]
	users    map[aper.ClientID]string
	opened   []wire.Opened
	clients  aper.ClientID // numbers below it may have been given out
	floor    aper.Seq

	// Every log that there was.
	points         map[wire.Position]*point[S]
	batches        map[wire.Tag]*point[S] // where batches of events end; tags are random
	named          map[wire.User]bool     // sessions with their users
	evicted        map[aper.ClientID]bool
	replaced       []*decision[S] // what is in the present log no more
	highest        aper.Seq
	evictedBelow   aper.ClientID
	regiven, given aper.ClientID // numbers from the first to before the second may have been given out twice
}

// A point is a position of a log, and the state there.
type point[S aper.StateMachine[S]] struct {
	position wire.Position
	record   *wire.Record   // of the batch that ends here
	events   []*decision[S] // of that batch
	floor    aper.Seq
	state    S
	encoded  []byte // of state, once somebody asked
}

// A decision is what the log says about one transition.
type decision[S aper.StateMachine[S]] struct {
	lsn        wire.LSN
	client     aper.ClientID
	number     aper.ClientSeq
	seq        aper.Seq // of the event, or of the state in which it was rejected
	base       aper.Seq // of the event, where the machine asks for it
	behind     uint64
	time       aper.Time
	rejected   bool
	lost       bool // an earlier transition of its author, which this one was made on top of, was rejected
	amended    bool
	path       string
	conflict   aper.Conflict
	encoded    []byte // the event's transition
	transition aper.Transition[S]
	state      S // after the event
}

func newHistory[S aper.StateMachine[S]]() *history[S] {
	return &history[S]{
		anchored: engine.Anchors[S](),
		sessions: map[aper.ClientID][]*decision[S]{},
		evicted:  map[aper.ClientID]bool{},
		users:    map[aper.ClientID]string{},
		points:   map[wire.Position]*point[S]{},
		batches:  map[wire.Tag]*point[S]{},
		named:    map[wire.User]bool{},
	}
}

// head is where the log ends, and nil before the first record.
func (h *history[S]) head() *point[S] {
	if len(h.ends) == 0 {
		return nil
	}
	return h.ends[len(h.ends)-1]
}

// before returns the state that an event of the present log was applied to.
func (h *history[S]) before(seq aper.Seq) S {
	if seq > 1 {
		return h.events[seq-2].state
	}
	return h.ends[0].state
}

// decisions yields what logs say about a transition: the present one, and those that were replaced.
func (h *history[S]) decisions(client aper.ClientID, number aper.ClientSeq) iter.Seq[*decision[S]] {
	return func(yield func(*decision[S]) bool) {
		list := h.sessions[client]
		if number > 0 && number <= aper.ClientSeq(len(list)) && list[number-1].number == number && !yield(list[number-1]) {
			return
		}
		for _, d := range h.replaced {
			if d.client == client && d.number == number && !yield(d) {
				return
			}
		}
	}
}

// encoding returns the encoding of the state at a point. Nobody changes it.
func (h *history[S]) encoding(p *point[S]) []byte {
	if p.encoded == nil {
		p.encoded = encode(&h.coder, p.state)
	}
	return p.encoded
}

// Durable folds a record. I1: what the log accepted applies again; I8: no position has two pasts.
func (h *history[S]) Durable(_ Owner, r *wire.Record) error {
	if err := h.follows(r); err != nil {
		return err
	}
	end := h.head()
	if r.Genesis != nil {
		state, err := aper.Decode[S](r.Genesis.State)
		if err != nil {
			return breach("I1", "L1", "the genesis of the room cannot be read: %v", err)
		}
		end = &point[S]{position: wire.Position{Epoch: r.Genesis.Epoch}, record: r, state: state}
		h.points[end.position] = end
	}
	if r.Epoch != 0 {
		end = h.begin(r, end)
	}
	h.records, h.ends = append(h.records, r), append(h.ends, end)
	h.open(r)
	if err := h.decide(r, end.state); err != nil {
		return err
	}
	if r.Events.Len() > 0 {
		return h.reach(r, end)
	}
	return nil
}

// begin returns the point at which a restored room goes on: the same state in another epoch.
func (h *history[S]) begin(r *wire.Record, last *point[S]) *point[S] {
	begun := *last
	begun.position.Epoch = r.Epoch
	h.points[begun.position] = &begun
	return &begun
}

func (h *history[S]) follows(r *wire.Record) error {
	var last wire.Tag
	if n := len(h.records); n > 0 {
		last = h.records[n-1].Tag
	}
	switch {
	case r.LSN != wire.LSN(len(h.records)+1) || r.Previous != last:
		return breach("I5", "L4", "record %d after %x became durable, and the last one was %d with tag %x",
			r.LSN, r.Previous, len(h.records), last)
	case len(h.records) == 0 && r.Genesis == nil:
		return breach("I1", "L1", "the log begins without a state")
	case r.First != aper.Seq(len(h.events)+1) && r.Genesis == nil:
		return breach("I1", "L1", "record %d begins at seq %d, and the log goes to %d", r.LSN, r.First, len(h.events))
	}
	return nil
}

// open takes what a record says beside its decisions.
func (h *history[S]) open(r *wire.Record) {
	h.opened = append(h.opened, r.Opened...)
	for _, o := range r.Opened {
		h.users[o.Client] = o.User
		h.named[wire.User{Client: o.Client, Name: o.User}] = true
	}
	if r.Clients != 0 {
		h.clients = r.Clients
	}
	if r.Floor != 0 {
		h.floor = r.Floor
	}
	for _, client := range r.Evicted {
		h.evicted[client] = true
		h.evictedBelow = max(h.evictedBelow, client+1)
	}
}

// forgot reports whether the authority may have forgotten a session: it did; or the session has no row and it did forget
// one with a higher number, so that it cannot say whether there ever was one; or the record by which the number was given
// out is gone with a log that was replaced, and somebody else may have got it.
func (h *history[S]) forgot(session aper.ClientID) bool {
	_, opened := h.users[session]
	return h.evicted[session] || !opened && session < h.evictedBelow || session >= h.regiven && session < h.given
}

// decide notes the decisions of a record in their order: a rejection at seq n stands between the events n and n+1.
func (h *history[S]) decide(r *wire.Record, state S) error {
	rejections, index := r.Rejections, 0
	for e := range r.Events.All() {
		for len(rejections) > 0 && rejections[0].Seq < r.First+aper.Seq(index) {
			h.reject(r, &rejections[0])
			rejections = rejections[1:]
		}
		d, err := h.accept(r, e, index, state)
		if err != nil {
			return err
		}
		state = d.state
		index++
	}
	for i := range rejections {
		h.reject(r, &rejections[i])
	}
	return nil
}

func (h *history[S]) reject(r *wire.Record, v *wire.Rejection) {
	h.note(&decision[S]{
		lsn: r.LSN, client: v.Client, number: v.ClientSeq, seq: v.Seq,
		rejected: true, path: v.Path, conflict: v.Conflict,
	})
}

func (h *history[S]) accept(r *wire.Record, e wire.Event, index int, state S) (*decision[S], error) {
	seq := r.First + aper.Seq(index)
	t, err := decodeTransition[S](&h.coder, e.Transition)
	if err != nil {
		return nil, breach("I1", "L1", "event %d cannot be read: %v", seq, err)
	}
	h.meta = aper.Meta{
		Seq:       seq,
		Client:    e.Client,
		User:      h.users[e.Client],
		ClientSeq: e.ClientSeq,
		Time:      r.Time + e.After,
		Floor:     h.floor,
		Lost:      e.Lost,
		Entropy:   wire.Entropy(r.Seed, index),
	}
	if h.anchored {
		h.meta.Base = seq - aper.Seq(e.Behind)
	}
	base, at := h.meta.Base, h.meta.Time
	next, err := t.Apply(state, &h.meta)
	if err != nil {
		return nil, breach("I1", "L1", "event %d of the log, %T, conflicts: %v", seq, t, err)
	}
	d := &decision[S]{
		lsn: r.LSN, client: e.Client, number: e.ClientSeq, seq: seq, base: base, behind: e.Behind, time: at,
		lost: e.Lost, amended: e.Amended, encoded: e.Transition, transition: t, state: next,
	}
	h.events = append(h.events, d)
	h.highest = max(h.highest, seq)
	h.note(d)
	return d, nil
}

func (h *history[S]) note(d *decision[S]) {
	if d.client != 0 { // the authority's own events are not numbered by themselves
		h.sessions[d.client] = append(h.sessions[d.client], d)
	}
}

// reach notes the position at the end of a batch.
func (h *history[S]) reach(r *wire.Record, previous *point[S]) error {
	events := h.events[r.First-1:]
	end := &point[S]{
		position: wire.Position{Epoch: previous.position.Epoch, Seq: aper.Seq(len(h.events)), Tag: r.Tag},
		record:   r,
		events:   slices.Clip(events),
		floor:    h.floor,
		state:    events[len(events)-1].state,
	}
	if h.batches[r.Tag] != nil {
		return breach("I8", "L4", "two batches have the tag %x; one ends at seq %d", r.Tag, end.position.Seq)
	}
	h.points[end.position], h.batches[r.Tag] = end, end
	h.ends[len(h.ends)-1] = end
	return nil
}

// Restored goes back to the record at last.
func (h *history[S]) Restored(last wire.LSN) error {
	for _, o := range h.opened {
		h.sessions[o.Client] = h.keep(h.sessions[o.Client], last)
	}
	kept, clients := h.records[:last], h.clients
	h.records, h.ends = kept, h.ends[:last]
	h.events = slices.Clip(h.events[:h.head().position.Seq])
	h.opened, h.users, h.clients, h.floor = nil, map[aper.ClientID]string{}, 0, 0
	h.given = max(h.given, clients)
	for _, r := range kept {
		h.open(r)
	}
	if h.regiven == 0 || h.clients < h.regiven {
		h.regiven = h.clients
	}
	return nil
}

// keep returns the decisions up to the record at last; the others are replaced.
func (h *history[S]) keep(list []*decision[S], last wire.LSN) []*decision[S] {
	n := len(list)
	for n > 0 && list[n-1].lsn > last {
		n--
		h.replaced = append(h.replaced, list[n])
	}
	return list[:n:n]
}

// partial reports whether a replica stopped in the middle of a batch, after an error. Where it is then has no name.
func partial(p wire.Position) bool { return p.Tag == 0 && p.Seq > 0 }
