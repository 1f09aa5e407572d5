package apertest_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

// The exact text of some failures. A person reads them, so read them when you change them.
func TestFailureText(t *testing.T) {
	tests := []struct {
		name  string
		check func(testing.TB)
		want  string
	}{
		{"a shared slice", board(Copied{1}, Copied{2}, Reset{9}), `
apertest: Apply changed its argument, the state it was given.

	s := apertest_test.Board{Points: []int64{}}
	s, _ = apertest_test.Copied{Point: 2}.Apply(s, &aper.Meta{})
	apertest_test.Reset{To: 9}.Apply(s, &aper.Meta{})

s was {"points":[2]}, and is {"points":[9]} after Apply.
The old state stays in use: a replica goes back to it when the authority decides otherwise. Copy before you change, or use data.List.
(Seed 0. The values above are written by %#v.)
`},
		{"a slice that the test gave", check(Board{Points: []int64{1, 2}}, Copied{3}, Reset{9}), `
apertest: Apply changed its argument, the state it was given.

	s := apertest_test.Board{Points: []int64{1, 2}}
	apertest_test.Reset{To: 9}.Apply(s, &aper.Meta{})

s was {"points":[1,2]}, and is {"points":[9,2]} after Apply.
The old state stays in use: a replica goes back to it when the authority decides otherwise. Copy before you change, or use data.List.
(Seed 0. The values above are written by %#v.)
`},
		{"siblings", board(Pop{}, Push{1}, Push{2}), `
apertest: a state that Apply returned changed later.

	s := apertest_test.Board{Points: []int64{}}
	apertest_test.Push{Point: 1}.Apply(s, &aper.Meta{})
	apertest_test.Push{Point: 2}.Apply(s, &aper.Meta{})

The result of apertest_test.Push{Point:1} was {"points":[1]}, and is {"points":[2]} later.
It shares memory with the state it came from, with another that came from there, or with the Meta, which nobody may keep. Copy before you change (append alone does not), or use data.List.
(Seed 0. The values above are written by %#v.)
`},
		{"a forgotten field", check(Forgetful{}, Step[Forgetful]{}), `
apertest: Code forgets a field of the state.

	s := apertest_test.Forgetful{}
	s, _ = apertest_test.Step[apertest_test.Forgetful]{}.Apply(s, &aper.Meta{})
	aper.Encode(s)

The field Title[1] was "changed" and is "" after decoding.
A replica that joins later gets the state without it. Run go generate.
(Seed 0. The values above are written by %#v.)
`},
		{"a panic, in a group", check(Box{N: 3, Word: "a/b"}, aper.All[Box](Add{1}, Divide{0})), `
apertest: Apply panicked.

	s := apertest_test.Box{N: 3, Word: "a/b"}
	aper.All(apertest_test.Add{By: 1}, apertest_test.Divide{}).Apply(s, &aper.Meta{})

In the state {"n":3,"word":"a/b"}: panic: runtime error: integer divide by zero (at box_test.go:LINE).
A room answers such a transition with an internal error. Return a conflict where the rule does not allow the change.
(Seed 0. The values above are written by %#v.)
`},
		{"a rule for one user", check(Box{}, Add{1}, Private{}), `
apertest: Apply panicked.

	s := apertest_test.Box{}
	s, _ = apertest_test.Add{By: 1}.Apply(s, &aper.Meta{})
	s, _ = apertest_test.Add{By: 1}.Apply(s, &aper.Meta{})
	apertest_test.Private{}.Apply(s, &aper.Meta{User: "bob"})

In the state {"n":2,"word":""}: panic: bob may not (at box_test.go:LINE).
A room answers such a transition with an internal error. Return a conflict where the rule does not allow the change.
(Seed 0. The values above are written by %#v.)
`},
		{"a lost constant", check(Box{}, Joined{}), `
apertest: a conflict loses its constant on the way.

	s := apertest_test.Box{}
	apertest_test.Joined{}.Apply(s, &aper.Meta{})

errors.Is finds "there is not so much" in the conflict here, and on the other side only "there is not so much\nthere is another reason".
Along a chain of Unwrap methods that return one error, the first aper.Conflict travels. Wrap one constant, by %w or aper.In, and not several.
(Seed 0. The values above are written by %#v.)
`},
		{"a transition that Code does not know", check(Box{}, Gone{}), `
apertest: a transition has no encoding, or more than one.

	t := apertest_test.Gone{}
	aper.CodeTransition(c, t) // c is an *aper.Coder

aper: not a transition of apertest_test.Box that the generated code knows: if it is new, run go generate; if it is a pointer, pass the value.
Transitions travel to the authority and to every replica. Run go generate.
(Seed 0. The values above are written by %#v.)
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := "\n" + strings.Join(failures(test.check), "\n")
			got = regexp.MustCompile(`_test\.go:\d+`).ReplaceAllString(got, "_test.go:LINE")
			if got != test.want {
				t.Errorf("reported:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

// What a count outside of the state decides cannot be replayed, and the failure says so.
func TestBreachThatHappensOnce(t *testing.T) {
	calls := 0
	found := failures(check(Box{}, Add{1}, hook{func() {
		if calls++; calls == 30 {
			panic("the thirtieth call")
		}
	}}))
	const want = "\nIt happened once, and not when this history was replayed: something besides it has a part in it.\n"
	if len(found) != 1 || !strings.Contains(found[0], want) || !strings.Contains(found[0], "the thirtieth call") {
		t.Errorf("reported:\n%s\nwant one failure with:\n%s", strings.Join(found, "\n"), want)
	}
}

// A value that is long is shown where it differs.
func TestLongValuesAreCut(t *testing.T) {
	found := strings.Join(failures(check(Box{Word: strings.Repeat("é", 500)}, Shout{})), "\n")
	_, evidence, _ := strings.Cut(found, "\nThe result was ")
	evidence, _, _ = strings.Cut(evidence, ".\n")
	form := regexp.MustCompile(`^…é{20,30}[a-z]"}, and then …é{20,30}[a-z]"}$`)
	if !form.MatchString(evidence) {
		t.Errorf("shown: %s\nwant the form %s", evidence, form)
	}
}

// What no rule forbids.
func TestGoodMachines(t *testing.T) {
	apertest.Check(t, Box{}, Add{1}, Add{-2}, Name{}, Take{3}, Named{5}, aper.All[Box](Name{}, Take{1}), aper.All[Box]())
	apertest.Check(t, Board{}, Copied{1}, Copied{2}, Pop{})
	apertest.Check(t, Box{Word: "not UTF-8: \xff"}, Add{1})
	apertest.Check(t, Box{})
}

func TestSeedAndSteps(t *testing.T) {
	var r recorder
	apertest.Checker[Box]{Seed: 7, Steps: 11}.Check(&r, Box{}, Add{1})
	apertest.Check(&r, Box{}, Add{1})
	want := "apertest: seed 7, 11 states visited\napertest: seed 0, 500 states visited"
	if got := strings.Join(r.logs, "\n"); len(r.errors) > 0 || got != want {
		t.Errorf("logged:\n%s\nwant:\n%s\nerrors: %q", got, want, r.errors)
	}
}

// The same seed finds the same, another seed finds it too.
func TestSeeds(t *testing.T) {
	search := func(seed uint64) string {
		return strings.Join(failures(func(t testing.TB) {
			apertest.Checker[Box]{Seed: seed, Steps: 200}.Check(t, Box{}, Add{1}, Private{})
		}), "\n")
	}
	first := search(0)
	if again := search(0); again != first {
		t.Errorf("found with one seed:\n%s\nand then:\n%s", first, again)
	}
	for seed := range uint64(6) {
		found := search(seed)
		if !strings.Contains(found, `Private{}.Apply(s, &aper.Meta{User: "bob"})`) || strings.Count(found, "Add{By: 1}") != 2 {
			t.Errorf("with seed %d:\n%s", seed, found)
		}
	}
}

func TestAtMostThreeFailures(t *testing.T) {
	found := failures(check(Box{}, Silent{}, Joined{}, Divide{0}, Lossy{1}, Twice{1, 2}))
	if len(found) != 3 {
		t.Errorf("%d failures, want 3:\n%s", len(found), strings.Join(found, "\n"))
	}
}

func TestNilTransition(t *testing.T) {
	found := failures(check(Box{}, Add{1}, nil))
	if want := "apertest: transition 2 of those given to Check is nil"; strings.Join(found, "\n") != want {
		t.Errorf("reported %q, want %q", found, want)
	}
}
