package apertest_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
	"github.com/aper-go/aper/examples/bank"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/internal/sim/arena"
	"github.com/aper-go/aper/internal/sim/line"
)

func TestGoodMachinesConverge(t *testing.T) {
	t.Run("counter", func(t *testing.T) {
		t.Parallel()
		apertest.Converge(t, counter.Counter{}, counter.Increment{By: 5}, counter.Decrement{By: 3}, counter.Reset{})
	})
	t.Run("bank", func(t *testing.T) {
		t.Parallel()
		apertest.Converge(t, bank.Bank{}, bank.Open{Name: "ann"}, bank.Open{Name: "bob"}, bank.Deposit{To: "ann", Amount: 5},
			bank.Transfer{From: "ann", To: "bob", Amount: 3})
	})
	t.Run("box", func(t *testing.T) {
		t.Parallel()
		apertest.Converge(t, Box{N: 1}, Add{1}, Add{-1}, Name{}, Take{2}, Named{3})
	})
	t.Run("timers and dice", func(t *testing.T) {
		t.Parallel()
		apertest.Converge(t, arena.Arena{}, arena.Begin{}, arena.Roll{}, arena.Make{}, arena.Enter{Session: 1})
	})
	t.Run("bases", func(t *testing.T) {
		t.Parallel()
		apertest.Converge(t, line.Line{}, line.Insert{At: 0, Text: "ab"}, line.Insert{At: 3, Text: "c"}, line.Delete{At: 1, Count: 2})
	})
	t.Run("time and user", func(t *testing.T) {
		t.Parallel()
		apertest.Converge(t, Guestbook{}, Sign{})
	})
}

// Guestbook has a rule that looks at what a replica can only guess while a transition is pending.
type Guestbook struct {
	User string
	Time int64
}

// Sign writes who its author is, and when it was.
type Sign struct{}

func (Sign) Apply(g Guestbook, m *aper.Meta) (Guestbook, error) {
	if m.User == "user-A" && g.User == m.User {
		return g, aper.Conflict("you were the last to sign")
	}
	g.User, g.Time = m.User, int64(m.Time)
	return g, nil
}

func (g Guestbook) Code(c *aper.Coder) Guestbook {
	if c.Struct("apertest_test.Guestbook", 2) {
		g.User = c.Field("user").Text(g.User)
		g.Time = c.Field("time").Int64(g.Time)
		c.End()
	}
	return g
}

func (Guestbook) CodeTransition(c *aper.Coder, t aper.Transition[Guestbook]) aper.Transition[Guestbook] {
	if c.Choice("apertest_test.Sign", []string{"Sign"}) == 1 {
		return codeEmpty(c, 1, "Sign", Sign{})
	}
	codeEmpty(c, 1, "Sign", t)
	return t
}

func TestConvergeFindsWhatDoesNot(t *testing.T) {
	tests := []struct {
		name     string
		converge func(testing.TB)
		want     string
	}{
		{"a counter outside of the state", func(t testing.TB) { apertest.Converge(t, Box{}, Ticket{}, Add{1}) }, "Box broke a law"},
		{"the order of a map", func(t testing.TB) { apertest.Converge(t, Box{}, Shuffle{}) }, "Box broke a law"},
		{"a field that Code forgets", func(t testing.TB) { apertest.Converge(t, Hidden{}, aper.Transition[Hidden](Step[Hidden]{})) }, "Hidden broke a law"},
		{"no transitions", func(t testing.TB) { apertest.Converge(t, Box{}) }, "there are no transitions"},
		{"no transition", func(t testing.TB) { apertest.Converge[Box](t, Box{}, Add{1}, nil) }, "transition 2 of those given to Converge is nil"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found := failures(test.converge)
			if len(found) != 1 || !strings.Contains(found[0], test.want) {
				t.Errorf("got %d failures, want one with %q:\n%s", len(found), test.want, strings.Join(found, "\n"))
			}
		})
	}
}

// What a failure says to do repeats it.
func TestConvergeRepeats(t *testing.T) {
	var r recorder
	apertest.Converge(&r, Hidden{}, aper.Transition[Hidden](Step[Hidden]{}))
	if len(r.errors) != 1 {
		t.Fatalf("got %d failures, want 1", len(r.errors))
	}
	seed := regexp.MustCompile(`Repeat it with: APER_SEED=(\d+) go test -run '\^TestRecorder\$/\^a_part\$'`).FindStringSubmatch(r.errors[0])
	if seed == nil {
		t.Fatalf("it is not said how to repeat this:\n%s", r.errors[0])
	}
	t.Setenv("APER_SEED", seed[1])
	again := recorder{}
	apertest.Converge(&again, Hidden{}, aper.Transition[Hidden](Step[Hidden]{}))
	if len(again.errors) != 1 || again.errors[0] != r.errors[0] {
		t.Errorf("once\n%s\nand then\n%s", r.errors[0], strings.Join(again.errors, "\n"))
	}
}

func TestConvergeReadsTheEnvironment(t *testing.T) {
	for variable, value := range map[string]string{"APER_SEED": "one", "APER_CONVERGE": "long"} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, value)
			found := failures(func(t testing.TB) { apertest.Converge(t, counter.Counter{}, counter.Reset{}) })
			if len(found) != 1 || !strings.Contains(found[0], variable) {
				t.Errorf("got %q", found)
			}
		})
	}
}
