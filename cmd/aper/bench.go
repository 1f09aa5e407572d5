package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// A benchmark measures a server that it starts by itself.
type benchmark struct {
	clients  []int // in each room; every number is a row
	window   int
	rooms    int
	duration time.Duration
	file     string
	json     bool
	profile  string
	program  []string // how to start the server
}

// A benchRow is one measurement. Shares are of one core.
type benchRow struct {
	Clients     int     `json:"clients"`
	Rooms       int     `json:"rooms"`
	Window      int     `json:"window"`
	Durable     bool    `json:"durable"`
	Seconds     float64 `json:"seconds"`
	Transitions float64 `json:"transitionsPerSecond"`
	Deliveries  float64 `json:"deliveriesPerSecond"`
	P50         float64 `json:"p50Milliseconds"`
	P99         float64 `json:"p99Milliseconds"`
	Bytes       float64 `json:"bytesPerDelivery"`
	ServerCPU   float64 `json:"serverCPU"`
	LoadCPU     float64 `json:"loadCPU"`
	Memory      uint64  `json:"serverMemoryBytes"`
	Confirmed   int64   `json:"confirmed"` // and found in every client's state, warm-up included
}

// bench prints how fast a server on one core is, and fails when an event was lost.
func bench(ctx context.Context, flags *flag.FlagSet, args []string, stdout io.Writer) error {
	if len(args) > 0 && args[0] == serveFlag {
		return serveBench(ctx, args[1:], os.Stdin, stdout)
	}
	b, err := parseBench(flags, args)
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("this program cannot be found, to be started as the server: %w", err)
	}
	b.program = []string{program, "bench", serveFlag}
	return b.run(ctx, stdout)
}

// parseBench reads the flags. Every limit here bounds what a benchmark takes of the machine.
func parseBench(flags *flag.FlagSet, args []string) (*benchmark, error) {
	b := &benchmark{clients: []int{2, 20, 100}, window: 1, rooms: 1}
	flags.Func("clients", "clients in each room; a row for every number of the `list` (default 2,20,100)", func(list string) error {
		b.clients = nil
		for text := range strings.SplitSeq(list, ",") {
			n := 0
			if err := number(&n, 1, 10_000)(text); err != nil {
				return err
			}
			b.clients = append(b.clients, n)
		}
		return nil
	})
	flags.Func("window", "how many `transitions` each client has under way (default 1)", number(&b.window, 1, 500))
	flags.Func("rooms", "how many `rooms` the server has (default 1)", number(&b.rooms, 1, 10_000))
	flags.DurationVar(&b.duration, "duration", 3*time.Second, "how long each row is measured, after a warm-up")
	flags.StringVar(&b.file, "file", "", "keep the rooms in this new `file`, durably, and remove it in the end; without it they are in memory")
	flags.BoolVar(&b.json, "json", false, "print each row as a line of JSON")
	flags.StringVar(&b.profile, "profile", "", "write a CPU profile of the server to this `file`; only with one number of clients")
	if err := parse(flags, args); err != nil {
		return nil, err
	}
	if err := b.check(); err != nil {
		fmt.Fprintf(flags.Output(), "%s: %v\n", flags.Name(), err)
		return nil, errUsage
	}
	return b, nil
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

const maxSockets = 20_000

func (b *benchmark) check() error {
	if b.duration < 10*time.Millisecond || b.duration > 10*time.Minute {
		return errors.New("-duration must be from 10ms to 10m")
	}
	if b.profile != "" && len(b.clients) > 1 {
		return errors.New("-profile is of one row: choose one number with -clients")
	}
	for _, clients := range b.clients {
		if clients*b.rooms > maxSockets {
			return fmt.Errorf("%d clients in each of %d rooms are more than %d connections: take fewer rooms or clients", clients, b.rooms, maxSockets)
		}
	}
	return nil
}

func (b *benchmark) run(ctx context.Context, stdout io.Writer) error {
	if b.file != "" {
		if _, err := os.Lstat(b.file); err == nil {
			return fmt.Errorf("%s exists, and a benchmark begins with a new file: remove it or choose another name", b.file)
		}
	}
	show := newProgress(stdout)
	if !b.json {
		b.header(stdout)
	}
	for _, clients := range b.clients {
		r, err := b.measure(ctx, clients, show)
		show.clear()
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		if err != nil {
			return fmt.Errorf("with %s: %w", count(clients, "client"), err)
		}
		if err := b.print(stdout, r); err != nil {
			return err
		}
	}
	return nil
}

func (b *benchmark) header(w io.Writer) {
	kept := "in memory"
	if b.file != "" {
		kept = "durable"
	}
	fmt.Fprintf(w, "A counter, %s, in %s; every client has %s under way; %v a row.\n",
		kept, count(b.rooms, "room"), count(b.window, "transition"), b.duration)
	fmt.Fprint(w, "The server is a process of its own, with one core for Go; CPU is in shares of one core.\n\n")
	fmt.Fprint(w, "clients  transitions/s  deliveries/s   p50 ms   p99 ms  B/delivery  server CPU  load CPU    memory\n")
}

func (b *benchmark) print(w io.Writer, r *benchRow) error {
	if b.json {
		return json.NewEncoder(w).Encode(r)
	}
	_, err := fmt.Fprintf(w, "%7d  %13.0f  %12.0f  %7.2f  %7.2f  %10.1f  %10s  %8s  %5.0f MiB\n", r.Clients, r.Transitions, r.Deliveries,
		r.P50, r.P99, r.Bytes, share(r.ServerCPU), share(r.LoadCPU), float64(r.Memory)/(1<<20))
	return err
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
