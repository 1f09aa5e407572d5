package room_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/wire"
)

// slow is a store whose appends can be made to wait.
type slow struct {
	journal.Store
	takes   time.Duration // each append
	held    chan struct{} // appends wait until it is closed
	mu      sync.Mutex
	records []*wire.Record
}

func (s *slow) appends() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.records)
}

// hold lets appends wait until the result is called.
func (s *slow) hold() (release func()) {
	held := make(chan struct{})
	s.held = held
	return func() { close(held) }
}

type slowLog struct {
	journal.Log
	store *slow
}

func (s *slow) Open(ctx context.Context, id aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
	log, head, err := s.Store.Open(ctx, id, o)
	return &slowLog{log, s}, head, err
}

func (l *slowLog) Append(ctx context.Context, r *wire.Record) error {
	if l.store.held != nil {
		<-l.store.held
	}
	time.Sleep(l.store.takes)
	l.store.mu.Lock()
	l.store.records = append(l.store.records, r)
	l.store.mu.Unlock()
	return l.Log.Append(ctx, r)
}

// While a batch is being written, what comes in is decided already, stays unseen, and makes the next batch.
func TestNextBatchIsDecidedWhileOneIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slow{Store: journal.NewMemory()}
		decided := 0
		r := open(t, store, room.Options{Authorize: func(*room.Proposal) error { decided++; return nil }})
		p := newPipe()
		p.join(t, r)
		synctest.Wait()

		store.records = nil
		release := store.hold()
		for range 10 {
			p.push(t, counter.Increment{By: 1})
			synctest.Wait()
		}
		if decided != 10 {
			t.Errorf("%d transitions are decided while the journal is busy, want 10", decided)
		}
		if state, _ := r.State(); state.Value != 0 || p.confirmed().Value != 0 {
			t.Errorf("%v is shown, and %v to the author, before anything is durable", state, p.confirmed())
		}
		release()
		synctest.Wait()
		if len(store.records) != 2 || store.records[1].Events.Len() != 9 {
			t.Errorf("they took %d records; want one with the first, and one with the other nine", len(store.records))
		}
		if p.confirmed().Value != 10 {
			t.Errorf("the author has %v", p.confirmed())
		}
		closeRoom(t, r)
	})
}

// The batch that waits for the journal is bounded, and so is what a session may have sent beyond it.
func TestWhatWaitsForTheJournalIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slow{Store: journal.NewMemory()}
		r := open(t, store, room.Options{Batch: 200, Rate: -1})
		p := newPipe()
		p.join(t, r)
		synctest.Wait()

		store.records = nil
		release := store.hold()
		const pushes = 500
		done := false
		go func() {
			for range pushes {
				p.push(t, counter.Increment{By: 1})
			}
			done = true
		}()
		synctest.Wait()
		if done {
			t.Error("all is taken although the journal takes nothing")
		}
		release()
		synctest.Wait()
		if !done || p.confirmed().Value != pushes {
			t.Errorf("done %v, and the author has %v; want all %d", done, p.confirmed(), pushes)
		}
		for _, record := range store.records {
			if n := record.Events.Len(); n > 40 {
				t.Errorf("one record has %d events, which came in more than 200 bytes", n)
			}
		}
		closeRoom(t, r)
	})
}

// Law L10: who sends much makes nobody else wait.
func TestSessionsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slow{Store: journal.NewMemory()}
		r := open(t, store, room.Options{Batch: 40, Rate: -1})
		flood, quiet := newPipe(), newPipe()
		flood.join(t, r)
		quiet.join(t, r)
		synctest.Wait()

		store.records = nil
		release := store.hold()
		for range 30 {
			flood.push(t, counter.Increment{By: 1})
		}
		quiet.push(t, counter.Increment{By: 1})
		synctest.Wait()
		release()
		synctest.Wait()
		at := 0
		for _, record := range store.records {
			for e := range record.Events.All() {
				if at++; e.Client == 2 && at > 25 {
					t.Errorf("the only transition of the quiet session was the %dth, although it had its turn", at)
				}
			}
		}
		if at != 31 {
			t.Errorf("there are %d events, want 31", at)
		}
		closeRoom(t, r)
	})
}

// Who sends more than the rate is taken more slowly, and loses nothing; so do the sessions of one user together.
func TestRate(t *testing.T) {
	for name, c := range map[string]struct {
		o     room.Options
		who   []room.Principal
		least time.Duration
		most  time.Duration
	}{
		// The first ten are free, and so are those in the queues, which are charged when their turn comes.
		"a session":              {room.Options{Rate: 10}, []room.Principal{{}}, 5 * time.Second, 11 * time.Second},
		"two sessions":           {room.Options{Rate: 10}, []room.Principal{{}, {}}, 5 * time.Second, 11 * time.Second},
		"two sessions, one user": {room.Options{Rate: -1, UserRate: 10}, []room.Principal{{User: "ann"}, {User: "ann"}}, 12 * time.Second, 22 * time.Second},
		"two users":              {room.Options{Rate: -1, UserRate: 10}, []room.Principal{{User: "ann"}, {User: "bob"}}, 5 * time.Second, 11 * time.Second},
		"no limit":               {room.Options{Rate: -1}, []room.Principal{{}}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := open(t, journal.NewMemory(), c.o)
				began := time.Now()
				var all sync.WaitGroup
				for _, who := range c.who {
					p := newPipe()
					p.joinAs(t, r, who)
					synctest.Wait()
					all.Go(func() {
						for range 100 {
							p.push(t, counter.Increment{By: 1})
						}
					})
				}
				all.Wait()
				if took := time.Since(began); took < c.least || took > c.most {
					t.Errorf("a hundred transitions took %v, want %v to %v", took, c.least, c.most)
				}
				synctest.Wait()
				if state, _ := r.State(); state.Value != int64(100*len(c.who)) {
					t.Errorf("the room has %v", state)
				}
				closeRoom(t, r)
			})
		})
	}
}

// A message in which nothing is said is paced, too.
func TestRateOfEmptyMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), room.Options{Rate: 10})
		p := newPipe()
		p.join(t, r)
		began := time.Now()
		for range 100 {
			if err := p.session.Receive(nil); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 5*time.Second {
			t.Errorf("a hundred took %v", took)
		}
		closeRoom(t, r)
	})
}

// Who leaves while he is slowed down, or waits for the journal, is not kept.
func TestLeavingEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slow{Store: journal.NewMemory()}
		r := open(t, store, room.Options{Rate: 1})
		slowed, waiting := newPipe(), newPipe()
		slowed.join(t, r)
		waiting.join(t, r)
		synctest.Wait()
		began := time.Now()
		for range 5 {
			slowed.push(t, counter.Increment{By: 1})
		}
		synctest.Wait()
		release := store.hold()
		var all sync.WaitGroup
		for _, p := range []*pipe[counter.Counter]{slowed, waiting} {
			all.Go(func() {
				for range 100 {
					p.push(t, counter.Increment{By: 1})
				}
			})
		}
		time.Sleep(500 * time.Millisecond)
		slowed.session.Leave()
		waiting.session.Leave()
		all.Wait()
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("they waited for %v", took)
		}
		release()
		closeRoom(t, r)
	})
}
