package wire

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
)

// A Code says what a message is. Codes are never given a second meaning.
type Code uint64

const (
	CodeHello     Code = 1
	CodePush      Code = 2
	CodePresence  Code = 3
	CodePing      Code = 4
	CodeBye       Code = 5
	CodeSignal    Code = 6
	CodeDiverged  Code = 7
	CodeWelcome   Code = 16
	CodeSnapshot  Code = 17
	CodeFrame     Code = 18
	CodeVerdicts  Code = 19
	CodeNack      Code = 20
	CodePresences Code = 21
	CodePong      Code = 22
	CodeClose     Code = 23
	CodeCheck     Code = 24
	CodeSignals   Code = 25
)

// Hello is a client's first message.
type Hello struct {
	Protocol uint64
	Room     aper.RoomID
	Machine  string // name of the state type, for people
	Schema   Fingerprint
	Build    string // of the program, for people
	View     bool   // the client does not hold the state; it is told every outcome by Verdicts

	Client   aper.ClientID // 0 asks for a new session
	Token    Token
	Position Position       // that the client has confirmed
	Known    aper.ClientSeq // highest number whose outcome the client knows, together with all below
	Sent     aper.ClientSeq // highest number that was ever handed to a connection
	Base     aper.Seq       // lowest base that the client may still push with; 0 unless the machine asks for bases
	Instance uint64         // of the client's program, random; 0 when it is not known
	Attempt  uint64         // of this instance to connect, from 1
}

// Push carries transitions, numbered First, First+1 and so on. Count is what the sender says: All yields no more than that,
// and no more than there are. A transition that is Void was withdrawn.
type Push struct {
	First       aper.ClientSeq
	Known       aper.ClientSeq // highest number that was decided when these were made; it acknowledges their outcomes
	Count       int
	Transitions []byte   // Count encodings, one after the other
	Base        aper.Seq // that the client had confirmed when these were made; 0 unless the machine asks for it
}

// NoBase is the base of a view that does not say one: what it pushes is made on whatever state it meets.
const NoBase = ^aper.Seq(0)

// Void stands for a transition that its author withdrew after it had got its number: CBOR's null.
const Void = "\xf6"

// Presence sets what the others see of this session beside the state: a cursor, a name, a mood. Empty takes it back.
type Presence struct{ Value []byte }

// Signal goes once to everyone who is there, and is kept nowhere.
type Signal struct{ Value []byte }

// Ping asks for a Pong and acknowledges outcomes.
type Ping struct {
	Sent  aper.Time // by the client's clock; comes back in the Pong
	Known aper.ClientSeq
	Base  aper.Seq // lowest base that the client may still push with; 0 unless the machine asks for bases
}

// Diverged says that the client's state at a seq is not the authority's, and asks for a snapshot.
type Diverged struct {
	Seq aper.Seq
	Sum Sum // of the client's state; 0 when an event could not be applied
}

// Bye announces that the client will not come back with this session.
type Bye struct{}

// Welcome is the answer to Hello.
type Welcome struct {
	Mode    Mode
	Client  aper.ClientID
	Token   Token
	Epoch   Epoch
	Decided aper.ClientSeq // highest number of this session that has an outcome
	Now     aper.Time      // by the authority's clock
	Limits  Limits
	Events  bool     // the client's state is good, and the events since follow; otherwise a Snapshot does
	Floor   aper.Seq // lowest base that a push may have
	Rewound bool     // the client was in another history; something of what was confirmed may not have happened
	User    string   // whose session it is; empty without authentication
}

// Snapshot is a part of the whole state at a position of the epoch that Welcome named. Parts come in order; the last has
// what the others leave out.
type Snapshot struct {
	Seq   aper.Seq
	Tag   Tag
	Time  aper.Time // of the last event
	State []byte    // encoded; of the parts together
	Users []User    // of all sessions that have one; in the last part
	Part  int       // from 0
	Parts int       // how many there are; 0 means 1
	Sum   Sum       // of the whole state; in the last part
	Floor aper.Seq
}

// Last reports whether the snapshot is complete with this part.
func (m *Snapshot) Last() bool { return m.Part+1 >= m.Parts }

// Frame carries the events of one batch, the first of which has seq First. It is encoded once for all replicas.
type Frame struct {
	First  aper.Seq
	Tag    Tag
	Seed   uint64 // of the events' entropy; 0 for a machine that draws none
	Time   aper.Time
	Events Events
	Users  []User   // of sessions that have one, with their first event
	Floor  aper.Seq // for these events and from now on; 0 when it did not change
}

// Entropy returns the entropy of the event at index in a batch with this seed.
func Entropy(seed uint64, index int) uint64 { return seed + uint64(index)*0xd1342543de82ef95 }

// A User is the authenticated principal of a session.
type User struct {
	Client aper.ClientID
	Name   string
}

// A Verdict is the outcome of one push, where the events do not tell. That it has more than two fields is what tells a
// rejection, so the other outcome never gets a third.
type Verdict struct {
	ClientSeq aper.ClientSeq
	Seq       aper.Seq // of the event, or of the state in which the transition was rejected
	Rejected  bool
	Path      string
	Conflict  aper.Conflict
}

// Verdicts carries outcomes to the session that pushed.
type Verdicts struct{ List []Verdict }

// Nack says that a push was made on a state which is too old. It is no outcome: from that number on, the client says
// again what it wants, on a newer state.
type Nack struct {
	From  aper.ClientSeq
	Floor aper.Seq
}

// Presences carries changes of the presences.
type Presences struct {
	Reset bool // there are no others than Set
	Set   []Attendee
	Gone  []aper.ClientID
}

// An Attendee is a session with its presence, or its signal.
type Attendee struct {
	Client aper.ClientID
	User   string
	Value  []byte
}

// Signals carries what sessions want everyone to know once.
type Signals struct{ List []Attendee }

// Check tells the sum of the state at a seq, so that a replica can make sure that it has the same.
type Check struct {
	Seq aper.Seq
	Sum Sum
}

// Pong is the answer to Ping.
type Pong struct {
	Sent aper.Time // from the Ping
	Now  aper.Time // by the authority's clock
	Head aper.Seq
}

// Close is the last message before the authority closes a connection.
type Close struct {
	Code    CloseCode
	Reason  string         // for people, at most 123 bytes
	Decided aper.ClientSeq // with CloseRolledBack: numbers up to here may be those of other transitions; else 0
}

// Append appends the message.
func (m *Hello) Append(b []byte) []byte {
	b = head(b, CodeHello, 16)
	b = cbor.AppendUint(b, m.Protocol)
	b = cbor.AppendText(b, string(m.Room))
	b = cbor.AppendText(b, m.Machine)
	b = cbor.AppendUint(b, uint64(m.Schema))
	b = cbor.AppendText(b, m.Build)
	b = cbor.AppendBool(b, m.View)
	b = cbor.AppendUint(b, uint64(m.Client))
	b = cbor.AppendBytes(b, m.Token[:])
	b = cbor.AppendUint(b, uint64(m.Position.Epoch))
	b = cbor.AppendUint(b, uint64(m.Position.Seq))
	b = cbor.AppendUint(b, uint64(m.Position.Tag))
	b = cbor.AppendUint(b, uint64(m.Known))
	b = cbor.AppendUint(b, uint64(m.Sent))
	b = cbor.AppendUint(b, uint64(m.Base))
	b = cbor.AppendUint(b, m.Instance)
	return cbor.AppendUint(b, m.Attempt)
}

func head(b []byte, code Code, fields int) []byte {
	return cbor.AppendUint(cbor.AppendArray(b, fields+1), uint64(code))
}

// Append appends the message.
func (m *Push) Append(b []byte) []byte {
	fields := 3
	if m.Base != 0 {
		fields++
	}
	b = head(b, CodePush, fields)
	b = cbor.AppendUint(b, uint64(m.First))
	b = cbor.AppendUint(b, uint64(m.Known))
	b = append(cbor.AppendArray(b, m.Count), m.Transitions...)
	if m.Base != 0 {
		b = cbor.AppendUint(b, uint64(m.Base))
	}
	return b
}

// Append appends the message.
func (m *Presence) Append(b []byte) []byte {
	return cbor.AppendBytes(head(b, CodePresence, 1), m.Value)
}

// Append appends the message.
func (m *Signal) Append(b []byte) []byte { return cbor.AppendBytes(head(b, CodeSignal, 1), m.Value) }

// Append appends the message.
func (m *Ping) Append(b []byte) []byte {
	b = head(b, CodePing, 3)
	b = cbor.AppendInt(b, int64(m.Sent))
	b = cbor.AppendUint(b, uint64(m.Known))
	return cbor.AppendUint(b, uint64(m.Base))
}

// Append appends the message.
func (m *Diverged) Append(b []byte) []byte {
	b = cbor.AppendUint(head(b, CodeDiverged, 2), uint64(m.Seq))
	return cbor.AppendUint(b, uint64(m.Sum))
}

// Append appends the message.
func (Bye) Append(b []byte) []byte { return head(b, CodeBye, 0) }

// Append appends the message.
func (m *Welcome) Append(b []byte) []byte {
	b = head(b, CodeWelcome, 14)
	b = cbor.AppendUint(b, uint64(m.Mode))
	b = cbor.AppendUint(b, uint64(m.Client))
	b = cbor.AppendBytes(b, m.Token[:])
	b = cbor.AppendUint(b, uint64(m.Epoch))
	b = cbor.AppendUint(b, uint64(m.Decided))
	b = cbor.AppendInt(b, int64(m.Now))
	b = cbor.AppendUint(b, uint64(m.Limits.Transition))
	b = cbor.AppendUint(b, uint64(m.Limits.Pending))
	b = cbor.AppendUint(b, uint64(m.Limits.Presence))
	b = cbor.AppendUint(b, uint64(m.Limits.CheckEvery))
	b = cbor.AppendBool(b, m.Events)
	b = cbor.AppendUint(b, uint64(m.Floor))
	b = cbor.AppendBool(b, m.Rewound)
	return cbor.AppendText(b, m.User)
}

// Append appends the message.
func (m *Snapshot) Append(b []byte) []byte {
	b = head(b, CodeSnapshot, 9)
	b = cbor.AppendUint(b, uint64(m.Seq))
	b = cbor.AppendUint(b, uint64(m.Tag))
	b = cbor.AppendInt(b, int64(m.Time))
	b = cbor.AppendBytes(b, m.State)
	b = appendUsers(b, m.Users)
	b = cbor.AppendUint(b, uint64(m.Part))
	b = cbor.AppendUint(b, uint64(m.Parts))
	b = cbor.AppendUint(b, uint64(m.Sum))
	return cbor.AppendUint(b, uint64(m.Floor))
}

// appendUsers writes one flat array.
func appendUsers(b []byte, users []User) []byte {
	b = cbor.AppendArray(b, 2*len(users))
	for _, u := range users {
		b = cbor.AppendText(cbor.AppendUint(b, uint64(u.Client)), u.Name)
	}
	return b
}

// Append appends the message.
func (m *Frame) Append(b []byte) []byte {
	fields := 5
	switch {
	case m.Floor != 0:
		fields += 2
	case len(m.Users) > 0:
		fields++
	}
	b = head(b, CodeFrame, fields)
	b = cbor.AppendUint(b, uint64(m.First))
	b = cbor.AppendUint(b, uint64(m.Tag))
	b = cbor.AppendUint(b, m.Seed)
	b = cbor.AppendInt(b, int64(m.Time))
	b = m.Events.append(b)
	if fields > 5 {
		b = appendUsers(b, m.Users)
	}
	if fields > 6 {
		b = cbor.AppendUint(b, uint64(m.Floor))
	}
	return b
}

// Append appends the message.
func (m *Verdicts) Append(b []byte) []byte {
	b = cbor.AppendArray(head(b, CodeVerdicts, 1), len(m.List))
	for i := range m.List {
		b = m.List[i].append(b)
	}
	return b
}

// Append appends the message.
func (m *Nack) Append(b []byte) []byte {
	b = cbor.AppendUint(head(b, CodeNack, 2), uint64(m.From))
	return cbor.AppendUint(b, uint64(m.Floor))
}

// Append appends the message.
func (m *Presences) Append(b []byte) []byte {
	b = cbor.AppendBool(head(b, CodePresences, 3), m.Reset)
	b = appendAttendees(b, m.Set)
	b = cbor.AppendArray(b, len(m.Gone))
	for _, client := range m.Gone {
		b = cbor.AppendUint(b, uint64(client))
	}
	return b
}

// Append appends the message.
func (m *Signals) Append(b []byte) []byte { return appendAttendees(head(b, CodeSignals, 1), m.List) }

// appendAttendees writes one flat array.
func appendAttendees(b []byte, list []Attendee) []byte {
	b = cbor.AppendArray(b, 3*len(list))
	for i := range list {
		b = cbor.AppendText(cbor.AppendUint(b, uint64(list[i].Client)), list[i].User)
		b = cbor.AppendBytes(b, list[i].Value)
	}
	return b
}

// Append appends the message.
func (m *Check) Append(b []byte) []byte {
	b = cbor.AppendUint(head(b, CodeCheck, 2), uint64(m.Seq))
	return cbor.AppendUint(b, uint64(m.Sum))
}

func (v *Verdict) append(b []byte) []byte {
	if !v.Rejected {
		b = cbor.AppendUint(cbor.AppendArray(b, 2), uint64(v.ClientSeq))
		return cbor.AppendUint(b, uint64(v.Seq))
	}
	b = cbor.AppendUint(cbor.AppendArray(b, 4), uint64(v.ClientSeq))
	b = cbor.AppendUint(b, uint64(v.Seq))
	b = cbor.AppendText(b, v.Path)
	return cbor.AppendText(b, string(v.Conflict))
}

// Append appends the message.
func (m *Pong) Append(b []byte) []byte {
	b = head(b, CodePong, 3)
	b = cbor.AppendInt(b, int64(m.Sent))
	b = cbor.AppendInt(b, int64(m.Now))
	return cbor.AppendUint(b, uint64(m.Head))
}

// Append appends the message.
func (m *Close) Append(b []byte) []byte {
	b = cbor.AppendUint(head(b, CodeClose, 3), uint64(m.Code))
	b = cbor.AppendText(b, m.Reason)
	return cbor.AppendUint(b, uint64(m.Decided))
}

// All yields the encoded transitions in order, as views.
func (m *Push) All() func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		in := cbor.NewReader(m.Transitions)
		for range m.Count {
			raw := in.Raw()
			if in.Err() != nil || !yield(raw) {
				return
			}
		}
	}
}
