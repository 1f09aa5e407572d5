package room

import "time"

// Patience lets a batch wait a little, after the one before became durable, for those who have just been told so. Clients
// that push again as soon as they are confirmed would else be split for ever into two halves that take turns, each with a
// commit of its own: all of them together take as long as one half, and wait for one commit instead of two. A batch waits
// for as long as a commit takes, or until as many messages are there as came in the batch before and since. Where
// that is in vain, as among people, it is tried more and more seldom. (PostgreSQL has the same as commit_delay.)
type patience struct {
	expected int       // messages; 0 while nothing is waited for
	until    time.Time // no longer
	waiting  bool      // a batch does
	failures int       // in a row
	skip     int       // commits to come, after which nothing is waited for
	timer    *time.Timer
}

const (
	worthwhile  = 200 * time.Microsecond // else the wait would cost more than a commit
	maxFailures = 6                      // then one in 64 commits tries again
)

// begin is told of each commit.
func (p *patience) begin(expected int, took time.Duration, now time.Time) {
	switch {
	case p.skip > 0:
		p.skip--
	case took >= worthwhile:
		p.expected, p.until = expected, now.Add(took)
	}
}

// wait returns how long a batch of so many messages is to wait.
func (p *patience) wait(messages int, now time.Time) time.Duration {
	left := p.until.Sub(now)
	switch {
	case p.expected == 0:
		return 0
	case messages < p.expected && left > 0:
		p.waiting = true
		return left
	case !p.waiting: // nothing is learned from that
	case messages < p.expected:
		p.failures = min(p.failures+1, maxFailures)
		p.skip = 1 << p.failures
	default:
		p.failures = 0
	}
	p.expected, p.waiting = 0, false
	return 0
}

func (p *patience) stop() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// awaits reports whether the open batch waits for more, and sees to it that somebody looks again.
func (r *Room[S]) awaits() bool {
	p := &r.patience
	pause := p.wait(r.messages, time.Now())
	if pause == 0 {
		return false
	}
	if p.timer == nil {
		p.timer = time.AfterFunc(pause, func() { r.inbox.tell(input[S]{kind: waited}) })
	} else {
		p.timer.Reset(pause)
	}
	return true
}
