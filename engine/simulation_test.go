package engine_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/wire"
)

var seedFlag = flag.Uint64("seed", 0, "simulate this seed only")

// TestSimulation runs the engine over a network that loses connections and an authority that crashes, one fresh seed
// after the other, and checks the laws of sync (docs/SPEC.md). A failure prints the seed; -seed repeats it.
func TestSimulation(t *testing.T) {
	if *seedFlag != 0 {
		simulate(t, *seedFlag)
		return
	}
	first := uint64(time.Now().UnixNano())
	const seeds = 400
	for seed := range uint64(seeds) {
		simulate(t, first+seed)
		if t.Failed() {
			return
		}
	}
}

// A simulation is one room, its journal, and the users of it. Everything is drawn from one seed.
type simulation struct {
	t         *testing.T
	seed      uint64
	random    *rand.Rand
	authority *engine.Authority[counter.Counter]
	journal   []*wire.Record
	term      wire.Term
	users     []*user
	links     map[engine.Attach]*user
	last      engine.Attach
	start     []byte // a snapshot that joiners share, and the frames since
	amount    int64
	made      map[aper.Transition[counter.Counter]]bool // each is made once, so that one in the log tells whose it is
	late      []engine.Attach                           // connections that are gone, which the authority is told later
}

type user struct {
	replica  *engine.Replica[counter.Counter]
	attach   engine.Attach // 0 while there is no connection
	joined   bool          // this connection gets frames
	toServer [][]byte
	toClient [][]byte
	pushed   map[engine.PushID]aper.Transition[counter.Counter]
	outcomes map[engine.PushID]engine.Outcome
}

func simulate(t *testing.T, seed uint64) {
	s := &simulation{t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 1)), links: map[engine.Attach]*user{}}
	s.made = map[aper.Transition[counter.Counter]]bool{}
	s.authority = engine.New[counter.Counter](engine.Options{})
	if err := s.authority.Create(counter.Counter{}, wire.Epoch(s.random.Uint64())); err != nil {
		t.Fatal(err)
	}
	s.openAuthority()
	for range 1 + s.random.IntN(4) {
		s.users = append(s.users, &user{
			replica:  engine.NewReplica[counter.Counter](engine.ReplicaOptions{}),
			pushed:   map[engine.PushID]aper.Transition[counter.Counter]{},
			outcomes: map[engine.PushID]engine.Outcome{},
		})
	}
	for range 300 {
		s.act()
		if t.Failed() {
			return
		}
	}
	s.settle()
	s.check()
}

func (s *simulation) failf(format string, arguments ...any) {
	s.t.Helper()
	s.t.Errorf("seed %d: %s", s.seed, fmt.Sprintf(format, arguments...))
}

// act does one random thing.
func (s *simulation) act() {
	u := s.users[s.random.IntN(len(s.users))]
	switch n := s.random.IntN(100); {
	case n < 35:
		s.push(u)
	case n < 55:
		s.toAuthority(u)
	case n < 70:
		s.batch(s.random.IntN(50) > 0)
	case n < 90:
		s.toReplica(u)
	case n < 93:
		s.disconnect(u)
	case n < 99:
		s.connect(u)
	default:
		s.restart()
	}
}

func (s *simulation) push(u *user) {
	s.amount++
	var t aper.Transition[counter.Counter] = counter.Increment{By: s.amount}
	if value := u.replica.Optimistic().Value; s.random.IntN(2) == 0 {
		t = counter.Decrement{By: value - value%10} // nearly all there is, so that two of them conflict
	}
	if s.made[t] {
		return
	}
	id, err := u.replica.Push(t, 0)
	if err == nil {
		u.pushed[id] = t
		s.made[t] = true
	} else if !errors.Is(err, counter.ErrNegative) && !errors.Is(err, engine.ErrNoState) {
		s.failf("push: %v", err)
	}
	s.ready(u)
}

// ready takes what a replica has for its driver, and checks what may be checked at any moment.
func (s *simulation) ready(u *user) {
	ready := u.replica.Ready()
	if ready.Send != nil && u.attach != 0 {
		u.toServer = append(u.toServer, ready.Send)
	}
	for _, o := range ready.Outcomes {
		if _, twice := u.outcomes[o.ID]; twice {
			s.failf("push %d has two outcomes", o.ID)
		}
		if o.Unknown {
			s.failf("push %d: the outcome is unknown, although no session was forgotten", o.ID)
		}
		if o.Seq > u.replica.Position().Seq {
			s.failf("push %d: the outcome of seq %d was told at seq %d", o.ID, o.Seq, u.replica.Position().Seq)
		}
		u.outcomes[o.ID] = o
	}
}

func (s *simulation) connect(u *user) {
	s.disconnect(u)
	s.last++
	u.attach = s.last
	s.links[u.attach] = u
	s.authority.Attach(u.attach, engine.Peer{Token: wire.Token{byte(s.last), byte(s.last >> 8), 1}})
	u.replica.Connect()
	s.ready(u)
}

// disconnect loses what is under way in both directions. The authority may be told late.
func (s *simulation) disconnect(u *user) {
	if u.attach == 0 {
		return
	}
	if s.random.IntN(2) == 0 {
		s.authority.Detach(u.attach)
	} else {
		s.late = append(s.late, u.attach)
	}
	delete(s.links, u.attach)
	u.attach, u.joined, u.toServer, u.toClient = 0, false, nil, nil
	u.replica.Disconnect()
}

func (s *simulation) toAuthority(u *user) {
	if len(u.toServer) == 0 {
		return
	}
	data := u.toServer[0]
	u.toServer = u.toServer[1:]
	s.authority.Step(u.attach, data)
	if r := wire.NewReader(data); r.Next() && r.Code() == wire.CodePush && s.random.IntN(4) == 0 {
		s.authority.Step(u.attach, data) // a client may push again what it is not sure about
	}
}

func (s *simulation) toReplica(u *user) {
	if len(u.toClient) == 0 {
		return
	}
	data := u.toClient[0]
	u.toClient = u.toClient[1:]
	if err := u.replica.Step(data, 0); err != nil {
		s.failf("step: %v", err)
	}
	s.ready(u)
	if u.replica.Joined() {
		s.checkPrefix(u)
	}
}

// batch lets the authority decide. When published is false it crashes between making the record durable and sending.
func (s *simulation) batch(published bool) {
	ready := s.authority.Ready()
	if ready.Record != nil {
		s.journal = append(s.journal, store(s.t, ready.Record))
		if s.random.IntN(10) == 0 {
			s.checkReplay()
		}
	}
	s.tick()
	if !published {
		s.restart()
		return
	}
	s.deliver(&ready)
}

// store sends a record through its encoding, as a journal does.
func store(t *testing.T, r *wire.Record) *wire.Record {
	read, err := wire.ReadRecord(r.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	return &read
}

func (s *simulation) deliver(ready *engine.Ready[counter.Counter]) {
	joined := map[engine.Attach]bool{}
	for _, j := range ready.Joined {
		joined[j.Attach] = true
	}
	out := map[engine.Attach][]byte{}
	for attach, u := range s.links {
		if !joined[attach] && u.joined {
			out[attach] = append(out[attach], ready.Frame...)
		}
	}
	if s.start != nil {
		s.start = append(s.start, ready.Frame...)
	}
	for _, j := range ready.Joined {
		if s.start == nil || s.random.IntN(4) == 0 {
			snapshot, err := ready.Snapshot()
			if err != nil {
				s.failf("snapshot: %v", err)
			}
			s.start = slices.Concat(snapshot...)
		}
		state := s.start
		if j.Resumes {
			state = slices.Concat(j.Missing...)
		}
		out[j.Attach] = slices.Concat(out[j.Attach], j.Welcome, state, j.Outcomes)
		if u := s.links[j.Attach]; u != nil {
			u.joined = true
		}
	}
	for _, m := range ready.Messages {
		out[m.To] = append(out[m.To], m.Bytes...)
	}
	for attach, data := range out {
		if u := s.links[attach]; u != nil && len(data) > 0 {
			u.toClient = append(u.toClient, data)
		}
	}
	for _, m := range ready.Closed {
		if u := s.links[m.To]; u != nil {
			r := wire.NewReader(m.Bytes)
			r.Next()
			s.failf("the authority closed a connection: %v", r.Close())
			s.disconnect(u)
		}
	}
}

// restart loses everything that was not durable.
func (s *simulation) restart() {
	for _, u := range s.users {
		s.disconnect(u)
	}
	s.start, s.late = nil, nil
	s.authority = engine.New[counter.Counter](engine.Options{})
	for i, r := range s.journal {
		if err := s.authority.Replay(r); err != nil {
			s.failf("%v", err)
			return
		}
		if i == len(s.journal)/2 && s.random.IntN(2) == 0 {
			s.throughSnapshot()
		}
	}
	s.openAuthority()
}

// checkReplay checks that the journal gives the same room, sessions included, as the authority that wrote it.
func (s *simulation) checkReplay() {
	live, err := s.authority.Snapshot()
	if err != nil {
		s.failf("%v", err)
		return
	}
	again := engine.New[counter.Counter](engine.Options{})
	for _, r := range s.journal {
		if err := again.Replay(r); err != nil {
			s.failf("%v", err)
			return
		}
	}
	replayed, err := again.Snapshot()
	if err != nil {
		s.failf("%v", err)
		return
	}
	replayed.Term = live.Term // what is replayed has no term until it is opened
	if !bytes.Equal(live.Append(nil), replayed.Append(nil)) {
		s.failf("replaying the journal gives another room:\n%+v\n%+v", live, replayed)
	}
}

// throughSnapshot goes on from a snapshot of the room instead of from the records so far.
func (s *simulation) throughSnapshot() {
	snapshot, err := s.authority.Snapshot()
	if err != nil {
		s.failf("%v", err)
		return
	}
	read, err := wire.ReadRoomSnapshot(snapshot.Append(nil))
	if err != nil {
		s.failf("%v", err)
		return
	}
	s.authority = engine.New[counter.Counter](engine.Options{})
	if err := s.authority.Restore(&read); err != nil {
		s.failf("%v", err)
	}
}

func (s *simulation) openAuthority() {
	s.term++
	s.tick()
	s.authority.Open(s.term)
	ready := s.authority.Ready()
	s.journal = append(s.journal, store(s.t, ready.Record))
	s.tick()
}

func (s *simulation) tick() {
	if len(s.late) > 0 && s.random.IntN(3) == 0 {
		s.authority.Detach(s.late[0])
		s.late = s.late[1:]
	}
	s.authority.Tick(0, wire.Tag(s.random.Uint64()|1), s.random.Uint64())
}

// settle lets everyone connect and carries messages until there are none.
func (s *simulation) settle() {
	for _, u := range s.users {
		s.connect(u)
	}
	for range 20 {
		for _, u := range s.users {
			for len(u.toServer) > 0 {
				s.toAuthority(u)
			}
		}
		s.batch(true)
		for _, u := range s.users {
			for len(u.toClient) > 0 {
				s.toReplica(u)
			}
		}
	}
}

// log returns the accepted transitions, as the journal has them.
func (s *simulation) log() (log []aper.Transition[counter.Counter]) {
	var c aper.Coder
	last := map[aper.ClientID]aper.ClientSeq{}
	for _, record := range s.journal {
		for e := range record.Events.All() {
			if e.ClientSeq <= last[e.Client] {
				s.failf("law 3: event %d-%d comes after number %d of its session", e.Client, e.ClientSeq, last[e.Client])
			}
			last[e.Client] = e.ClientSeq
			c.DecodeFrom(e.Transition)
			log = append(log, aper.CodeTransition[counter.Counter](&c, nil))
			c.Finish()
		}
	}
	return log
}

// checkPrefix checks law 1: what a replica has confirmed is the fold of the durable log up to there.
func (s *simulation) checkPrefix(u *user) {
	log := s.log()
	seq := u.replica.Position().Seq
	if int(seq) > len(log) {
		s.failf("law 4: a replica holds seq %d, and %d events are durable", seq, len(log))
		return
	}
	var fold counter.Counter
	for _, t := range log[:seq] {
		fold, _ = t.Apply(fold, &aper.Meta{})
	}
	if u.replica.Confirmed() != fold {
		s.failf("law 1: a replica holds %v at seq %d, the log says %v", u.replica.Confirmed(), seq, fold)
	}
}

// check checks what must be true in the end.
func (s *simulation) check() {
	log := s.log()
	at := map[aper.Transition[counter.Counter]]int{}
	for i, t := range log {
		if at[t] != 0 {
			s.failf("law 2: %v took effect at seq %d and %d", t, at[t], i+1)
		}
		at[t] = i + 1
	}
	confirmed := 0
	for i, u := range s.users {
		if u.replica.Pending() != 0 {
			s.failf("law 2: user %d has %d transitions without an outcome", i, u.replica.Pending())
		}
		if u.replica.Optimistic() != u.replica.Confirmed() || int(u.replica.Position().Seq) != len(log) {
			s.failf("law 1: user %d is not where the log is", i)
		}
		for id, t := range u.pushed {
			o, told := u.outcomes[id]
			switch {
			case !told:
				s.failf("law 2: user %d was not told what became of %v", i, t)
			case o.Conflict == nil && at[t] != int(o.Seq):
				s.failf("law 2: %v was confirmed at seq %d and is at %d", t, o.Seq, at[t])
			case o.Conflict != nil && at[t] != 0:
				s.failf("law 2: %v was rejected and took effect", t)
			case o.Conflict != nil && !errors.Is(o.Conflict, counter.ErrNegative):
				s.failf("%v was rejected for a wrong reason: %v", t, o.Conflict)
			}
			if o.Conflict == nil {
				confirmed++
			}
		}
	}
	if confirmed != len(log) {
		s.failf("law 2: %d confirmed, %d in the log", confirmed, len(log))
	}
}
