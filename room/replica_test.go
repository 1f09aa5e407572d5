package room_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/bank"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/wire"
)

// Law L7: who was away for a short time gets the events since and no snapshot, also from a room that was opened again.
func TestReplicaThatComesBackGetsTheEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := journal.NewMemory()
		r := open(t, store, room.Options{})
		here, away := newPipe(), newPipe()
		here.join(t, r)
		away.join(t, r)
		synctest.Wait()
		for _, reopen := range []bool{false, true} {
			away.leave()
			for range 3 {
				here.push(t, counter.Increment{By: 1})
				synctest.Wait()
			}
			if reopen {
				here.leave()
				closeRoom(t, r)
				r = open(t, store, room.Options{})
			}
			away.codes = nil
			away.join(t, r)
			synctest.Wait()
			if want := here.confirmed(); away.confirmed() != want || away.err != nil {
				t.Fatalf("opened again %v: it has %v (%v), want %v", reopen, away.confirmed(), away.err, want)
			}
			codes := slices.Concat(away.codes...)
			if slices.Contains(codes, wire.CodeSnapshot) || !slices.Contains(codes, wire.CodeFrame) {
				t.Errorf("opened again %v: it was sent %v, want the frames that it missed", reopen, codes)
			}
		}
		away.leave()
		closeRoom(t, r)
	})
}

// largeBank returns a bank whose encoding has more than 2 MiB.
func largeBank(t *testing.T) (b bank.Bank) {
	t.Helper()
	for i := range 40 {
		next, err := bank.Open{Name: fmt.Sprint(i, strings.Repeat("x", 60_000))}.Apply(b, &aper.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		b = next
	}
	return b
}

// A large state is seen to arrive: each part is a message of its own, and what follows comes with the last.
func TestLargeStateComesInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := openWith(t, journal.NewMemory(), largeBank(t), room.Options{})
		p := newPipeOf[bank.Bank]()
		p.join(t, r)
		synctest.Wait()
		want := [][]wire.Code{
			{wire.CodeWelcome, wire.CodeSnapshot}, {wire.CodeSnapshot}, {wire.CodeSnapshot, wire.CodePresences},
		}
		if fmt.Sprint(p.codes) != fmt.Sprint(want) || p.err != nil {
			t.Errorf("it was sent %v (%v), want %v", p.codes, p.err, want)
		}
		if state, _ := r.State(); !aper.Equal(state, p.confirmed()) {
			t.Error("it has another state")
		}
		closeRoom(t, r)
	})
}

func (p *pipe[S]) presences() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, entry := range p.replica.Presences() {
		all = append(all, fmt.Sprintf("%d %s", entry.Client, entry.Value))
	}
	return strings.Join(all, ", ")
}

func (p *pipe[S]) show(t *testing.T, value string) {
	t.Helper()
	p.mu.Lock()
	err := p.replica.SetPresence([]byte(value))
	p.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	p.send()
}

// Who joins is told all presences before any change; who is slow is told the latest; who leaves is gone.
func TestPresences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), room.Options{})
		a, b, slow := newPipe(), newPipe(), newPipe()
		a.join(t, r)
		slow.join(t, r)
		synctest.Wait()
		a.show(t, "reading")
		synctest.Wait()
		b.join(t, r)
		synctest.Wait()
		if got := b.presences(); got != "1 reading" {
			t.Errorf("who joins sees %q", got)
		}
		slow.block(true)
		b.show(t, "here")
		synctest.Wait()
		for i := range 50 {
			a.show(t, fmt.Sprint("line ", i))
			synctest.Wait()
		}
		writes := slow.writes
		slow.block(false)
		synctest.Wait()
		if got := slow.presences(); got != "1 line 49, 3 here" || slow.writes > writes+2 {
			t.Errorf("the slow one sees %q after %d messages", got, slow.writes-writes)
		}
		a.leave()
		synctest.Wait()
		if got := b.presences(); got != "3 here" {
			t.Errorf("when one has left the others see %q", got)
		}
		closeRoom(t, r)
	})
}

// A signal reaches who is there and follows, once, and is lost for who is busy.
func TestSignals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), room.Options{})
		a, b, busy := newPipe(), newPipe(), newPipe()
		for _, p := range []*pipe[counter.Counter]{a, b, busy} {
			p.join(t, r)
		}
		synctest.Wait()
		busy.block(true)
		a.push(t, counter.Increment{By: 1})
		synctest.Wait()
		a.replica.Signal([]byte("hurra"))
		a.send()
		synctest.Wait()
		busy.block(false)
		synctest.Wait()
		for _, test := range []struct {
			p    *pipe[counter.Counter]
			want int
		}{{a, 1}, {b, 1}, {busy, 0}} {
			if test.p.send(); len(test.p.signals) != test.want {
				t.Errorf("%d signals came, want %d", len(test.p.signals), test.want)
			}
		}
		closeRoom(t, r)
	})
}

// Law L11: a replica that diverged is repaired within its connection, keeps what is pending, and is told what was wrong.
func TestDivergedReplicaIsRepaired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, journal.NewMemory(), room.Options{})
		p, other := newPipe(), newPipe()
		p.join(t, r)
		other.join(t, r)
		synctest.Wait()
		other.push(t, counter.Increment{By: 5})
		synctest.Wait()
		p.diverge(t)
		other.push(t, counter.Increment{By: 2})
		p.push(t, counter.Increment{By: 1})
		synctest.Wait()
		p.send()
		if state, _ := r.State(); state.Value != 8 || p.confirmed() != state || p.err != nil || p.closed != nil {
			t.Errorf("the room has %v, the replica %v (%v, %v)", state, p.confirmed(), p.err, p.closed)
		}
		if len(p.diverged) != 1 || len(p.outcomes) != 1 || p.outcomes[0].Conflict != nil {
			t.Errorf("told: %v and outcomes %v, want one of each", p.diverged, p.outcomes)
		}
		closeRoom(t, r)
	})
}

// diverge sends the replica an event that cannot have happened.
func (p *pipe[S]) diverge(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	frame := wire.Frame{First: p.replica.Position().Seq + 1, Tag: 5}
	frame.Events.Add(wire.Event{Client: 99, ClientSeq: 1, Transition: []byte{0x82, 2, 0x19, 0xff, 0xff}}) // Decrement
	err := p.replica.Step(frame.Append(nil), 0)
	p.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
}

// Law L11: replicas are told sums of the state, and the journal has them too.
func TestSumsAreToldAndJournaled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := journal.NewMemory()
		r := open(t, store, room.Options{})
		p := newPipe()
		p.join(t, r)
		synctest.Wait()
		for range 3 {
			p.push(t, counter.Increment{By: 1})
			time.Sleep(600 * time.Millisecond)
			synctest.Wait()
		}
		if codes := slices.Concat(p.codes...); !slices.Contains(codes, wire.CodeCheck) || p.err != nil {
			t.Errorf("no sum came (%v)", p.err)
		}
		closeRoom(t, r)
		if sums := sumsIn(t, store); len(sums) == 0 {
			t.Error("the journal has no sum")
		}
		if r := open(t, store, room.Options{}); r != nil { // which is checked now
			closeRoom(t, r)
		}
	})
}

func sumsIn(t *testing.T, store journal.Store) (sums []wire.Check) {
	t.Helper()
	log, _, err := store.Open(t.Context(), "lobby", journal.OpenOptions{Machine: "counter.Counter"})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	for record, err := range log.Read(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		if record.Sum.Seq != 0 {
			sums = append(sums, record.Sum)
		}
	}
	return sums
}
