package engine

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// A Message goes to one connection.
type Message struct {
	To    Attach
	Bytes []byte
}

// A Joined is a connection that gets the state, and from then on the frames.
type Joined struct {
	Attach   Attach
	Client   aper.ClientID
	View     bool
	Welcome  []byte
	Outcomes []byte // of transitions pushed over earlier connections; sent after the snapshot; may be empty
}

// A Ready is what an authority asks of its driver after a batch. See the package's description for the order.
type Ready[S aper.StateMachine[S]] struct {
	Record   *wire.Record  // to be durable before anything else here leaves; nil when nothing needs to be written
	Frame    []byte        // for all replicas that joined earlier; nil when there were no events
	Joined   []Joined      // after the frame
	Messages []Message     // after the frame and the welcomes
	Closed   []Message     // connections to be closed, each with its last message
	Panics   []*PanicError // to be reported to the program's author

	State    S // at Position, for snapshots and for readers in this process
	Position wire.Position
	Time     aper.Time
	Users    []wire.User // of all sessions at Position
}

// Snapshot returns the message that brings a replica to the Ready's position.
func (r *Ready[S]) Snapshot() ([]byte, error) {
	state, err := aper.Encode(r.State)
	if err != nil {
		return nil, err
	}
	m := wire.Snapshot{Seq: r.Position.Seq, Tag: r.Position.Tag, Time: r.Time, State: state, Users: r.Users}
	return m.Append(make([]byte, 0, len(state)+64)), nil
}

// Ready ends the batch.
func (a *Authority[S]) Ready() Ready[S] {
	b := &a.batch
	events := b.record.Events.Len()
	if events > 0 {
		a.position.Tag = b.record.Tag
	}
	r := Ready[S]{
		Closed:   b.closed,
		Messages: b.replies,
		Panics:   b.panics,
		State:    a.state,
		Position: a.position,
		Time:     a.now,
		Users:    a.users[:len(a.users):len(a.users)],
	}
	if b.write {
		r.Record = a.record()
	}
	if events > 0 {
		r.Frame = a.frame(r.Record)
	}
	for _, s := range b.spoken {
		r.Messages = a.appendVerdicts(r.Messages, s)
	}
	for _, at := range b.joined {
		r.Joined = append(r.Joined, a.join(at)) // also when it was closed since: it is told what it did before
	}
	acknowledged := b.record.Acknowledged
	a.batch = batch{spoken: b.spoken[:0], joined: b.joined[:0]}
	if r.Record == nil {
		a.batch.record.Acknowledged = acknowledged // they wait for a record that is written anyway
	}
	return r
}

func (a *Authority[S]) record() *wire.Record {
	record := a.batch.record
	a.lsn++
	record.LSN, record.Term, record.Previous, record.Schema = a.lsn, a.term, a.recordTag, a.schema
	if !a.batch.drew {
		record.Seed = 0
	}
	if record.Events.Len() == 0 {
		record.First = a.position.Seq + 1
	}
	a.recordTag = record.Tag
	return &record
}

func (a *Authority[S]) frame(record *wire.Record) []byte {
	f := wire.Frame{
		First:  record.First,
		Tag:    record.Tag,
		Seed:   record.Seed,
		Time:   record.Time,
		Events: record.Events,
		Users:  a.batch.users,
	}
	return f.Append(make([]byte, 0, f.Events.Size()+40))
}

func (a *Authority[S]) appendVerdicts(messages []Message, s *session) []Message {
	if s.attach == 0 || len(s.verdicts) == 0 {
		return messages
	}
	m := wire.Verdicts{List: s.verdicts}
	s.verdicts = s.verdicts[:0]
	return append(messages, Message{To: s.attach, Bytes: m.Append(nil)})
}

func (a *Authority[S]) join(at *attachment) Joined {
	s := at.session
	welcome := wire.Welcome{
		Mode:    at.mode,
		Client:  s.Client,
		Token:   at.peer.Token,
		Epoch:   a.epoch,
		Decided: s.Decided,
		Now:     a.now,
		Limits:  wire.Limits{Transition: a.options.MaxTransition, Pending: a.options.MaxPending},
	}
	j := Joined{Attach: at.attach, Client: s.Client, View: s.view, Welcome: welcome.Append(nil)}
	if len(s.Window) > 0 {
		outcomes := wire.Verdicts{List: s.Window}
		j.Outcomes = outcomes.Append(nil)
	}
	return j
}
