package engine

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// A point is a confirmed state of a replica, and where it stands.
type point[S aper.StateMachine[S]] struct {
	position wire.Position
	time     aper.Time
	floor    aper.Seq
	state    S
	passed   uint64 // bytes of frames before it, ever
}

func (r *Replica[S]) here() point[S] {
	return point[S]{r.position, r.time, r.floor, r.confirmed, r.trail.passed()}
}

func (p *point[S]) encode() (at wire.StateAt, err error) {
	at = wire.StateAt{Position: p.position, Time: p.time, Floor: p.floor}
	at.State, err = aper.Encode(p.state)
	return at, err
}

// A trail is how a replica came to its confirmed state: from a base, which costs nothing to keep because states do not
// change, by the frames since. The base is, if possible, a state that the authority has, too.
type trail[S aper.StateMachine[S]] struct {
	base   point[S]
	proven bool   // the base came from the authority, or its sum was the authority's
	frames []byte // since the base
	full   bool   // frames are missing at the end
}

// passed returns how many bytes of frames there were, ever.
func (t *trail[S]) passed() uint64 { return t.base.passed + uint64(len(t.frames)) }

// begin makes a state the base, with no frames since.
func (t *trail[S]) begin(base point[S], proven bool) {
	t.base, t.proven, t.frames, t.full = base, proven, t.frames[:0], false
}

// prove moves the base on to a state whose sum is the authority's.
func (t *trail[S]) prove(p *point[S]) {
	if p.passed < t.base.passed {
		return
	}
	kept := copy(t.frames, t.frames[p.passed-t.base.passed:])
	t.base, t.proven, t.frames = *p, true, t.frames[:kept]
}

// follow remembers a frame that is about to be applied. When there are too many, the base moves on to the state that it meets.
// During a divergence it stays, and what does not fit is left out.
func (r *Replica[S]) follow(m *wire.Frame) {
	t := &r.trail
	if len(t.frames)+m.Events.Size() > r.options.MaxTrail {
		if r.diverged == nil {
			t.begin(r.here(), false)
		} else {
			t.full = true
		}
	}
	if !t.full {
		t.frames = m.Append(t.frames)
	}
}

// evidence returns what makes the evidence of a divergence when it is asked for: encoding states takes time, and mostly
// nobody asks. The trail has to begin anew. Right is nil where the authority's state is not known.
func (r *Replica[S]) evidence(d *divergence, right *point[S]) func() (*wire.Divergence, error) {
	here, base := r.here(), r.trail.base
	evidence := wire.Divergence{
		Machine: r.machine, Schema: r.schema, Build: r.options.Build, Room: r.options.Room, Client: d.err.Client,
		Seq: d.err.Seq, Sum: d.right, Reason: d.err.Err.Error(), Path: d.err.Path,
		Proven: r.trail.proven, Users: r.userList(), Frames: r.trail.frames, Pending: r.savedPushes(),
	}
	r.trail.frames = nil // it is the evidence's now
	return func() (_ *wire.Divergence, err error) {
		e := evidence
		if e.Base, err = base.encode(); err != nil {
			return nil, err
		}
		if e.Here, err = here.encode(); err != nil {
			return nil, err
		}
		if right != nil {
			e.There, err = right.encode()
		}
		return &e, err
	}
}

// Evidence returns all that the replica knew about its divergence. It is made when it is asked for, which takes as long as
// encoding three states, and may be in another goroutine and later. It is nil where there is none: at the authority.
func (e *DivergenceError) Evidence() (*wire.Divergence, error) {
	if e.evidence == nil {
		return nil, nil
	}
	return e.evidence()
}
