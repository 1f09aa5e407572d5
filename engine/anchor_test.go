package engine_test

import (
	"slices"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/internal/sim/line"
	"github.com/aper-go/aper/wire"
)

// An onlooker is a view of a line, beside one replica that writes.
type onlooker struct {
	*stage[line.Line]
	writer *engine.Replica[line.Line]
	pushed aper.ClientSeq
}

const viewAttach = engine.Attach(100)

func newOnlooker(t *testing.T, o engine.Options, base aper.Seq) *onlooker {
	s := newStage(t, line.Line{Text: "abc"}, o)
	_, writer := s.join(engine.Peer{})
	hello := wire.Hello{Protocol: wire.Version, View: true, Base: base}
	s.authority.Attach(viewAttach, engine.Peer{Token: wire.Token{1}})
	s.authority.Step(viewAttach, hello.Append(nil))
	s.round()
	return &onlooker{stage: s, writer: writer}
}

// write lets the replica make so many events at the beginning of the line.
func (o *onlooker) write(n int) {
	o.t.Helper()
	for range n {
		o.push(o.writer, line.Insert{At: 0, Text: "x"})
	}
}

// say lets the view insert a letter, and returns the outcome and what the authority asks for.
func (o *onlooker) say(at int64, base aper.Seq) (wire.Verdict, engine.Ready[line.Line]) {
	o.t.Helper()
	o.pushed++
	push := wire.Push{
		First: o.pushed, Known: o.pushed - 1, Count: 1, Base: base,
		Transitions: encode[line.Line](o.t, line.Insert{At: at, Text: "V"}),
	}
	o.tick()
	o.authority.Step(viewAttach, push.Append(nil))
	ready := o.decide()
	for _, m := range ready.Messages {
		for r := wire.NewReader(m.Bytes); m.To == viewAttach && r.Next(); {
			if r.Code() == wire.CodeVerdicts {
				return r.Verdicts().List[0], ready
			}
		}
	}
	return wire.Verdict{}, ready
}

// B9: what a view pushes is made on the state that it names, and on the one it meets when it names none.
func TestBaseOfAView(t *testing.T) {
	for _, test := range []struct {
		name string
		base aper.Seq
		want string
	}{
		{"at the beginning", 0, "xxabcV"},
		{"now", 2, "xxaVbc"},
		{"none", wire.NoBase, "xxaVbc"},
	} {
		o := newOnlooker(t, engine.Options{}, 0)
		o.write(2)
		verdict, ready := o.say(3, test.base)
		if verdict.Rejected || ready.State.Text != test.want {
			t.Errorf("%s: %+v, %q, want %q", test.name, verdict, ready.State.Text, test.want)
		}
		if got := o.writer.Confirmed().Text; got != test.want {
			t.Errorf("%s: the replica has %q, want %q", test.name, got, test.want)
		}
		if got := o.replay().State().Text; got != test.want {
			t.Errorf("%s: the journal gives %q, want %q", test.name, got, test.want)
		}
	}
}

// B9: what a view made before the floor has one outcome, which a journal gives again; what follows is decided.
func TestViewBelowTheFloor(t *testing.T) {
	o := newOnlooker(t, engine.Options{MaxBehind: 4, KeepBehind: 2}, 0)
	o.write(10)
	verdict, ready := o.say(3, 0)
	if !verdict.Rejected || verdict.Conflict != engine.ErrStale || ready.Floor == 0 {
		t.Fatalf("it has the outcome %+v, and the floor is %d", verdict, ready.Floor)
	}
	if verdict, _ = o.say(0, 10); verdict.Rejected {
		t.Errorf("the one after it has the outcome %+v", verdict)
	}
	replayed := o.replay()
	if got, want := replayed.State().Text, o.authority.State().Text; got != want {
		t.Errorf("the journal gives %q, want %q", got, want)
	}
	rows := func(a *engine.Authority[line.Line]) []wire.SessionRow {
		snapshot, err := a.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		return snapshot.Sessions
	}
	same := func(x, y wire.SessionRow) bool {
		return x.Client == y.Client && x.Decided == y.Decided && x.Rejected == y.Rejected
	}
	if got, want := rows(replayed), rows(o.authority); !slices.EqualFunc(got, want, same) {
		t.Errorf("the journal gives the sessions %+v, want %+v", got, want)
	}
}

// B4: a view that names a state which is still to come breaks the protocol.
func TestViewBeyondTheHead(t *testing.T) {
	o := newOnlooker(t, engine.Options{}, 0)
	o.write(2)
	_, ready := o.say(0, 3)
	if len(ready.Closed) != 1 || ready.Closed[0].To != viewAttach || ready.State.Text != "xxabc" {
		t.Errorf("closed %v, and the text is %q", ready.Closed, ready.State.Text)
	}
}

// B3: a view that names what it was shown holds the floor for as long as a replica does. One that does not has no say.
func TestViewsHoldTheFloor(t *testing.T) {
	for _, test := range []struct {
		name    string
		base    aper.Seq
		silence aper.Time
		want    aper.Seq
	}{
		{"it says where it is", 0, 0, 0},
		{"it says that it is further", 3, 0, 0}, // than there is: it is where the room is
		{"it does not say", wire.NoBase, 0, 8},
		{"it said so long ago", 0, 31_000, 8},
	} {
		o := newOnlooker(t, engine.Options{KeepBehind: 2}, test.base)
		o.now += test.silence
		o.write(10)
		if floor := o.push(o.writer, line.Insert{At: 0, Text: "x"}).Floor; floor != test.want {
			t.Errorf("%s: the floor is %d, want %d", test.name, floor, test.want)
		}
	}
}
