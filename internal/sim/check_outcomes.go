package sim

import (
	"bytes"
	"cmp"
	"iter"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
)

// outcomes checks I2 and I3 (L2): every push gets at most one outcome, and exactly one once everything is quiet; it is
// in the log iff the outcome is Confirmed, and rejected there iff it is Rejected. An outcome says which decision it
// tells, so pushes and decisions are matched one to one, and the order of the pushes must be that of the numbers (L3).
//
// What a client was told about decisions that an older copy of the journal then replaced is lost with them: I3 speaks of
// each history by itself.
type outcomes[S aper.StateMachine[S]] struct {
	Watcher[S]
	log     *history[S]
	coder   aper.Coder
	clients perClient[author]
	owners  map[aper.ClientID]Client // of sessions, the newest
	shared  map[aper.ClientID]bool   // numbers that were given to several clients: by an older journal, again
	told    map[*decision[S]]engine.PushID
}

// An author is what one replica of a client pushed, and was told.
type author struct {
	replica   any
	encoded   map[engine.PushID][]byte
	outcome   map[engine.PushID]bool // false while there is none
	order     []engine.PushID
	session   aper.ClientID // at the last step; 0 when there was none yet
	forgotten bool
	excused   int // how many of order it had when it was forgotten: what became of them may never be told
}

func newOutcomes[S aper.StateMachine[S]](log *history[S]) *outcomes[S] {
	return &outcomes[S]{log: log, owners: map[aper.ClientID]Client{}, shared: map[aper.ClientID]bool{}, told: map[*decision[S]]engine.PushID{}}
}

func (o *outcomes[S]) author(c Client, r *engine.Replica[S]) *author {
	a := o.clients.of(c)
	if a.replica != any(r) {
		*a = author{
			replica:   r,
			encoded:   map[engine.PushID][]byte{},
			outcome:   map[engine.PushID]bool{},
			forgotten: a.forgotten && r.Client() != 0, // else it begins with nothing
		}
	}
	session := r.Client()
	if owner, ok := o.owners[session]; ok && owner != c {
		o.shared[session] = true
	}
	o.owners[session] = c
	return a
}

func (o *outcomes[S]) Pushed(c Client, r *engine.Replica[S], id engine.PushID, t aper.Transition[S], err error) error {
	if err != nil {
		return nil // nothing happened
	}
	a := o.author(c, r)
	if _, ok := a.encoded[id]; ok {
		return breach("I2", "L2", "client %v pushed twice under the ID %d", c, id)
	}
	a.encoded[id], a.outcome[id] = encodeTransition(&o.coder, t), false
	a.order = append(a.order, id)
	return nil
}

func (o *outcomes[S]) Stepped(c Client, r *engine.Replica[S], ready *engine.ReplicaReady) error {
	a := o.author(c, r)
	if !slices.IsSortedFunc(ready.Outcomes, func(x, y engine.Outcome) int { return cmp.Compare(x.ID, y.ID) }) {
		return breach("I4", "L3", "client %v is told outcomes of one step in another order than that of its pushes", c)
	}
	for i := range ready.Outcomes {
		if err := o.outcome(c, a, r.Client(), &ready.Outcomes[i], ready.Forked); err != nil {
			return err
		}
	}
	a.session = cmp.Or(r.Client(), a.session)
	return nil
}

func (o *outcomes[S]) outcome(c Client, a *author, session aper.ClientID, outcome *engine.Outcome, forked bool) error {
	done, made := a.outcome[outcome.ID]
	switch {
	case !made && a.forgotten:
		return nil // its store came from elsewhere
	case !made:
		return breach("I2", "L2", "client %v is told what became of push %d, which it never made", c, outcome.ID)
	case done:
		return breach("I2", "L2", "client %v is told twice what became of push %d", c, outcome.ID)
	case outcome.Unknown && !a.forgotten && !o.log.forgot(a.session):
		return breach("I2", "O1", "client %v is told that the outcome of push %d is unknown, and nobody forgot it", c, outcome.ID)
	}
	a.outcome[outcome.ID] = true
	if outcome.Unknown {
		return nil
	}
	d := o.find(a, session, outcome)
	switch {
	case d != nil:
	case forked && o.log.anchored && outcome.Conflict != nil && outcome.Seq == 0:
		return nil // it was made in another history, and the log of this one says nothing
	default:
		return breach("I3", "L2", "client %v is told of push %d: %s, and no log has that decision of session %d",
			c, outcome.ID, verdict(outcome), session)
	}
	o.told[d] = outcome.ID
	return nil
}

func verdict(outcome *engine.Outcome) string {
	if outcome.Conflict != nil {
		return "rejected, " + outcome.Conflict.Error()
	}
	return "confirmed"
}

// find returns the first decision that an outcome can be about. None is told twice; only of a client that was copied, or
// set back, can two have made the same number, and be told the same.
func (o *outcomes[S]) find(a *author, session aper.ClientID, outcome *engine.Outcome) *decision[S] {
	encoded := a.encoded[outcome.ID]
	if a.forgotten {
		encoded = nil
	}
	fits := func(d *decision[S]) bool {
		_, told := o.told[d]
		return d.client == session && d.seq == outcome.Seq && (!told || a.forgotten) && o.tells(d, outcome, encoded)
	}
	list := o.log.sessions[session]
	bySeq := func(d *decision[S], seq aper.Seq) int { return cmp.Compare(d.seq, seq) }
	from, _ := slices.BinarySearchFunc(list, outcome.Seq, bySeq)
	to, _ := slices.BinarySearchFunc(list, outcome.Seq+1, bySeq)
	var withdrawn *decision[S]                  // fits any reason, so it comes last where the order does not tell
	replaced := slices.Backward(o.log.replaced) // the later ones of a session stand before the earlier ones
	for _, candidates := range []iter.Seq2[int, *decision[S]]{slices.All(list[from:to]), replaced} {
		for _, d := range candidates {
			switch {
			case !fits(d):
			case d.rejected && d.conflict == engine.ErrWithdrawn && a.forgotten:
				withdrawn = cmp.Or(withdrawn, d)
			default:
				return d
			}
		}
	}
	return withdrawn
}

// tells reports whether an outcome says what the log decided. Where a machine asks for bases, a replica can have said the
// same thing anew, in other bytes, or have withdrawn it, for a reason of its own. Encoded is nil when it is not known.
func (o *outcomes[S]) tells(d *decision[S], outcome *engine.Outcome, encoded []byte) bool {
	switch {
	case d.rejected != (outcome.Conflict != nil):
		return false
	case !d.rejected:
		return d.amended || o.log.anchored || encoded == nil || bytes.Equal(d.encoded, encoded)
	case d.conflict == engine.ErrWithdrawn:
		return o.log.anchored
	case d.conflict == engine.ErrUndecodable && o.log.anchored:
		return true // forged bytes may have come before what was withdrawn, under its number
	}
	conflict := error(d.conflict)
	if d.path != "" {
		conflict = &aper.ConflictError{Path: d.path, Err: d.conflict}
	}
	return outcome.Conflict.Error() == conflict.Error()
}

// Forgot: what became of all pushes so far may never be told.
func (o *outcomes[S]) Forgot(c Client, _ string) error {
	a := o.clients.of(c)
	a.forgotten, a.excused = true, len(a.order)
	for session, owner := range o.owners {
		if owner == c {
			delete(o.owners, session)
		}
	}
	return nil
}

// Settled: everything was told, and everything that was decided was told.
func (o *outcomes[S]) Settled(*World[S]) error {
	for i, a := range o.clients {
		for _, id := range a.order[a.excused:] {
			if !a.outcome[id] {
				return breach("I2", "L2", "client %v is not told what became of push %d", Client(i), id)
			}
		}
	}
	for _, opened := range o.log.opened {
		if err := o.settled(opened.Client); err != nil {
			return err
		}
	}
	return nil
}

func (o *outcomes[S]) settled(session aper.ClientID) error {
	c, ok := o.owners[session]
	if !ok || o.shared[session] || o.clients.of(c).forgotten || o.log.evicted[session] {
		return nil
	}
	var last engine.PushID
	for _, d := range o.log.sessions[session] {
		switch id := o.told[d]; {
		case id == 0:
			return breach("I3", "L2", "transition %d of session %d, of client %v, is decided at seq %d, and %v was not told",
				d.number, session, c, d.seq, c)
		case id <= last:
			return breach("I4", "L3", "client %v pushed %d after %d, and session %d has it as number %d", c, last, id, session, d.number)
		default:
			last = id
		}
	}
	return nil
}
