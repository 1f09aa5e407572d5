//go:build !js

package client_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/server"
	"github.com/aper-go/aper/wire"
)

// A memory is a store in memory.
type memory struct {
	mu      sync.Mutex
	session []byte
	saves   int
	failing error  // of Save
	before  func() // Save
}

func (m *memory) Open() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.session), nil
}

func (m *memory) Save(session []byte) error {
	m.mu.Lock()
	before := m.before
	m.mu.Unlock()
	if before != nil {
		before()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing == nil {
		m.session = bytes.Clone(session)
		m.saves++
	}
	return m.failing
}

func (m *memory) Close() error { return nil }

func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failing = err
}

func (m *memory) beforeSaves(do func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.before = do
}

func (m *memory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.saves
}

func (m *memory) saved(t *testing.T) wire.Saved {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	saved, err := wire.ReadSaved(m.session)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// crash ends the program of a client: its store gets nothing more, so nothing that is not in there can leave, and its
// connection is gone.
func crash(m *memory, c *client.Client[counter.Counter]) {
	m.fail(errors.New("the program has ended"))
	c.Close()
	m.fail(nil)
}

func dialStored(t *testing.T, address string, store client.Store) *client.Client[counter.Counter] {
	t.Helper()
	c, err := client.Dial[counter.Counter](limit(t), address, client.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// A client crashes again and again while it pushes, and its connections are cut. The store counts what was ever pushed
// and kept; in the end each of these has happened, once.
func TestCrashesLoseAndDoubleNothing(t *testing.T) {
	h := newHost(t, server.Options{})
	store := &memory{}
	for range 60 {
		c := dialStored(t, h.url(), store)
		var last *client.Pending
		for range rand.N(40) {
			p, err := c.Push(counter.Increment{By: 1})
			if err != nil {
				t.Fatal(err)
			}
			last = p
		}
		switch rand.N(4) {
		case 0:
			if last != nil {
				if err := last.Wait(limit(t)); err != nil {
					t.Fatal(err)
				}
			}
		case 1:
			h.cut()
		case 2:
			awaitStatus(t, c, func(s client.Status) bool { return s.Connected })
		}
		crash(store, c)
	}
	c := dialStored(t, h.url(), store)
	if err := c.Flush(limit(t)); err != nil {
		t.Fatal(err)
	}
	state, position := c.Confirmed()
	if made := store.saved(t).Made; uint64(state.Value) != made || uint64(position.Seq) != made {
		t.Fatalf("%d were pushed and kept, the counter is %d after %d events", made, state.Value, position.Seq)
	}
}

// The program ends while there is no server, and begins again while there still is none.
func TestGoesOnWithoutAServer(t *testing.T) {
	h := newHost(t, server.Options{File: t.TempDir() + "/rooms.db"})
	store := &memory{}
	c := dialStored(t, h.url(), store)
	if err := c.Do(limit(t), counter.Increment{By: 7}); err != nil {
		t.Fatal(err)
	}
	session := c.ID()
	h.stop()
	push(t, c, 3)
	c.Close()

	c = dialStored(t, h.url(), store)
	if got := c.State().Value; got != 10 {
		t.Fatalf("it shows %d at once, want 10", got)
	}
	push(t, c, 1)
	waiting := c.Waiting()
	if s := c.Status(); len(waiting) != 4 || s.Pending != 4 || s.Connected {
		t.Fatalf("%d wait, the status is %+v", len(waiting), s)
	}
	h.start()
	for i, p := range waiting {
		if err := p.Wait(limit(t)); err != nil || uint64(p.Seq()) != uint64(i+2) {
			t.Errorf("transition %d: %v, at %d", i, err, p.Seq())
		}
	}
	if c.ID() != session {
		t.Errorf("it is session %d, was %d", c.ID(), session)
	}
}

// What is pushed without a connection is kept without any further call.
func TestOfflinePushesAreKept(t *testing.T) {
	h := newHost(t, server.Options{})
	store := &memory{}
	c := dialStored(t, h.url(), store)
	if err := c.Do(limit(t), counter.Increment{By: 1}); err != nil {
		t.Fatal(err)
	}
	h.stop()
	awaitStatus(t, c, func(s client.Status) bool { return !s.Connected })
	limit := limit(t)
	push(t, c, 1)
	for store.saved(t).Made != 2 {
		if limit.Err() != nil {
			t.Fatal("it was not saved")
		}
		runtime.Gosched()
	}
}

func TestNothingLeavesBeforeItIsKept(t *testing.T) {
	inProcess(t, func(t *testing.T, ctx context.Context, join func(client.Options) *client.Client[counter.Counter]) {
		store := &memory{}
		ann, bob := join(client.Options{Store: store}), join(client.Options{})
		time.Sleep(time.Minute)
		disk := make(chan struct{})
		store.beforeSaves(func() { <-disk })
		p, err := ann.Push(counter.Increment{By: 1})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := bob.State().Value; got != 0 || ann.State().Value != 1 {
			t.Errorf("before it is kept bob sees %d, ann %d", got, ann.State().Value)
		}
		close(disk)
		if err := p.Wait(ctx); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if got := bob.State().Value; got != 1 {
			t.Errorf("when it is kept bob sees %d", got)
		}
	})
}

// A client acknowledges outcomes, and ends before it had another reason to save. Had it not saved first, the authority
// would take its store for one that was set back.
func TestAcknowledgementsAreKeptFirst(t *testing.T) {
	inProcess(t, func(t *testing.T, ctx context.Context, join func(client.Options) *client.Client[counter.Counter]) {
		store := &memory{}
		c := join(client.Options{Store: store})
		push(t, c, 100)
		if err := c.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		session := c.ID()
		crash(store, c)
		c = join(client.Options{Store: store})
		for i, p := range c.Waiting() {
			if err := p.Wait(ctx); err != nil {
				t.Fatalf("transition %d: %v", i, err)
			}
		}
		time.Sleep(time.Minute)
		if c.ID() != session || c.State().Value != 100 {
			t.Errorf("it is session %d and was %d; the counter is %d", c.ID(), session, c.State().Value)
		}
	})
}

// A disk that takes 10 ms: what is pushed meanwhile shares the next save, and presence needs none.
func TestSavesAreFew(t *testing.T) {
	inProcess(t, func(t *testing.T, ctx context.Context, join func(client.Options) *client.Client[counter.Counter]) {
		store := &memory{before: func() { time.Sleep(10 * time.Millisecond) }}
		c := join(client.Options{Store: store})
		for range 500 {
			if _, err := c.Push(counter.Increment{By: 1}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
		}
		if err := c.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		saves := store.count()
		if saves > 60 {
			t.Errorf("%d saves for 500 transitions in 500 ms", saves)
		}
		time.Sleep(time.Minute)
		before := store.count()
		for range 500 {
			if err := c.SetPresence([]byte{1}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Minute)
		if saves := store.count() - before; saves != 0 {
			t.Errorf("%d saves for presences", saves)
		}
		if saved := store.saved(t); len(saved.Pending) != 0 || saved.Position.Seq != 500 {
			t.Errorf("a minute later %d are pending in the store, at %v", len(saved.Pending), saved.Position)
		}
	})
}

// What cannot be kept does not leave; when it can be kept again all goes on.
func TestStoreThatFails(t *testing.T) {
	h := newHost(t, server.Options{})
	store := &memory{}
	ann, bob := dialStored(t, h.url(), store), dial(t, h.url())
	full := errors.New("the disk is full")
	store.fail(full)
	push(t, ann, 1)
	awaitStatus(t, ann, func(s client.Status) bool { return errors.Is(s.Lost, full) && s.Pending == 1 })
	if err := bob.Do(limit(t), counter.Increment{By: 10}); err != nil || bob.State().Value != 10 {
		t.Fatalf("bob sees %d: %v", bob.State().Value, err)
	}
	store.fail(nil)
	if err := ann.Flush(limit(t)); err != nil {
		t.Fatal(err)
	}
	await(t, bob, 11)
	store.fail(full)
	push(t, ann, 1)
	if err := ann.Close(); !errors.Is(err, full) {
		t.Errorf("Close says %v", err)
	}
}

func TestStoreOfAnotherRoomOrMachine(t *testing.T) {
	h := newHost(t, server.Options{})
	store := &memory{}
	c := dialStored(t, h.url(), store)
	await(t, c, 0)
	h.stop()
	push(t, c, 1)
	c.Close()
	before := slices.Clone(store.session)
	_, room := client.Dial[counter.Counter](limit(t), h.url()+"2", client.Options{Store: store})
	_, machine := client.Dial[other](limit(t), h.url(), client.Options{Store: store})
	for _, err := range []error{room, machine} {
		var unreadable *wire.ReadError
		if !errors.As(err, &unreadable) || !strings.Contains(err.Error(), "move it away") {
			t.Errorf("got %v", err)
		}
		t.Log(err)
	}
	if !bytes.Equal(store.session, before) {
		t.Error("the store was written to")
	}
	h.start()
	if err := dialStored(t, h.url(), store).Flush(limit(t)); err != nil {
		t.Error(err)
	}
}

// When nothing is pending there is nothing to lose: another version of the machine begins anew, and is told by the
// server, not by the store.
func TestStoreOfAnotherMachineWithNothingPending(t *testing.T) {
	h := newHost(t, server.Options{})
	store := &memory{}
	c := dialStored(t, h.url(), store)
	if err := c.Do(limit(t), counter.Increment{By: 1}); err != nil {
		t.Fatal(err)
	}
	c.Close()
	_, err := client.Dial[other](limit(t), h.url(), client.Options{Store: store})
	var stopped *client.StopError
	if !errors.As(err, &stopped) || stopped.Code != wire.CloseMachine {
		t.Errorf("got %v", err)
	}
}

// A store that was set back says less than was sent. Nothing happens twice.
func TestStoreThatWasSetBack(t *testing.T) {
	h := newHost(t, server.Options{})
	store := &memory{}
	c := dialStored(t, h.url(), store)
	push(t, c, 5)
	if err := c.Flush(limit(t)); err != nil {
		t.Fatal(err)
	}
	c.Close()
	old := slices.Clone(store.session)
	c = dialStored(t, h.url(), store)
	push(t, c, 5)
	if err := c.Flush(limit(t)); err != nil {
		t.Fatal(err)
	}
	c.Close()
	store.session = old
	c = dialStored(t, h.url(), store)
	await(t, c, 10)
	if err := c.Do(limit(t), counter.Increment{By: 1}); err != nil {
		t.Fatal(err)
	}
	if state, _ := c.Confirmed(); state.Value != 11 {
		t.Fatalf("the counter is %d, want 11", state.Value)
	}
}
