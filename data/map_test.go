package data

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

type tally = Map[string, Counter]

func TestMapAgainstAGoMap(t *testing.T) {
	r := newRandom(t)
	for round := range 20 {
		var s tally
		model := map[string]int64{}
		var kept history[tally]
		for range 300 {
			s = randomMapStep(t, r, s, model, 1+20<<(round%5))
			if err := s.entries.check(cmp.Compare[string]); err != nil {
				t.Fatal(err)
			}
			if r.IntN(15) == 0 {
				kept.keep(t, s)
				compareMap(t, s, model)
			}
		}
		kept.keep(t, s)
		kept.check(t, r)
	}
}

func randomMapStep(t *testing.T, r *rand.Rand, s tally, model map[string]int64, keys int) tally {
	k := string(decimal(uint64(r.IntN(keys))))
	_, there := model[k]
	switch r.IntN(4) {
	case 0:
		if !there {
			refused(t, s, s.Delete(k), ErrNoKey, k+": no such key")
			return s
		}
		delete(model, k)
		return apply(t, s, s.Delete(k))
	case 1:
		if !there {
			refused(t, s, s.Change(k, Increment(1)), ErrNoKey, k+": no such key")
			return s
		}
		model[k]++
		return apply(t, s, s.Change(k, Increment(1)))
	}
	model[k] = int64(r.IntN(3))
	return apply(t, s, s.Put(k, NewCounter(model[k])))
}

func compareMap(t *testing.T, s tally, model map[string]int64) {
	t.Helper()
	keys := slices.Sorted(maps.Keys(model))
	if s.Len() != len(keys) {
		t.Fatalf("Len is %d, want %d", s.Len(), len(keys))
	}
	i := 0
	for k, v := range s.All() {
		if k != keys[i] || v.Value() != model[k] {
			t.Fatalf("entry %d is %s: %v", i, k, v)
		}
		i++
	}
	for i, from := range keys {
		var got []string
		for k := range s.From(from) {
			if got = append(got, k); len(got) == 3 {
				break
			}
		}
		if want := keys[i:min(i+3, len(keys))]; !slices.Equal(got, want) {
			t.Fatalf("from %s there are %v, want %v", from, got, want)
		}
		if v, ok := s.Get(from); !ok || v.Value() != model[from] {
			t.Fatalf("at %s there is %v, %v", from, v, ok)
		}
	}
	if _, ok := s.Get("none"); ok {
		t.Fatal("a key is there that nobody put")
	}
}

func TestMapJSON(t *testing.T) {
	wantJSON(t, Map[string, Counter]{}, `{}`)
	wantJSON(t, apply(t, Map[int8, Counter]{}, Put(int8(5), NewCounter(1)), Put(int8(-100), NewCounter(2))), `{"-100":2,"5":1}`)
	wantJSON(t, apply(t, Map[uint64, Counter]{}, Put(^uint64(0), Counter{})), `{"18446744073709551615":0}`)
	wantJSON(t, apply(t, Map[user, Atom[bool]]{}, Put(user("b"), NewAtom(true)), Put(user("a"), NewAtom(false))), `{"a":false,"b":true}`)
	wantJSON(t, apply(t, Map[string, Map[string, Counter]]{}, Put("x", apply(t, tally{}, Put("y", Counter{})))), `{"x":{"y":0}}`)
	wantJSON(t, apply(t, Map[string, Constant[point]]{}, Put("p", NewConstant(point{1, 2}))), `{"p":{"x":1,"y":2}}`)
}

// Equal states have equal bytes, so the bytes have one order. People and programs that write JSON need not keep it.
func TestMapOrderOfKeys(t *testing.T) {
	for encoded, problem := range map[string]string{
		"\x84\x61a\x01\x61b\x02": "",
		"\x84\x61b\x02\x61a\x01": "not in order",
		"\x84\x61a\x01\x61a\x01": "twice",
		"\x83\x61a\x01\x61a":     "no value",
		"\x82\x01\x01":           "expected text string",
	} {
		_, err := aper.Decode[tally]([]byte(encoded))
		if (err == nil) != (problem == "") || err != nil && !strings.Contains(err.Error(), problem) {
			t.Errorf("%x: got %v, want %q", encoded, err, problem)
		}
	}
	s, err := aper.FromJSON[Map[int, Counter]]([]byte(`{"10":1,"9":2,"-1":3}`))
	if err != nil || toJSON(t, s) != `{"-1":3,"9":2,"10":1}` {
		t.Errorf("got %v, %v", s, err)
	}
	if s, err := aper.FromJSON[tally]([]byte(`{"b":1,"a":2,"b":1}`)); err == nil {
		t.Errorf("a key that is there twice is accepted: %v", s)
	}
	if s, err := aper.FromJSON[Map[int, Counter]]([]byte(`{"1":1,"+1":2}`)); err == nil {
		t.Errorf("two spellings of a key are accepted: %v", s)
	}
}

// A large map decodes into the tree that entries in order make.
func TestMapDecodesAnySize(t *testing.T) {
	for n := range 3000 {
		if n > 200 && n%37 > 0 {
			continue
		}
		var s Map[int, Counter]
		for i := range n {
			s = s.With(i*7%(n*7+1), NewCounter(int64(i)))
		}
		back, err := aper.Decode[Map[int, Counter]](encode(t, s))
		if err != nil || back.Len() != n {
			t.Fatalf("%d: %d, %v", n, back.Len(), err)
		}
		if err := back.entries.check(cmp.Compare[int]); err != nil {
			t.Fatalf("%d: %v", n, err)
		}
	}
}

func TestMapTransitions(t *testing.T) {
	var s tally
	sameTransition(t, s.Put("k", NewCounter(1)), Put("k", NewCounter(1)), `{"Put":{"key":"k","value":1}}`)
	sameTransition(t, s.Delete("k"), Delete[string, Counter]("k"), `{"Delete":{"key":"k"}}`)
	sameTransition(t, s.Change("k", Increment(2)), Change("k", Increment(2)), `{"Change":{"key":"k","do":{"Add":{"by":2}}}}`)
	sameTransition(t, Map[int, Counter]{}.Delete(-3), Delete[int, Counter](-3), `{"Delete":{"key":-3}}`)
	if !aper.Equal(MapPut[string, Counter]{"k", NewCounter(1)}, MapPut[string, Counter]{"k", NewCounter(1)}) {
		t.Error("a transition does not equal itself")
	}
}

// Four machines inside each other.
type deep = Map[string, Map[user, Map[int, Map[uint8, Counter]]]]

func TestMapConflictsFourLevelsDeep(t *testing.T) {
	s := apply(t, deep{}, Put("a", Map[user, Map[int, Map[uint8, Counter]]]{}))
	inner := func(do aper.Transition[Map[uint8, Counter]]) aper.Transition[deep] {
		return Change("a", Change(user("bob"), Change(-3, do)))
	}
	refused(t, s, inner(Put(uint8(1), Counter{})), ErrNoKey, "a.bob: no such key")
	s = apply(t, s, Change("a", Put(user("bob"), Map[int, Map[uint8, Counter]]{})))
	s = apply(t, s, Change("a", Change(user("bob"), Put(-3, Map[uint8, Counter]{}))))
	refused(t, s, inner(Delete[uint8, Counter](7)), ErrNoKey, "a.bob.-3.7: no such key")
	s = apply(t, s, inner(Put(uint8(255), NewCounter(1))))
	refused(t, s, inner(Change(uint8(255), Decrement(-1<<63))), ErrOverflow,
		"a.bob.-3.255: the counter cannot hold a number so large")
	next := apply(t, s, inner(Change(uint8(255), Increment(1))))
	wantJSON(t, next, `{"a":{"bob":{"-3":{"255":2}}}}`)
	wantJSON(t, s, `{"a":{"bob":{"-3":{"255":1}}}}`)
	if n := checkDiff(t, s, next); n != 1 {
		t.Errorf("one change is reported as %d", n)
	}
}

func TestMapAllOrNothing(t *testing.T) {
	s := apply(t, tally{}, Put("a", NewCounter(5)), Put("b", NewCounter(0)))
	move := func(n int64) aper.Transition[tally] {
		return aper.All(Change("a", Decrement(n)), Change("b", Increment(n)))
	}
	wantJSON(t, apply(t, s, move(2)), `{"a":3,"b":2}`)
	refused(t, s, aper.All(move(1), Delete[string, Counter]("c")), ErrNoKey, "c: no such key")
	wantJSON(t, s, `{"a":5,"b":0}`)
}

func TestMapRules(t *testing.T) {
	apertest.Check(t, tally{}, Put("a", Counter{}), Put("b", NewCounter(-5)), Put("", NewCounter(1)), Delete[string, Counter]("a"),
		Change("a", Increment(1)), Change("b", SetCounter(1<<60)), aper.All(Put("c", Counter{}), Delete[string, Counter]("a")))
	apertest.Check(t, Map[user, Map[int, Counter]]{}, Put(user("u"), Map[int, Counter]{}), Change(user("u"), Put(-1, Counter{})),
		Change(user("u"), Change(-1, Increment(1))))
}

func TestMapDamage(t *testing.T) {
	damaged(t, apply(t, tally{}, Put("a", NewCounter(500)), Put("b", NewCounter(-5)), Put("\xff", Counter{})))
	damaged(t, apply(t, Map[int, tally]{}, Put(-3, apply(t, tally{}, Put("a", Counter{})))))
}

func TestMapString(t *testing.T) {
	s := apply(t, tally{}, Put("b", NewCounter(2)), Put("a\"", NewCounter(-1)))
	if got := s.String(); got != `{"a\"": -1, "b": 2}` {
		t.Error(got)
	}
	var long Map[int, Atom[string]]
	for i := range 100 {
		long = long.With(i, NewAtom("x"))
	}
	if got := long.String(); !strings.HasSuffix(got, `"15": "x", … 84 more}`) {
		t.Error(got)
	}
}
