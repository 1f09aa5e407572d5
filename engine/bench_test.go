package engine_test

import (
	"fmt"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

// newAuthority returns an authority of a counter with n sessions attached, each of which has said hello.
func newAuthority(tb testing.TB, n int) *engine.Authority[counter.Counter] {
	tb.Helper()
	return newAuthorityOf(tb, counter.Counter{}, n)
}

// newAuthorityOf returns an authority with n sessions attached, each of which has said hello.
func newAuthorityOf[S aper.StateMachine[S]](tb testing.TB, initial S, n int) *engine.Authority[S] {
	tb.Helper()
	a := engine.New[S](engine.Options{})
	if err := a.Create(initial, 1); err != nil {
		tb.Fatal(err)
	}
	a.Open(1)
	a.Tick(1, 1, 1)
	for i := range n {
		attach := engine.Attach(i + 1)
		a.Attach(attach, engine.Peer{Token: wire.Token{byte(i), byte(i >> 8)}})
		hello := wire.Hello{Protocol: wire.Version, Schema: wire.FingerprintOf(aper.Schema[S]())}
		a.Step(attach, hello.Append(nil))
	}
	if joined := len(a.Ready().Joined); joined != n {
		tb.Fatalf("%d of %d joined", joined, n)
	}
	return a
}

func encode[S aper.StateMachine[S]](tb testing.TB, t aper.Transition[S]) []byte {
	tb.Helper()
	var c aper.Coder
	c.EncodeTo(nil)
	aper.CodeTransition(&c, t)
	b, err := c.Finish()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// BenchmarkAuthorityStep is the cost of one transition: decode, apply, and encode for all, in batches of 16.
func BenchmarkAuthorityStep(b *testing.B) {
	const clients, batch = 16, 16
	a := newAuthority(b, clients)
	transition := encode[counter.Counter](b, counter.Increment{By: 1})
	var message []byte
	number := aper.ClientSeq(0)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += batch {
		a.Tick(aper.Time(i), wire.Tag(i), 1)
		number++
		for client := range clients {
			push := wire.Push{First: number, Known: number - 1, Count: 1, Transitions: transition}
			message = push.Append(message[:0])
			a.Step(engine.Attach(client+1), message)
		}
		ready := a.Ready()
		b.ReportMetric(float64(len(ready.Frame))/batch, "B/event")
	}
}

// BenchmarkReplicaRebase is the cost, in a replica, of one frame while own transitions are pending. With own=false the
// frame holds events of someone else, and what is pending stays; with own=true it confirms the first of what is pending
// and nothing else, which is all that happens while one user types.
func BenchmarkReplicaRebase(b *testing.B) {
	b.Run("state=counter", func(b *testing.B) {
		increment := func(aper.ClientID, int) aper.Transition[counter.Counter] { return counter.Increment{By: 1} }
		benchmarkRebase(b, counter.Counter{}, increment, increment)
	})
	b.Run("state=map100k", func(b *testing.B) { benchmarkRebase(b, accounts(100_000), putAny, putAny) })
	b.Run("state=list1k", func(b *testing.B) { benchmarkRebase(b, items(1000), editList, editOld) })
}

type (
	ledger  = data.Map[string, data.Counter]
	numbers = data.List[data.Counter]
)

func account(i int) string { return fmt.Sprintf("%08x", uint32(i)*0x9e3779b1) } // in no order

func accounts(n int) (m ledger) {
	for i := range n {
		m = m.With(account(i), data.NewCounter(int64(i)))
	}
	return m
}

// putAny puts a number where there is another.
func putAny(author aper.ClientID, i int) aper.Transition[ledger] {
	return data.Put(account((int(author)*31_337+i*7919)%100_000), data.NewCounter(int64(i)))
}

// items returns a list of n items that no session made.
func items(n int) (l numbers) {
	for i := range n {
		l, _ = data.Append(data.NewCounter(int64(i))).Apply(l, &aper.Meta{ClientSeq: aper.ClientSeq(i + 1)})
	}
	return l
}

func item(i int) aper.ID { return aper.ID{Seq: aper.ClientSeq(i*7919%1000 + 1), N: 1} }

// editOld moves and changes the items of a list that were there from the beginning.
func editOld(_ aper.ClientID, i int) aper.Transition[numbers] {
	if i%2 == 0 {
		return data.MoveAfter[data.Counter](item(i), item(i+1))
	}
	return data.ChangeItem(item(i), data.Increment(1))
}

// editList does the same, and appends items and deletes them again, so that the list keeps its length.
func editList(author aper.ClientID, i int) aper.Transition[numbers] {
	switch i % 4 {
	case 0:
		return data.Append(data.NewCounter(int64(i)))
	case 3:
		return data.DeleteItem[data.Counter](aper.ID{Client: author, Seq: aper.ClientSeq(i - 3 + 1), N: 1})
	}
	return editOld(author, i)
}

// A script says what an author's transition number i is, counted from 0.
type script[S any] func(author aper.ClientID, i int) aper.Transition[S]

func benchmarkRebase[S aper.StateMachine[S]](b *testing.B, initial S, own, foreign script[S]) {
	for _, pending := range []int{0, 10, 100} {
		for _, events := range []int{1, 16} {
			b.Run(fmt.Sprintf("pending=%d/events=%d/own=false", pending, events), func(b *testing.B) {
				d := newDuet(b, initial, own, foreign)
				d.push(pending, pending)
				d.run(func() []byte { return d.foreignFrame(events) }, events)
			})
		}
	}
	for _, events := range []int{1, 16} {
		b.Run(fmt.Sprintf("pending=100/events=%d/own=true", events), func(b *testing.B) {
			d := newDuet(b, initial, own, foreign)
			messages := 100/events + framesAtOnce/2 // so that about 100 are pending on average
			d.push(messages*events, events)
			d.run(d.ownFrame, events)
		})
	}
}

// framesAtOnce is how many frames are made while the clock stands.
const framesAtOnce = 4

// A duet is a replica, and someone else, in one room.
type duet[S aper.StateMachine[S]] struct {
	b            *testing.B
	authority    *engine.Authority[S]
	replica      *engine.Replica[S]
	own, foreign script[S]
	pushed       int
	others       int
	messages     [][]byte // of the replica, that are under way
	now          aper.Time
}

const (
	otherAttach = 1
	ownAttach   = 2
)

func newDuet[S aper.StateMachine[S]](b *testing.B, initial S, own, foreign script[S]) *duet[S] {
	d := &duet[S]{b: b, own: own, foreign: foreign, authority: newAuthorityOf(b, initial, 1)}
	d.replica = engine.NewReplica[S](engine.ReplicaOptions{})
	d.replica.Connect()
	d.authority.Tick(1, 2, 2)
	d.authority.Attach(ownAttach, engine.Peer{})
	d.authority.Step(ownAttach, d.replica.Ready().Send)
	ready := d.authority.Ready()
	welcome, err := ready.To(ownAttach)
	if err != nil {
		b.Fatal(err)
	}
	d.step(welcome)
	return d
}

func (d *duet[S]) step(message []byte) {
	if err := d.replica.Step(message, d.now); err != nil {
		d.b.Fatal(err)
	}
}

// push makes so many transitions pending, some in each message.
func (d *duet[S]) push(total, each int) {
	for n := range total {
		if _, err := d.replica.Push(d.own(d.replica.Client(), d.pushed), d.now); err != nil {
			d.b.Fatal(err)
		}
		d.pushed++
		if (n+1)%each == 0 || n+1 == total {
			d.messages = append(d.messages, d.replica.Ready().Send)
		}
	}
}

// frame returns what the authority tells after a message.
func (d *duet[S]) frame(from engine.Attach, message []byte) []byte {
	d.now++
	d.authority.Tick(d.now, wire.Tag(d.now), 1)
	d.authority.Step(from, message)
	ready := d.authority.Ready()
	if len(ready.Messages) > 0 || len(ready.Closed) > 0 {
		d.b.Fatal("the authority did not accept all")
	}
	return ready.Frame
}

func (d *duet[S]) foreignFrame(events int) []byte {
	push := wire.Push{First: aper.ClientSeq(d.others + 1), Known: aper.ClientSeq(d.others), Count: events}
	for range events {
		push.Transitions = append(push.Transitions, encode(d.b, d.foreign(otherAttach, d.others))...)
		d.others++
	}
	return d.frame(otherAttach, push.Append(nil))
}

// ownFrame confirms what the oldest message pushed.
func (d *duet[S]) ownFrame() []byte {
	message := d.messages[0]
	d.messages = d.messages[1:]
	return d.frame(ownAttach, message)
}

// run measures the replica's step of one frame after the other. As many as they confirm are pushed, some in each message,
// while the clock stands.
func (d *duet[S]) run(next func() []byte, each int) {
	full := d.replica.Pending()
	var frames [][]byte
	d.b.ReportAllocs()
	for d.b.Loop() {
		if len(frames) == 0 {
			d.b.StopTimer()
			d.push(full-d.replica.Pending(), each)
			for range framesAtOnce {
				frames = append(frames, next())
			}
			d.b.StartTimer()
		}
		d.step(frames[0])
		frames = frames[1:]
	}
}
