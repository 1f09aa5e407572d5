package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/internal/hostile"
	"github.com/aper-go/aper/wire"
)

// An attack is what hostile connections do. Each worker does it again and again.
type attack struct {
	name    string
	workers int
	every   time.Duration // between two of all workers together; 0 for as fast as they can
	once    func(a *attackers, c *hostile.Conn) (ending string)
}

const (
	attackPath = "/bench-0" // the room that the others use
	aperOne    = "aper.1"
	floods     = 8
	held       = 200 // connections that are not let go
)

var attacks = []attack{
	{"garbage", 8, 0, garbage},
	{"order", 8, 0, wrongOrder},
	{"pushes", floods, 0, floodOfPushes},
	{"presences", floods, 0, floodOf(func() []byte { return messageFrame((&wire.Presence{Value: noise(4 << 10)}).Append(nil)) })},
	{"signals", floods, 0, floodOf(func() []byte { return messageFrame((&wire.Signal{Value: noise(4 << 10)}).Append(nil)) })},
	{"pings", floods, 0, floodOf(func() []byte { return messageFrame((&wire.Ping{}).Append(nil)) })},
	{"empty", floods, 0, floodOf(func() []byte { return messageFrame(nil) })},
	{"wspings", floods, 0, floodOf(func() []byte { return hostile.Frame(hostile.Final|hostile.Ping, nil) })},
	{"pieces", floods, 0, pieces},
	{"oversize", 8, 0, oversize},
	{"announced", held, 0, announced},
	{"loris", held, 0, loris},
	{"halfopen", held, 0, halfOpen},
	{"connects", 16, time.Second / 1000, connectAndLeave},
}

func findAttack(name string) *attack {
	for i := range attacks {
		if attacks[i].name == name {
			return &attacks[i]
		}
	}
	return nil
}

// garbage says what is no message.
func garbage(_ *attackers, c *hostile.Conn) string {
	if err := c.Open(attackPath, aperOne); err != nil {
		return refusalOf(err)
	}
	c.Send(messageFrame(noise(64)))
	return c.Ending()
}

// wrongOrder leaves out a number.
func wrongOrder(_ *attackers, c *hostile.Conn) string {
	if _, err := c.Join(attackPath, benchHello()); err != nil {
		return refusalOf(err)
	}
	c.Send(messageFrame((&wire.Push{First: 2, Count: 1, Transitions: increment}).Append(nil)))
	return c.Ending()
}

// hopeless is a transition that is always rejected, encoded, so that the sums of the others stay as they are.
var hopeless = func() []byte {
	var c aper.Coder
	c.EncodeTo(nil)
	aper.CodeTransition[counter.Counter](&c, counter.Decrement{By: 1 << 62})
	encoded, err := c.Finish()
	if err != nil {
		panic(err)
	}
	return encoded
}()

// floodOfPushes pushes what is rejected, and acknowledges it, because who does not is closed soon.
func floodOfPushes(_ *attackers, c *hostile.Conn) string {
	if _, err := c.Join(attackPath, benchHello()); err != nil {
		return refusalOf(err)
	}
	var known atomic.Uint64
	ending := make(chan string, 1)
	go func() { ending <- readVerdicts(c, &known) }()
	for first := aper.ClientSeq(1); ; first++ {
		p := wire.Push{First: first, Known: aper.ClientSeq(known.Load()), Count: 1, Transitions: hopeless}
		if c.Send(messageFrame(p.Append(nil))) != nil {
			return <-ending
		}
	}
}

func readVerdicts(c *hostile.Conn, known *atomic.Uint64) (ending string) {
	for {
		opcode, payload, err := c.Receive()
		if err != nil {
			return "cut"
		}
		if opcode == hostile.Close {
			c.Close()
			return "closed"
		}
		for r := wire.NewReader(payload); r.Next(); {
			if r.Code() != wire.CodeVerdicts {
				continue
			}
			for _, v := range r.Verdicts().List {
				known.Store(uint64(v.ClientSeq))
			}
		}
	}
}

// floodOf returns what says the same as fast as it is taken, many at a time, and reads all that comes back.
func floodOf(frame func() []byte) func(*attackers, *hostile.Conn) string {
	return func(a *attackers, c *hostile.Conn) string {
		if _, err := c.Join(attackPath, benchHello()); err != nil {
			return refusalOf(err)
		}
		return a.pour(c, frame)
	}
}

// pour sends until the connection ends.
func (a *attackers) pour(c *hostile.Conn, frame func() []byte) (ending string) {
	ended := make(chan string, 1)
	go func() {
		ended <- c.Ending()
		c.Close()
	}()
	var many []byte
	count := int64(0)
	for ; len(many) < 4<<10; count++ {
		many = append(many, frame()...)
	}
	for c.Send(many) == nil {
		a.sent.Add(count)
	}
	return <-ended
}

// pieces begins a message that never ends, and has nothing in it.
func pieces(a *attackers, c *hostile.Conn) string {
	if _, err := c.Join(attackPath, benchHello()); err != nil {
		return refusalOf(err)
	}
	c.Send(hostile.Frame(hostile.Binary, nil))
	return a.pour(c, func() []byte { return hostile.Frame(hostile.Continuation, nil) })
}

// oversize announces more than is allowed.
func oversize(_ *attackers, c *hostile.Conn) string {
	if err := c.Open(attackPath, aperOne); err != nil {
		return refusalOf(err)
	}
	c.Send(hostile.FrameHead(hostile.Final|hostile.Binary, 1<<20+1))
	return c.Ending()
}

// announced announces as much as is allowed, and sends nothing of it.
func announced(_ *attackers, c *hostile.Conn) string {
	if err := c.Open(attackPath, aperOne); err != nil {
		return refusalOf(err)
	}
	c.Send(hostile.FrameHead(hostile.Final|hostile.Binary, 1<<20))
	return c.Ending()
}

// loris sends its request byte by byte.
func loris(a *attackers, c *hostile.Conn) string {
	pace := time.NewTicker(time.Second / 10)
	defer pace.Stop()
	for _, b := range []byte(hostile.Request(attackPath, aperOne, "X: "+strings.Repeat("x", 4<<10)+"\r\n")) {
		if c.Send([]byte{b}) != nil {
			return "cut"
		}
		select {
		case <-pace.C:
		case <-a.ended.Done():
			return "left"
		}
	}
	return "answered"
}

// halfOpen joins and takes nothing more, as somebody who vanished without a word.
func halfOpen(a *attackers, c *hostile.Conn) string {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		tcp.SetReadBuffer(smallBuffer)
	}
	if _, err := c.Join(attackPath+"?"+slowQuery, benchHello()); err != nil {
		return refusalOf(err)
	}
	<-a.ended.Done()
	return "left"
}

// connectAndLeave makes a WebSocket and nothing of it.
func connectAndLeave(_ *attackers, c *hostile.Conn) string {
	if err := c.Open(attackPath, aperOne); err != nil {
		return refusalOf(err)
	}
	return "left"
}

func refusalOf(err error) string {
	var refusal hostile.Refusal
	if errors.As(err, &refusal) {
		return refusal.Error()
	}
	return "cut"
}

func messageFrame(m []byte) []byte { return hostile.Frame(hostile.Final|hostile.Binary, m) }

func noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

// An attackAnswer is what attackers say of themselves, since the attack began.
type attackAnswer struct {
	Connects int64            `json:"connects"`
	Sent     int64            `json:"sent"` // frames, of floods
	Endings  map[string]int64 `json:"endings"`
}

// attackers are a process that attacks a server.
type attackers struct {
	target string
	ended  context.Context // of the attack that goes on
	end    context.CancelFunc
	work   sync.WaitGroup
	sent   atomic.Int64
	turns  atomic.Int64

	mu       sync.Mutex
	connects int64
	endings  map[string]int64
}

// The commands to attackers, beside those that servers know.
const (
	attackCommand = "attack" // and a name
	burnCommand   = "burn"   // and a share of a core
	stopCommand   = "stop"
)

// attackBench is the attackers' side. It answers each command with what was done so far.
func attackBench(target string, stdin io.Reader, answers *json.Encoder) error {
	lowerPriority()
	a := &attackers{target: target}
	a.begin()
	defer a.stop()
	if err := answers.Encode(benchAnswer{Address: target}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(stdin); lines.Scan(); {
		if err := a.do(lines.Text()); err != nil {
			return err
		}
		if err := answers.Encode(benchAnswer{CPU: cpuTime(), Attack: a.answer()}); err != nil {
			return err
		}
	}
	return nil
}

func (a *attackers) do(command string) error {
	verb, argument, _ := strings.Cut(command, " ")
	switch verb {
	case attackCommand:
		found := findAttack(argument)
		if found == nil {
			return fmt.Errorf("there is no attack %q", argument)
		}
		a.begin()
		for range found.workers {
			a.work.Go(func() { a.repeat(found) })
		}
	case burnCommand:
		share, err := strconv.ParseFloat(argument, 64)
		if err != nil {
			return err
		}
		a.begin()
		a.work.Go(func() { burn(a.ended, share) })
	case stopCommand:
		a.stop()
	}
	return nil
}

func (a *attackers) begin() {
	a.ended, a.end = context.WithCancel(context.Background())
	a.sent.Store(0)
	a.turns.Store(0)
	a.connects, a.endings = 0, map[string]int64{}
}

func (a *attackers) stop() {
	a.end()
	a.work.Wait()
}

func (a *attackers) answer() *attackAnswer {
	a.mu.Lock()
	defer a.mu.Unlock()
	copied := map[string]int64{}
	for ending, n := range a.endings {
		copied[ending] = n
	}
	return &attackAnswer{Connects: a.connects, Sent: a.sent.Load(), Endings: copied}
}

// repeat makes one connection after the other, until the attack ends.
func (a *attackers) repeat(what *attack) {
	start := time.Now()
	for a.ended.Err() == nil {
		if what.every > 0 && !a.until(start.Add(time.Duration(a.turns.Add(1))*what.every)) {
			return
		}
		ending := a.connect(what)
		a.mu.Lock()
		if a.connects++; a.ended.Err() == nil {
			a.endings[ending]++
		}
		a.mu.Unlock()
	}
}

func (a *attackers) until(at time.Time) (goesOn bool) {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-a.ended.Done():
		return false
	}
}

func (a *attackers) connect(what *attack) (ending string) {
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(a.ended, "tcp", a.target)
	if err != nil {
		a.until(time.Now().Add(time.Second / 10)) // there may be no more sockets
		return "no connection"
	}
	defer conn.Close()
	defer context.AfterFunc(a.ended, func() { conn.Close() })()
	return what.once(a, hostile.New(conn))
}

// burn uses a share of a core, and does nothing.
func burn(ctx context.Context, share float64) {
	const slice = 10 * time.Millisecond
	pace := time.NewTicker(slice)
	defer pace.Stop()
	for ctx.Err() == nil {
		for start, cpu := time.Now(), time.Duration(share*float64(slice)); time.Since(start) < cpu; {
		}
		select {
		case <-pace.C:
		case <-ctx.Done():
		}
	}
}
