package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/aper-go/aper"
)

// A flood measures what one client can do to the others of its room.
type flood struct {
	benchmark
	clients int
	phases  int // of each kind
}

func newFlood() *flood { return &flood{clients: 20, phases: 4} }

// floodPace is how often each of the others pushes: with 20 of them 8,000 deliveries a second, a light load.
const floodPace = time.Second / 20

// A floodRow says how it was for the others, in calm phases and in flooded ones.
type floodRow struct {
	Clients int       `json:"clients"`
	Phases  int       `json:"phases"`
	Durable bool      `json:"durable"`
	Calm    floodKind `json:"calm"`
	Flooded floodKind `json:"flooded"`
	Flooder float64   `json:"flooderTransitionsPerSecond"`
	Closed  []float64 `json:"slowReaderClosedAfterSeconds"` // of the phases in which it was
	// Confirmed were found in every client's state.
	Confirmed int64 `json:"confirmed"`
}

// A floodKind sums up the phases of one kind. Own latency is from a push to its confirmation, and that of others to the
// delivery to each of the other clients.
type floodKind struct {
	Transitions float64 `json:"transitionsPerSecond"`
	OwnP50      float64 `json:"ownP50Milliseconds"`
	OwnP99      float64 `json:"ownP99Milliseconds"`
	OthersP50   float64 `json:"othersP50Milliseconds"`
	OthersP99   float64 `json:"othersP99Milliseconds"`
	ServerCPU   float64 `json:"serverCPU"`
	Memory      uint64  `json:"serverMemoryBytes"` // the most at the end of a phase

	sum measured
}

func (f *flood) define(flags *flag.FlagSet) {
	flags.Func("clients", "how many `clients` are in the room, beside the two that disturb (default 20)", number(&f.clients, 1, 1000))
	flags.Func("phases", "how many `phases` there are without the flood, and as many with it, in turn (default 4)", number(&f.phases, 1, 100))
	flags.DurationVar(&f.duration, "duration", 5*time.Second, "how long each phase is measured")
}

func (f *flood) check() error { return nil }

func (f *flood) run(ctx context.Context, stdout io.Writer) error {
	row := &floodRow{Clients: f.clients, Phases: f.phases, Durable: f.file != "", Closed: []float64{}}
	show := newProgress(stdout)
	err := f.serve(ctx, benchSettings{}, 1, show, func(l *load, s *benchServer) (err error) {
		if err := f.join(l); err != nil {
			return err
		}
		for i := range f.phases {
			show.say(fmt.Sprintf("measuring phases %d and %d of %d…", 2*i+1, 2*i+2, 2*f.phases))
			if err := f.twoPhases(l, s, row); err != nil {
				return err
			}
		}
		l.phase.Store(ending)
		row.Confirmed, err = l.verify()
		return err
	})
	if err != nil {
		return err
	}
	row.Calm.finish()
	row.Flooded.finish()
	row.Flooder /= row.Flooded.sum.took.Seconds()
	if f.json {
		return json.NewEncoder(stdout).Encode(row)
	}
	return f.print(stdout, row)
}

// join joins the clients, which go on pushing from then on.
func (f *flood) join(l *load) error {
	if err := l.connect(f.clients, func(int) *benchClient { return &benchClient{load: l, window: maxWindow} }); err != nil {
		return err
	}
	l.authors = map[aper.ClientID]*benchClient{}
	for _, c := range l.clients {
		l.authors[c.id] = c
		go c.pace(floodPace)
	}
	return l.wait(f.settle())
}

// settle is how long it takes until a phase does not feel the one before.
func (f *flood) settle() time.Duration { return min(f.duration/2, time.Second) }

// twoPhases measures one without the flood, and one with it.
func (f *flood) twoPhases(l *load, s *benchServer, row *floodRow) error {
	calm, err := l.measure(s, f.duration, func() error { return nil })
	if err != nil {
		return err
	}
	row.Calm.add(calm)

	slow, flooder := &benchClient{load: l, stalls: true, window: 1}, &benchClient{load: l, again: true, window: maxWindow}
	for _, c := range []*benchClient{slow, flooder} {
		if err := c.dial(); err != nil {
			return err
		}
		if err := l.await(c.joined, "a client got no state"); err != nil {
			return err
		}
	}
	if err := f.members(l, s, f.clients+2); err != nil {
		return err
	}
	if err := f.flooded(l, s, flooder, row); err != nil {
		return err
	}
	if err := flooder.finish(); err != nil {
		return err
	}
	l.leave(flooder)
	l.leave(slow)
	if err := f.members(l, s, f.clients); err != nil {
		return err
	}
	return l.wait(f.settle())
}

// members waits until the server sees so many clients.
func (f *flood) members(l *load, s *benchServer, n int) error {
	return s.until(l, func(a *benchAnswer) bool { return a.Members == int64(n) }, "the server did not notice all clients that came and went")
}

// flooded measures a phase with the flood, and watches when the server closes the connection that is not read.
func (f *flood) flooded(l *load, s *benchServer, flooder *benchClient, row *floodRow) error {
	start, closed := l.clock(), false
	flooder.begin()
	got, err := l.measure(s, f.duration, func() error {
		a, err := s.ask(lookCommand)
		if err == nil && !closed && a.Members < int64(f.clients+2) {
			closed = true
			row.Closed = append(row.Closed, (l.clock() - start).Seconds())
		}
		return err
	})
	if err != nil {
		return err
	}
	row.Flooded.add(got)
	flooder.mu.Lock()
	row.Flooder += float64(flooder.confirmed)
	flooder.mu.Unlock()
	return nil
}

func (k *floodKind) add(m *measured) {
	k.sum.confirmed += m.confirmed
	k.sum.took += m.took
	k.sum.serverCPU += m.serverCPU
	k.sum.own.merge(&m.own)
	k.sum.others.merge(&m.others)
	k.Memory = max(k.Memory, m.end.Memory)
}

func (k *floodKind) finish() {
	k.Transitions = float64(k.sum.confirmed) / k.sum.took.Seconds()
	k.ServerCPU = k.sum.serverCPU.Seconds() / k.sum.took.Seconds()
	k.OwnP50, k.OwnP99 = milliseconds(k.sum.own.quantile(0.50)), milliseconds(k.sum.own.quantile(0.99))
	k.OthersP50, k.OthersP99 = milliseconds(k.sum.others.quantile(0.50)), milliseconds(k.sum.others.quantile(0.99))
}

func (f *flood) print(w io.Writer, r *floodRow) error {
	fmt.Fprintf(w, "A counter, %s, in one room; %s push every %v each. %d phases of %v are calm, and as many in turn are flooded:\n",
		f.kept(), count(f.clients, "client"), floodPace, f.phases, f.duration)
	fmt.Fprintf(w, "one more client pushes as fast as it is let, with %d transitions under way, and another stops reading.\n", maxWindow)
	fmt.Fprint(w, "The server is a process of its own, with one core for Go and the usual limits.\n\n")
	fmt.Fprint(w, "         transitions/s  own p50 ms   p99 ms  others' p50 ms   p99 ms  server CPU    memory\n")
	r.Calm.print(w, "calm")
	r.Flooded.print(w, "flooded")
	c, d := &r.Calm, &r.Flooded
	fmt.Fprintf(w, "ratio    %13.2f  %10.2f  %7.2f  %14.2f  %7.2f\n\n", d.Transitions/c.Transitions,
		d.OwnP50/c.OwnP50, d.OwnP99/c.OwnP99, d.OthersP50/c.OthersP50, d.OthersP99/c.OthersP99)
	fmt.Fprintf(w, "The flood got %.0f transitions/s through. %s\n", r.Flooder, r.slowReader())
	_, err := fmt.Fprintf(w, "All %d increments were found with every client%s.\n", r.Confirmed, map[bool]string{true: " and in the file"}[r.Durable])
	return err
}

func (k *floodKind) print(w io.Writer, name string) {
	fmt.Fprintf(w, "%-7s  %13.0f  %10.2f  %7.2f  %14.2f  %7.2f  %10s  %5.0f MiB\n", name, k.Transitions,
		k.OwnP50, k.OwnP99, k.OthersP50, k.OthersP99, share(k.ServerCPU), mebibytes(k.Memory))
}

func (r *floodRow) slowReader() string {
	if len(r.Closed) == 0 {
		return "Who does not read was not closed before a phase had ended; -duration 40s shows when he is."
	}
	return fmt.Sprintf("Who does not read was closed in %d of %d phases, first after %.1f s.", len(r.Closed), r.Phases, r.Closed[0])
}
