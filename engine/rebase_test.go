package engine_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// A diary holds what only the authority knows for sure, and how much was written.
type diary struct {
	Seq   aper.Seq
	Time  aper.Time
	Die   uint64
	Count int64
}

// A write counts, and notes what it asks for. It conflicts when Limit is set and has been reached.
type write struct {
	Seq, Time, Die bool
	Limit          int64
}

const errFull = aper.Conflict("the diary is full")

var applied int // how many writes were, by anyone

func (t write) Apply(d diary, m *aper.Meta) (diary, error) {
	applied++
	if t.Limit > 0 && d.Count >= t.Limit {
		return d, errFull
	}
	d.Count++
	if t.Seq {
		d.Seq = m.Seq
	}
	if t.Time {
		d.Time = m.Time
	}
	if t.Die {
		d.Die = m.Rand()
	}
	return d, nil
}

func (d diary) Code(c *aper.Coder) diary {
	if c.Struct("test.diary", 4) {
		d.Seq = aper.Seq(c.Field("seq").Uint64(uint64(d.Seq)))
		d.Time = aper.Time(c.Field("time").Int64(int64(d.Time)))
		d.Die = c.Field("die").Uint64(d.Die)
		d.Count = c.Field("count").Int64(d.Count)
		c.End()
	}
	return d
}

func (diary) CodeTransition(c *aper.Coder, t aper.Transition[diary]) aper.Transition[diary] {
	if c.Choice("test.diary", []string{"Write"}) == 1 {
		return write{}.Code(c)
	}
	if t, ok := t.(write); ok {
		return t.Code(c)
	}
	c.Unknown()
	return t
}

func (t write) Code(c *aper.Coder) write {
	if c.Variant(1, "Write", 4) {
		t.Seq = c.Field("seq").Bool(t.Seq)
		t.Time = c.Field("time").Bool(t.Time)
		t.Die = c.Field("die").Bool(t.Die)
		t.Limit = c.Field("limit").Int64(t.Limit)
		c.End()
	}
	return t
}

// A watched replica shares a room with someone else. What it shows is computed anew after every frame.
type watched struct {
	t         *testing.T
	authority *engine.Authority[diary]
	replica   *engine.Replica[diary]
	now       aper.Time
	wrong     aper.Time // by how much the replica's clock is
	made      []write
	times     []aper.Time // when they were made
	under     [][]byte    // way: one message for each of made
	others    aper.ClientSeq
}

func newWatched(t *testing.T) *watched {
	w := &watched{t: t, authority: newAuthorityOf(t, diary{}, 1), replica: engine.NewReplica[diary](engine.ReplicaOptions{})}
	w.replica.Connect()
	w.authority.Attach(ownAttach, engine.Peer{})
	w.tick()
	w.authority.Step(ownAttach, w.replica.Ready().Send)
	w.deliver()
	return w
}

func (w *watched) tick() {
	w.now += 10
	w.authority.Tick(w.now, wire.Tag(w.now), uint64(w.now))
}

func (w *watched) push(t write) {
	now := w.now + w.wrong
	if _, err := w.replica.Push(t, now); err != nil {
		return
	}
	w.made, w.times = append(w.made, t), append(w.times, now)
	w.under = append(w.under, w.replica.Ready().Send)
}

// decide lets so many of the pushed, oldest first, and of someone else's come to the authority in one batch.
func (w *watched) decide(own, foreign int) {
	w.tick()
	for range own {
		w.authority.Step(ownAttach, w.under[0])
		w.under = w.under[1:]
	}
	for range foreign {
		w.others++
		push := wire.Push{First: w.others, Known: w.others - 1, Count: 1, Transitions: encode[diary](w.t, write{Time: true})}
		w.authority.Step(otherAttach, push.Append(nil))
	}
	w.deliver()
}

func (w *watched) deliver() {
	ready := w.authority.Ready()
	message, err := ready.To(ownAttach)
	if err == nil {
		err = w.replica.Step(message, w.now)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	if confirmed := w.replica.Confirmed(); confirmed != ready.State {
		w.t.Fatalf("law L1: the replica has %+v, the authority %+v", confirmed, ready.State)
	}
	if shown, want := w.replica.Optimistic(), w.expected(); shown != want {
		w.t.Fatalf("law L6: the replica shows %+v, and %+v follows from the confirmed %+v", shown, want, ready.State)
	}
}

// expected returns the confirmed state with what is pending applied.
func (w *watched) expected() diary {
	d := w.replica.Confirmed()
	for i := len(w.made) - w.replica.Pending(); i < len(w.made); i++ {
		m := aper.Meta{Client: w.replica.Client(), ClientSeq: aper.ClientSeq(i + 1), Time: w.times[i]}
		if next, err := w.made[i].Apply(d, &m); err == nil && !m.Drew() {
			d = next
		}
	}
	return d
}

// rulesOf returns how many rules run in the replica when its oldest is confirmed, one of 100 that are pending, after so
// many events of someone else.
func (w *watched) rulesOf(t write, foreign int) int {
	w.push(t)
	for range 99 {
		w.push(write{})
	}
	if foreign > 0 {
		w.decide(0, foreign)
	}
	w.tick()
	w.authority.Step(ownAttach, w.under[0])
	ready := w.authority.Ready()
	before := applied
	if err := w.replica.Step(ready.Frame, w.now); err != nil {
		w.t.Fatal(err)
	}
	rules := applied - before
	if shown, want := w.replica.Optimistic(), w.expected(); shown != want {
		w.t.Fatalf("law L6: the replica shows %+v, want %+v", shown, want)
	}
	return rules
}

// Law L6: what is pending is not applied again when its oldest is confirmed as it was expected, and it is when the
// author's guess of the time or the seq was wrong.
func TestPendingIsAppliedAgainWhenAGuessWasWrong(t *testing.T) {
	for _, test := range []struct {
		name  string
		write write
		want  int
	}{
		{"nothing was guessed", write{}, 1},
		{"the time", write{Time: true}, 100},
		{"the seq", write{Seq: true}, 100},
		{"a random number", write{Die: true}, 100},
	} {
		for foreign := range 2 {
			if got := newWatched(t).rulesOf(test.write, foreign); got != test.want {
				t.Errorf("%s, after %d events of others: %d rules were run, want %d", test.name, foreign, got, test.want)
			}
		}
	}
}

// Laws L1 and L6: whatever is confirmed, rejected and made by others, a replica shows the confirmed state with what is
// pending applied.
func TestOptimisticIsPendingOnConfirmed(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	rarely := func() bool { return random.IntN(20) == 0 }
	for range 100 {
		w := newWatched(t)
		for range 50 {
			for range random.IntN(40) {
				next := write{Seq: rarely(), Time: rarely(), Die: rarely()}
				if rarely() {
					next.Limit = w.replica.Optimistic().Count + 1 // another's write makes it conflict
				}
				w.wrong = aper.Time(random.IntN(2))
				w.push(next)
			}
			own, foreign := min(len(w.under), random.IntN(4)), 0
			if rarely() {
				own, foreign = random.IntN(len(w.under)+1), random.IntN(3)
			}
			w.decide(own, foreign)
		}
	}
}

// Law L6 holds also when an authority decides out of order, which ours does not.
func TestAnOutcomeOutOfOrderTakesItsEffectBack(t *testing.T) {
	w := newWatched(t)
	for range 100 {
		w.push(write{})
	}
	verdicts := wire.Verdicts{List: []wire.Verdict{{ClientSeq: 2, Rejected: true, Conflict: errFull}}}
	if err := w.replica.Step(verdicts.Append(nil), w.now); err != nil {
		t.Fatal(err)
	}
	if got := w.replica.Optimistic().Count; got != 99 {
		t.Errorf("it shows %d, want 99", got)
	}
}

// Law L6: in a new session, what is pending has new numbers, and so has what it makes.
func TestPendingIsAppliedAgainInANewSession(t *testing.T) {
	a := newAuthorityOf(t, numbers{}, 0)
	r := engine.NewReplica[numbers](engine.ReplicaOptions{})
	connect := func(n engine.Attach) {
		r.Connect()
		a.Tick(1, 2, 3)
		a.Attach(n, engine.Peer{})
		a.Step(n, r.Ready().Send)
		ready := a.Ready()
		message, err := ready.To(n)
		if err == nil {
			err = r.Step(message, 1)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	connect(1)
	r.Disconnect()
	before := r.Client()
	if _, err := r.Push(data.Append(data.NewCounter(7)), 1); err != nil {
		t.Fatal(err)
	}
	r.NewSession()
	connect(2)
	if id, _ := r.Optimistic().At(0); id.Client != r.Client() || id.Client == before {
		t.Errorf("session %d, once %d, shows the item %v", r.Client(), before, id)
	}
}
