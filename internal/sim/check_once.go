package sim

import (
	"bytes"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// once checks I3 across sessions (L2): no push takes effect twice, in whatever sessions and under whatever numbers it was
// sent. Which push an event is, is known from what replicas sent; where two sent the same number, as copies do, it is not.
//
// A push of which a store that was set back does not know that it was sent can take effect again when the session is
// forgotten, or is another one than the store knows: nobody is left who could tell.
type once[S aper.StateMachine[S]] struct {
	Watcher[S]
	log     *history[S]
	clients perClient[pushes]
	began   perClient[bool] // with a store, and did not say hello since
	sent    map[numbered]*claim
	effects []*effect // of the events of the log, in their order; nil where no push is known to be one
}

// pushes are those that one client made, as far as it still knows of them.
type pushes map[engine.PushID]*effect

// An effect is what a push has in the log.
type effect struct {
	seq     aper.Seq // of its event; 0 while there is none
	session aper.ClientID
	copied  bool          // it was pending when its client was copied, so that two may send it
	setBack bool          // it is in a store that was set back, and may not know that it was sent
	stored  aper.ClientID // the session that such a store knows; 0 when none
}

// A claim is who sent a number, and how.
type claim struct {
	by      []*effect
	encoded [][]byte
}

func newOnce[S aper.StateMachine[S]](log *history[S]) *once[S] {
	return &once[S]{log: log, sent: map[numbered]*claim{}}
}

func (o *once[S]) Pushed(c Client, _ *engine.Replica[S], id engine.PushID, _ aper.Transition[S], err error) error {
	if err == nil {
		o.of(c)[id] = &effect{}
	}
	return nil
}

func (o *once[S]) of(c Client) pushes {
	p := o.clients.of(c)
	if *p == nil {
		*p = pushes{}
	}
	return *p
}

// Began: what is in the store are the same pushes; whatever came after them is forgotten, and numbered again.
func (o *once[S]) Began(c, from Client, r *engine.Replica[S]) error {
	known := pushes{}
	for id := range r.Waiting() {
		e := o.of(from)[id]
		if e == nil {
			e = &effect{}
		}
		known[id], e.copied, e.setBack = e, e.copied || c != from, e.setBack || c == from
	}
	*o.clients.of(c), *o.began.of(c) = known, true
	return nil
}

// Stepped notes under which numbers pushes are sent. What a replica sends ends with what is pending last.
func (o *once[S]) Stepped(c Client, r *engine.Replica[S], ready *engine.ReplicaReady) error {
	if len(ready.Send) == 0 {
		return nil
	}
	o.hello(c, r, ready.Send)
	waiting := slices.Collect(r.Waiting())
	list := sentIn(ready.Send)
	if len(list) > len(waiting) {
		return breach("I3", "L2", "client %v sends %d transitions, and has %d pending", c, len(list), len(waiting))
	}
	for i, raw := range list {
		if e := o.of(c)[waiting[len(waiting)-len(list)+i]]; e != nil {
			o.claim(numbered{r.Client(), raw.number}, e, raw.encoded)
		}
	}
	return nil
}

// hello takes which session the store knows, if this is the first hello since the program began with it.
func (o *once[S]) hello(c Client, r *engine.Replica[S], message []byte) {
	m := wire.NewReader(message)
	if !*o.began.of(c) || !m.Next() || m.Code() != wire.CodeHello {
		return
	}
	*o.began.of(c) = false
	stored := m.Hello().Client
	for id := range r.Waiting() {
		if e := o.of(c)[id]; e != nil {
			e.stored = stored
		}
	}
}

// A sentPush is one transition in what a replica sends.
type sentPush struct {
	number  aper.ClientSeq
	encoded []byte
}

func sentIn(message []byte) (list []sentPush) {
	for r := wire.NewReader(message); r.Next(); {
		if r.Code() != wire.CodePush {
			continue
		}
		push := r.Push()
		number := push.First
		for raw := range push.All() {
			list = append(list, sentPush{number, bytes.Clone(raw)})
			number++
		}
	}
	return list
}

func (o *once[S]) claim(number numbered, by *effect, encoded []byte) {
	c := o.sent[number]
	if c == nil {
		c = &claim{}
		o.sent[number] = c
	}
	if !slices.Contains(c.by, by) {
		c.by = append(c.by, by)
	}
	c.encoded = append(c.encoded, encoded)
}

// Durable looks for a second event of one push.
func (o *once[S]) Durable(Owner, *wire.Record) error {
	for _, d := range o.log.events[len(o.effects):] {
		e := o.effectOf(d)
		o.effects = append(o.effects, e)
		switch {
		case e == nil:
		case e.seq == 0:
			e.seq, e.session = d.seq, d.client
		case e.setBack && (e.stored != e.session || o.log.forgot(e.session)): // neither side knows any more that it was sent
		default:
			return breach("I3", "L2", "the events %d and %d are one push, which session %d has as number %d", e.seq, d.seq, d.client, d.number)
		}
	}
	return nil
}

// effectOf returns that of the push which an event is, and nil when that cannot be known.
func (o *once[S]) effectOf(d *decision[S]) *effect {
	c := o.sent[numbered{d.client, d.number}]
	if c == nil || len(c.by) != 1 || c.by[0].copied {
		return nil
	}
	if !d.amended && !slices.ContainsFunc(c.encoded, func(encoded []byte) bool { return bytes.Equal(encoded, d.encoded) }) {
		return nil
	}
	return c.by[0]
}

// Restored takes back the effects that are gone.
func (o *once[S]) Restored(wire.LSN) error {
	kept := len(o.log.events)
	for _, e := range o.effects[min(kept, len(o.effects)):] {
		if e != nil {
			e.seq = 0
		}
	}
	o.effects = o.effects[:min(kept, len(o.effects))]
	return nil
}
