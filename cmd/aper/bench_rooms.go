package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"
)

// A manyRooms measures what rooms cost: those that were used once, and those that are in use.
type manyRooms struct {
	benchmark
	rooms   int
	active  int // of them
	clients int // in each active one
}

func newManyRooms() *manyRooms { return &manyRooms{rooms: 10_000, active: 1000, clients: 2} }

const (
	roomIdleAfter = 500 * time.Millisecond // so that nobody waits for rooms to end
	roomPace      = time.Second            // between two transitions of a client
	roomUse       = 3                      // transitions in a room that is used once
	roomSamples   = 200                    // of such rooms, that are opened again
)

// A roomsRow is what many rooms cost. What one takes is the difference between two stages.
type roomsRow struct {
	Rooms       int         `json:"rooms"`
	Active      int         `json:"active"`
	Clients     int         `json:"clients"`
	Durable     bool        `json:"durable"`
	Fill        float64     `json:"fillSeconds"`
	Stages      []roomStage `json:"stages"`
	Evicted     roomCost    `json:"evictedRoom"`
	First       roomCost    `json:"roomWithOneConnection"`
	Further     roomCost    `json:"furtherConnection"`
	Transitions float64     `json:"transitionsPerSecond"`
	P50         float64     `json:"p50Milliseconds"`
	P99         float64     `json:"p99Milliseconds"`
	ServerCPU   float64     `json:"serverCPU"`
	Opened      int         `json:"opened"` // evicted rooms, one after the other
	OpenP50     float64     `json:"openP50Milliseconds"`
	OpenP99     float64     `json:"openP99Milliseconds"`
	Drain       float64     `json:"drainSeconds"`
	Confirmed   int64       `json:"confirmed"` // and found in the file, when there is one
}

// A roomStage is what the server used at one time.
type roomStage struct {
	Name       string `json:"name"`
	Memory     uint64 `json:"memoryBytes"`
	Heap       uint64 `json:"heapBytes"`
	Stacks     uint64 `json:"stackBytes"`
	Resident   uint64 `json:"residentBytes"`
	Goroutines int    `json:"goroutines"`
}

// A roomCost is in bytes.
type roomCost struct {
	Memory float64 `json:"memory"`
	Heap   float64 `json:"heap"`
	Stacks float64 `json:"stacks"`
}

func (m *manyRooms) define(flags *flag.FlagSet) {
	flags.Func("rooms", "how many `rooms` are made (default 10000)", number(&m.rooms, 1, maxRooms))
	flags.Func("active", "how many of these `rooms` are in use; the others were used once (default 1000)", number(&m.active, 1, maxRooms))
	flags.Func("clients", "how many `clients` are in each active room (default 2)", number(&m.clients, 1, 100))
	flags.DurationVar(&m.duration, "duration", 5*time.Second, "how long the active rooms are measured")
	flags.StringVar(&m.profile, "profile", "", "write a heap profile of the server, while all its connections are idle, to this `file`")
}

func (m *manyRooms) check() error {
	switch {
	case m.active > m.rooms:
		return errors.New("-active must not be more than -rooms")
	case m.active*m.clients > maxSockets:
		return fmt.Errorf("%d clients in each of %d rooms are more than %d connections: take fewer active rooms or clients", m.clients, m.active, maxSockets)
	}
	return nil
}

func (m *manyRooms) run(ctx context.Context, stdout io.Writer) error {
	row := &roomsRow{Rooms: m.rooms, Active: m.active, Clients: m.clients, Durable: m.file != ""}
	settings := benchSettings{Rate: -1, IdleAfter: roomIdleAfter, HeapProfile: m.profile}
	show := newProgress(stdout)
	err := m.serve(ctx, settings, m.rooms, show, func(l *load, s *benchServer) error {
		steps := []func(*load, *benchServer, *roomsRow) error{m.fill, m.connectAll, m.use, m.reopen, m.drain}
		for i, step := range steps {
			show.say([]string{"filling rooms…", "connecting…", "measuring…", "opening rooms again…", "ending the server…"}[i])
			if err := step(l, s, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if m.json {
		return json.NewEncoder(stdout).Encode(row)
	}
	return m.print(stdout, row)
}

// fill makes the rooms that are used once, and waits until the server has put them away. Those in use are the first.
func (m *manyRooms) fill(l *load, s *benchServer, row *roomsRow) error {
	if err := row.stage(s, "before any room"); err != nil {
		return err
	}
	start := l.clock()
	err := inParallel(m.rooms-m.active, func(i int) error {
		return l.visit(&benchClient{load: l, room: m.active + i, window: roomUse})
	})
	if err != nil {
		return err
	}
	row.Fill = (l.clock() - start).Seconds()
	if err := s.until(l, func(a *benchAnswer) bool { return a.Rooms == 0 }, "not all unused rooms were put away"); err != nil {
		return err
	}
	err = row.stage(s, fmt.Sprintf("%s used once, none open", count(m.rooms-m.active, "room")))
	row.Evicted = row.cost(m.rooms - m.active)
	return err
}

// visit joins, pushes as much as the window allows, waits for the outcomes, and leaves.
func (l *load) visit(c *benchClient) error {
	if err := c.dial(); err != nil {
		return err
	}
	if err := l.await(c.joined, "a client got no state"); err != nil {
		return err
	}
	c.begin()
	if err := c.finish(); err != nil {
		return err
	}
	l.leave(c)
	return nil
}

// connectAll joins the clients of the active rooms: first one in each room, so that one sees what a room takes.
func (m *manyRooms) connectAll(l *load, s *benchServer, row *roomsRow) error {
	join := func(clients int, what string) (roomCost, error) {
		err := l.connect(m.active*clients, func(i int) *benchClient {
			return &benchClient{load: l, room: i % m.active, window: maxWindow}
		})
		if err != nil {
			return roomCost{}, err
		}
		err = row.stage(s, fmt.Sprintf("%s with %s, idle", count(m.active, "room"), what))
		return row.cost(m.active * clients), err
	}
	var err error
	if row.First, err = join(1, "1 connection each"); err != nil || m.clients == 1 {
		return errors.Join(err, m.profileHeap(s))
	}
	if row.Further, err = join(m.clients-1, count(m.clients, "connection")+" each"); err != nil {
		return err
	}
	return m.profileHeap(s)
}

func (m *manyRooms) profileHeap(s *benchServer) error {
	_, err := s.ask(heapCommand)
	return err
}

// use lets the clients push now and then, and measures that.
func (m *manyRooms) use(l *load, s *benchServer, row *roomsRow) error {
	for _, c := range l.clients {
		go c.pace(roomPace)
	}
	if err := l.wait(min(m.duration, roomPace)); err != nil {
		return err
	}
	got, err := l.measure(s, m.duration, func() error { return nil })
	if err != nil {
		return err
	}
	row.Transitions = float64(got.confirmed) / got.took.Seconds()
	row.P50, row.P99 = milliseconds(got.own.quantile(0.50)), milliseconds(got.own.quantile(0.99))
	row.ServerCPU = got.serverCPU.Seconds() / got.took.Seconds()
	return row.stage(s, "the same, in use")
}

// reopen opens some of the rooms that were put away, one after the other, while the others are in use.
func (m *manyRooms) reopen(l *load, _ *benchServer, row *roomsRow) error {
	var took histogram
	row.Opened = min(roomSamples, m.rooms-m.active)
	for i := range row.Opened {
		c := &benchClient{load: l, room: m.active + i, window: 1}
		start := l.clock()
		if err := c.dial(); err != nil {
			return err
		}
		if err := l.await(c.joined, "an evicted room did not open"); err != nil {
			return err
		}
		took.add(l.clock() - start)
		l.leave(c)
		if c.value != roomUse {
			return fmt.Errorf("%w: %d increments were confirmed in room %s, and it was opened again with %d", errLost, roomUse, roomName(c.room), c.value)
		}
	}
	row.OpenP50, row.OpenP99 = milliseconds(took.quantile(0.50)), milliseconds(took.quantile(0.99))
	return nil
}

// drain ends the server while the clients go on, and waits until they have read all that it sent.
func (m *manyRooms) drain(l *load, s *benchServer, row *roomsRow) error {
	l.closing.Store(true)
	took, err := s.terminate()
	if err != nil {
		return err
	}
	row.Drain = took.Seconds()
	for _, c := range l.clients {
		if err := l.await(c.gone, "a connection to the server, which has ended, did not end"); err != nil {
			return err
		}
	}
	row.Confirmed = sumOf(l.tallies())
	return nil
}

// stage notes what the server uses now.
func (r *roomsRow) stage(s *benchServer, name string) error {
	a, err := s.ask(collectCommand)
	r.Stages = append(r.Stages, roomStage{name, a.Memory, a.Heap, a.Stacks, a.Resident, a.Goroutines})
	return err
}

// cost returns what each of n things takes that the last stage has and the one before has not.
func (r *roomsRow) cost(n int) roomCost {
	before, after := r.Stages[len(r.Stages)-2], r.Stages[len(r.Stages)-1]
	each := func(before, after uint64) float64 { return float64(int64(after-before)) / float64(max(1, n)) }
	return roomCost{each(before.Memory, after.Memory), each(before.Heap, after.Heap), each(before.Stacks, after.Stacks)}
}

func (m *manyRooms) print(w io.Writer, r *roomsRow) error {
	fmt.Fprintf(w, "%s of a counter, %s: %d with %s each, the others used once and put away.\n",
		count(m.rooms, "room"), m.kept(), m.active, count(m.clients, "client"))
	fmt.Fprint(w, "The server is a process of its own, with one core for Go; its memory is taken after a garbage collection.\n\n")
	fmt.Fprintf(w, "%-44s  %10s  %10s  %10s  %10s  goroutines\n", "", "memory", "heap", "stacks", "resident")
	for _, s := range r.Stages {
		fmt.Fprintf(w, "%-44s  %6.1f MiB  %6.1f MiB  %6.1f MiB  %6.1f MiB  %10d\n", s.Name,
			mebibytes(s.Memory), mebibytes(s.Heap), mebibytes(s.Stacks), mebibytes(s.Resident), s.Goroutines)
	}
	fmt.Fprintln(w)
	r.Evicted.print(w, "a room that was put away")
	r.First.print(w, "a room with one idle connection")
	if m.clients > 1 {
		r.Further.print(w, "each further idle connection")
	}
	fmt.Fprintf(w, "\nThe rooms used once were made and filled in %.1f s.\n", r.Fill)
	fmt.Fprintf(w, "In use: %.0f transitions/s, confirmed in %.2f ms (p50) and %.2f ms (p99); server CPU %s.\n",
		r.Transitions, r.P50, r.P99, share(r.ServerCPU))
	fmt.Fprintf(w, "Opening a room again, dial to state: %.2f ms (p50) and %.2f ms (p99) of %d.\n", r.OpenP50, r.OpenP99, r.Opened)
	_, err := fmt.Fprintf(w, "Ending the server in use took %.2f s; %d increments were confirmed%s.\n", r.Drain, r.Confirmed, r.found())
	return err
}

func (r *roomsRow) found() string {
	if r.Durable {
		return ", and all are in the file"
	}
	return ""
}

func (c roomCost) print(w io.Writer, what string) {
	fmt.Fprintf(w, "%-44s  %6.1f KiB, of which %.1f in the heap and %.1f in stacks\n", what, c.Memory/1024, c.Heap/1024, c.Stacks/1024)
}
