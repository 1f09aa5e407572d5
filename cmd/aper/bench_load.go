package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
)

// A load is all clients of one server.
type load struct {
	address string
	clients []*benchClient
	authors map[aper.ClientID]*benchClient // whose events the others clock; only with one room
	start   time.Time
	phase   atomic.Int32
	closing atomic.Bool
	failed  context.Context // ends when a client fails, with the reason as its cause
	fail    context.CancelCauseFunc

	mu   sync.Mutex
	left []tally // of the clients that have left each room
}

// A tally is what was pushed into a room, and what of it was confirmed.
type tally struct{ pushed, confirmed int64 }

const (
	warming int32 = iota
	measuring
	ending // nothing new is pushed
)

func newLoad(ctx context.Context, address string, rooms int) *load {
	l := &load{address: address, start: time.Now(), left: make([]tally, rooms)}
	l.failed, l.fail = context.WithCancelCause(ctx)
	return l
}

func (l *load) clock() time.Duration { return time.Since(l.start) }

func roomName(i int) aper.RoomID { return aper.RoomID(fmt.Sprintf("bench-%d", i)) }

// connect dials so many clients, one after the other, so that no queue of the listener overflows, and waits until all have
// joined.
func (l *load) connect(n int, newOne func(i int) *benchClient) error {
	begun := len(l.clients)
	for i := range n {
		if err := context.Cause(l.failed); err != nil {
			return err
		}
		c := newOne(i)
		if err := c.dial(); err != nil {
			return err
		}
		l.clients = append(l.clients, c)
	}
	for _, c := range l.clients[begun:] {
		if err := l.await(c.joined, "a client got no state"); err != nil {
			return err
		}
	}
	return nil
}

// await waits for what must happen soon.
func (l *load) await(happened <-chan struct{}, otherwise string) error {
	timer := time.NewTimer(verifyTimeout)
	defer timer.Stop()
	select {
	case <-happened:
		return nil
	case <-l.failed.Done():
		return context.Cause(l.failed)
	case <-timer.C:
		return fmt.Errorf("%s within %v: is the machine very busy?", otherwise, verifyTimeout)
	}
}

// wait lets the clients do their work.
func (l *load) wait(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-l.failed.Done():
		return context.Cause(l.failed)
	}
}

// measured is what happened within some time.
type measured struct {
	benchCounts
	took               time.Duration
	own, others        histogram
	serverCPU, loadCPU time.Duration
	end                benchAnswer
}

// measure lets the clients do their work for so long, and watches them. It calls meanwhile ten times a second.
func (l *load) measure(s *benchServer, d time.Duration, meanwhile func() error) (*measured, error) {
	begin, err := s.ask(beginCommand)
	if err != nil {
		return nil, err
	}
	var m measured
	cpu, start, before := cpuTime(), l.clock(), l.counts()
	l.phase.Store(measuring)
	for left := d; left > 0; left = d - (l.clock() - start) {
		if err := l.wait(min(left, time.Second/10)); err != nil {
			return nil, err
		}
		if err := meanwhile(); err != nil {
			return nil, err
		}
	}
	after := l.counts()
	l.phase.Store(warming)
	m.took, m.loadCPU = l.clock()-start, cpuTime()-cpu
	if m.end, err = s.ask(endCommand); err != nil {
		return nil, err
	}
	m.serverCPU = m.end.CPU - begin.CPU
	m.confirmed = after.confirmed - before.confirmed
	m.deliveries = after.deliveries - before.deliveries
	m.bytes = after.bytes - before.bytes
	l.harvest(&m)
	return &m, nil
}

// harvest takes what the clients have clocked.
func (l *load) harvest(m *measured) {
	for _, c := range l.clients {
		c.mu.Lock()
		m.own.merge(&c.own)
		m.others.merge(&c.others)
		c.own, c.others = histogram{}, histogram{}
		c.mu.Unlock()
	}
}

func (l *load) counts() (sum benchCounts) {
	for _, c := range l.clients {
		c.mu.Lock()
		sum.confirmed += c.counts.confirmed
		sum.deliveries += c.counts.deliveries
		sum.bytes += c.counts.bytes
		c.mu.Unlock()
	}
	return sum
}

// leave lets a client go that is not one of the load's clients, and keeps its tally.
func (l *load) leave(c *benchClient) {
	c.leave()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left[c.room].pushed += int64(c.pushed)
	l.left[c.room].confirmed += int64(c.confirmed)
}

// verifyTimeout is how long what is under way may take to arrive everywhere.
const verifyTimeout = 10 * time.Second

// verify waits until every push is confirmed and every client holds the sum of its room, and returns how many increments
// were confirmed in all.
func (l *load) verify() (confirmed int64, err error) {
	for deadline := l.clock() + verifyTimeout; ; {
		confirmed, err = l.compare()
		if err == nil || l.clock() > deadline {
			return confirmed, err
		}
		if failed := l.wait(time.Millisecond); failed != nil {
			return 0, failed
		}
	}
}

func (l *load) compare() (confirmed int64, err error) {
	tallies := l.tallies()
	for _, c := range l.clients {
		c.mu.Lock()
		value, open := c.value, c.pushed-c.confirmed
		c.mu.Unlock()
		if open > 0 {
			return 0, fmt.Errorf("%w: client %d of room %s has %s without an outcome after %v",
				errLost, c.id, roomName(c.room), count(int(open), "increment"), verifyTimeout)
		}
		if sum := tallies[c.room].confirmed; value != sum {
			return 0, fmt.Errorf("%w: %d increments were confirmed in room %s, and client %d holds %d", errLost, sum, roomName(c.room), c.id, value)
		}
	}
	return sumOf(tallies), nil
}

func sumOf(tallies []tally) (confirmed int64) {
	for _, t := range tallies {
		confirmed += t.confirmed
	}
	return confirmed
}

// tallies returns what was pushed into each room, and confirmed: its counter, because it began with nothing.
func (l *load) tallies() []tally {
	l.mu.Lock()
	tallies := append([]tally(nil), l.left...)
	l.mu.Unlock()
	for _, c := range l.clients {
		c.mu.Lock()
		tallies[c.room].pushed += int64(c.pushed)
		tallies[c.room].confirmed += int64(c.confirmed)
		c.mu.Unlock()
	}
	return tallies
}

// verifyFile opens the rooms from the file, as a server would after a crash, and compares again. What was pushed and not
// confirmed may be there or not.
func (l *load) verifyFile(ctx context.Context, file string) (err error) {
	store, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	tallies := l.tallies()
	return inParallel(len(tallies), func(i int) error {
		key := benchName + "/" + roomName(i)
		r, err := room.Open(ctx, store, key, counter.Counter{}, room.Options{MustExist: true})
		if err != nil {
			return err
		}
		state, _ := r.State()
		if err := r.Close(ctx); err != nil {
			return err
		}
		if t := tallies[i]; state.Value < t.confirmed || state.Value > t.pushed {
			return fmt.Errorf("%w: of %d increments in room %s %d were confirmed, and its file holds %d", errLost, t.pushed, key, t.confirmed, state.Value)
		}
		return nil
	})
}

// inParallel calls do with all numbers below n, many at a time, so that commits are shared. It returns the first error.
func inParallel(n int, do func(int) error) error {
	const workers = 32
	var wait sync.WaitGroup
	var next atomic.Int64
	ctx, fail := context.WithCancelCause(context.Background())
	defer fail(nil)
	for range min(n, workers) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					fail(err)
				}
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}

func (l *load) close() {
	l.closing.Store(true)
	for _, c := range l.clients {
		c.socket.NetConn().Close()
	}
}
