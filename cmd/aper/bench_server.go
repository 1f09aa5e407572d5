package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"syscall"
	"time"

	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/examples/dropfour"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// serveFlag makes the verb be the server. It stands first and is not for people.
const serveFlag = "-serve"

// Between the benchmark and its server goes one line of JSON each way at a time. The server tells its address, and
// answers each command with what it has used so far. It ends when its input does, so also when the benchmark is killed.
const (
	beginCommand   = "begin" // of the measurement
	endCommand     = "end"
	lookCommand    = "look"
	collectCommand = "collect" // the garbage first
	heapCommand    = "heap"    // write its profile
)

// benchSettings are the server's.
type benchSettings struct {
	File        string        `json:"file"`
	CPUProfile  string        `json:"cpuProfile"`  // of the time of the measurement
	HeapProfile string        `json:"heapProfile"` // when it is asked for
	Rate        int           `json:"rate"`        // as in room.Options
	IdleAfter   time.Duration `json:"idleAfter"`
	Games       bool          `json:"games"` // of Drop Four, and not counters, in the rooms, with all their history
	Texts       bool          `json:"texts"` // and not counters, with all their history
	MaxPending  int           `json:"maxPending"`
	Target      string        `json:"target"` // the address of another server, which this process attacks instead
}

const (
	benchName   = "bench" // what the rooms are kept under
	slowQuery   = "slow"  // in the address of who stops reading
	smallBuffer = 4 << 10 // of the operating system, between the server and who stops reading
)

// serveBench is the server's side. The argument is its settings.
func serveBench(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) (err error) {
	var settings benchSettings
	if len(args) != 1 || json.Unmarshal([]byte(args[0]), &settings) != nil {
		return errors.New("this is for the benchmark's own use")
	}
	if settings.Target != "" {
		return attackBench(settings.Target, stdin, json.NewEncoder(stdout))
	}
	if settings.HeapProfile != "" {
		runtime.MemProfileRate = 4 << 10 // what one connection takes is small
	}
	m := &meter{}
	var store journal.Store = journal.NewMemory()
	if settings.File != "" {
		if m.store, err = bolt.Open(settings.File, bolt.Options{}); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, m.store.Close()) }()
		store = m.store
	}
	rooms, err := newBenchRooms(&settings, server.Options{
		Store:    store,
		Name:     benchName,
		MaxRooms: maxRooms,
		NewRooms: -1,
		Room:     room.Options{Rate: settings.Rate, IdleAfter: settings.IdleAfter, Trace: m.trace()},
	})
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		err = errors.Join(err, rooms.Close(closing))
	}()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	web := &http.Server{Handler: narrow(rooms), ConnContext: keepConn, ReadHeaderTimeout: 10 * time.Second}
	go web.Serve(listener)
	defer web.Close()

	ended := make(chan error, 1)
	go func() { ended <- m.obey(stdin, json.NewEncoder(stdout), listener.Addr().String(), &settings) }()
	select {
	case err = <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}

// benchRooms are what a server.Server of any machine is.
type benchRooms interface {
	http.Handler
	Close(ctx context.Context) error
}

func newBenchRooms(settings *benchSettings, o server.Options) (benchRooms, error) {
	if settings.Texts {
		o.MaxMessage = maxReplayMessage
		o.Room.MaxTransition, o.Room.MaxPending, o.Room.History = maxReplayTransition, settings.MaxPending, -1
		return server.New(data.Text{}, o)
	}
	if settings.Games {
		o.Room.History = -1
		return server.New(dropfour.Game{}, o)
	}
	return server.New(counter.Counter{}, o)
}

type connKey struct{}

func keepConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// narrow gives who stops reading a small buffer. On the loopback interface the operating system would take megabytes for
// him, which no network does, and he would not be noticed for minutes.
func narrow(rooms http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tcp, ok := r.Context().Value(connKey{}).(*net.TCPConn); ok && r.URL.RawQuery == slowQuery {
			tcp.SetWriteBuffer(smallBuffer)
		}
		rooms.ServeHTTP(w, r)
	})
}

func (m *meter) obey(commands io.Reader, answers *json.Encoder, address string, settings *benchSettings) error {
	if err := answers.Encode(benchAnswer{Address: address}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(commands); lines.Scan(); {
		if err := m.do(lines.Text(), settings); err != nil {
			return err
		}
		if err := answers.Encode(m.answer()); err != nil {
			return err
		}
	}
	return nil
}

func (m *meter) do(command string, settings *benchSettings) error {
	switch command {
	case beginCommand:
		m.begin()
		return writeTo(settings.CPUProfile, pprof.StartCPUProfile)
	case endCommand:
		pprof.StopCPUProfile() // which writes it
	case collectCommand:
		runtime.GC() // what was pooled survives the first
		debug.FreeOSMemory()
	case heapCommand:
		runtime.GC()
		return writeTo(settings.HeapProfile, pprof.WriteHeapProfile)
	}
	return nil
}

// writeTo makes a file, if it has a name. It stays open, because a CPU profile is written later.
func writeTo(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return write(file)
}

// A benchServer is the benchmark's side.
type benchServer struct {
	address string
	process *exec.Cmd
	stdin   io.WriteCloser
	answers *json.Decoder
	stderr  *tail
	stopped bool
}

// startServer starts the server. It is given one core, so that the figures say what one core can do.
func (b *benchmark) startServer(ctx context.Context, settings benchSettings) (*benchServer, error) {
	argument, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	s := &benchServer{stderr: &tail{}}
	s.process = exec.CommandContext(ctx, b.program[0], append(b.program[1:], string(argument))...)
	s.process.Env = append(os.Environ(), "GOMAXPROCS=1")
	s.process.Stderr = s.stderr
	s.process.Cancel = func() error { return s.stdin.Close() }
	s.process.WaitDelay = 2 * closeTimeout
	if s.stdin, err = s.process.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := s.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.answers = json.NewDecoder(stdout)
	if err := s.process.Start(); err != nil {
		return nil, fmt.Errorf("the server cannot be started: %w", err)
	}
	hello, err := s.answer()
	if err != nil {
		return nil, s.stop(err)
	}
	s.address = hello.Address
	return s, nil
}

func (s *benchServer) ask(command string) (benchAnswer, error) {
	if _, err := io.WriteString(s.stdin, command+"\n"); err != nil {
		return benchAnswer{}, err
	}
	return s.answer()
}

func (s *benchServer) answer() (a benchAnswer, err error) {
	err = s.answers.Decode(&a)
	return a, err
}

// until asks again and again, until the answer is the right one.
func (s *benchServer) until(l *load, right func(*benchAnswer) bool, otherwise string) error {
	for deadline := l.clock() + time.Minute; l.clock() < deadline; {
		a, err := s.ask(lookCommand)
		if err != nil || right(&a) {
			return err
		}
		if err := l.wait(20 * time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s within a minute: is the machine very busy?", otherwise)
}

// stop ends the server, by force when it does not end in time. It returns why the server failed, or else err.
func (s *benchServer) stop(err error) error {
	if s.stopped {
		return err
	}
	s.stdin.Close()
	if failed := s.ended(); failed != nil {
		return failed
	}
	return err
}

// terminate ends the server as an operator does, and returns how long that took.
func (s *benchServer) terminate() (time.Duration, error) {
	start := time.Now()
	if s.process.Process.Signal(syscall.SIGTERM) != nil { // this operating system has no such signal
		s.stdin.Close()
	}
	err := s.ended()
	return time.Since(start), err
}

func (s *benchServer) ended() error {
	s.stopped = true
	force := time.AfterFunc(2*closeTimeout, func() { s.process.Process.Kill() })
	defer force.Stop()
	if failed := s.process.Wait(); failed != nil {
		return fmt.Errorf("the server broke off: %w%s", failed, s.stderr)
	}
	return nil
}

// A tail keeps the end of what is written to it.
type tail struct{ text []byte }

func (t *tail) Write(b []byte) (int, error) {
	const limit = 2 << 10
	t.text = append(t.text, b...)
	if extra := len(t.text) - limit; extra > 0 {
		t.text = t.text[extra:]
	}
	return len(b), nil
}

func (t *tail) String() string {
	if text := bytes.TrimSpace(t.text); len(text) > 0 {
		return "; it said:\n" + string(text)
	}
	return ""
}
