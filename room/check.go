package room

import (
	"time"

	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// checks are the sums of states by which replicas make sure that they have the same. Making one costs an encoding of the
// state, here and in every replica, so there are many events and some time between two. Only the loop uses this.
type checks struct {
	began   time.Time // the last one
	next    time.Time // not before
	running bool
}

const (
	checkPause = time.Second
	checkShare = 100 // of the time, one part is spent on checks
)

// check makes the sum that a Ready asks for, beside the loop.
func (r *Room[S]) check(ready *engine.Ready[S]) {
	now := r.options.Now()
	if !ready.Check || r.checks.running || now.Before(r.checks.next) {
		return
	}
	r.checks.running, r.checks.began = true, now
	state := *ready
	r.writers.Go(func() {
		sum, err := state.Sum()
		if err != nil {
			r.options.Log.Error("the state cannot be encoded", "room", r.id, "error", err)
		} else {
			r.tell(sum)
		}
		r.inbox.tell(input[S]{kind: summed, sum: sum})
	})
}

// tell sends a sum to all replicas.
func (r *Room[S]) tell(sum wire.Check) {
	message := sum.Append(nil)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.sessions {
		if s.receives() {
			s.post(message)
			s.wake()
		}
	}
}

// summed takes the end of a check.
func (r *Room[S]) summed(sum wire.Check) {
	now := r.options.Now()
	r.checks.running = false
	r.checks.next = now.Add(max(checkPause, checkShare*now.Sub(r.checks.began)))
	if sum.Seq != 0 {
		r.authority.Summed(sum)
	}
}

// presence is what a connection needs to follow the presences: the latest change, or when it missed one, all of them.
type presence struct {
	version uint64
	change  []byte
}

func (p *presence) add(change []byte) {
	if change != nil {
		p.version++
		p.change = change
	}
}
