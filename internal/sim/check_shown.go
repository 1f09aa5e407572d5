package sim

import (
	"bytes"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// shown checks I7 (L6): the optimistic state is the confirmed one with what is pending applied in order, where that which
// conflicts, or draws random numbers, has no effect. Nothing pending vanishes, and nobody sees an intermediate value: a
// step that only confirms what was shown already shows the same again.
//
// What is pending was seen when it was pushed, and is seen again when the replica sends it: then under the number that it
// has in the session of now, and as it was said anew on a newer base. The time and the user that a
// transition has while it is speculative were not seen; where a rule looks at them, look tries what they may have been.
type shown[S aper.StateMachine[S]] struct {
	Watcher[S]
	log     *history[S]
	coder   aper.Coder
	meta    aper.Meta
	clients perClient[screen[S]]
}

// A screen is what one client's replica shows, and why.
type screen[S aper.StateMachine[S]] struct {
	replica *engine.Replica[S]
	session aper.ClientID
	next    aper.ClientSeq
	pending []waiting[S]
	unsure  bool // what is pending, or how it is numbered, was not seen
	looks   int
	size    int      // of the optimistic state, encoded
	users   []string // that welcomes named

	// At the last step.
	position  wire.Position
	confirmed S
	optimal   []byte // encoding of the optimistic state; nil when nobody looked
	guessed   bool   // a rule looks at the time or the user
	effective bool   // everything pending had its effect in it
}

// waiting is one pending transition.
type waiting[S aper.StateMachine[S]] struct {
	id         engine.PushID
	transition aper.Transition[S] // nil when it was withdrawn
	client     aper.ClientID
	number     aper.ClientSeq
	base       aper.Seq
	floor      aper.Seq
	user       string
	time       aper.Time
}

func newShown[S aper.StateMachine[S]](log *history[S]) *shown[S] { return &shown[S]{log: log} }

func (o *shown[S]) screen(c Client, r *engine.Replica[S]) *screen[S] {
	s := o.clients.of(c)
	if s.replica != r {
		*s = screen[S]{replica: r, session: r.Client(), next: 1, unsure: r.Started(), users: s.users}
	}
	return s
}

func (o *shown[S]) Pushed(c Client, r *engine.Replica[S], id engine.PushID, t aper.Transition[S], err error) error {
	s := o.screen(c, r)
	if err != nil {
		return nil
	}
	w := waiting[S]{id: id, transition: t, client: r.Client(), number: s.next}
	if p := o.log.points[r.Position()]; p != nil && o.log.anchored {
		w.base, w.floor = p.position.Seq, p.floor
	}
	s.pending = append(s.pending, w)
	s.next++
	s.optimal = nil // what is shown has changed since
	return nil
}

func (o *shown[S]) Stepped(c Client, r *engine.Replica[S], ready *engine.ReplicaReady) error {
	s := o.screen(c, r)
	before := *s
	s.take(ready, o.log.anchored)
	if err := o.sent(c, s, ready.Send); err != nil {
		return err
	}
	if !r.Started() {
		return nil
	}
	if !s.unsure && !s.complete() {
		return breach("I7", "L2", "client %v made %d pushes that have no outcome, and its replica has %d others pending",
			c, len(s.pending), r.Pending())
	}
	if !s.worthALook(ready) {
		return nil
	}
	if err := o.look(c, s); err != nil {
		return err
	}
	return o.flicker(c, &before, s, ready)
}

// worthALook reports whether to compare what is shown: now and then where the replica says that nothing changed, and not
// every time where it takes long.
func (s *screen[S]) worthALook(ready *engine.ReplicaReady) bool {
	if s.looks++; !ready.Changed && s.optimal != nil {
		return s.looks%few == 0
	}
	s.optimal = nil
	dear := s.size > large || len(s.pending) > few
	return !s.unsure && !partial(s.replica.Position()) && (!dear || s.looks%few == 0)
}

// Sent looks for a new session that has the number of the old one, as after the journal was set back: whether the client
// comes to know, its numbers do not tell.
func (o *shown[S]) Sent(_ Owner, c Client, message []byte) error {
	r := wire.NewReader(message)
	if !r.Next() || r.Code() != wire.CodeWelcome {
		return nil
	}
	s := o.clients.of(c)
	m := r.Welcome()
	if !slices.Contains(s.users, m.User) {
		s.users = append(s.users, m.User)
	}
	if m.Client == s.session && (m.Mode == wire.Fresh || m.Mode == wire.Forked) {
		s.unsure = true
	}
	return nil
}

// take drops what has its outcome, and numbers the rest anew in a new session. Where the machine asks for bases, the rest is
// also said anew there.
func (s *screen[S]) take(ready *engine.ReplicaReady, anchored bool) {
	for _, outcome := range ready.Outcomes {
		s.unsure = s.unsure || anchored && outcome.Unknown // what was made on top of it may be withdrawn
		for i := range s.pending {
			if s.pending[i].id == outcome.ID {
				s.pending = append(s.pending[:i:i], s.pending[i+1:]...)
				break
			}
		}
	}
	now := s.replica.Client()
	switch {
	case now != 0 && now != s.session:
		s.renumber(now)
		s.unsure = s.unsure && !s.complete() || anchored && len(s.pending) > 0
	case ready.Forked:
		s.unsure = true // it may be another session of the same number
	}
}

func (s *screen[S]) renumber(session aper.ClientID) {
	s.pending = slices.Clone(s.pending)
	s.session, s.next = session, 1
	for i := range s.pending {
		s.pending[i].client, s.pending[i].number = session, s.next
		s.next++
	}
}

// complete reports whether the replica has the same pending.
func (s *screen[S]) complete() bool {
	i := 0
	for id := range s.replica.Waiting() {
		if i >= len(s.pending) || s.pending[i].id != id {
			return false
		}
		i++
	}
	return i == len(s.pending)
}

// sent takes the numbers of what a replica sends, and how it says it. What it sends ends with what is pending last.
func (o *shown[S]) sent(c Client, s *screen[S], message []byte) error {
	var list []waiting[S]
	for r := wire.NewReader(message); r.Next(); {
		if r.Code() != wire.CodePush {
			continue
		}
		push := r.Push()
		number := push.First
		for raw := range push.All() {
			w := waiting[S]{client: s.replica.Client(), number: number, base: push.Base}
			if string(raw) != wire.Void {
				t, err := decodeTransition[S](&o.coder, raw)
				if err != nil {
					return breach("I7", "L2", "client %v sends what cannot be read: %v", c, err)
				}
				w.transition = t
			}
			list = append(list, w)
			number++
		}
	}
	switch {
	case len(list) == 0 || s.unsure && len(list) != s.replica.Pending():
		return nil
	case s.unsure:
		s.relist()
	}
	return s.agree(c, list)
}

// relist takes what the replica has pending for what is. The floor under which a transition was made stays what it was.
func (s *screen[S]) relist() {
	seen := s.pending
	s.pending = nil
	for id := range s.replica.Waiting() {
		w := waiting[S]{id: id}
		if i := slices.IndexFunc(seen, func(w waiting[S]) bool { return w.id == id }); i >= 0 {
			w.floor = seen[i].floor
		}
		s.pending = append(s.pending, w)
	}
}

func (s *screen[S]) agree(c Client, list []waiting[S]) error {
	offset := len(s.pending) - len(list)
	if offset < 0 {
		return breach("I7", "L2", "client %v sends %d transitions, and has %d pending", c, len(list), len(s.pending))
	}
	s.pending = slices.Clone(s.pending)
	for i, w := range list {
		p := &s.pending[offset+i]
		w.id, w.floor = p.id, p.floor
		*p = w
	}
	s.next, s.unsure = list[len(list)-1].number+1, false
	return nil
}

// look compares what is shown with what is to be shown.
func (o *shown[S]) look(c Client, s *screen[S]) error {
	r := s.replica
	want, effective := o.fold(r.Confirmed(), s.pending)
	s.position, s.confirmed, s.effective, s.guessed = r.Position(), r.Confirmed(), effective, false
	optimal, err := aper.Encode(r.Optimistic())
	if err != nil {
		return nil // the authority will refuse what led there
	}
	s.optimal, s.size = optimal, len(optimal)
	if o.same(want, s.optimal) {
		return nil
	}
	if s.guessed = o.guess(s); s.guessed {
		return nil
	}
	return breach("I7", "L6", "at seq %d with %d pending client %v shows %s",
		r.Position().Seq, len(s.pending), c, showBoth(r.Optimistic(), want))
}

func (o *shown[S]) same(state S, encoded []byte) bool {
	got, err := aper.Encode(state)
	return err == nil && bytes.Equal(got, encoded)
}

// guess reports whether what is shown is right with the times at which pushes were made, as the replica would store them,
// and some user whose session it may have been: another, or none, for those that were made before the replica knew.
func (o *shown[S]) guess(s *screen[S]) bool {
	stored, err := s.replica.Export()
	if err != nil {
		return false
	}
	saved, err := wire.ReadSaved(stored)
	if err != nil || len(saved.Pending) != len(s.pending) {
		return false
	}
	pending := slices.Clone(s.pending)
	for i := range pending {
		pending[i].time = saved.Pending[i].Time
	}
	users := append([]string{""}, s.users...)
	for _, early := range users {
		for _, late := range users {
			for known := range len(pending) + 1 {
				for i := range pending {
					pending[i].user = late
					pending[i].floor = s.pending[i].floor
					if i < known {
						pending[i].user, pending[i].floor = early, 0 // a store does not keep the floor
					}
				}
				if state, _ := o.fold(s.confirmed, pending); o.same(state, s.optimal) {
					return true
				}
			}
		}
	}
	return false
}

// fold applies what is pending, and reports whether all of it had an effect.
func (o *shown[S]) fold(state S, pending []waiting[S]) (S, bool) {
	effective := true
	for _, p := range pending {
		if p.transition == nil {
			effective = false
			continue
		}
		o.meta = aper.Meta{
			Client: p.client, User: p.user, ClientSeq: p.number, Time: p.time, Base: p.base, Floor: p.floor,
		}
		next, err := attempt(p.transition, state, &o.meta)
		if err != nil || o.meta.Drew() {
			effective = false
			continue
		}
		state = next
	}
	return state, effective
}

// flicker compares with what was shown before, when all that happened since is that the first pushes were confirmed.
func (o *shown[S]) flicker(c Client, before, s *screen[S], ready *engine.ReplicaReady) error {
	count := len(ready.Outcomes)
	if before.guessed || s.guessed || before.optimal == nil || s.optimal == nil || !before.effective || count == 0 || !o.onlyOwn(before, s, ready) {
		return nil
	}
	withdrawn := func(w waiting[S]) bool { return w.transition == nil }
	if bytes.Equal(before.optimal, s.optimal) || slices.ContainsFunc(s.pending, withdrawn) {
		return nil
	}
	speculative, _ := o.fold(before.confirmed, before.pending[:count])
	if !bytes.Equal(encode(&o.coder, speculative), encode(&o.coder, s.confirmed)) {
		return nil // a rule looks at what is known only once a transition is decided, such as its seq
	}
	return breach("I7", "L6", "client %v shows something else at seq %d than before, and all that happened is that %d of its pushes were confirmed",
		c, s.position.Seq, count)
}

// onlyOwn reports whether the events since before are the first pushes, as they were made.
func (o *shown[S]) onlyOwn(before, s *screen[S], ready *engine.ReplicaReady) bool {
	from, to, count := before.position.Seq, s.position.Seq, len(ready.Outcomes)
	if before.session != s.session || to != from+aper.Seq(count) || to > aper.Seq(len(o.log.events)) || len(before.pending) < count {
		return false
	}
	for i, d := range o.log.events[from:to] {
		outcome := ready.Outcomes[i]
		if d.client != s.session || d.amended || outcome.Seq != d.seq || outcome.Conflict != nil || outcome.Unknown ||
			outcome.ID != before.pending[i].id {
			return false
		}
	}
	return true
}

// attempt applies a transition; a panic is a conflict.
func attempt[S any](t aper.Transition[S], s S, m *aper.Meta) (next S, err error) {
	defer func() {
		if recover() != nil {
			err = engine.ErrInternal
		}
	}()
	return t.Apply(s, m)
}
