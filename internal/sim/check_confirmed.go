package sim

import (
	"bytes"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// confirmed checks I1 (L1): a replica that has confirmed seq n of an epoch holds exactly the fold of the durable events 1
// to n. Together with the history it checks I8 on replicas: equal (epoch, seq, tag), equal state.
type confirmed[S aper.StateMachine[S]] struct {
	Watcher[S]
	log     *history[S]
	coder   aper.Coder
	clients perClient[confirmedAt[S]]
	wrong   map[wrongState]bool // that somebody held whose rules differed: a store or a clone can bring them back
}

type wrongState struct {
	at      wire.Position
	encoded string
}

// confirmedAt is what was looked at last.
type confirmedAt[S aper.StateMachine[S]] struct {
	replica  *engine.Replica[S]
	position wire.Position
	skipped  int
	astray   bool          // its rules differed, and it is not repaired yet
	strayed  wire.Position // where that was
	suspect  bool          // a sum from then may still be to be compared, though the state came right by itself
}

func newConfirmed[S aper.StateMachine[S]](log *history[S]) *confirmed[S] {
	return &confirmed[S]{log: log, wrong: map[wrongState]bool{}}
}

func (o *confirmed[S]) Stepped(c Client, r *engine.Replica[S], ready *engine.ReplicaReady) error {
	at := o.clients.of(c)
	switch {
	case len(ready.Diverged) > 0 && !at.suspect:
		return breach("I1", "L11", "client %v: %v", c, ready.Diverged[0])
	case len(ready.Diverged) > 0 || at.replica != nil && at.replica != r:
		at.astray, at.suspect = false, false
	}
	if at.replica == r && at.position == r.Position() {
		return nil
	}
	if at.replica == r && at.position.Epoch != 0 && at.position.Epoch != r.Position().Epoch && !ready.Forked {
		return breach("I1", "N10", "client %v goes on in another epoch, and is not told", c)
	}
	at.replica, at.position = r, r.Position()
	return o.check(c, at, false)
}

// Strayed: until somebody finds out, or the state comes anew.
func (o *confirmed[S]) Strayed(c Client) error {
	at := o.clients.of(c)
	at.astray, at.suspect, at.strayed = true, true, at.position
	return nil
}

// Settled looks at everyone again, because what is confirmed must not change under a position that stays.
func (o *confirmed[S]) Settled(*World[S]) error {
	for i, at := range o.clients {
		if at.replica == nil {
			continue
		}
		if err := o.check(Client(i), at, true); err != nil {
			return err
		}
		if head := o.log.head().position; at.replica.Position() != head {
			return breach("I1", "L7", "client %v stays at %v, and the log goes to %v", Client(i), at.replica.Position(), head)
		}
	}
	return nil
}

// Forgot: if its program ended, nobody holds its replica any more; else it steps again.
func (o *confirmed[S]) Forgot(c Client, _ string) error {
	o.clients.of(c).replica = nil
	return nil
}

// A state of more bytes than large is compared every few positions only.
const (
	large = 500
	few   = 8
)

func (o *confirmed[S]) check(c Client, at *confirmedAt[S], all bool) error {
	r := at.replica
	if !r.Started() || partial(r.Position()) {
		return nil
	}
	p := o.log.points[r.Position()]
	if p == nil {
		return breach("I1", "L4", "client %v confirmed %v, where no durable batch ends", c, r.Position())
	}
	want := o.log.encoding(p)
	if at.skipped++; len(want) > large && at.skipped%few != 0 && !all && !at.astray {
		return nil
	}
	switch got := encode(&o.coder, r.Confirmed()); {
	case bytes.Equal(got, want):
		at.astray = at.astray && r.Position() == at.strayed
	case at.astray:
		o.wrong[wrongState{r.Position(), string(got)}] = true
	case o.wrong[wrongState{r.Position(), string(got)}]:
		at.astray, at.suspect, at.strayed = true, true, r.Position()
	default:
		return breach("I1", "L1", "at %v client %v holds %s", r.Position(), c, showBoth(r.Confirmed(), p.state))
	}
	return nil
}
