package wire

import (
	"errors"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
)

// A Record is one durable step of an authority.
type Record struct {
	LSN      LSN
	Term     Term
	Previous Tag // tag of the record before; 0 in the first
	Tag      Tag
	Time     aper.Time
	Schema   Fingerprint // of the machine that wrote it

	First  aper.Seq // seq of the first event, or of the next when there is none
	Seed   uint64
	Events Events

	Rejections   []Rejection
	Opened       []Opened
	Acknowledged []Acknowledged
	Clients      aper.ClientID // numbers below it may have been given out; 0 when that did not change

	Genesis *Genesis // in the first record only

	Floor   aper.Seq        // for these events and from now on; 0 when it did not change
	Joined  []Membership    // sessions that joined or left, in that order
	Evicted []aper.ClientID // sessions that are forgotten, after all else in this record
	Sum     Check           // of the state at an earlier seq, or at the last; zero when there is none
	Epoch   Epoch           // begins before all else in this record, because the room was restored; 0 when it stays
}

// A Membership says that a session joined the room or left it, by an event of the authority.
type Membership struct {
	Client aper.ClientID
	Joined bool
}

// A Rejection is the decision that a transition has no effect.
type Rejection struct {
	Client aper.ClientID
	Verdict
}

// Opened is the start of a session, written together with the first decision about it.
type Opened struct {
	Client    aper.ClientID
	TokenHash []byte
	User      string
}

// Acknowledged says that a client knows all its outcomes up to Through.
type Acknowledged struct {
	Client  aper.ClientID
	Through aper.ClientSeq
}

// Genesis is the beginning of a room.
type Genesis struct {
	Epoch Epoch
	State []byte // encoded
}

// A SessionRow is what the authority keeps about one session.
type SessionRow struct {
	Opened
	Decided  aper.ClientSeq // highest number with an outcome
	Rejected aper.ClientSeq // highest number that was rejected
	Window   []Verdict      // outcomes that the client has not acknowledged, in order; the last is that of Decided
	Joined   bool           // by an event, and has not left since
	Active   aper.Time      // of the last record that says anything about the session
	Told     bool           // a frame told the replicas whose session it is
}

// A RoomSnapshot is everything about a room after the record at LSN.
type RoomSnapshot struct {
	LSN       LSN
	Term      Term
	RecordTag Tag // of the record at LSN
	Position  Position
	Time      aper.Time
	Schema    Fingerprint
	State     []byte // encoded
	Clients   aper.ClientID
	Sessions  []SessionRow // by client

	Floor        aper.Seq
	EvictedBelow aper.ClientID // a session below it that has no row here is forgotten

	Earlier []Milestone // the snapshots that are kept for the history they begin, oldest first
}

// A Milestone is where a snapshot was taken.
type Milestone struct {
	LSN  LSN
	Seq  aper.Seq
	Time aper.Time
}

// A ReadError says that stored bytes cannot be read. Nothing of them is used.
type ReadError struct {
	What string // "record", "room snapshot", "saved session" or "divergence"
	Err  error  // a *cbor.Error, or that a version is not known
}

func (e *ReadError) Error() string {
	return "wire: the " + e.What + " cannot be read: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *ReadError) Unwrap() error { return e.Err }

var errVersion = errors.New("it has a version that this program does not know; a newer program wrote it")

// Append appends the record.
func (r *Record) Append(b []byte) []byte {
	b = cbor.AppendUint(cbor.AppendArray(b, 20), RecordVersion)
	b = cbor.AppendUint(b, uint64(r.LSN))
	b = cbor.AppendUint(b, uint64(r.Term))
	b = cbor.AppendUint(b, uint64(r.Previous))
	b = cbor.AppendUint(b, uint64(r.Tag))
	b = cbor.AppendInt(b, int64(r.Time))
	b = cbor.AppendUint(b, uint64(r.Schema))
	b = cbor.AppendUint(b, uint64(r.First))
	b = cbor.AppendUint(b, r.Seed)
	b = r.Events.append(b)
	b = cbor.AppendArray(b, len(r.Rejections))
	for i := range r.Rejections {
		b = cbor.AppendUint(cbor.AppendArray(b, 2), uint64(r.Rejections[i].Client))
		b = r.Rejections[i].Verdict.append(b)
	}
	b = cbor.AppendArray(b, len(r.Opened))
	for i := range r.Opened {
		b = r.Opened[i].append(b)
	}
	b = cbor.AppendArray(b, len(r.Acknowledged))
	for _, a := range r.Acknowledged {
		b = cbor.AppendUint(cbor.AppendArray(b, 2), uint64(a.Client))
		b = cbor.AppendUint(b, uint64(a.Through))
	}
	b = cbor.AppendUint(b, uint64(r.Clients))
	b = r.Genesis.append(b)
	b = cbor.AppendUint(b, uint64(r.Floor))
	b = cbor.AppendArray(b, len(r.Joined))
	for _, m := range r.Joined {
		b = cbor.AppendUint(cbor.AppendArray(b, 2), uint64(m.Client))
		b = cbor.AppendBool(b, m.Joined)
	}
	b = cbor.AppendArray(b, len(r.Evicted))
	for _, client := range r.Evicted {
		b = cbor.AppendUint(b, uint64(client))
	}
	b = cbor.AppendUint(cbor.AppendArray(b, 2), uint64(r.Sum.Seq))
	b = cbor.AppendUint(b, uint64(r.Sum.Sum))
	return cbor.AppendUint(b, uint64(r.Epoch))
}

func (g *Genesis) append(b []byte) []byte {
	if g == nil {
		return cbor.AppendArray(b, 0)
	}
	b = cbor.AppendUint(cbor.AppendArray(b, 2), uint64(g.Epoch))
	return cbor.AppendBytes(b, g.State)
}

func (o *Opened) append(b []byte) []byte {
	b = cbor.AppendUint(cbor.AppendArray(b, 3), uint64(o.Client))
	b = cbor.AppendBytes(b, o.TokenHash)
	return cbor.AppendText(b, o.User)
}

// ReadRecord reads what Append wrote. The record does not refer to b.
func ReadRecord(b []byte) (Record, error) {
	in := cbor.NewReader(append([]byte(nil), b...))
	f, err := openStored(&in, "record", RecordVersion)
	if err != nil {
		return Record{}, err
	}
	r := Record{
		LSN:      LSN(f.uint()),
		Term:     Term(f.uint()),
		Previous: Tag(f.uint()),
		Tag:      Tag(f.uint()),
		Time:     f.time(),
		Schema:   Fingerprint(f.uint()),
		First:    aper.Seq(f.uint()),
		Seed:     f.uint(),
		Events:   readEvents(&f),
	}
	for n := f.list(); n > 0 && in.Err() == nil; n-- {
		r.Rejections = append(r.Rejections, readRejection(&in))
	}
	for n := f.list(); n > 0 && in.Err() == nil; n-- {
		r.Opened = append(r.Opened, readOpened(&in))
	}
	for n := f.list(); n > 0 && in.Err() == nil; n-- {
		one := openFields(&in)
		r.Acknowledged = append(r.Acknowledged, Acknowledged{aper.ClientID(one.uint()), aper.ClientSeq(one.uint())})
		one.close()
	}
	r.Clients = aper.ClientID(f.uint())
	if f.has() {
		if genesis := openFields(&in); genesis.left > 0 {
			r.Genesis = &Genesis{Epoch(genesis.uint()), genesis.bytes()}
			genesis.close()
		}
	}
	r.Floor = aper.Seq(f.uint())
	for n := f.list(); n > 0 && in.Err() == nil; n-- {
		one := openFields(&in)
		r.Joined = append(r.Joined, Membership{aper.ClientID(one.uint()), one.bool()})
		one.close()
	}
	for n := f.list(); n > 0 && in.Err() == nil; n-- {
		r.Evicted = append(r.Evicted, aper.ClientID(in.Uint()))
	}
	if f.has() {
		one := openFields(&in)
		r.Sum = Check{aper.Seq(one.uint()), Sum(one.uint())}
		one.close()
	}
	r.Epoch = Epoch(f.uint())
	f.close()
	if err := in.End(); err != nil {
		return Record{}, &ReadError{"record", err}
	}
	return r, nil
}

// openStored opens what is stored, and checks that this program knows its version.
func openStored(in *cbor.Reader, what string, known uint64) (fields, error) {
	f := openFields(in)
	version := f.uint()
	if in.Err() != nil {
		return f, &ReadError{what, in.Err()}
	}
	if version != known {
		return f, &ReadError{what, errVersion}
	}
	return f, nil
}

func readRejection(in *cbor.Reader) Rejection {
	f := openFields(in)
	r := Rejection{Client: aper.ClientID(f.uint())}
	if f.has() {
		r.Verdict = readVerdict(in)
	}
	f.close()
	return r
}

func readOpened(in *cbor.Reader) Opened {
	f := openFields(in)
	o := Opened{Client: aper.ClientID(f.uint()), TokenHash: f.bytes(), User: f.text()}
	f.close()
	return o
}

// Append appends the room snapshot.
func (s *RoomSnapshot) Append(b []byte) []byte {
	b = cbor.AppendUint(cbor.AppendArray(b, 15), RecordVersion)
	b = cbor.AppendUint(b, uint64(s.LSN))
	b = cbor.AppendUint(b, uint64(s.Term))
	b = cbor.AppendUint(b, uint64(s.RecordTag))
	b = cbor.AppendUint(b, uint64(s.Position.Epoch))
	b = cbor.AppendUint(b, uint64(s.Position.Seq))
	b = cbor.AppendUint(b, uint64(s.Position.Tag))
	b = cbor.AppendInt(b, int64(s.Time))
	b = cbor.AppendUint(b, uint64(s.Schema))
	b = cbor.AppendBytes(b, s.State)
	b = cbor.AppendUint(b, uint64(s.Clients))
	b = cbor.AppendArray(b, len(s.Sessions))
	for i := range s.Sessions {
		b = s.Sessions[i].append(b)
	}
	b = cbor.AppendUint(b, uint64(s.Floor))
	b = cbor.AppendUint(b, uint64(s.EvictedBelow))
	b = cbor.AppendArray(b, len(s.Earlier))
	for _, m := range s.Earlier {
		b = cbor.AppendUint(cbor.AppendArray(b, 3), uint64(m.LSN))
		b = cbor.AppendUint(b, uint64(m.Seq))
		b = cbor.AppendInt(b, int64(m.Time))
	}
	return b
}

func (s *SessionRow) append(b []byte) []byte {
	b = s.Opened.append(cbor.AppendArray(b, 7))
	b = cbor.AppendUint(b, uint64(s.Decided))
	b = cbor.AppendUint(b, uint64(s.Rejected))
	b = cbor.AppendArray(b, len(s.Window))
	for i := range s.Window {
		b = s.Window[i].append(b)
	}
	b = cbor.AppendBool(b, s.Joined)
	b = cbor.AppendInt(b, int64(s.Active))
	return cbor.AppendBool(b, s.Told)
}

// ReadRoomSnapshot reads what Append wrote. The snapshot does not refer to b.
func ReadRoomSnapshot(b []byte) (RoomSnapshot, error) {
	in := cbor.NewReader(append([]byte(nil), b...))
	f, err := openStored(&in, "room snapshot", RecordVersion)
	if err != nil {
		return RoomSnapshot{}, err
	}
	s := RoomSnapshot{
		LSN:       LSN(f.uint()),
		Term:      Term(f.uint()),
		RecordTag: Tag(f.uint()),
		Position:  Position{Epoch(f.uint()), aper.Seq(f.uint()), Tag(f.uint())},
		Time:      f.time(),
		Schema:    Fingerprint(f.uint()),
		State:     f.bytes(),
		Clients:   aper.ClientID(f.uint()),
	}
	for n := f.list(); n > 0 && in.Err() == nil; n-- {
		s.Sessions = append(s.Sessions, readSessionRow(&in))
	}
	s.Floor, s.EvictedBelow = aper.Seq(f.uint()), aper.ClientID(f.uint())
	for n := f.list(); n > 0 && in.Err() == nil; n-- {
		one := openFields(&in)
		s.Earlier = append(s.Earlier, Milestone{LSN(one.uint()), aper.Seq(one.uint()), one.time()})
		one.close()
	}
	f.close()
	if err := in.End(); err != nil {
		return RoomSnapshot{}, &ReadError{"room snapshot", err}
	}
	return s, nil
}

func readSessionRow(in *cbor.Reader) SessionRow {
	f := openFields(in)
	var s SessionRow
	if f.has() {
		s.Opened = readOpened(in)
	}
	s.Decided, s.Rejected = aper.ClientSeq(f.uint()), aper.ClientSeq(f.uint())
	for n := f.list(); n > 0 && in.Err() == nil; n-- {
		s.Window = append(s.Window, readVerdict(in))
	}
	s.Joined, s.Active, s.Told = f.bool(), f.time(), f.bool()
	f.close()
	return s
}
