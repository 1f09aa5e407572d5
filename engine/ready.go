package engine

import (
	"slices"

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
	Attach    Attach
	Client    aper.ClientID
	View      bool
	Welcome   []byte
	Resumes   bool     // it has a good state: after the Welcome it gets Missing, and no snapshot
	Missing   [][]byte // frames up to and with this Ready's
	Outcomes  []byte   // of transitions pushed over earlier connections; sent after the state; may be empty
	Presences []byte   // of everyone; sent last
}

// A Ready is what an authority asks of its driver after a batch. See the package's description for the order.
type Ready[S aper.StateMachine[S]] struct {
	Record    *wire.Record  // to be durable before anything else here leaves; nil when nothing needs to be written
	Frame     []byte        // for all replicas that joined earlier; nil when there were no events
	Repaired  []Attach      // get the snapshot at this Ready's position after the frame, because they had diverged
	Joined    []Joined      // after the frame
	Messages  []Message     // after the frame and the welcomes
	Presences []byte        // changes, for all who joined earlier, after the messages; nil when there are none
	Signals   []byte        // for all who joined earlier, or nobody: they may be lost
	Closed    []Message     // connections to be closed, each with its last message
	Panics    []*PanicError // to be reported to the program's author
	Reports   []error       // for the operators: a *TimerError, a *MemberError, or a *DivergenceError of a replica
	Wake      aper.Time     // when to begin a batch although nothing came in; 0 for never
	Check     bool          // it is time to tell the Sum of this state

	State    S // at Position, for snapshots and for readers in this process
	Position wire.Position
	Time     aper.Time // of the last event
	Floor    aper.Seq
	Users    []wire.User // of all sessions at Position

	present []wire.Attendee
}

// snapshotPart is how many bytes of the state one message holds, so that a large one can be seen to arrive.
const snapshotPart = 1 << 20

// Snapshot returns the messages that bring a replica to the Ready's position. Each may be a transport message of its own.
func (r *Ready[S]) Snapshot() ([][]byte, error) {
	state, err := aper.Encode(r.State)
	if err != nil {
		return nil, err
	}
	m := wire.Snapshot{
		Seq: r.Position.Seq, Tag: r.Position.Tag, Time: r.Time, Floor: r.Floor,
		Parts: max(1, (len(state)+snapshotPart-1)/snapshotPart),
	}
	var messages [][]byte
	for ; m.Part < m.Parts; m.Part++ {
		m.State = state[m.Part*snapshotPart : min(len(state), (m.Part+1)*snapshotPart)]
		if m.Last() {
			m.Users, m.Sum = r.Users, wire.SumOf(state)
		}
		messages = append(messages, m.Append(make([]byte, 0, len(m.State)+64)))
	}
	return messages, nil
}

// Sum returns the sum of the state. The driver sends it to all replicas, at any later time, and tells the authority.
func (r *Ready[S]) Sum() (wire.Check, error) {
	state, err := aper.Encode(r.State)
	if err != nil {
		return wire.Check{}, err
	}
	return wire.Check{Seq: r.Position.Seq, Sum: wire.SumOf(state)}, nil
}

// AllPresences returns the message that tells all presences, for a connection that missed some changes.
func (r *Ready[S]) AllPresences() []byte {
	m := wire.Presences{Reset: true, Set: r.present}
	return m.Append(nil)
}

// To returns all that goes to one replica, as one transport message. It serves drivers of few connections.
func (r *Ready[S]) To(n Attach) (message []byte, err error) {
	if at := slices.IndexFunc(r.Joined, func(j Joined) bool { return j.Attach == n }); at >= 0 {
		message, err = r.toJoined(&r.Joined[at])
	} else {
		message = append(message, r.Frame...)
		if slices.Contains(r.Repaired, n) {
			snapshot, failed := r.Snapshot()
			message, err = append(message, slices.Concat(snapshot...)...), failed
		}
		message = append(append(message, r.Presences...), r.Signals...)
	}
	for _, m := range slices.Concat(r.Messages, r.Closed) {
		if m.To == n {
			message = append(message, m.Bytes...)
		}
	}
	return message, err
}

func (r *Ready[S]) toJoined(j *Joined) ([]byte, error) {
	parts, err := j.Missing, error(nil)
	if !j.Resumes && !j.View {
		parts, err = r.Snapshot()
	}
	return slices.Concat(j.Welcome, slices.Concat(parts...), j.Outcomes, j.Presences), err
}

// Ready ends the batch.
func (a *Authority[S]) Ready() Ready[S] {
	a.leaveNow()
	a.fire()
	before := a.framedAt
	r := Ready[S]{Record: a.record()}
	if r.Record != nil && r.Record.Events.Len() > 0 {
		r.Frame = a.publish(r.Record)
	}
	a.fill(&r, before)
	b := &a.batch
	next := batch{number: b.number + 1, spoken: b.spoken[:0], joined: b.joined[:0], touched: b.touched[:0]}
	if r.Record == nil { // these wait for a record that is written anyway
		next.record.Acknowledged, next.record.Sum = b.record.Acknowledged, b.record.Sum
	}
	a.batch = next
	return r
}

// fill sets what follows from the batch, when its record is made.
func (a *Authority[S]) fill(r *Ready[S], before aper.Time) {
	b := &a.batch
	r.Repaired, r.Messages, r.Closed = b.diverged, b.replies, b.closed
	r.Panics, r.Reports, r.Wake = b.panics, b.reports, a.wake()
	r.Check = crosses(before, a.time, a.options.CheckEvery)
	r.State, r.Position, r.Time, r.Floor = a.state, a.position, a.time, a.floor
	r.Presences = a.presenceChanges()
	r.Users, r.present = a.users[:len(a.users):len(a.users)], a.presences
	for _, n := range b.diverged {
		if at := a.attached[n]; at != nil && len(at.session.Window) > 0 { // of events that it could not take, too
			m := wire.Verdicts{List: at.session.Window}
			r.Messages = append(r.Messages, Message{To: n, Bytes: m.Append(nil)})
		}
	}
	for _, at := range b.pongs {
		r.Messages = append(r.Messages, a.pong(at))
	}
	for _, at := range b.joined {
		at.session.verdicts = at.session.verdicts[:0] // Joined.Outcomes has them
	}
	for _, s := range b.spoken {
		r.Messages = a.appendVerdicts(r.Messages, s)
	}
	if len(b.signals) > 0 {
		m := wire.Signals{List: b.signals}
		r.Signals = m.Append(nil)
	}
	if len(b.joined) == 0 {
		return
	}
	present := r.AllPresences()
	for _, at := range b.joined {
		r.Joined = append(r.Joined, a.welcome(at, present)) // also when it was closed since: it is told what it did before
	}
}

// crosses reports whether a frame whose last event is at after, when that of the one before is at before, ends in a state
// that may be summed: it is the first in its stretch of time. Who sends and who takes the frame agree on that.
func crosses(before, after, every aper.Time) bool { return every > 0 && before/every != after/every }

// record returns the record of the batch, and nil when nothing needs to be written.
func (a *Authority[S]) record() *wire.Record {
	if !a.batch.write {
		return nil
	}
	record := a.batch.record
	a.lsn++
	record.LSN, record.Term, record.Previous, record.Schema = a.lsn, a.term, a.recordTag, a.schema
	if !a.batch.drew {
		record.Seed = 0
	}
	if record.Events.Len() == 0 {
		record.First = a.position.Seq + 1
	} else {
		a.position.Tag = record.Tag
	}
	for _, s := range a.batch.touched {
		s.Active = record.Time
	}
	a.recordTag = record.Tag
	return &record
}

// publish returns the frame with a record's events, and keeps it for replicas that come back.
func (a *Authority[S]) publish(record *wire.Record) []byte {
	f := wire.Frame{First: record.First, Tag: record.Tag, Seed: record.Seed, Time: record.Time, Events: record.Events}
	for _, told := range a.untold {
		told.Told = true
		f.Users = append(f.Users, wire.User{Client: told.Client, Name: told.User})
	}
	a.untold = a.untold[:0]
	if a.floor != a.framed {
		f.Floor, a.framed = a.floor, a.floor
	}
	a.framedAt = a.time
	frame := f.Append(make([]byte, 0, f.Events.Size()+40))
	a.tail.add(frame, tailEnd{a.position.Seq, record.Tag}, min(a.options.Tail, max(a.encoded, smallTail)))
	return frame
}

// smallTail is kept of the frames also when the state is even smaller, in bytes.
const smallTail = 4 << 10

func (a *Authority[S]) appendVerdicts(messages []Message, s *session) []Message {
	if s.attach == 0 || len(s.verdicts) == 0 {
		return messages
	}
	m := wire.Verdicts{List: s.verdicts}
	s.verdicts = s.verdicts[:0]
	return append(messages, Message{To: s.attach, Bytes: m.Append(nil)})
}

func (a *Authority[S]) welcome(at *attachment, present []byte) Joined {
	s := at.session
	missing, there, _ := a.tail.since(at.from) // again: it was longer and began earlier when the replica said hello
	welcome := wire.Welcome{
		Mode:    at.mode,
		Client:  s.Client,
		Token:   at.peer.Token,
		Epoch:   a.epoch,
		Decided: s.Decided,
		Now:     a.now,
		Limits: wire.Limits{
			Transition: a.options.MaxTransition,
			Pending:    a.options.MaxPending,
			Presence:   a.options.MaxPresence,
			CheckEvery: int(a.options.CheckEvery),
		},
		Events:  at.resumes && there,
		Floor:   a.floor,
		Rewound: at.rewound,
		User:    s.User,
	}
	j := Joined{Attach: at.attach, Client: s.Client, View: s.view, Welcome: welcome.Append(nil), Resumes: welcome.Events, Presences: present}
	if j.Resumes {
		for _, f := range missing {
			j.Missing = append(j.Missing, f.bytes)
		}
	}
	if len(s.Window) > 0 {
		outcomes := wire.Verdicts{List: s.Window}
		j.Outcomes = outcomes.Append(nil)
	}
	return j
}
