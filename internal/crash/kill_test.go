package crash

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aper-go/aper/internal/crash/ledger"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/wire"
)

// long reports whether the long campaigns are asked for.
func long() bool { return os.Getenv("APER_LONG") != "" }

// A server that is killed again and again, while its clients push, loses nothing that it confirmed, does nothing twice,
// and its clients come back by themselves. APER_LONG=1 makes the campaign ten times as long.
func TestKill(t *testing.T) {
	cycles := 20
	if long() {
		cycles = 200
	}
	seed := uint64(time.Now().UnixNano())
	defer func() {
		if t.Failed() {
			t.Logf("the seed was %d", seed)
		}
	}()
	file, address := filepath.Join(t.TempDir(), "rooms.db"), freeAddress(t)
	child := startChild(t, file, address)
	heard := &lines{}
	clientLog := slog.New(slog.NewTextHandler(heard, &slog.HandlerOptions{Level: slog.LevelWarn}))
	l, err := startLoad(address, 3, seed, clientLog)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	random := rand.New(rand.NewPCG(seed, 1))
	for range cycles {
		before, _ := l.outcomes()
		if err := l.await(before + killAfter(random)); err != nil {
			t.Fatal(err)
		}
		child.kill(t)
		child = startChild(t, file, address)
	}
	before, _ := l.outcomes()
	if err := l.await(before + 20); err != nil { // the last start served, too
		t.Fatal(err)
	}
	if err := l.finish(); err != nil {
		t.Fatal(err)
	}
	newcomers := observe(t, address, clientLog)
	awaitAll(t, l, newcomers)
	child.terminate(t)
	if said := heard.String(); said != "" {
		t.Errorf("the clients complain:\n%s", said)
	}
	verify(t, file, l, newcomers)
	t.Logf("%d cycles", cycles)
}

// killAfter returns after how many outcomes the server is killed: now and then at once, when it has hardly started.
func killAfter(random *rand.Rand) int {
	if random.IntN(5) == 0 {
		return 0
	}
	return random.IntN(300)
}

// freeAddress returns an address to serve at. Its port lies below those that the system gives to clients, one of which
// could else take it while the server is down.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000))
		if listener, err := net.Listen("tcp", address); err == nil {
			listener.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

// lines is a log that any goroutine may write to.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// A child is a server in a process of its own.
type child struct {
	process *exec.Cmd
	stdin   io.Closer
	log     lines
}

// childCommand returns this program in another role. The child ends when its standard input does.
func childCommand(role, file, address string) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), roleVariable+"="+role, fileVariable+"="+file, addressVariable+"="+address)
	return c
}

// startChild starts a server and returns when it listens.
func startChild(t *testing.T, file, address string) *child {
	t.Helper()
	c := &child{process: childCommand("serve", file, address)}
	c.process.Stderr = &c.log
	stdout, err := c.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if c.stdin, err = c.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.process.Process.Kill()
		_ = c.process.Wait()
	})
	limit := time.AfterFunc(patience, func() { _ = c.process.Process.Kill() })
	defer limit.Stop()
	if line, err := bufio.NewReader(stdout).ReadString('\n'); strings.TrimSpace(line) != listening {
		_ = c.process.Wait()
		t.Fatalf("the server does not start: %q, %v\n%s", line, err, c.log.String())
	}
	return c
}

// kill ends the server in the middle of whatever it does.
func (c *child) kill(t *testing.T) {
	t.Helper()
	if err := c.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.wait(t, "signal: killed")
}

// terminate lets the server end by itself.
func (c *child) terminate(t *testing.T) {
	t.Helper()
	if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(patience, func() { _ = c.process.Process.Kill() })
	defer limit.Stop()
	c.wait(t, "exit status 0")
}

// wait waits for the end, and looks whether anything happened before it that operators should know.
func (c *child) wait(t *testing.T, want string) {
	t.Helper()
	_ = c.process.Wait()
	c.stdin.Close()
	if got := c.process.ProcessState.String(); got != want {
		t.Errorf("the server ended with %q, expected %q", got, want)
	}
	if said := c.log.String(); said != "" {
		t.Errorf("the server complains:\n%s", said)
	}
}

// observe lets somebody new join each room, who is given the state of the server.
func observe(t *testing.T, address string, log *slog.Logger) map[string]*author {
	t.Helper()
	all := map[string]*author{}
	for _, room := range roomNames {
		a, err := newAuthor("newcomer", room, address, nil, log)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { a.client.Close() })
		all[room] = a
	}
	return all
}

// awaitAll waits until all authors have seen what the newcomers were given.
func awaitAll(t *testing.T, l *load, newcomers map[string]*author) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, a := range l.authors {
		_, want := newcomers[a.room].client.Confirmed()
		for range a.client.Watch(ctx) {
			if _, at := a.client.Confirmed(); at.Seq >= want.Seq {
				break
			}
		}
	}
	if ctx.Err() != nil {
		t.Fatal("not all authors come to see the last event")
	}
}

// verify looks at every room in the file.
func verify(t *testing.T, file string, l *load, newcomers map[string]*author) {
	t.Helper()
	store, err := bolt.Open(file, bolt.Options{Logger: complaining(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	events, confirmed, rejected, records, truncated := 0, 0, 0, 0, 0
	for _, name := range roomNames {
		w := gather(t, store, name, l, newcomers[name])
		for _, fault := range w.faults() {
			t.Errorf("room %s: %s", name, fault)
		}
		for _, list := range w.told {
			for _, o := range list {
				if o.err == nil {
					confirmed++
				} else {
					rejected++
				}
			}
		}
		events += int(w.states["the journal"].seq)
		records += len(w.records)
		truncated += int(w.records[0].LSN) - 1
		if shortened := w.records[0].LSN > 1; shortened == w.whole {
			t.Errorf("room %s: the journal begins with record %d", name, w.records[0].LSN)
		}
	}
	if rejected == 0 {
		t.Error("nothing was rejected, so that nothing is known about rejections")
	}
	t.Logf("%d rooms, %d authors, %d events, %d confirmed, %d rejected, %d records and %d that were truncated",
		len(roomNames), len(l.authors), events, confirmed, rejected, records, truncated)
}

// complaining returns a log of which every line is a failure.
func complaining(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(failing{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

type failing struct{ t *testing.T }

func (f failing) Write(b []byte) (int, error) {
	f.t.Errorf("the log says: %s", b)
	return len(b), nil
}

// gather collects all that is known about a room.
func gather(t *testing.T, store journal.Store, name string, l *load, newcomer *author) *witness {
	t.Helper()
	w := &witness{whole: strings.HasPrefix(name, keepsAll), told: map[string][]outcome{}, states: map[string]reached{}}
	for _, a := range append(l.of(name), newcomer) {
		state, at := a.client.Confirmed()
		w.states[a.name] = reached{state, at.Seq}
		if optimistic := a.client.State(); !equal(optimistic, state) {
			t.Errorf("room %s: %s has nothing pending and shows something that is not confirmed", name, a.name)
		}
	}
	for _, a := range l.of(name) {
		w.told[a.name] = a.outcomes
	}
	w.records = kept(t, store, name)
	restored, err := room.Open(t.Context(), store, inJournal(name), ledger.Ledger{}, room.Options{Log: complaining(t)})
	if err != nil {
		t.Fatal(err)
	}
	state, at := restored.State()
	w.states["the journal"] = reached{state, at.Seq}
	if err := restored.Close(t.Context()); err != nil {
		t.Error(err)
	}
	return w
}

// kept returns the records that the journal of a room keeps.
func kept(t *testing.T, store journal.Store, name string) []*wire.Record {
	t.Helper()
	log, head, err := store.Open(t.Context(), inJournal(name), journal.OpenOptions{Machine: machine})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	records, err := readAll(t.Context(), log, head)
	if err != nil {
		t.Fatal(err)
	}
	return records
}
