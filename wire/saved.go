package wire

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
)

// Saved is what a client keeps to go on after a restart: its session, what is pending, and the state that it had
// confirmed. It is one atom: with a part of an older one, transitions would happen twice or not at all.
type Saved struct {
	Schema   Fingerprint
	Room     aper.RoomID
	Client   aper.ClientID // 0 when there is no session
	Token    Token         // zero when the session was given up
	Position Position      // of State
	Floor    aper.Seq
	State    []byte // encoded; empty when there is none
	Users    []User
	Next     aper.ClientSeq // number of the next transition
	Sent     aper.ClientSeq // highest number that was ever handed to a connection
	Made     uint64         // how many pushes were made
	Pending  []SavedPush
}

// A SavedPush is a transition that has no outcome yet.
type SavedPush struct {
	ID         uint64
	ClientSeq  aper.ClientSeq
	Known      aper.ClientSeq
	Base       aper.Seq
	Time       aper.Time
	Transition []byte // encoded
	Withdrawn  string // why it was withdrawn, and is void; empty when it was not
}

// Append appends what is to be kept.
func (s *Saved) Append(b []byte) []byte {
	b = cbor.AppendUint(cbor.AppendArray(b, 15), RecordVersion)
	b = cbor.AppendUint(b, uint64(s.Schema))
	b = cbor.AppendText(b, string(s.Room))
	b = cbor.AppendUint(b, uint64(s.Client))
	b = cbor.AppendBytes(b, s.Token[:])
	b = cbor.AppendUint(b, uint64(s.Position.Epoch))
	b = cbor.AppendUint(b, uint64(s.Position.Seq))
	b = cbor.AppendUint(b, uint64(s.Position.Tag))
	b = cbor.AppendUint(b, uint64(s.Floor))
	b = cbor.AppendBytes(b, s.State)
	b = appendUsers(b, s.Users)
	b = cbor.AppendUint(b, uint64(s.Next))
	b = cbor.AppendUint(b, uint64(s.Sent))
	b = cbor.AppendUint(b, s.Made)
	b = cbor.AppendArray(b, len(s.Pending))
	for i := range s.Pending {
		b = s.Pending[i].append(b)
	}
	return b
}

func (p *SavedPush) append(b []byte) []byte {
	b = cbor.AppendUint(cbor.AppendArray(b, 7), p.ID)
	b = cbor.AppendUint(b, uint64(p.ClientSeq))
	b = cbor.AppendUint(b, uint64(p.Known))
	b = cbor.AppendUint(b, uint64(p.Base))
	b = cbor.AppendInt(b, int64(p.Time))
	b = cbor.AppendBytes(b, p.Transition)
	return cbor.AppendText(b, p.Withdrawn)
}

// ReadSaved reads what Append wrote. The result does not refer to b.
func ReadSaved(b []byte) (Saved, error) {
	in := cbor.NewReader(append([]byte(nil), b...))
	f, err := openStored(&in, "saved session", RecordVersion)
	if err != nil {
		return Saved{}, err
	}
	s := Saved{
		Schema:   Fingerprint(f.uint()),
		Room:     aper.RoomID(f.text()),
		Client:   aper.ClientID(f.uint()),
		Token:    f.token(),
		Position: Position{Epoch(f.uint()), aper.Seq(f.uint()), Tag(f.uint())},
		Floor:    aper.Seq(f.uint()),
		State:    f.bytes(),
		Users:    readUsers(&f),
		Next:     aper.ClientSeq(f.uint()),
		Sent:     aper.ClientSeq(f.uint()),
		Made:     f.uint(),
	}
	for n := f.list(); n > 0 && in.Err() == nil; n-- {
		s.Pending = append(s.Pending, readSavedPush(&in))
	}
	f.close()
	if err := in.End(); err != nil {
		return Saved{}, &ReadError{"saved session", err}
	}
	return s, nil
}

func readSavedPush(in *cbor.Reader) SavedPush {
	f := openFields(in)
	p := SavedPush{
		ID:         f.uint(),
		ClientSeq:  aper.ClientSeq(f.uint()),
		Known:      aper.ClientSeq(f.uint()),
		Base:       aper.Seq(f.uint()),
		Time:       f.time(),
		Transition: f.bytes(),
		Withdrawn:  f.text(),
	}
	f.close()
	return p
}
