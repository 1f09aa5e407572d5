package wire

import (
	"bytes"
	"errors"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
)

// DivergenceVersion is the version of the divergences that this package writes.
const DivergenceVersion = 1

// A Divergence is what a replica knows about its having another state than the authority: enough to go through the events
// again elsewhere, and to find out which of the two had other rules. It holds whole states, and no token.
type Divergence struct {
	Machine string
	Schema  Fingerprint // of the replica, and of the authority, which lets in no other
	Build   string      // of the replica's program, for people
	Room    aper.RoomID
	Client  aper.ClientID // whose replica it is
	Seq     aper.Seq      // where it was noticed
	Sum     Sum           // of the authority's state at Seq; 0 when it was noticed because an event could not be applied
	Reason  string
	Path    []string // to the first difference, from the outermost state inwards; empty when that is not known

	Base   StateAt
	Proven bool   // the base came from the authority, or its sum is that of the authority's
	Users  []User // of the sessions in Frames; others may be among them
	Frames []byte // Frame messages from the base on, one after the other

	Pending []SavedPush // when the divergence ended
	Here    StateAt     // the replica's last state
	There   StateAt     // the authority's, in its place; without a State when there is none
}

// A StateAt is a state and where it stands.
type StateAt struct {
	Position Position
	Time     aper.Time // of the last event
	Floor    aper.Seq
	State    []byte // encoded
}

// Append appends the divergence.
func (d *Divergence) Append(b []byte) []byte {
	b = cbor.AppendUint(cbor.AppendArray(b, 17), DivergenceVersion)
	b = cbor.AppendText(b, d.Machine)
	b = cbor.AppendUint(b, uint64(d.Schema))
	b = cbor.AppendText(b, d.Build)
	b = cbor.AppendText(b, string(d.Room))
	b = cbor.AppendUint(b, uint64(d.Client))
	b = cbor.AppendUint(b, uint64(d.Seq))
	b = cbor.AppendUint(b, uint64(d.Sum))
	b = cbor.AppendText(b, d.Reason)
	b = cbor.AppendArray(b, len(d.Path))
	for _, step := range d.Path {
		b = cbor.AppendText(b, step)
	}
	b = d.Base.append(b)
	b = cbor.AppendBool(b, d.Proven)
	b = appendUsers(b, d.Users)
	b = cbor.AppendBytes(b, d.Frames)
	b = cbor.AppendArray(b, len(d.Pending))
	for i := range d.Pending {
		b = d.Pending[i].append(b)
	}
	return d.There.append(d.Here.append(b))
}

func (s *StateAt) append(b []byte) []byte {
	b = cbor.AppendUint(cbor.AppendArray(b, 6), uint64(s.Position.Epoch))
	b = cbor.AppendUint(b, uint64(s.Position.Seq))
	b = cbor.AppendUint(b, uint64(s.Position.Tag))
	b = cbor.AppendInt(b, int64(s.Time))
	b = cbor.AppendUint(b, uint64(s.Floor))
	return cbor.AppendBytes(b, s.State)
}

// ReadDivergence reads what Append wrote. The result does not refer to b.
func ReadDivergence(b []byte) (Divergence, error) {
	in := cbor.NewReader(append([]byte(nil), b...))
	f, err := openStored(&in, "divergence", DivergenceVersion)
	if err != nil {
		return Divergence{}, err
	}
	d := Divergence{
		Machine: f.text(),
		Schema:  Fingerprint(f.uint()),
		Build:   f.text(),
		Room:    aper.RoomID(f.text()),
		Client:  aper.ClientID(f.uint()),
		Seq:     aper.Seq(f.uint()),
		Sum:     Sum(f.uint()),
		Reason:  f.text(),
	}
	for n := f.list(); n > 0 && in.Err() == nil; n-- {
		d.Path = append(d.Path, in.Text())
	}
	d.Base, d.Proven = readStateAt(&f), f.bool()
	d.Users, d.Frames = readUsers(&f), f.bytes()
	for n := f.list(); n > 0 && in.Err() == nil; n-- {
		d.Pending = append(d.Pending, readSavedPush(&in))
	}
	d.Here, d.There = readStateAt(&f), readStateAt(&f)
	f.close()
	if err := in.End(); err != nil {
		return Divergence{}, &ReadError{"divergence", err}
	}
	return d, nil
}

func readStateAt(f *fields) (s StateAt) {
	if !f.has() {
		return s
	}
	one := openFields(f.in)
	s = StateAt{
		Position: Position{Epoch(one.uint()), aper.Seq(one.uint()), Tag(one.uint())},
		Time:     one.time(),
		Floor:    aper.Seq(one.uint()),
		State:    one.bytes(),
	}
	one.close()
	return s
}

// A file with a divergence begins with divergenceMark and the sum of what follows, in eight bytes, the lowest first.
const divergenceMark = "aper divergence\n"

var (
	errNoDivergence = errors.New("it is something else, or its beginning is damaged")
	errDivergence   = errors.New("it is damaged, or was cut short")
)

// File returns the divergence as a file of its own, in which damage is found.
func (d *Divergence) File() []byte {
	content := d.Append(nil)
	sum, file := SumOf(content), []byte(divergenceMark)
	for i := range 8 {
		file = append(file, byte(sum>>(8*i)))
	}
	return append(file, content...)
}

// ReadDivergenceFile reads what File returned.
func ReadDivergenceFile(file []byte) (Divergence, error) {
	sealed, ok := bytes.CutPrefix(file, []byte(divergenceMark))
	switch {
	case !ok:
		return Divergence{}, &ReadError{"divergence", errNoDivergence}
	case len(sealed) < 8 || Sum(word(sealed)) != SumOf(sealed[8:]):
		return Divergence{}, &ReadError{"divergence", errDivergence}
	}
	return ReadDivergence(sealed[8:])
}
