package engine

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

func (a *Authority[S]) push(at *attachment, m *wire.Push) {
	if !a.heard(at, m.Known) {
		return
	}
	s, next := at.session, m.First
	for raw := range m.All() {
		if at.nacked != 0 && next > at.nacked {
			return // it was made on what was not taken, and will come again
		}
		if next > s.Decided+1 || next == 0 {
			a.close(at, wire.CloseProtocol, "a transition is missing: numbers must be dense")
			return
		}
		if len(s.Window) >= a.options.MaxPending {
			a.close(at, wire.CloseProtocol, "too many transitions without an acknowledged outcome")
			return
		}
		if next > s.Decided { // else it was pushed again, and decided before
			base, ok := a.baseOf(at, m, next)
			if !ok {
				return
			}
			at.nacked = 0
			a.decide(at, next, m.Known, base, raw)
		}
		next++
	}
}

// decide gives one transition its outcome.
func (a *Authority[S]) decide(at *attachment, number, known aper.ClientSeq, base aper.Seq, raw []byte) {
	s := at.session
	a.fire()
	a.open(s)
	t, err := a.read(raw)
	if base == wire.NoBase {
		base = a.position.Seq
	}
	if err == nil && s.view && base < a.floorNow() {
		err = ErrStale
	}
	amended := false
	if err == nil {
		t, amended, err = a.authorize(at, t)
	}
	if err == nil && amended {
		t, raw, err = a.restate(t)
	}
	if err != nil {
		a.reject(s, number, err)
		return
	}
	a.meta = aper.Meta{
		Client:    s.Client,
		User:      s.User,
		ClientSeq: number,
		Time:      a.stamp(),
		Base:      base,
		Lost:      s.Rejected > known,
	}
	if err := a.accept(t, raw, amended); err != nil {
		a.reject(s, number, err)
		return
	}
	a.parked = false
	a.touch(s)
	a.tell(s, wire.Verdict{ClientSeq: number, Seq: a.position.Seq})
}

// accept applies a transition and makes it an event, or returns the conflict that forbids it. The meta is set but for
// what it adds itself.
func (a *Authority[S]) accept(t aper.Transition[S], raw []byte, amended bool) error {
	events := &a.batch.record.Events
	floor := a.floorNow()
	a.meta.Seq, a.meta.Floor = a.position.Seq+1, floor
	a.meta.Entropy = wire.Entropy(a.batch.record.Seed, events.Len())
	e := wire.Event{Client: a.meta.Client, ClientSeq: a.meta.ClientSeq, Lost: a.meta.Lost, Amended: amended, Transition: raw}
	at := a.meta.Time
	if a.capable.anchored {
		e.Behind = uint64(a.meta.Seq - a.meta.Base)
	}
	next, err := apply(t, a.state, &a.meta)
	if err == nil && a.verifier != nil {
		err = a.verifier.verify(a.state, next)
	}
	if err != nil {
		return err
	}
	if events.Len() == 0 {
		a.batch.record.First, a.batch.record.Time = a.position.Seq+1, at
		if floor > a.floor {
			a.floor, a.batch.record.Floor = floor, floor
		}
	}
	e.After = at - a.batch.record.Time
	events.Add(e)
	a.state, a.time = next, at
	a.position.Seq++
	a.batch.write = true
	a.batch.drew = a.batch.drew || a.meta.Drew()
	return nil
}

// stamp returns the time of the next event of a client. While timers are still to be caught up with, it comes before
// the next of them.
func (a *Authority[S]) stamp() aper.Time {
	if a.due != 0 && a.due <= a.now && !a.parked {
		return max(a.time, a.due-1)
	}
	return max(a.time, a.now)
}

// read decodes what a client pushed.
func (a *Authority[S]) read(raw []byte) (aper.Transition[S], error) {
	if len(raw) > a.options.MaxTransition {
		return nil, ErrTooLarge
	}
	if string(raw) == wire.Void {
		return nil, ErrWithdrawn
	}
	return a.decode(raw)
}

func (a *Authority[S]) decode(raw []byte) (aper.Transition[S], error) {
	a.coder.DecodeFrom(raw)
	t := aper.CodeTransition[S](&a.coder, nil)
	if _, err := a.coder.Finish(); err != nil {
		return nil, ErrUndecodable
	}
	return t, nil
}

func (a *Authority[S]) encode(t aper.Transition[S]) ([]byte, error) {
	a.coder.EncodeTo(nil)
	aper.CodeTransition(&a.coder, t)
	return a.coder.Finish()
}

func (a *Authority[S]) reject(s *session, number aper.ClientSeq, err error) {
	a.panicked(err)
	v := wire.Verdict{ClientSeq: number, Seq: a.position.Seq, Rejected: true}
	v.Path, v.Conflict = a.tellable(err)
	a.batch.record.Rejections = append(a.batch.record.Rejections, wire.Rejection{Client: s.Client, Verdict: v})
	a.batch.write = true
	a.touch(s)
	a.tell(s, v)
}

// tellable returns what travels of a conflict. Where information is hidden that is a constant of the program alone: paths hold
// keys, and texts whatever a rule puts together.
func (a *Authority[S]) tellable(err error) (path string, conflict aper.Conflict) {
	if !a.capable.secretive {
		return conflictOf(err)
	}
	constant, ok := constantOf(err)
	if !ok {
		return "", ErrUntold
	}
	_, conflict = conflictOf(constant)
	return "", conflict
}

// panicked passes a panic on to the program's author.
func (a *Authority[S]) panicked(err error) {
	if p, ok := err.(*PanicError); ok {
		a.batch.panics = append(a.batch.panics, p)
	}
}

// tell notes an outcome in the session, and for sending where the events do not say it.
func (a *Authority[S]) tell(s *session, v wire.Verdict) {
	s.decide(v)
	if s.attach == 0 || !v.Rejected && !s.view {
		return
	}
	if len(s.verdicts) == 0 {
		a.batch.spoken = append(a.batch.spoken, s)
	}
	s.verdicts = append(s.verdicts, v)
}
