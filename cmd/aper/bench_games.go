package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/dropfour"
	"github.com/aper-go/aper/journal/bolt"
)

// A gameNight measures games of Drop Four, in which nobody moves before he has seen the other's move.
type gameNight struct {
	benchmark
	rooms []int // every number is a row
}

func newGameNight() *gameNight { return &gameNight{rooms: []int{1, 10, 100}} }

// A gameRow is one measurement. Shares are of one core.
type gameRow struct {
	Rooms     int     `json:"rooms"`
	Durable   bool    `json:"durable"`
	Seconds   float64 `json:"seconds"`
	Moves     float64 `json:"movesPerSecond"`
	P50       float64 `json:"p50Milliseconds"` // from the push to when the other player sees the move
	P99       float64 `json:"p99Milliseconds"`
	Up        float64 `json:"bytesUpPerMove"`   // to the server, of both players together
	Down      float64 `json:"bytesDownPerMove"` // to each player
	Journal   float64 `json:"journalBytesPerMove,omitempty"`
	ServerCPU float64 `json:"serverCPU"`
	LoadCPU   float64 `json:"loadCPU"`
	Memory    uint64  `json:"serverMemoryBytes"`
	Confirmed int64   `json:"confirmed"` // moves; all are in the file, when there is one
	Games     int64   `json:"games"`     // that ended
}

func (g *gameNight) define(flags *flag.FlagSet) {
	flags.Func("rooms", "in how many rooms there is a game; a row for every number of the `list` (default 1,10,100)", func(list string) error {
		g.rooms = nil
		for text := range strings.SplitSeq(list, ",") {
			n := 0
			if err := number(&n, 1, maxSockets/2)(text); err != nil {
				return err
			}
			g.rooms = append(g.rooms, n)
		}
		return nil
	})
	flags.DurationVar(&g.duration, "duration", 3*time.Second, "how long each row is measured, after a warm-up")
}

func (g *gameNight) check() error { return nil }

func (g *gameNight) run(ctx context.Context, stdout io.Writer) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(1, runtime.NumCPU()-1))) // one core is the server's
	show := newProgress(stdout)
	if err := g.fresh(); err != nil {
		return err
	}
	if !g.json {
		g.header(stdout)
	}
	for _, rooms := range g.rooms {
		show.say(fmt.Sprintf("%s: measuring for %v…", count(rooms, "game"), g.duration))
		row, err := g.measure(ctx, rooms)
		if show.clear(); err != nil {
			return fmt.Errorf("with %s: %w", count(rooms, "game"), err)
		}
		if err := g.print(stdout, row); err != nil {
			return err
		}
	}
	return nil
}

// measure makes one row: a new server, all players, a warm-up, the measurement, and the proof that nothing was lost.
func (g *gameNight) measure(ctx context.Context, rooms int) (row *gameRow, err error) {
	defer func() { err = errors.Join(err, g.removeFile()) }()
	s, err := g.startServer(ctx, benchSettings{File: g.file, Rate: -1, Games: true})
	if err != nil {
		return nil, err
	}
	l := newLoad(ctx, s.address, 0)
	defer l.fail(nil)
	row, tables, err := g.play(l, s, rooms)
	for _, t := range tables {
		t.leave()
	}
	if err = s.stop(err); err != nil {
		return nil, err
	}
	if g.file != "" {
		row.Journal, err = journaled(ctx, g.file, tables)
	}
	return row, err
}

// play lets two players in each room play, and measures them for a while.
func (g *gameNight) play(l *load, s *benchServer, rooms int) (row *gameRow, tables []*table, err error) {
	for i := range rooms {
		t := newTable(l, i)
		tables = append(tables, t)
		if err := t.begin(); err != nil {
			return nil, tables, err
		}
	}
	if err := l.wait(min(g.duration/2, time.Second)); err != nil {
		return nil, tables, err
	}
	before := sumOfTables(tables)
	m, err := l.measure(s, g.duration, func() error { return nil })
	if err != nil {
		return nil, tables, err
	}
	after := sumOfTables(tables)
	l.phase.Store(ending)
	for _, t := range tables {
		if err := t.finish(); err != nil {
			return nil, tables, err
		}
	}
	return g.row(m, before, after, sumOfTables(tables)), tables, nil
}

func (g *gameNight) row(m *measured, before, after, all tableSum) *gameRow {
	moves, seconds := after.seen-before.seen, m.took.Seconds()
	row := &gameRow{
		Rooms:     all.tables,
		Durable:   g.file != "",
		Seconds:   seconds,
		Moves:     float64(moves) / seconds,
		P50:       milliseconds(all.latency.quantile(0.50)),
		P99:       milliseconds(all.latency.quantile(0.99)),
		Up:        float64(after.up-before.up) / float64(max(1, moves)),
		Down:      float64(after.down-before.down) / float64(max(1, moves)) / 2,
		ServerCPU: m.serverCPU.Seconds() / seconds,
		LoadCPU:   m.loadCPU.Seconds() / seconds,
		Memory:    m.end.Memory,
		Confirmed: all.confirmed,
		Games:     all.games,
	}
	return row
}

// journaled returns how many bytes of records there are for each move in the file, all that records hold included. Every move
// that was confirmed must be there.
func journaled(ctx context.Context, file string, tables []*table) (bytesPerMove float64, err error) {
	store, err := bolt.Open(file, bolt.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	size, moves := 0, int64(0)
	for _, t := range tables {
		key := benchName + "/" + t.room
		bytes, found, err := recordsOf(ctx, store, key)
		if err != nil {
			return 0, err
		}
		if found < t.confirmed.Load() {
			return 0, fmt.Errorf("%w: of %d moves in room %s that were confirmed its file holds %d", errLost, t.confirmed.Load(), key, found)
		}
		size, moves = size+bytes, moves+found
	}
	return float64(size) / float64(max(1, moves)), nil
}

func recordsOf(ctx context.Context, store *bolt.Store, room aper.RoomID) (size int, moves int64, err error) {
	log, _, err := store.Look(ctx, room)
	if err != nil {
		return 0, 0, err
	}
	defer log.Close()
	for record, err := range log.Read(ctx, 1) {
		if err != nil {
			return 0, 0, err
		}
		size += len(record.Append(nil))
		for e := range record.Events.All() {
			if bytes.HasPrefix(e.Transition, anyDrop) {
				moves++
			}
		}
	}
	return size, moves, nil
}

// anyDrop is what the encoding of every move begins with.
var anyDrop = func() []byte {
	var c aper.Coder
	c.EncodeTo(nil)
	aper.CodeTransition[dropfour.Game](&c, dropfour.Drop{})
	encoded, err := c.Finish()
	if err != nil {
		panic(err)
	}
	return encoded[:len(encoded)-1]
}()

func (g *gameNight) header(w io.Writer) {
	fmt.Fprintf(w, "Drop Four, %s: two players in each room play one game after the other, with package client, and nobody moves before he\n", g.kept())
	fmt.Fprintf(w, "has seen the other's move; %v a row. Latency is from the push to when the other sees it. Bytes are those that TCP\n", g.duration)
	fmt.Fprint(w, "carries, of WebSocket frames: to the server from both players, and from it to each of them. The server is a process of\n")
	fmt.Fprint(w, "its own, with one core for Go; CPU is in shares of one core.\n")
	fmt.Fprint(w, "\nrooms    moves/s   p50 ms   p99 ms  B/move up  B/move down  B/move journal  server CPU  load CPU    memory\n")
}

func (g *gameNight) print(w io.Writer, r *gameRow) error {
	if g.json {
		return json.NewEncoder(w).Encode(r)
	}
	journal := "–"
	if r.Durable {
		journal = fmt.Sprintf("%.0f", r.Journal)
	}
	_, err := fmt.Fprintf(w, "%5d  %9.0f  %7.2f  %7.2f  %9.1f  %11.1f  %14s  %10s  %8s  %5.0f MiB\n", r.Rooms, r.Moves, r.P50, r.P99,
		r.Up, r.Down, journal, share(r.ServerCPU), share(r.LoadCPU), mebibytes(r.Memory))
	return err
}
