package engine

import (
	"errors"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// A DivergenceError says that a replica's state is not the authority's: the two run different rules, or one of the rules
// depends on more than its arguments.
type DivergenceError struct {
	Client aper.ClientID // of the replica
	Seq    aper.Seq      // where it was noticed
	Err    error         // why: an event cannot be applied, or the sums of the states differ
	Path   []string      // to the first part that differs, from the outermost state inwards; nil when that is not known

	evidence func() (*wire.Divergence, error)
}

func (e *DivergenceError) Error() string {
	text := "engine: replica " + decimal(uint64(e.Client)) + " diverged from the authority at event " + decimal(uint64(e.Seq)) +
		": " + e.Err.Error()
	for i, step := range e.Path {
		if i == 0 {
			text += "; the first difference is in "
		} else {
			text += "."
		}
		text += step
	}
	return text
}

// Unwrap returns the cause.
func (e *DivergenceError) Unwrap() error { return e.Err }

var (
	errReplica = errors.New("it asked for a snapshot")
	errSums    = errors.New("the sums of the states differ")
)

// A divergence is being repaired: a snapshot is on its way.
type divergence struct {
	err   *DivergenceError
	sum   wire.Sum // of the state here; 0 when an event could not be applied
	right wire.Sum // of the authority's; 0 as well then
	stuck bool     // events cannot be applied until the snapshot comes
	asked bool     // in this connection
}

// diverge asks for a snapshot. A second divergence within RepairDistance events is returned: a snapshot does not help. The
// sums are those of the states here and there; 0 says that an event cannot be applied.
func (r *Replica[S]) diverge(seq aper.Seq, cause error, sum, right wire.Sum) error {
	d := &divergence{err: &DivergenceError{Client: r.client, Seq: seq, Err: cause}, sum: sum, right: right}
	if r.repaired != 0 && seq < r.repaired+RepairDistance {
		d.err.evidence = r.evidence(d, nil)
		return d.err
	}
	if r.diverged == nil {
		r.diverged = d
	}
	r.diverged.stuck = r.diverged.stuck || sum == 0
	return nil
}

// check compares the sum of a state that was kept for this.
func (r *Replica[S]) check(m wire.Check) error {
	for _, c := range r.crossed {
		if c.position.Seq != m.Seq || r.diverged != nil {
			continue
		}
		encoded, err := aper.Encode(c.state)
		if sum := wire.SumOf(encoded); err != nil || sum != m.Sum {
			return r.diverge(m.Seq, errSums, sum, m.Sum)
		}
		r.trail.prove(&c)
	}
	return nil
}

// keep remembers a state whose sum may be told.
func (r *Replica[S]) keep(before aper.Time) {
	if !crosses(before, r.time, aper.Time(r.limits.CheckEvery)) {
		return
	}
	if r.crossed = append(r.crossed, r.here()); len(r.crossed) > maxCrossings {
		r.crossed = r.crossed[1:]
	}
}

// repair ends a divergence with what a snapshot brings. Where the replica came to the same seq in its own way, the first
// difference can be told.
func (r *Replica[S]) repair(right *point[S]) {
	d, here, there := r.diverged, r.position, right.position
	if !d.stuck && here.Epoch == there.Epoch && here.Seq == there.Seq {
		aper.Diff(r.confirmed, right.state, func(c aper.Change) bool {
			d.err.Path = append([]string(nil), c.Path...)
			return false
		})
	}
	d.err.evidence = r.evidence(d, right)
	r.reports = append(r.reports, d.err)
	r.slip()
	r.diverged, r.repaired = nil, max(1, there.Seq)
}
