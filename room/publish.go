package room

import (
	"sync"
	"sync/atomic"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
)

// published is the state at one position, once it is durable. Joiners at that position share its encoding.
type published[S aper.StateMachine[S]] struct {
	ready  engine.Ready[S]
	cursor uint64 // in the ring, of the first frame after it
	once   sync.Once
	parts  [][]byte
	err    error
}

// snapshot returns the encoding, and notes its size.
func (p *published[S]) snapshot(size *atomic.Int64) ([][]byte, error) {
	p.once.Do(func() {
		p.parts, p.err = p.ready.Snapshot()
		total := 0
		for _, part := range p.parts {
			total += len(part)
		}
		size.Store(int64(total))
	})
	return p.parts, p.err
}

// publish makes a durable batch visible to everyone.
func (r *Room[S]) publish(ready engine.Ready[S]) {
	for _, m := range r.show(&ready) {
		r.options.Trace.Joined(r.id, m)
	}
}

// show puts what a batch has to say where the writers find it, and wakes them. It returns who has joined, if somebody wants
// to know.
func (r *Room[S]) show(ready *engine.Ready[S]) (joined []Member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ready.Frame != nil {
		r.ring.add(ready.Frame)
	}
	latest := &published[S]{ready: *ready, cursor: r.ring.head()}
	r.latest.Store(latest)
	r.presence.add(ready.Presences)
	for _, n := range ready.Repaired {
		if s := r.sessions[n]; s != nil {
			s.repair = latest
		}
	}
	if ready.Signals != nil {
		for _, s := range r.sessions {
			s.signal(ready.Signals)
		}
	}
	for _, j := range ready.Joined {
		if s := r.sessions[j.Attach]; s != nil && s.join(j) {
			if r.options.Trace.Joined != nil {
				joined = append(joined, s.member())
			}
		}
	}
	for _, m := range ready.Messages {
		if s := r.sessions[m.To]; s != nil {
			s.post(m.Bytes)
		}
	}
	for _, m := range ready.Closed {
		if s := r.sessions[m.To]; s != nil {
			s.closeAfter(m.Bytes)
		}
	}
	r.trim()
	for _, s := range r.sessions {
		s.wake()
	}
	return joined
}

// snapshotForJoiner returns a state that joiners may begin from: an earlier one whose encoding exists, while few frames
// have followed it, or else the latest.
func (r *Room[S]) snapshotForJoiner() *published[S] {
	const fewBytes = 16 << 10
	if r.joinable == nil || r.ring.size(r.joinable.cursor) > fewBytes {
		r.joinable = r.latest.Load()
	}
	return r.joinable
}

// trim drops the frames that everyone has, and beyond the limit those that a slow connection has not.
func (r *Room[S]) trim() {
	needed := r.ring.head()
	for _, s := range r.sessions {
		if s.receives() {
			needed = min(needed, s.cursor)
		}
	}
	if r.joinable != nil {
		needed = min(needed, r.joinable.cursor)
	}
	r.ring.trim(needed, r.options.Ring)
	if r.joinable != nil && r.joinable.cursor < r.ring.base {
		r.joinable = nil
	}
}
