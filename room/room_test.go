package room_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/wire"
)

// A pipe is a connection in memory, with a replica at its end. When blocked, it takes nothing, like a peer that stopped
// reading.
type pipe[S aper.StateMachine[S]] struct {
	mu       sync.Mutex
	free     sync.Cond
	blocked  bool
	replica  *engine.Replica[S]
	session  *room.Session[S]
	writes   int
	codes    [][]wire.Code // of the messages in each write
	outcomes []engine.Outcome
	diverged []*engine.DivergenceError
	signals  []wire.Attendee
	err      error
	closed   *wire.Close
}

func newPipe() *pipe[counter.Counter] { return newPipeOf[counter.Counter]() }

func newPipeOf[S aper.StateMachine[S]]() *pipe[S] {
	p := &pipe[S]{replica: engine.NewReplica[S](engine.ReplicaOptions{})}
	p.free.L = &p.mu
	return p
}

func (p *pipe[S]) Write(parts [][]byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.blocked {
		p.free.Wait()
	}
	p.writes++
	var data []byte
	for _, part := range parts {
		data = append(data, part...)
	}
	var codes []wire.Code
	for r := wire.NewReader(data); r.Next(); {
		codes = append(codes, r.Code())
	}
	p.codes = append(p.codes, codes)
	if err := p.replica.Step(data, 0); err != nil {
		p.err = err
	}
	return nil
}

func (p *pipe[S]) Close(code wire.CloseCode, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = &wire.Close{Code: code, Reason: reason}
}

func (p *pipe[S]) block(blocked bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blocked = blocked
	p.free.Broadcast()
}

func (p *pipe[S]) join(t *testing.T, r *room.Room[S]) {
	t.Helper()
	p.joinAs(t, r, room.Principal{})
}

func (p *pipe[S]) joinAs(t *testing.T, r *room.Room[S], who room.Principal) {
	t.Helper()
	session, err := r.Join(p, who)
	if err != nil {
		t.Fatal(err)
	}
	p.session, p.closed = session, nil
	p.replica.Connect()
	p.send()
}

func (p *pipe[S]) send() {
	p.mu.Lock()
	ready := p.replica.Ready()
	p.outcomes = append(p.outcomes, ready.Outcomes...)
	p.diverged = append(p.diverged, ready.Diverged...)
	p.signals = append(p.signals, ready.Signals...)
	p.mu.Unlock()
	if ready.Send != nil {
		p.session.Receive(ready.Send)
	}
}

func (p *pipe[S]) push(t *testing.T, transition aper.Transition[S]) {
	t.Helper()
	p.mu.Lock()
	_, err := p.replica.Push(transition, 0)
	p.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	p.send()
}

func (p *pipe[S]) confirmed() S {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.replica.Confirmed()
}

func (p *pipe[S]) pending() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.replica.Pending()
}

// leave ends the connection on both sides.
func (p *pipe[S]) leave() {
	p.session.Leave()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replica.Disconnect()
}

func open(t *testing.T, store journal.Store, o room.Options) *room.Room[counter.Counter] {
	t.Helper()
	return openWith(t, store, counter.Counter{}, o)
}

func openWith[S aper.StateMachine[S]](t *testing.T, store journal.Store, initial S, o room.Options) *room.Room[S] {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	r, err := room.Open(t.Context(), store, "lobby", initial, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSlowConnectionCostsTheOthersNothingAndIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), room.Options{Ring: 500})
		fast, slow := newPipe(), newPipe()
		fast.join(t, r)
		slow.join(t, r)
		synctest.Wait()

		slow.block(true)
		for range 100 {
			fast.push(t, counter.Increment{By: 1})
			synctest.Wait()
		}
		if fast.confirmed().Value != 100 {
			t.Fatalf("the fast one has %d, want 100", fast.confirmed().Value)
		}
		slow.block(false)
		synctest.Wait()
		if slow.closed == nil || slow.closed.Code != wire.CloseSlow {
			t.Fatalf("the slow one was closed with %v, want %d", slow.closed, wire.CloseSlow)
		}
		slow.replica.Disconnect()
		slow.join(t, r)
		synctest.Wait()
		if slow.confirmed().Value != 100 || slow.err != nil {
			t.Fatalf("after connecting again the slow one has %d (%v), want 100", slow.confirmed().Value, slow.err)
		}
		closeRoom(t, r)
	})
}

func closeRoom[S aper.StateMachine[S]](t *testing.T, r *room.Room[S]) {
	t.Helper()
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

func TestConnectionThatFallsBehindGetsLargerMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), room.Options{})
		fast, slow := newPipe(), newPipe()
		fast.join(t, r)
		slow.join(t, r)
		synctest.Wait()
		slow.block(true)
		before := slow.writes
		for range 100 {
			fast.push(t, counter.Increment{By: 1})
			synctest.Wait()
		}
		slow.block(false)
		synctest.Wait()
		if slow.confirmed().Value != 100 {
			t.Fatalf("the slow one has %d, want 100", slow.confirmed().Value)
		}
		if writes := slow.writes - before; writes > 2 {
			t.Fatalf("100 frames took %d messages, want the one that was blocked and one with the rest", writes)
		}
		closeRoom(t, r)
	})
}

func TestCloseDecidesWhatCameBefore(t *testing.T) {
	store := journal.NewMemory()
	synctest.Test(t, func(t *testing.T) {
		r := open(t, store, room.Options{})
		p := newPipe()
		p.join(t, r)
		synctest.Wait()
		for range 10 {
			p.push(t, counter.Increment{By: 1})
		}
		closeRoom(t, r)
		if p.confirmed().Value != 10 || p.closed == nil || p.closed.Code.Action() != wire.Retry {
			t.Fatalf("value %d, closed with %v; want 10 and to come back", p.confirmed().Value, p.closed)
		}
		if _, err := r.Join(newPipe(), room.Principal{}); !errors.Is(err, room.ErrClosed) {
			t.Fatalf("joining a closed room: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		r := open(t, store, room.Options{})
		if state, position := r.State(); state.Value != 10 || position.Seq != 10 {
			t.Fatalf("after opening again: %v at %v", state, position)
		}
		closeRoom(t, r)
	})
}

// failing is a store whose appends fail when told to, after or before the record is there.
type failing struct {
	journal.Store
	mu   sync.Mutex
	fail int // 1: the record is lost, 2: it is there all the same
}

type failingLog struct {
	journal.Log
	store *failing
}

func (f *failing) Open(ctx context.Context, id aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
	log, head, err := f.Store.Open(ctx, id, o)
	return &failingLog{log, f}, head, err
}

func (l *failingLog) Append(ctx context.Context, r *wire.Record) error {
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	switch how := l.store.fail; how {
	case 1, 2:
		if l.store.fail = 0; how == 2 {
			l.Log.Append(ctx, r)
		}
		return errors.New("the disk is gone")
	}
	return l.Log.Append(ctx, r)
}

func (l *failingLog) Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error] {
	return l.Log.Read(ctx, from)
}

// Law 4: nobody is told what may not be durable, and after the room is opened again everything has its one outcome,
// whether the append had landed or not.
func TestFailedAppendEndsTheRoomAndTellsNobody(t *testing.T) {
	for how, name := range map[int]string{1: "lost", 2: "landed"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &failing{Store: journal.NewMemory()}
				r := open(t, store, room.Options{})
				p := newPipe()
				p.join(t, r)
				synctest.Wait()
				store.fail = how
				p.push(t, counter.Increment{By: 1})
				synctest.Wait()
				if p.confirmed().Value != 0 || p.closed == nil || p.closed.Code != wire.CloseRetry {
					t.Fatalf("value %d, closed with %v; want 0 and to come back", p.confirmed().Value, p.closed)
				}
				if <-r.Ended(); r.Err() == nil {
					t.Fatal("the room does not say why it ended")
				}

				p.replica.Disconnect()
				again := open(t, store, room.Options{})
				p.join(t, again)
				synctest.Wait()
				p.send() // what is pending goes out again after the welcome
				synctest.Wait()
				p.send() // and takes what became of it
				if state, _ := again.State(); state.Value != 1 || p.confirmed().Value != 1 || len(p.outcomes) != 1 {
					t.Errorf("state %v, replica %d, outcomes %v; want 1, 1 and one", state, p.confirmed().Value, p.outcomes)
				}
				closeRoom(t, again)
			})
		})
	}
}

// A viewer is shown the latest state, not every state, and its outcomes with a state in which they are true.
type viewer struct {
	mu    sync.Mutex
	free  sync.Cond
	block bool
	shown []room.View[counter.Counter]
}

func (v *viewer) Show(shown room.View[counter.Counter]) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for v.block {
		v.free.Wait()
	}
	v.shown = append(v.shown, shown)
	return nil
}

func (v *viewer) Close(wire.CloseCode, string) {}

func TestViewerSkipsStatesButNoOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), room.Options{})
		v := &viewer{}
		v.free.L = &v.mu
		session, err := r.JoinView(v, room.Principal{})
		if err != nil {
			t.Fatal(err)
		}
		hello := wire.Hello{Protocol: wire.Version, View: true}
		session.Receive(hello.Append(nil))
		synctest.Wait()
		v.mu.Lock()
		v.block = true
		v.mu.Unlock()
		for n := range 20 {
			push := wire.Push{First: aper.ClientSeq(n + 1), Count: 1, Transitions: []byte{0x82, 0x01, 0x01}}
			session.Receive(push.Append(nil))
			synctest.Wait()
		}
		v.mu.Lock()
		v.block = false
		v.free.Broadcast()
		v.mu.Unlock()
		synctest.Wait()
		if n := len(v.shown); n > 3 {
			t.Fatalf("shown %d times, want the welcome, the one that was blocked, and the rest", n)
		}
		verdicts := 0
		for _, shown := range v.shown {
			for _, m := range shown.Messages {
				for r := wire.NewReader(m); r.Next(); {
					if r.Code() != wire.CodeVerdicts {
						continue
					}
					for _, verdict := range r.Verdicts().List {
						verdicts++
						if verdict.Rejected || verdict.Seq > shown.Position.Seq {
							t.Fatalf("verdict %+v was shown at %v", verdict, shown.Position)
						}
					}
				}
			}
		}
		if last := v.shown[len(v.shown)-1]; verdicts != 20 || last.State.Value != 20 {
			t.Fatalf("%d outcomes and %d, want 20 and 20", verdicts, last.State.Value)
		}
		closeRoom(t, r)
	})
}
