package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/dropfour"
)

// A table is a room with two players.
type table struct {
	load    *load
	room    aper.RoomID
	players []*player
	playing sync.WaitGroup
	over    context.Context // ends when no more moves are made
	end     context.CancelFunc

	up, down  atomic.Int64 // bytes of both players
	confirmed atomic.Int64 // moves
	games     atomic.Int64 // that ended

	mu      sync.Mutex
	mover   dropfour.Seat // who made the last move
	discs   int           // that there are after it
	moved   time.Duration // when it was pushed
	unseen  bool          // by the other
	seen    int64         // moves, by the other
	latency histogram
}

// A player moves when it is his turn.
type player struct {
	table  *table
	seat   dropfour.Seat
	client *client.Client[dropfour.Game]
}

func newTable(l *load, i int) *table {
	t := &table{load: l, room: roomName(i)}
	t.over, t.end = context.WithCancel(l.failed)
	return t
}

// begin seats two players, who begin to play.
func (t *table) begin() error {
	ctx, cancel := context.WithTimeout(t.load.failed, dialTimeout)
	defer cancel()
	for seat := range dropfour.Yellow + 1 {
		c, err := client.Join[dropfour.Game](ctx, t.room, t.connect, client.Options{})
		if err != nil {
			return err
		}
		t.players = append(t.players, &player{t, seat, c})
		if err := c.Do(ctx, dropfour.Sit{Seat: seat}); err != nil {
			return err
		}
	}
	for _, p := range t.players {
		t.playing.Go(p.play)
	}
	return nil
}

// play moves whenever it is the player's turn in what he sees.
func (p *player) play() {
	for g := range p.client.Watch(p.table.over) {
		p.table.look(p.seat, g)
		if g.Turn != p.seat || p.table.load.phase.Load() == ending || g.Seats[p.seat.Other()] == (dropfour.Player{}) {
			continue
		}
		if err := p.move(g); err != nil && p.table.over.Err() == nil {
			p.table.load.fail(fmt.Errorf("room %s: %w", p.table.room, err))
			return
		}
	}
}

// move drops a disc somewhere, in a new game when the last is over.
func (p *player) move(g dropfour.Game) error {
	if g.Result != dropfour.Playing {
		p.table.games.Add(1)
		if _, err := p.client.Push(dropfour.NewGame{}); err != nil {
			return err
		}
		g = p.client.State()
	}
	p.table.push(p.seat, discsOf(g)+1)
	pending, err := p.client.Push(dropfour.Drop{Column: someColumn(g)})
	if err != nil {
		return err
	}
	if err := pending.Wait(p.table.over); err != nil {
		return err
	}
	p.table.confirmed.Add(1)
	return nil
}

func someColumn(g dropfour.Game) uint8 {
	for {
		if column := rand.IntN(dropfour.Columns); g.At(column, dropfour.Rows-1) == dropfour.NoDisc {
			return uint8(column)
		}
	}
}

func discsOf(g dropfour.Game) (n int) {
	for _, disc := range g.Cells {
		if disc != dropfour.NoDisc {
			n++
		}
	}
	return n
}

// push notes that somebody moves.
func (t *table) push(mover dropfour.Seat, discs int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mover, t.discs, t.moved, t.unseen = mover, discs, t.load.clock(), true
}

// look notes when somebody sees the other's move first.
func (t *table) look(seat dropfour.Seat, g dropfour.Game) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.unseen || seat == t.mover || discsOf(g) != t.discs {
		return
	}
	t.unseen = false
	t.seen++
	if t.load.phase.Load() == measuring {
		t.latency.add(t.load.clock() - t.moved)
	}
}

// finish waits until what is under way is decided, and both players see the same.
func (t *table) finish() error {
	for deadline := t.load.clock() + verifyTimeout; !t.agrees(); {
		if t.load.clock() > deadline {
			return fmt.Errorf("%w: the players of room %s do not come to see the same game", errLost, t.room)
		}
		if err := t.load.wait(time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) agrees() bool {
	first, at := t.players[0].client.Confirmed()
	second, other := t.players[1].client.Confirmed()
	pending := t.players[0].client.Status().Pending + t.players[1].client.Status().Pending
	return pending == 0 && first == second && at == other
}

func (t *table) leave() {
	t.end()
	t.playing.Wait()
	for _, p := range t.players {
		p.client.Close()
	}
}

// A tableSum is what the players of all tables did.
type tableSum struct {
	tables           int
	seen             int64
	up, down         int64
	confirmed, games int64
	latency          histogram
}

func sumOfTables(tables []*table) (sum tableSum) {
	sum.tables = len(tables)
	for _, t := range tables {
		t.mu.Lock()
		sum.seen += t.seen
		sum.latency.merge(&t.latency)
		t.mu.Unlock()
		sum.up += t.up.Load()
		sum.down += t.down.Load()
		sum.confirmed += t.confirmed.Load()
		sum.games += t.games.Load()
	}
	return sum
}

// connect makes a WebSocket whose bytes are counted.
func (t *table) connect(ctx context.Context) (client.Transport, error) {
	return dialCounted(ctx, "ws://"+t.load.address+"/"+string(t.room), &t.up, &t.down)
}

// dialCounted makes a WebSocket and adds its bytes, as TCP carries them, to up and down.
func dialCounted(ctx context.Context, address string, up, down *atomic.Int64) (*gameSocket, error) {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, network, address)
		return &countedConn{conn, up, down}, err
	}
	socket, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{
		Subprotocols: []string{aperOne},
		HTTPClient:   &http.Client{Transport: &http.Transport{DialContext: dial}},
	})
	if err != nil {
		return nil, err
	}
	return &gameSocket{socket}, nil
}

// A countedConn counts what goes over it.
type countedConn struct {
	net.Conn
	up, down *atomic.Int64
}

func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.down.Add(int64(n))
	return n, err
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.up.Add(int64(n))
	return n, err
}

// A gameSocket is a client.Transport, as package client makes it itself.
type gameSocket struct{ conn *websocket.Conn }

func (s *gameSocket) Read(ctx context.Context) ([]byte, error) {
	_, data, err := s.conn.Read(ctx)
	return data, err
}

func (s *gameSocket) Write(ctx context.Context, message []byte) error {
	return s.conn.Write(ctx, websocket.MessageBinary, message)
}

func (s *gameSocket) Close() error { return s.conn.CloseNow() }
