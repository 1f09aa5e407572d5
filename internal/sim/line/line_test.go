package line

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

func TestMachine(t *testing.T) {
	apertest.Check(t, Line{}, Insert{0, "hello"}, Insert{3, "xy"}, Insert{1, ""}, Insert{0, "ä"}, Insert{-1, "a"},
		Insert{1 << 62, "b"}, Insert{0, strings.Repeat("long", 30)}, Delete{0, 1}, Delete{2, 3}, Delete{0, 0},
		Delete{-5, 2}, Delete{1, 1 << 62}, Delete{1 << 62, 1 << 62}, aper.All[Line](Insert{0, "ab"}, Delete{1, 1}))
}

// A log applies edits in order.
type log struct {
	t     *testing.T
	state Line
	seq   aper.Seq
}

// do applies what a client made when it had confirmed base.
func (l *log) do(client aper.ClientID, base aper.Seq, edit aper.Transition[Line]) error {
	next, err := edit.Apply(l.state, &aper.Meta{Seq: l.seq + 1, Client: client, Base: base})
	if err == nil {
		l.state = next
		l.seq++
	}
	return err
}

func (l *log) must(client aper.ClientID, base aper.Seq, edit aper.Transition[Line]) {
	l.t.Helper()
	if err := l.do(client, base, edit); err != nil {
		l.t.Fatalf("%v: %v", edit, err)
	}
}

func newLog(t *testing.T) *log {
	l := &log{t: t}
	l.must(9, 0, Insert{0, "0123456789"})
	return l
}

func TestEditsAreMovedByWhatTheirAuthorsHadNotSeen(t *testing.T) {
	tests := []struct {
		name       string
		first      aper.Transition[Line] // by client 1, at base 1
		second     aper.Transition[Line] // by client 2, at base 1
		want       string
		wantErr    error
		secondBase aper.Seq
	}{
		{name: "an insert behind an insert", first: Insert{2, "ab"}, second: Insert{5, "X"}, want: "01ab234X56789"},
		{name: "an insert before an insert", first: Insert{5, "ab"}, second: Insert{2, "X"}, want: "01X234ab56789"},
		{name: "two inserts at one place", first: Insert{5, "ab"}, second: Insert{5, "X"}, want: "01234abX56789"},
		{name: "an insert into what was deleted", first: Delete{2, 6}, second: Insert{5, "X"}, want: "01X89"},
		{name: "a deletion behind an insert", first: Insert{2, "ab"}, second: Delete{5, 2}, want: "01ab234789"},
		{name: "a deletion around an insert", first: Insert{5, "ab"}, second: Delete{4, 2}, want: "01236789"},
		{name: "a deletion that ends where something is inserted", first: Insert{5, "ab"}, second: Delete{3, 2}, want: "012ab56789"},
		{name: "overlapping deletions", first: Delete{2, 4}, second: Delete{4, 4}, want: "0189"},
		{name: "the same deletion", first: Delete{2, 4}, second: Delete{3, 2}, wantErr: ErrGone},
		{name: "what was seen", first: Insert{2, "ab"}, second: Insert{5, "X"}, secondBase: 2, want: "01ab2X3456789"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLog(t)
			l.must(1, 1, test.first)
			err := l.do(2, max(1, test.secondBase), test.second)
			if !errors.Is(err, test.wantErr) || test.wantErr == nil && l.state.Text != test.want {
				t.Errorf("%q, %v", l.state.Text, err)
			}
		})
	}
}

func TestOwnEditsAreNotMovedBy(t *testing.T) {
	l := newLog(t)
	l.must(1, 1, Insert{2, "a"})
	l.must(1, 1, Insert{3, "b"}) // typed behind it, before it was confirmed
	l.must(1, 1, Delete{2, 1})
	if l.state.Text != "01b23456789" {
		t.Errorf("%q", l.state.Text)
	}
}

func TestLostEditsAreStale(t *testing.T) {
	l := newLog(t)
	lost := &aper.Meta{Seq: 2, Client: 1, Base: 1, Lost: true}
	if _, err := (Insert{4, "a"}).Apply(l.state, lost); err != ErrLost {
		t.Errorf("an insert: %v", err)
	}
	if _, err := (Delete{4, 1}).Apply(l.state, lost); err != ErrLost {
		t.Errorf("a deletion: %v", err)
	}
	if _, err := (Insert{0, "a"}).Apply(l.state, lost); err != nil {
		t.Errorf("an insert at the beginning: %v", err)
	}
}

func TestOldBasesAreStale(t *testing.T) {
	l := newLog(t)
	for range 2 * maxRecent {
		l.must(1, l.seq, Insert{0, "a"})
		l.must(1, l.seq, Delete{0, 1})
		if n := l.state.Recent.Len(); n > maxRecent {
			t.Fatalf("%d edits are kept", n)
		}
	}
	if err := l.do(2, l.state.Reach-1, Insert{3, "x"}); err != ErrStale {
		t.Errorf("an edit below the reach: %v", err)
	}
	if err := l.do(2, l.state.Reach, Insert{3, "x"}); err != nil {
		t.Errorf("an edit at the reach: %v", err)
	}
}

func TestWhatIsBelowTheFloorIsForgotten(t *testing.T) {
	l := newLog(t)
	for range maxRecent / 2 {
		l.must(1, l.seq, Insert{0, "a"})
	}
	next, err := Insert{0, "b"}.Apply(l.state, &aper.Meta{Seq: l.seq + 1, Client: 2, Base: l.seq, Floor: l.seq - 3})
	if err != nil || next.Recent.Len() != 4 || next.Reach != l.seq-3 {
		t.Errorf("%v, %d edits are kept, down to %d of %d", err, next.Recent.Len(), next.Reach, l.seq)
	}
}

// What is expressed on a newer base does there what it would have done.
func TestReanchorKeepsTheMeaning(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	l := newLog(t)
	same := 0
	for range 2000 {
		m := aper.Meta{Client: aper.ClientID(1 + random.IntN(3)), Base: l.seq - min(l.seq-1, aper.Seq(random.IntN(9)))}
		edit := randomEdit(random, len(l.state.Text))
		again, err := l.state.Reanchor(edit, &m, l.seq)
		m.Seq = l.seq + 1
		want, wantErr := edit.Apply(l.state, &m)
		if err != nil {
			if err != wantErr {
				t.Fatalf("seed %d: %v cannot be expressed anew: %v, and applying it says %v", seed, edit, err, wantErr)
			}
			continue
		}
		m.Base = l.seq
		got, gotErr := again.Apply(l.state, &m)
		if gotErr != wantErr || got.Text != want.Text {
			t.Fatalf("seed %d: %v became %v: %q, %v instead of %q, %v", seed, edit, again, got.Text, gotErr, want.Text, wantErr)
		}
		if gotErr == nil {
			l.state, l.seq = got, l.seq+1
			same++
		}
	}
	if same < 500 {
		t.Errorf("only %d of 2000 edits were possible", same)
	}
}

func randomEdit(random *rand.Rand, length int) aper.Transition[Line] {
	at := random.Int64N(int64(length) + 1)
	if random.IntN(2) == 0 || length == 0 {
		return Insert{at, strings.Repeat("x", 1+random.IntN(4))}
	}
	return Delete{at, 1 + random.Int64N(4)}
}
