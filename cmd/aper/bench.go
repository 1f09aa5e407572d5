package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// A throughput measures how much a server can do: clients that push as soon as they are confirmed.
type throughput struct {
	benchmark
	clients []int // in each room; every number is a row
	window  int
	rooms   int
}

func newThroughput() *throughput { return &throughput{clients: []int{2, 20, 100}, window: 1, rooms: 1} }

// A benchRow is one measurement. Shares are of one core.
type benchRow struct {
	Clients     int        `json:"clients"`
	Rooms       int        `json:"rooms"`
	Window      int        `json:"window"`
	Durable     bool       `json:"durable"`
	Seconds     float64    `json:"seconds"`
	Transitions float64    `json:"transitionsPerSecond"`
	Deliveries  float64    `json:"deliveriesPerSecond"`
	P50         float64    `json:"p50Milliseconds"`
	P99         float64    `json:"p99Milliseconds"`
	Bytes       float64    `json:"bytesPerDelivery"`
	ServerCPU   float64    `json:"serverCPU"`
	LoadCPU     float64    `json:"loadCPU"`
	Memory      uint64     `json:"serverMemoryBytes"`
	Confirmed   int64      `json:"confirmed"` // and found in every client's state, warm-up included
	Commits     *commitRow `json:"commits,omitempty"`
}

// A commitRow says how the events of a row became durable, and what the file's library does alone, with one writer that
// only writes such records.
type commitRow struct {
	Batches float64 `json:"batchesPerSecond"`
	Events  float64 `json:"eventsPerBatch"`
	Calls   float64 `json:"callsPerCommit"` // of rooms, which share a commit of the file
	P50     float64 `json:"p50Milliseconds"`
	P99     float64 `json:"p99Milliseconds"`
	Raw     float64 `json:"rawEventsPerSecond"` // in batches of one event
	Batched float64 `json:"rawBatchedEventsPerSecond"`
}

func (t *throughput) define(flags *flag.FlagSet) {
	flags.Func("clients", "clients in each room; a row for every number of the `list` (default 2,20,100)", func(list string) error {
		t.clients = nil
		for text := range strings.SplitSeq(list, ",") {
			n := 0
			if err := number(&n, 1, 10_000)(text); err != nil {
				return err
			}
			t.clients = append(t.clients, n)
		}
		return nil
	})
	flags.Func("window", "how many `transitions` each client has under way (default 1)", number(&t.window, 1, maxWindow))
	flags.Func("rooms", "how many `rooms` the server has (default 1)", number(&t.rooms, 1, 10_000))
	flags.DurationVar(&t.duration, "duration", 3*time.Second, "how long each row is measured, after a warm-up")
	flags.StringVar(&t.profile, "profile", "", "write a CPU profile of the server to this `file`; only with one number of clients")
}

func (t *throughput) check() error {
	if t.profile != "" && len(t.clients) > 1 {
		return errors.New("-profile is of one row: choose one number with -clients")
	}
	for _, clients := range t.clients {
		if clients*t.rooms > maxSockets {
			return fmt.Errorf("%d clients in each of %d rooms are more than %d connections: take fewer rooms or clients", clients, t.rooms, maxSockets)
		}
	}
	return nil
}

func (t *throughput) run(ctx context.Context, stdout io.Writer) error {
	if err := t.fresh(); err != nil {
		return err
	}
	show := newProgress(stdout)
	if !t.json {
		t.header(stdout)
	}
	for _, clients := range t.clients {
		r, err := t.measure(ctx, clients, show)
		if err != nil {
			return fmt.Errorf("with %s: %w", count(clients, "client"), err)
		}
		if err := t.print(stdout, r); err != nil {
			return err
		}
	}
	return nil
}

// measure makes one row: a new server, all clients, a warm-up, the measurement, and the proof that nothing was lost.
func (t *throughput) measure(ctx context.Context, clients int, show progress) (row *benchRow, err error) {
	err = t.serve(ctx, benchSettings{Rate: -1, CPUProfile: t.profile}, t.rooms, show, func(l *load, s *benchServer) error {
		row, err = t.drive(l, s, clients, show)
		return err
	})
	if err == nil && row.Commits != nil {
		show.say("writing to a file without a server…")
		err = t.compareRaw(row.Commits)
		show.clear()
	}
	return row, err
}

func (t *throughput) drive(l *load, s *benchServer, clients int, show progress) (*benchRow, error) {
	who := count(clients*t.rooms, "client")
	show.say("connecting " + who + "…")
	if err := l.connect(clients*t.rooms, func(i int) *benchClient {
		return &benchClient{load: l, room: i % t.rooms, window: t.window, again: true}
	}); err != nil {
		return nil, err
	}
	show.say(who + ": warming up…")
	for _, c := range l.clients {
		c.begin()
	}
	if err := l.wait(min(t.duration/2, time.Second)); err != nil {
		return nil, err
	}

	show.say(fmt.Sprintf("%s: measuring for %v…", who, t.duration))
	m, err := l.measure(s, t.duration, func() error { return nil })
	if err != nil {
		return nil, err
	}
	l.phase.Store(ending)
	confirmed, err := l.verify()
	if err != nil {
		return nil, err
	}
	seconds := m.took.Seconds()
	row := &benchRow{
		Clients:     clients,
		Rooms:       t.rooms,
		Window:      t.window,
		Durable:     t.file != "",
		Seconds:     seconds,
		Transitions: float64(m.confirmed) / seconds,
		Deliveries:  float64(m.deliveries) / seconds,
		P50:         milliseconds(m.own.quantile(0.50)),
		P99:         milliseconds(m.own.quantile(0.99)),
		Bytes:       float64(m.bytes) / max(1, float64(m.deliveries)),
		ServerCPU:   m.serverCPU.Seconds() / seconds,
		LoadCPU:     m.loadCPU.Seconds() / seconds,
		Memory:      m.end.Memory,
		Confirmed:   confirmed,
	}
	if t.file != "" {
		row.Commits = commitRowOf(&m.end.Commits, seconds)
	}
	return row, nil
}

func commitRowOf(f *commitFigures, seconds float64) *commitRow {
	return &commitRow{
		Batches: float64(f.Batches) / seconds,
		Events:  float64(f.Events) / max(1, float64(f.Batches)),
		Calls:   float64(f.Calls) / max(1, float64(f.Commits)),
		P50:     milliseconds(f.P50),
		P99:     milliseconds(f.P99),
	}
}

// compareRaw measures what the file's library does alone.
func (t *throughput) compareRaw(r *commitRow) (err error) {
	each := min(t.duration, time.Second)
	if r.Raw, err = rawAppends(t.file, 1, each); err != nil || r.batch() == 1 {
		r.Batched = r.Raw
		return err
	}
	r.Batched, err = rawAppends(t.file, r.batch(), each)
	return err
}

// batch is the size of a batch, in whole events.
func (r *commitRow) batch() int { return max(1, int(math.Round(r.Events))) }

func (t *throughput) header(w io.Writer) {
	fmt.Fprintf(w, "A counter, %s, in %s; every client has %s under way; %v a row.\n",
		t.kept(), count(t.rooms, "room"), count(t.window, "transition"), t.duration)
	fmt.Fprint(w, "The server is a process of its own, with one core for Go; CPU is in shares of one core.\n")
	if t.file != "" {
		fmt.Fprint(w, "A batch is what a room makes durable at once, and calls are the batches that share a commit of the file.\n")
	}
	fmt.Fprint(w, "\nclients  transitions/s  deliveries/s   p50 ms   p99 ms  B/delivery  server CPU  load CPU    memory")
	if t.file != "" {
		fmt.Fprint(w, "  batches/s  events/batch  calls/commit  commit p50 ms   p99 ms")
	}
	fmt.Fprintln(w)
}

func (t *throughput) print(w io.Writer, r *benchRow) error {
	if t.json {
		return json.NewEncoder(w).Encode(r)
	}
	fmt.Fprintf(w, "%7d  %13.0f  %12.0f  %7.2f  %7.2f  %10.1f  %10s  %8s  %5.0f MiB", r.Clients, r.Transitions, r.Deliveries,
		r.P50, r.P99, r.Bytes, share(r.ServerCPU), share(r.LoadCPU), mebibytes(r.Memory))
	if c := r.Commits; c != nil {
		fmt.Fprintf(w, "  %9.0f  %12.1f  %12.1f  %13.2f  %7.2f\n", c.Batches, c.Events, c.Calls, c.P50, c.P99)
		fmt.Fprintf(w, "    raw  %13.0f  events/s by one writer that does nothing else, one by one; %.0f in batches of %d, of which the row has %.2f",
			c.Raw, c.Batched, c.batch(), r.Transitions/c.Batched)
	}
	_, err := fmt.Fprintln(w)
	return err
}
