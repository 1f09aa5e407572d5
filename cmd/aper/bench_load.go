package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
)

// A load is all clients of one row.
type load struct {
	window      int
	rooms       int
	clients     []*benchClient // those of room i are i, i+rooms, …
	transitions []byte         // as many increments as the window holds
	start       time.Time
	phase       atomic.Int32
	closing     atomic.Bool
	failed      context.Context // ends when a client fails, with the reason as its cause
	fail        context.CancelCauseFunc
}

const (
	warming int32 = iota
	measuring
	ending // nothing new is pushed
)

func (l *load) clock() time.Duration { return time.Since(l.start) }

// measure makes one row: a new server, all clients, a warm-up, the measurement, and the proof that nothing was lost.
func (b *benchmark) measure(ctx context.Context, clients int, show progress) (row *benchRow, err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(1, runtime.NumCPU()-1))) // one core is the server's
	defer func() { err = errors.Join(err, b.removeFile()) }()
	s, err := b.startServer(ctx)
	if err != nil {
		return nil, err
	}
	l := &load{window: b.window, rooms: b.rooms, start: time.Now(), transitions: bytes.Repeat(increment, b.window)}
	l.failed, l.fail = context.WithCancelCause(ctx)
	defer l.fail(nil)
	row, err = b.drive(l, s, clients, show)
	l.close()
	if err = s.stop(err); err == nil && b.file != "" {
		show.say("reading the file again…")
		err = l.verifyFile(ctx, b.file)
	}
	return row, err
}

func (b *benchmark) removeFile() error {
	if b.file == "" {
		return nil
	}
	if err := os.Remove(b.file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (b *benchmark) drive(l *load, s *benchServer, clients int, show progress) (*benchRow, error) {
	show.say(fmt.Sprintf("connecting %s…", count(clients*b.rooms, "client")))
	if err := l.connect(s.address, clients*b.rooms); err != nil {
		return nil, err
	}
	show.say(fmt.Sprintf("%s: warming up…", count(clients*b.rooms, "client")))
	for _, c := range l.clients {
		c.begin()
	}
	if err := l.wait(min(b.duration/2, time.Second)); err != nil {
		return nil, err
	}

	show.say(fmt.Sprintf("%s: measuring for %v…", count(clients*b.rooms, "client"), b.duration))
	began, err := s.ask(beginCommand)
	if err != nil {
		return nil, err
	}
	cpu, start := cpuTime(), l.clock()
	l.phase.Store(measuring)
	before := l.counts()
	if err := l.wait(b.duration); err != nil {
		return nil, err
	}
	after := l.counts()
	l.phase.Store(ending)
	took := l.clock() - start
	cpu = cpuTime() - cpu
	ended, err := s.ask(endCommand)
	if err != nil {
		return nil, err
	}

	confirmed, err := l.verify()
	if err != nil {
		return nil, err
	}
	latency := l.latency()
	deliveries := float64(after.deliveries - before.deliveries)
	return &benchRow{
		Clients:     clients,
		Rooms:       b.rooms,
		Window:      b.window,
		Durable:     b.file != "",
		Seconds:     took.Seconds(),
		Transitions: float64(after.confirmed-before.confirmed) / took.Seconds(),
		Deliveries:  deliveries / took.Seconds(),
		P50:         milliseconds(latency.quantile(0.50)),
		P99:         milliseconds(latency.quantile(0.99)),
		Bytes:       float64(after.bytes-before.bytes) / max(1, deliveries),
		ServerCPU:   (ended.CPU - began.CPU).Seconds() / took.Seconds(),
		LoadCPU:     cpu.Seconds() / took.Seconds(),
		Memory:      ended.Memory,
		Confirmed:   confirmed,
	}, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func roomName(i int) aper.RoomID { return aper.RoomID(fmt.Sprintf("bench-%d", i)) }

// connect dials one client after the other, so that no queue of the listener overflows, and waits until all have joined.
func (l *load) connect(address string, clients int) error {
	for i := range clients {
		if err := context.Cause(l.failed); err != nil {
			return err
		}
		c, err := l.dial(address, roomName(i%l.rooms))
		if err != nil {
			return err
		}
		l.clients = append(l.clients, c)
	}
	limit := time.After(verifyTimeout)
	for _, c := range l.clients {
		select {
		case <-c.joined:
		case <-l.failed.Done():
			return context.Cause(l.failed)
		case <-limit:
			return fmt.Errorf("a client of room %s did not get the state within %v: is the machine very busy?", c.room, verifyTimeout)
		}
	}
	return nil
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

func (l *load) latency() *histogram {
	sum := &histogram{}
	for _, c := range l.clients {
		c.mu.Lock()
		sum.merge(&c.latency)
		c.mu.Unlock()
	}
	return sum
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
	sums := l.sums()
	for i, c := range l.clients {
		c.mu.Lock()
		value, open := c.value, c.pushed-c.confirmed
		confirmed += int64(c.confirmed)
		c.mu.Unlock()
		if open > 0 {
			return 0, fmt.Errorf("%w: client %d of room %s has %s without an outcome after %v",
				errLost, c.id, c.room, count(int(open), "increment"), verifyTimeout)
		}
		if sum := sums[i%l.rooms]; value != sum {
			return 0, fmt.Errorf("%w: %d increments were confirmed in room %s, and client %d holds %d", errLost, sum, c.room, c.id, value)
		}
	}
	return confirmed, nil
}

// sums returns how many increments were confirmed in each room: its counter, because it began with nothing.
func (l *load) sums() []int64 {
	sums := make([]int64, l.rooms)
	for i, c := range l.clients {
		c.mu.Lock()
		sums[i%l.rooms] += int64(c.confirmed)
		c.mu.Unlock()
	}
	return sums
}

// verifyFile opens the rooms from the file, as a server would after a crash, and compares again.
func (l *load) verifyFile(ctx context.Context, file string) (err error) {
	store, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for i, sum := range l.sums() {
		r, err := room.Open(ctx, store, roomName(i), counter.Counter{}, room.Options{})
		if err != nil {
			return err
		}
		state, _ := r.State()
		if err := r.Close(ctx); err != nil {
			return err
		}
		if state.Value != sum {
			return fmt.Errorf("%w: %d increments were confirmed in room %s, and its file holds %d", errLost, sum, roomName(i), state.Value)
		}
	}
	return nil
}

func (l *load) close() {
	l.closing.Store(true)
	for _, c := range l.clients {
		c.socket.NetConn().Close()
	}
}
