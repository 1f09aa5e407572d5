package server_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/internal/hostile"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
	"github.com/aper-go/aper/wire"
)

// Laws L9 and L10 from outside: whatever comes over the network, each attack ends as it should, and nobody else notices.
func TestHostileClients(t *testing.T) {
	s := besiege(t)
	goroutines, heap := runtime.NumGoroutine(), heapInUse()
	peak := heap
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			for range max(1, a.times) {
				s.repel(t, a)
			}
		})
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		peak = max(peak, now.HeapInuse)
	}
	t.Run("the sessions of others", s.impersonate)
	t.Run("a storm of connections", s.storm)

	left := s.untilGoroutines(t, goroutines)
	after := heapInUse()
	if t.Logf("goroutines %d before, %d after; heap %d KiB before, %d at most, %d after", goroutines, left, heap>>10, peak>>10, after>>10); after > heap+8<<20 {
		t.Errorf("the heap grew from %d to %d bytes", heap, after)
	}
	s.verify(t)
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC() // what was pooled survives the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// A siege is a server that is attacked while others use it.
type siege struct {
	rooms   *server.Server[counter.Counter]
	address string
	victims []*victim
	stop    context.CancelFunc
	pushing sync.WaitGroup
	left    atomic.Int32 // victims whose connection was lost
}

// besiege starts a server with a file, and its users. The attackers have a name of their own, so that the room knows what
// they may do: what comes of bytes that were changed on the way must not change the sum.
func besiege(t *testing.T) *siege {
	s := &siege{}
	rooms, err := server.New(counter.Counter{}, server.Options{
		File:         filepath.Join(t.TempDir(), "rooms.db"),
		Authenticate: func(r *http.Request) (string, error) { return r.URL.RawQuery, nil },
		Log:          slog.New(slog.DiscardHandler),
		Room: room.Options{
			UserRate: -1, // so that attackers do not slow each other down
			Authorize: func(p *room.Proposal) error {
				if p.User == attackerUser && p.Transition != any(counter.Increment{By: hostileStep}) {
					return aper.Conflict("not you")
				}
				return nil
			},
			Trace: room.Trace{Left: func(_ aper.RoomID, m room.Member) {
				if m.User != attackerUser {
					s.left.Add(1)
				}
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewUnstartedServer(rooms)
	h.Config.ReadHeaderTimeout = 500 * time.Millisecond
	h.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	h.Start()
	s.rooms, s.address = rooms, h.Listener.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	s.stop = stop
	t.Cleanup(func() {
		s.stop()
		s.pushing.Wait()
		h.Close()
		if err := rooms.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for i := range 3 {
		s.add(t, ctx, joinReplicaVictim(t, h.URL, i))
	}
	for i := range 2 {
		s.add(t, ctx, joinViewVictim(t, h.URL, i))
	}
	return s
}

// add lets a victim push now and then until the siege is over. Each outcome must come, once and in order.
func (s *siege) add(t *testing.T, ctx context.Context, v *victim) {
	s.victims = append(s.victims, v)
	s.pushing.Go(func() {
		pace := time.NewTicker(10 * time.Millisecond)
		defer pace.Stop()
		for last := aper.Seq(0); ctx.Err() == nil && v.failed == nil; {
			began := time.Now()
			seq, err := v.push()
			v.slowest = max(v.slowest, time.Since(began))
			if err != nil || seq <= last {
				v.failed = fmt.Errorf("after event %d came the outcome %d, %w", last, seq, err)
				return
			}
			last = seq
			v.confirmed++
			<-pace.C
		}
	})
}

func (s *siege) dial(t *testing.T) *attacker {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return newAttacker(t, conn)
}

// repel makes one attack, and checks how it ends.
func (s *siege) repel(t *testing.T, a attack) {
	t.Helper()
	c := s.dial(t)
	defer c.Close()
	if a.request != "" {
		got := "cut"
		if r, err := c.Ask(a.request); err == nil {
			got = fmt.Sprintf("HTTP %d%s", r.StatusCode, r.Header.Get("Sec-WebSocket-Extensions"))
		}
		expect(t, a, got)
		return
	}
	switch {
	case a.hello:
		c.join(lobbyHello())
	case a.protocol != "":
		c.open(a.protocol)
	}
	c.Send(a.frames)
	if a.do != nil {
		a.do(c)
	}
	if a.want == "gone" {
		return
	}
	if strings.Contains(a.want, "stays") {
		c.Ping()
	}
	expect(t, a, c.Ending())
}

func expect(t *testing.T, a attack, got string) {
	t.Helper()
	if !regexp.MustCompile("^(" + a.want + ")$").MatchString(got) {
		t.Errorf("it ends with %q, want %q", got, a.want)
	}
}

// impersonate says hello for everyone's session with a wrong token, and pushes: each time it is a session of its own.
func (s *siege) impersonate(t *testing.T) {
	in, err := s.rooms.Room(limit(t), "lobby", false)
	if err != nil {
		t.Fatal(err)
	}
	members := in.Members()
	if len(members) < len(s.victims) {
		t.Fatalf("there are %d members", len(members))
	}
	for _, m := range members {
		c, hello := s.dial(t), lobbyHello()
		hello.Client, hello.Token, hello.Position = m.Client, wire.Token{1}, wire.Position{Epoch: 1, Seq: 1, Tag: 1}
		if w := c.join(hello); w.Client == m.Client || w.Mode == wire.Resumed {
			t.Errorf("it is welcomed as %d of %s: %+v", w.Client, m.User, w)
		}
		c.Send(message(hostilePush(1, 1, 0)))
		c.Ping()
		if got := c.Ending(); got != "stays" {
			t.Errorf("it ends with %q", got)
		}
		c.Close()
	}
}

// storm opens more connections at once than one user may have, and leaves with all of them.
func (s *siege) storm(t *testing.T) {
	const connections, limit = 150, 100
	answers := map[int]int{}
	var held []*attacker
	for range connections {
		c := s.dial(t)
		held = append(held, c)
		response, err := c.Ask(hostile.Request(attackedRoom, "aper.1"))
		if err != nil {
			t.Fatal("the server hung up:", err)
		}
		if answers[response.StatusCode]++; response.StatusCode != http.StatusSwitchingProtocols {
			io.Copy(io.Discard, response.Body)
		}
	}
	if answers[http.StatusSwitchingProtocols] > limit || answers[http.StatusTooManyRequests] < connections-limit || len(answers) != 2 {
		t.Errorf("the server answered %v, and a user may have %d", answers, limit)
	}
	for _, c := range held {
		c.Close()
	}
	for range 300 { // and some who leave before they are answered
		c := s.dial(t)
		c.Send([]byte(hostile.Request(attackedRoom, "aper.1")))
		c.Close()
	}
}

// untilGoroutines waits until there are no more goroutines than before, but for a few that come and go.
func (s *siege) untilGoroutines(t *testing.T, before int) (now int) {
	t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-look.C {
		if now = runtime.NumGoroutine(); now <= before+5 {
			return now
		}
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines are left of %d before:\n%s", now, before, stacks[:runtime.Stack(stacks, true)])
	return now
}

// verify checks that nobody was disturbed, and that the sum is right.
func (s *siege) verify(t *testing.T) {
	s.stop()
	s.pushing.Wait()
	if n := s.left.Load(); n > 0 {
		t.Errorf("%d connections of others were lost", n)
	}
	in, err := s.rooms.Room(limit(t), "lobby", false)
	if err != nil {
		t.Fatal(err)
	}
	confirmed := int64(0)
	for _, v := range s.victims {
		if v.failed != nil {
			t.Errorf("%s: %v", v.name, v.failed)
		}
		confirmed += v.confirmed
	}
	state, _ := in.State()
	if got := state.Value % hostileStep; got != confirmed {
		t.Errorf("%d transitions of others were confirmed, and the room has %d", confirmed, got)
	}
	slowest := time.Duration(0)
	for _, v := range s.victims {
		if slowest = max(slowest, v.slowest); v.failed != nil {
			continue
		}
		if err := v.value(state.Value); err != nil {
			t.Errorf("%s: %v", v.name, err)
		}
	}
	t.Logf("%d transitions of others were confirmed, the slowest after %v; the attackers got %d through", confirmed, slowest, state.Value/hostileStep)
}
