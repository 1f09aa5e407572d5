package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// A hostility measures what hostile clients do to the others of a room, with the limits that a server has by default. It
// takes turns between attacks and controls: phases in which the attackers use as much CPU time, but do not connect.
type hostility struct {
	flood
	attacks []*attack
}

func newHostility() *hostility {
	h := &hostility{flood: flood{clients: 20, phases: 2}}
	for i := range attacks {
		h.attacks = append(h.attacks, &attacks[i])
	}
	return h
}

// A hostileRow says how it was for the others during the phases of one attack.
type hostileRow struct {
	Attack    string           `json:"attack"` // calm, when there was none
	Clients   int              `json:"clients"`
	Phases    int              `json:"phases"`
	Durable   bool             `json:"durable"`
	Attacked  floodKind        `json:"attacked"`
	Control   floodKind        `json:"control"`
	Attackers float64          `json:"attackersCPU"`
	Connects  float64          `json:"connectsPerSecond"`
	Sent      float64          `json:"framesPerSecond"` // of floods
	Endings   map[string]int64 `json:"endings"`         // of connections, while the attack went on
	Before    memory           `json:"before"`
	Peak      memory           `json:"peak"`
	After     memory           `json:"after"` // of the attack, and a garbage collection

	took time.Duration // of the attacks
	cpu  time.Duration
}

// A memory is the server's, in bytes.
type memory struct {
	Heap     uint64 `json:"heap"`
	Resident uint64 `json:"resident"`
}

func memoryOf(a *benchAnswer) memory { return memory{a.Heap, a.Resident} }

// most returns the larger of each.
func (m memory) most(other memory) memory {
	return memory{max(m.Heap, other.Heap), max(m.Resident, other.Resident)}
}

func (h *hostility) define(flags *flag.FlagSet) {
	flags.Func("clients", "how many well-behaved `clients` are in the room (default 20)", number(&h.clients, 1, 1000))
	flags.Func("phases", "how many `phases` each attack has, and as many its control, in turn (default 2)", number(&h.phases, 1, 100))
	flags.Func("attacks", "which `attacks` are made, of "+attackNames()+" (default all)", func(list string) error {
		h.attacks = nil
		for name := range strings.SplitSeq(list, ",") {
			found := findAttack(name)
			if found == nil {
				return fmt.Errorf("there is no attack %q", name)
			}
			h.attacks = append(h.attacks, found)
		}
		return nil
	})
	flags.DurationVar(&h.duration, "duration", 3*time.Second, "how long each phase is measured")
}

func attackNames() string {
	var names []string
	for _, a := range attacks {
		names = append(names, a.name)
	}
	return strings.Join(names, ",")
}

func (h *hostility) run(ctx context.Context, stdout io.Writer) error {
	show := newProgress(stdout)
	if !h.json {
		h.header(stdout)
	}
	confirmed := int64(0)
	err := h.serve(ctx, benchSettings{}, 1, show, func(l *load, s *benchServer) error {
		enemy, err := h.startServer(ctx, benchSettings{Target: s.address})
		if err != nil {
			return err
		}
		err = h.campaign(l, s, enemy, show, stdout)
		if err = enemy.stop(err); err != nil {
			return err
		}
		l.phase.Store(ending)
		confirmed, err = l.verify()
		return err
	})
	if err != nil || h.json {
		return err
	}
	_, err = fmt.Fprintf(stdout, "\nAll %d increments were found with every client%s.\n", confirmed, map[bool]string{true: " and in the file"}[h.file != ""])
	return err
}

// campaign makes one row without an attack, and one for each of them.
func (h *hostility) campaign(l *load, s, enemy *benchServer, show progress, stdout io.Writer) error {
	if err := h.join(l); err != nil {
		return err
	}
	for _, a := range append([]*attack{{name: "calm"}}, h.attacks...) {
		row := &hostileRow{Attack: a.name, Clients: h.clients, Phases: h.phases, Durable: h.file != "", Endings: map[string]int64{}}
		for i := range h.phases {
			show.say(fmt.Sprintf("%s: measuring phases %d and %d of %d…", a.name, 2*i+1, 2*i+2, 2*h.phases))
			if err := h.phase(l, s, enemy, a, row); err != nil {
				return fmt.Errorf("%s: %w", a.name, err)
			}
		}
		row.finish()
		show.clear()
		if err := h.print(stdout, row); err != nil {
			return err
		}
	}
	return nil
}

// phase measures an attack, and then its control. Without an attack both are calm.
func (h *hostility) phase(l *load, s, enemy *benchServer, a *attack, row *hostileRow) error {
	before, err := s.ask(collectCommand)
	if err != nil {
		return err
	}
	row.Before = row.Before.most(memoryOf(&before))
	command := attackCommand + " " + a.name
	if a.workers == 0 {
		command = burnCommand + " 0"
	}
	share, err := h.attacked(l, s, enemy, command, row)
	if err != nil {
		return err
	}
	if err := h.members(l, s, h.clients); err != nil {
		return err
	}
	after, err := s.ask(collectCommand)
	if err != nil {
		return err
	}
	row.After = row.After.most(memoryOf(&after))
	if _, err := enemy.ask(fmt.Sprintf("%s %f", burnCommand, share)); err != nil {
		return err
	}
	if err := l.wait(h.settle()); err != nil {
		return err
	}
	control, err := l.measure(s, h.duration, func() error { return nil })
	if err != nil {
		return err
	}
	row.Control.add(control)
	if _, err := enemy.ask(stopCommand); err != nil {
		return err
	}
	return l.wait(h.settle())
}

// attacked measures what happens under a command to the attackers. It returns the share of a core that they used.
func (h *hostility) attacked(l *load, s, enemy *benchServer, command string, row *hostileRow) (share float64, err error) {
	begun, err := enemy.ask(command)
	if err != nil {
		return 0, err
	}
	start := l.clock()
	if err := l.wait(h.settle()); err != nil {
		return 0, err
	}
	m, err := l.measure(s, h.duration, func() error {
		a, err := s.ask(lookCommand)
		row.Peak = row.Peak.most(memoryOf(&a))
		return err
	})
	if err != nil {
		return 0, err
	}
	row.Attacked.add(m)
	ended, err := enemy.ask(stopCommand)
	if err != nil {
		return 0, err
	}
	took, cpu := l.clock()-start, ended.CPU-begun.CPU
	row.took += took
	row.cpu += cpu
	row.Connects += float64(ended.Attack.Connects)
	row.Sent += float64(ended.Attack.Sent)
	for ending, n := range ended.Attack.Endings {
		row.Endings[ending] += n
	}
	return cpu.Seconds() / took.Seconds(), nil
}

func (r *hostileRow) finish() {
	r.Attacked.finish()
	r.Control.finish()
	seconds := r.took.Seconds()
	r.Connects /= seconds
	r.Sent /= seconds
	r.Attackers = r.cpu.Seconds() / seconds
}

func (h *hostility) header(w io.Writer) {
	fmt.Fprintf(w, "A counter, %s, in one room; %s push every %v each, and the limits are the default ones. Each attack has %s of\n",
		h.kept(), count(h.clients, "client"), floodPace, count(h.phases, "phase"))
	fmt.Fprintf(w, "%v, in turn with its control, in which the attackers' process uses as much CPU time and does not connect. Figures are\n", h.duration)
	fmt.Fprint(w, "those of the well-behaved clients under attack, and x is how many times the control that is. The server is a process of\n")
	fmt.Fprint(w, "its own, with one core for Go; the attackers are another, of the lowest priority, on the same machine, and come from a\n")
	fmt.Fprint(w, "loopback address, whose connections are not counted by server.Options.MaxPerAddress. CPU is in shares of one core.\n\n")
	fmt.Fprint(w, "             own p50 ms           p99 ms        others' p99 ms        server CPU µs     attackers             heap, before,       resident\n")
	fmt.Fprint(w, "attack          ms     x         ms     x          ms     x      per push     x    CPU  connects/s   peak and after, MiB      peak, MiB  endings\n")
}

func (h *hostility) print(w io.Writer, r *hostileRow) error {
	if h.json {
		return json.NewEncoder(w).Encode(r)
	}
	a, c := &r.Attacked, &r.Control
	_, err := fmt.Fprintf(w, "%-10s  %6.2f %5.2f    %7.2f %5.2f     %7.2f %5.2f      %8.0f %5.2f   %4s  %10.0f   %6.1f %6.1f %6.1f    %11.0f  %s\n", r.Attack,
		a.OwnP50, a.OwnP50/c.OwnP50, a.OwnP99, a.OwnP99/c.OwnP99, a.OthersP99, a.OthersP99/c.OthersP99,
		a.costs(), a.costs()/c.costs(), share(r.Attackers), r.Connects,
		mebibytes(r.Before.Heap), mebibytes(r.Peak.Heap), mebibytes(r.After.Heap), mebibytes(r.Peak.Resident), r.endings())
	return err
}

// costs returns the server's CPU time for each transition of the well-behaved clients, in microseconds.
func (k *floodKind) costs() float64 { return 1e6 * k.ServerCPU / max(1, k.Transitions) }

// endings tells how connections ended, the most frequent way first.
func (r *hostileRow) endings() string {
	var ways []string
	for way := range r.Endings {
		ways = append(ways, way)
	}
	slices.SortFunc(ways, func(x, y string) int { return int(r.Endings[y] - r.Endings[x]) })
	for i, way := range ways {
		ways[i] = fmt.Sprintf("%d %s", r.Endings[way], way)
	}
	if r.Sent > 0 {
		ways = append(ways, fmt.Sprintf("%.0f frames/s", r.Sent))
	}
	return strings.Join(ways, ", ")
}
