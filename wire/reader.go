package wire

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
)

// A Reader takes the messages of a transport message one after the other:
//
//	r := wire.NewReader(data)
//	for r.Next() {
//		switch r.Code() {
//		case wire.CodePush:
//			push := r.Push()
//			…
//		}
//	}
//	return r.Err()
//
// Byte slices in what it returns are views into the data. Messages that are not asked for, and codes that this program
// does not know, are passed over.
type Reader struct {
	in    cbor.Reader
	code  Code
	after []byte // what follows the message that Next found
}

// NewReader returns a reader of data.
func NewReader(data []byte) Reader { return Reader{after: data} }

// Next finds the next message. It returns false at the end and after an error.
func (r *Reader) Next() bool {
	if r.in.Err() != nil || len(r.after) == 0 {
		return false
	}
	whole := cbor.NewReader(r.after)
	message := whole.Raw()
	if whole.Err() != nil {
		r.in = whole
		return false
	}
	r.after = whole.Rest()
	r.in = cbor.NewReader(message)
	peek := r.in
	if peek.Array() == 0 {
		r.in.Fail("a message is an array that begins with its code")
		return false
	}
	r.code = Code(peek.Uint())
	if peek.Err() != nil {
		r.in = peek
		return false
	}
	return true
}

// Code returns what the message is.
func (r *Reader) Code() Code { return r.code }

// Err returns the first error, a *cbor.Error.
func (r *Reader) Err() error { return r.in.Err() }

func (r *Reader) fields() fields {
	f := openFields(&r.in)
	f.uint() // the code
	return f
}

// Hello returns the message that Next found. It is called once, when Code says so, as are the methods that follow.
func (r *Reader) Hello() Hello {
	f := r.fields()
	return Hello{
		Protocol: f.uint(),
		Room:     aper.RoomID(f.text()),
		Machine:  f.text(),
		Schema:   Fingerprint(f.uint()),
		Build:    f.text(),
		View:     f.bool(),
		Client:   aper.ClientID(f.uint()),
		Token:    f.token(),
		Position: Position{Epoch(f.uint()), aper.Seq(f.uint()), Tag(f.uint())},
		Known:    aper.ClientSeq(f.uint()),
		Sent:     aper.ClientSeq(f.uint()),
		Base:     aper.Seq(f.uint()),
		Instance: f.uint(),
		Attempt:  f.uint(),
	}
}

// Push returns the message that Next found.
func (r *Reader) Push() Push {
	f := r.fields()
	p := Push{First: aper.ClientSeq(f.uint()), Known: aper.ClientSeq(f.uint()), Count: f.list()}
	p.Transitions = r.in.Rest()
	if f.left > 0 {
		start := r.in.Offset()
		for range p.Count {
			r.in.Skip()
		}
		size := r.in.Offset() - start
		p.Transitions = p.Transitions[:size:size]
		p.Base = aper.Seq(f.uint())
	}
	return p
}

// Presence returns the message that Next found.
func (r *Reader) Presence() Presence {
	f := r.fields()
	return Presence{Value: f.bytes()}
}

// Signal returns the message that Next found.
func (r *Reader) Signal() Signal {
	f := r.fields()
	return Signal{Value: f.bytes()}
}

// Ping returns the message that Next found.
func (r *Reader) Ping() Ping {
	f := r.fields()
	return Ping{Sent: f.time(), Known: aper.ClientSeq(f.uint()), Base: aper.Seq(f.uint())}
}

// Diverged returns the message that Next found.
func (r *Reader) Diverged() Diverged {
	f := r.fields()
	return Diverged{Seq: aper.Seq(f.uint()), Sum: Sum(f.uint())}
}

// Welcome returns the message that Next found.
func (r *Reader) Welcome() Welcome {
	f := r.fields()
	return Welcome{
		Mode:    Mode(f.uint()),
		Client:  aper.ClientID(f.uint()),
		Token:   f.token(),
		Epoch:   Epoch(f.uint()),
		Decided: aper.ClientSeq(f.uint()),
		Now:     f.time(),
		Limits:  Limits{Transition: f.size(), Pending: f.size(), Presence: f.size(), CheckEvery: f.size()},
		Events:  f.bool(),
		Floor:   aper.Seq(f.uint()),
		Rewound: f.bool(),
		User:    f.text(),
	}
}

// Snapshot returns the message that Next found.
func (r *Reader) Snapshot() Snapshot {
	f := r.fields()
	return Snapshot{
		Seq: aper.Seq(f.uint()), Tag: Tag(f.uint()), Time: f.time(), State: f.bytes(), Users: readUsers(&f),
		Part: f.size(), Parts: f.size(), Sum: Sum(f.uint()), Floor: aper.Seq(f.uint()),
	}
}

// Frame returns the message that Next found.
func (r *Reader) Frame() Frame {
	f := r.fields()
	return Frame{
		First:  aper.Seq(f.uint()),
		Tag:    Tag(f.uint()),
		Seed:   f.uint(),
		Time:   f.time(),
		Events: readEvents(&f),
		Users:  readUsers(&f),
		Floor:  aper.Seq(f.uint()),
	}
}

func readUsers(f *fields) (users []User) {
	items := f.list()
	if items%2 != 0 {
		f.in.Fail("users come in pairs of session and name")
		return nil
	}
	for n := items / 2; n > 0 && f.in.Err() == nil; n-- {
		users = append(users, User{aper.ClientID(f.in.Uint()), f.in.Text()})
	}
	return users
}

// Verdicts returns the message that Next found.
func (r *Reader) Verdicts() Verdicts {
	f := r.fields()
	var v Verdicts
	for n := f.list(); n > 0 && r.in.Err() == nil; n-- {
		v.List = append(v.List, readVerdict(&r.in))
	}
	return v
}

func readVerdict(in *cbor.Reader) Verdict {
	f := openFields(in)
	v := Verdict{Rejected: f.left > 2}
	v.ClientSeq, v.Seq = aper.ClientSeq(f.uint()), aper.Seq(f.uint())
	v.Path, v.Conflict = f.text(), aper.Conflict(f.text())
	f.close()
	return v
}

// Nack returns the message that Next found.
func (r *Reader) Nack() Nack {
	f := r.fields()
	return Nack{From: aper.ClientSeq(f.uint()), Floor: aper.Seq(f.uint())}
}

// Presences returns the message that Next found.
func (r *Reader) Presences() Presences {
	f := r.fields()
	p := Presences{Reset: f.bool(), Set: readAttendees(&f)}
	for n := f.list(); n > 0 && r.in.Err() == nil; n-- {
		p.Gone = append(p.Gone, aper.ClientID(r.in.Uint()))
	}
	return p
}

// Signals returns the message that Next found.
func (r *Reader) Signals() Signals {
	f := r.fields()
	return Signals{List: readAttendees(&f)}
}

func readAttendees(f *fields) (list []Attendee) {
	items := f.list()
	if items%3 != 0 {
		f.in.Fail("presences and signals come as session, name and value")
		return nil
	}
	for n := items / 3; n > 0 && f.in.Err() == nil; n-- {
		list = append(list, Attendee{aper.ClientID(f.in.Uint()), f.in.Text(), f.in.Bytes()})
	}
	return list
}

// Check returns the message that Next found.
func (r *Reader) Check() Check {
	f := r.fields()
	return Check{Seq: aper.Seq(f.uint()), Sum: Sum(f.uint())}
}

// Pong returns the message that Next found.
func (r *Reader) Pong() Pong {
	f := r.fields()
	return Pong{Sent: f.time(), Now: f.time(), Head: aper.Seq(f.uint())}
}

// Close returns the message that Next found.
func (r *Reader) Close() Close {
	f := r.fields()
	return Close{Code: CloseCode(f.uint()), Reason: f.text(), Decided: aper.ClientSeq(f.uint())}
}
