package engine

import (
	"cmp"
	"errors"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// A ReplayError says that a journal does not give the room that it recorded.
type ReplayError struct {
	LSN wire.LSN
	Err error
}

func (e *ReplayError) Error() string {
	return "engine: the journal cannot be replayed at record " + decimal(uint64(e.LSN)) + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *ReplayError) Unwrap() error { return e.Err }

func decimal(n uint64) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return decimal(n/10) + decimal(n%10)
}

var (
	errSchema = errors.New("it was written by another version of the machine; run that version, or migrate the room")
	errChain  = errors.New("it does not follow the record before it")
	errSeq    = errors.New("its events do not follow those before it")
	errClient = errors.New("it decides about a session that was never opened")
	errNumber = errors.New("it decides a transition twice, or not in order")
	errSum    = errors.New("its events give another state in this build of the program than in the one that wrote them; " +
		"run that one, or mark the change of rules with //aper:version")
)

// Restore begins from a snapshot of the room.
func (a *Authority[S]) Restore(s *wire.RoomSnapshot) error {
	if s.Schema != a.schema {
		return &ReplayError{s.LSN, errSchema}
	}
	state, err := aper.Decode[S](s.State)
	if err != nil {
		return &ReplayError{s.LSN, err}
	}
	a.state, a.epoch, a.position, a.now, a.time = state, s.Position.Epoch, s.Position, s.Time, s.Time
	a.lsn, a.recordTag, a.clients = s.LSN, s.RecordTag, s.Clients
	a.floor, a.evictedBelow, a.encoded = s.Floor, s.EvictedBelow, len(s.State)
	a.tail.begin(tailEnd{s.Position.Seq, s.Position.Tag})
	a.framedAt = s.Time
	for _, row := range s.Sessions {
		restored := &session{SessionRow: row}
		a.sessions[row.Client] = restored
		a.opened(restored)
	}
	return nil
}

// A Frozen is everything about a room at one moment. The state in it is not encoded yet, which takes time and may be done
// elsewhere.
type Frozen[S aper.StateMachine[S]] struct {
	state S
	room  wire.RoomSnapshot
}

// Freeze returns the room as of the last Ready, or the last record that was replayed.
func (a *Authority[S]) Freeze() *Frozen[S] {
	f := &Frozen[S]{state: a.state}
	f.room = wire.RoomSnapshot{
		LSN:       a.lsn,
		Term:      a.term,
		RecordTag: a.recordTag,
		Position:  a.position,
		Time:      a.time,
		Schema:    a.schema,
		Clients:   a.clients,

		Floor:        a.floor,
		EvictedBelow: a.evictedBelow,
	}
	for _, row := range a.rows {
		copied := row.SessionRow
		copied.Window = slices.Clone(row.Window)
		f.room.Sessions = append(f.room.Sessions, copied)
	}
	slices.SortFunc(f.room.Sessions, func(x, y wire.SessionRow) int { return cmp.Compare(x.Client, y.Client) })
	return f
}

// Snapshot encodes the room. It may be stored only when all records up to there are durable.
func (f *Frozen[S]) Snapshot() (*wire.RoomSnapshot, error) {
	state, err := aper.Encode(f.state)
	if err != nil {
		return nil, err
	}
	room := f.room
	room.State = state
	return &room, nil
}

// Snapshot is Freeze and Snapshot in one.
func (a *Authority[S]) Snapshot() (*wire.RoomSnapshot, error) { return a.Freeze().Snapshot() }

// Replay applies the next record of the journal.
func (a *Authority[S]) Replay(r *wire.Record) error {
	if err := a.replay(r); err != nil {
		return &ReplayError{r.LSN, err}
	}
	return nil
}

// Review is Replay for those who look at what happened: it calls visit with each event and the state that followed it.
// After visit has returned false the rest of the record is left out, and the authority is of no more use.
func (a *Authority[S]) Review(r *wire.Record, visit func(e aper.Event[S], state S) bool) error {
	a.visit = visit
	err := a.Replay(r)
	a.visit = nil
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

var errEnough = errors.New("enough was seen")

func (a *Authority[S]) replay(r *wire.Record) error {
	if r.Schema != a.schema {
		return errSchema
	}
	if r.LSN != a.lsn+1 || r.Previous != a.recordTag {
		return errChain
	}
	if r.Genesis != nil {
		state, err := aper.Decode[S](r.Genesis.State)
		if err != nil {
			return err
		}
		a.state, a.epoch, a.encoded = state, r.Genesis.Epoch, len(r.Genesis.State)
		a.position = wire.Position{Epoch: a.epoch}
	}
	if r.First != a.position.Seq+1 {
		return errSeq
	}
	a.lsn, a.recordTag = r.LSN, r.Tag
	if r.Epoch != 0 {
		a.rewind(r.Epoch)
	}
	if r.Clients != 0 {
		a.clients = r.Clients
	}
	if r.Floor != 0 {
		a.floor = r.Floor
	}
	for _, o := range r.Opened {
		s := &session{}
		s.Opened = o
		a.sessions[o.Client] = s
		a.opened(s)
		s.Active = r.Time
	}
	before := a.framedAt
	if err := a.replayDecisions(r); err != nil {
		return err
	}
	if r.Events.Len() > 0 {
		a.publish(r)
	}
	if err := a.replayMembers(r); err != nil {
		return err
	}
	if err := a.replayAcknowledged(r.Acknowledged); err != nil {
		return err
	}
	a.forget(r.Evicted)
	return a.replaySum(r, before)
}

// A crossing is a state that may have been summed.
type crossing[S any] struct {
	seq   aper.Seq
	state S
}

// maxCrossings is how many states are remembered until the sum of one comes.
const maxCrossings = 4

// replaySum checks that the events gave the state that they gave when they were written.
func (a *Authority[S]) replaySum(r *wire.Record, before aper.Time) error {
	if crosses(before, a.framedAt, a.options.CheckEvery) {
		if a.crossed = append(a.crossed, crossing[S]{a.position.Seq, a.state}); len(a.crossed) > maxCrossings {
			a.crossed = a.crossed[1:]
		}
	}
	for _, c := range a.crossed {
		if c.seq != r.Sum.Seq {
			continue
		}
		encoded, err := aper.Encode(c.state)
		if err != nil {
			return err
		}
		if wire.SumOf(encoded) != r.Sum.Sum {
			return errSum
		}
	}
	return nil
}

// Summed tells the sum of a state that a Ready asked for, so that the journal has it.
func (a *Authority[S]) Summed(sum wire.Check) { a.batch.record.Sum = sum }

// replayDecisions applies the events, and merges the rejections in where they were decided: every session's numbers are
// dense, so a rejection comes before the event of the same session with a higher number.
func (a *Authority[S]) replayDecisions(r *wire.Record) error {
	rejections := r.Rejections
	index := 0
	for e := range r.Events.All() {
		for len(rejections) > 0 && rejections[0].Seq < a.position.Seq+1 {
			if err := a.replayOutcome(r, rejections[0].Client, rejections[0].Verdict); err != nil {
				return err
			}
			rejections = rejections[1:]
		}
		if err := a.replayEvent(r, e, index); err != nil {
			return err
		}
		index++
	}
	for _, rejection := range rejections {
		if err := a.replayOutcome(r, rejection.Client, rejection.Verdict); err != nil {
			return err
		}
	}
	if index > 0 {
		a.position.Tag = r.Tag
	}
	return nil
}

func (a *Authority[S]) replayEvent(r *wire.Record, e wire.Event, index int) error {
	s := a.sessions[e.Client]
	if s == nil && e.Client != 0 {
		return errClient
	}
	t, err := a.decode(e.Transition)
	if err != nil {
		return err
	}
	a.meta = aper.Meta{
		Seq:       a.position.Seq + 1,
		Client:    e.Client,
		ClientSeq: e.ClientSeq,
		Time:      r.Time + e.After,
		Floor:     a.floor,
		Lost:      e.Lost,
		Entropy:   wire.Entropy(r.Seed, index),
	}
	if a.capable.anchored {
		a.meta.Base = a.meta.Seq - aper.Seq(e.Behind)
	}
	if s != nil {
		a.meta.User = s.User
	}
	meta := a.meta // before the rule draws from it
	seq, at := a.meta.Seq, a.meta.Time
	next, err := apply(t, a.state, &a.meta)
	if err != nil {
		return err
	}
	a.state, a.position.Seq, a.time, a.now = next, seq, at, max(a.now, at)
	if a.visit != nil && !a.visit(aper.Event[S]{Meta: meta, Transition: t}, next) {
		return errEnough
	}
	if s == nil {
		return nil
	}
	return a.replayOutcome(r, e.Client, wire.Verdict{ClientSeq: e.ClientSeq, Seq: seq})
}

func (a *Authority[S]) replayOutcome(r *wire.Record, client aper.ClientID, v wire.Verdict) error {
	s := a.sessions[client]
	if s == nil {
		return errClient
	}
	if v.ClientSeq != s.Decided+1 {
		return errNumber
	}
	s.decide(v)
	s.Active = r.Time
	return nil
}

func (a *Authority[S]) replayMembers(r *wire.Record) error {
	for _, m := range r.Joined {
		s := a.sessions[m.Client]
		if s == nil {
			return errClient
		}
		s.Joined, s.Active = m.Joined, r.Time
	}
	return nil
}

func (a *Authority[S]) replayAcknowledged(list []wire.Acknowledged) error {
	for _, ack := range list {
		s := a.sessions[ack.Client]
		if s == nil {
			return errClient
		}
		if ack.Through > s.Decided {
			return errNumber
		}
		if ack.Through > s.acknowledged() {
			s.forget(ack.Through)
		}
	}
	return nil
}
