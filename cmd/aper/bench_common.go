package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"time"
)

// A benchmark is what all benchmarks share. Each measures a server that it starts by itself.
type benchmark struct {
	duration time.Duration
	file     string
	json     bool
	profile  string
	program  []string // how to start the server
}

// A measurement is one of the benchmarks.
type measurement interface {
	base() *benchmark
	define(flags *flag.FlagSet)
	check() error // of the flags
	run(ctx context.Context, stdout io.Writer) error
}

func (b *benchmark) base() *benchmark { return b }

// benchVerb returns a verb that makes a measurement, and that fails when an event was lost.
func benchVerb[M measurement](newOne func() M) func(context.Context, *flag.FlagSet, []string, io.Writer) error {
	return func(ctx context.Context, flags *flag.FlagSet, args []string, stdout io.Writer) error {
		if len(args) > 0 && args[0] == serveFlag {
			return serveBench(ctx, args[1:], os.Stdin, stdout)
		}
		m := newOne()
		if err := parseBench(m, flags, args); err != nil {
			return err
		}
		program, err := os.Executable()
		if err != nil {
			return fmt.Errorf("this program cannot be found, to be started as the server: %w", err)
		}
		m.base().program = []string{program, "bench", serveFlag}
		return m.run(ctx, stdout)
	}
}

// parseBench reads the flags. Every limit bounds what a benchmark takes of the machine.
func parseBench(m measurement, flags *flag.FlagSet, args []string) error {
	b := m.base()
	flags.StringVar(&b.file, "file", "", "keep the rooms in this new `file`, durably, and remove it in the end; without it they are in memory")
	flags.BoolVar(&b.json, "json", false, "print each row as a line of JSON")
	m.define(flags)
	if err := parse(flags, args); err != nil {
		return err
	}
	err := m.check()
	if b.duration < 10*time.Millisecond || b.duration > 10*time.Minute {
		err = errors.New("-duration must be from 10ms to 10m")
	}
	if err != nil {
		fmt.Fprintf(flags.Output(), "%s: %v\n", flags.Name(), err)
		return errUsage
	}
	return nil
}

// number returns what sets n from a flag.
func number(n *int, least, most int) func(string) error {
	return func(text string) error {
		v, err := strconv.Atoi(text)
		if err != nil || v < least || v > most {
			return fmt.Errorf("a whole number from %d to %d is needed", least, most)
		}
		*n = v
		return nil
	}
}

// maxSockets limits the connections of a benchmark, and maxRooms its rooms.
const (
	maxSockets = 20_000
	maxRooms   = 20_000
)

// serve starts a server and a load for so many rooms, lets work use them, and ends both. Then the file must hold what was
// confirmed.
func (b *benchmark) serve(ctx context.Context, settings benchSettings, rooms int, show progress, work func(*load, *benchServer) error) (err error) {
	defer show.clear()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(1, runtime.NumCPU()-1))) // one core is the server's
	if err := b.fresh(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.removeFile()) }()
	settings.File = b.file
	s, err := b.startServer(ctx, settings)
	if err != nil {
		return err
	}
	l := newLoad(ctx, s.address, rooms)
	defer l.fail(nil)
	err = work(l, s)
	l.close()
	if err = s.stop(err); err == nil && b.file != "" {
		show.say("reading the file again…")
		err = l.verifyFile(ctx, b.file)
	}
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return err
}

// fresh makes sure that a file which is removed in the end is one that was made here.
func (b *benchmark) fresh() error {
	if b.file == "" {
		return nil
	}
	if _, err := os.Lstat(b.file); err == nil {
		return fmt.Errorf("%s exists, and a benchmark begins with a new file: remove it or choose another name", b.file)
	}
	return nil
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

// kept says where the rooms are.
func (b *benchmark) kept() string {
	if b.file != "" {
		return "durable"
	}
	return "in memory"
}

func share(v float64) string {
	if v == 0 {
		return "?" // this operating system does not tell
	}
	return fmt.Sprintf("%.0f%%", 100*v)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func mebibytes(n uint64) float64 { return float64(n) / (1 << 20) }

// progress is one line that tells what is going on, on a terminal only.
type progress struct{ terminal io.Writer }

func newProgress(w io.Writer) progress {
	file, ok := w.(*os.File)
	if !ok {
		return progress{}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return progress{}
	}
	return progress{file}
}

func (p progress) say(what string) {
	if p.terminal != nil {
		fmt.Fprintf(p.terminal, "\r\x1b[K%s", what)
	}
}

func (p progress) clear() { p.say("") }
