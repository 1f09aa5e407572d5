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
	"runtime/metrics"
	"runtime/pprof"
	"time"

	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/server"
)

// serveFlag makes the verb be the server. It stands first and is not for people.
const serveFlag = "-serve"

// Between the benchmark and its server goes one line of JSON each way at a time. The server tells its address, and
// answers each command with what it has used so far. It ends when its input does, so also when the benchmark is killed.
const (
	beginCommand = "begin" // of the measurement
	endCommand   = "end"
)

type benchAnswer struct {
	Address string        `json:"address,omitempty"`
	CPU     time.Duration `json:"cpu,omitempty"`
	Memory  uint64        `json:"memory,omitempty"`
}

// serveBench is the server's side. The arguments are the names of two files, for the rooms and for a CPU profile, both
// of which may be empty.
func serveBench(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) (err error) {
	if len(args) != 2 {
		return errors.New("this is for the benchmark's own use")
	}
	rooms, err := server.New(counter.Counter{}, server.Options{File: args[0]})
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
	web := &http.Server{Handler: rooms, ReadHeaderTimeout: 10 * time.Second}
	go web.Serve(listener)
	defer web.Close()

	ended := make(chan error, 1)
	go func() { ended <- obey(stdin, json.NewEncoder(stdout), listener.Addr().String(), args[1]) }()
	select {
	case err = <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}

func obey(commands io.Reader, answers *json.Encoder, address, profile string) error {
	if err := answers.Encode(benchAnswer{Address: address}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(commands); lines.Scan(); {
		if profile != "" {
			if err := record(lines.Text(), profile); err != nil {
				return err
			}
		}
		if err := answers.Encode(benchAnswer{CPU: cpuTime(), Memory: memory()}); err != nil {
			return err
		}
	}
	return nil
}

// record writes the CPU profile of the time between the commands.
func record(command, profile string) error {
	if command == endCommand {
		pprof.StopCPUProfile() // which writes it
		return nil
	}
	file, err := os.Create(profile)
	if err != nil {
		return err
	}
	return pprof.StartCPUProfile(file)
}

// memory returns how much the Go runtime has from the operating system.
func memory() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}

// A benchServer is the benchmark's side.
type benchServer struct {
	address string
	process *exec.Cmd
	stdin   io.WriteCloser
	answers *json.Decoder
	stderr  *tail
}

// startServer starts the server. It is given one core, so that the figures say what one core can do.
func (b *benchmark) startServer(ctx context.Context) (*benchServer, error) {
	s := &benchServer{stderr: &tail{}}
	s.process = exec.CommandContext(ctx, b.program[0], append(b.program[1:], b.file, b.profile)...)
	s.process.Env = append(os.Environ(), "GOMAXPROCS=1")
	s.process.Stderr = s.stderr
	s.process.Cancel = func() error { return s.stdin.Close() }
	s.process.WaitDelay = 2 * closeTimeout
	var err error
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

// stop ends the server, by force when it does not end in time. It returns why the server failed, or else err.
func (s *benchServer) stop(err error) error {
	s.stdin.Close()
	force := time.AfterFunc(2*closeTimeout, func() { s.process.Process.Kill() })
	defer force.Stop()
	if failed := s.process.Wait(); failed != nil {
		return fmt.Errorf("the server broke off: %w%s", failed, s.stderr)
	}
	return err
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
