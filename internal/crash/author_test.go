package crash

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/internal/crash/ledger"
)

// An outcome is what an author was told about one entry.
type outcome struct {
	write ledger.Write
	seq   aper.Seq // of the event; 0 when there is none
	err   error    // nil when it was confirmed
}

// An author pushes entries to one room, several of them at a time, and remembers what became of each.
type author struct {
	name     string
	room     string
	client   *client.Client[ledger.Ledger]
	random   *rand.Rand
	pushed   int64
	flying   []flight
	outcomes []outcome // in the order in which they were pushed
}

// A flight is an entry without an outcome.
type flight struct {
	write   ledger.Write
	pending *client.Pending
}

// inFlight is how many entries an author has under way.
const inFlight = 5

// patience is how long anything may take that the tests wait for.
const patience = time.Minute

// newAuthor joins a room. The client says in log when its state had to be repaired.
func newAuthor(name, room, address string, random *rand.Rand, log *slog.Logger) (*author, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := client.Dial[ledger.Ledger](ctx, "ws://"+address+"/"+room, client.Options{MaxBackoff: 20 * time.Millisecond, Log: log})
	return &author{name: name, room: room, client: c, random: random}, err
}

// run pushes until stop is closed, and then until everything has an outcome. It calls told for each.
func (a *author) run(stop <-chan struct{}, told func()) error {
	for {
		for len(a.flying) < inFlight && !isClosed(stop) {
			if err := a.push(); err != nil {
				return err
			}
		}
		if len(a.flying) == 0 {
			return nil
		}
		if err := a.settle(); err != nil {
			return err
		}
		told()
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// push makes one entry. Every third claims a number: the next that is free in the state which this author sees. When
// somebody else is faster the authority rejects it; when the author sees that by itself, nothing is pushed.
func (a *author) push() error {
	write := ledger.Write{By: a.name, N: a.pushed + 1, Note: strings.Repeat("·", a.random.IntN(40))}
	if a.random.IntN(3) == 0 {
		write.Claim = a.client.State().Top + 1
	}
	pending, err := a.client.Push(write)
	if errors.Is(err, ledger.ErrClaimed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s cannot push: %w", a.name, err)
	}
	a.pushed++
	a.flying = append(a.flying, flight{write, pending})
	return nil
}

// settle waits for the outcome of the oldest entry.
func (a *author) settle() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	first := a.flying[0]
	err := first.pending.Wait(ctx)
	if ctx.Err() != nil {
		return fmt.Errorf("%s waits for the outcome of entry %d for ever", a.name, first.write.N)
	}
	a.flying = a.flying[1:]
	a.outcomes = append(a.outcomes, outcome{first.write, first.pending.Seq(), err})
	return nil
}

// A load is all authors of all rooms.
type load struct {
	authors []*author
	stop    chan struct{}
	ended   chan error // one for each author

	mu      sync.Mutex
	count   int // of outcomes
	changed chan struct{}
}

// startLoad lets so many authors write to each room.
func startLoad(address string, perRoom int, seed uint64, log *slog.Logger) (*load, error) {
	l := &load{stop: make(chan struct{}), changed: make(chan struct{})}
	for _, room := range roomNames {
		for n := range perRoom {
			random := rand.New(rand.NewPCG(seed, uint64(len(l.authors))))
			a, err := newAuthor(fmt.Sprintf("%s author %d", room, n+1), room, address, random, log)
			if err != nil {
				l.close()
				return nil, err
			}
			l.authors = append(l.authors, a)
		}
	}
	l.ended = make(chan error, len(l.authors))
	for _, a := range l.authors {
		go func() { l.ended <- a.run(l.stop, l.told) }()
	}
	return l, nil
}

func (l *load) told() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *load) outcomes() (int, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count, l.changed
}

// await waits until there were so many outcomes, of all authors together.
func (l *load) await(target int) error {
	limit := time.After(patience)
	for {
		count, changed := l.outcomes()
		if count >= target {
			return nil
		}
		select {
		case <-changed:
		case err := <-l.ended:
			return fmt.Errorf("an author ended too soon: %w", err)
		case <-limit:
			return fmt.Errorf("there are %d outcomes and not %d", count, target)
		}
	}
}

// finish lets all authors come to the end of what they have under way.
func (l *load) finish() error {
	close(l.stop)
	var all []error
	for range l.authors {
		all = append(all, <-l.ended)
	}
	return errors.Join(all...)
}

func (l *load) close() {
	for _, a := range l.authors {
		a.client.Close()
	}
}

// of returns the authors of a room.
func (l *load) of(room string) []*author {
	return slices.DeleteFunc(slices.Clone(l.authors), func(a *author) bool { return a.room != room })
}
