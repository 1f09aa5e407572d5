package data

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
)

func TestSetAgainstAGoMap(t *testing.T) {
	r := newRandom(t)
	for round := range 20 {
		var s Set[int]
		model := map[int]bool{}
		var kept history[Set[int]]
		for range 300 {
			k := r.IntN(1 + 20<<(round%5))
			if r.IntN(3) == 0 {
				delete(model, k)
				s = apply(t, s, s.Remove(k))
			} else {
				model[k] = true
				s = apply(t, s, s.Add(k))
			}
			if err := s.keys.check(cmp.Compare[int]); err != nil {
				t.Fatal(err)
			}
			if s.Has(k) != model[k] || s.Len() != len(model) {
				t.Fatalf("%d: Has is %v, Len is %d, want %d", k, s.Has(k), s.Len(), len(model))
			}
			if r.IntN(15) == 0 {
				kept.keep(t, s)
				compareSet(t, s, model)
			}
		}
		kept.keep(t, s)
		kept.check(t, r)
	}
}

func compareSet(t *testing.T, s Set[int], model map[int]bool) {
	t.Helper()
	keys := slices.Sorted(maps.Keys(model))
	if got := slices.Collect(s.All()); !slices.Equal(got, keys) {
		t.Fatalf("got %v, want %v", got, keys)
	}
	for i, k := range keys {
		if got := slices.Collect(s.From(k)); !slices.Equal(got, keys[i:]) {
			t.Fatalf("from %d there are %v, want %v", k, got, keys[i:])
		}
	}
	if got := NewSet(keys...); !aper.Equal(got, s) {
		t.Fatalf("NewSet returns %v", got)
	}
}

func TestSetCoding(t *testing.T) {
	wantJSON(t, Set[string]{}, `[]`)
	wantJSON(t, NewSet("b", "a", "b"), `["a","b"]`)
	wantJSON(t, NewSet(user("x")), `["x"]`)
	wantJSON(t, NewSet[int64](-1, 1<<60), `[-1,"1152921504606846976"]`)
	for _, encoded := range []string{"\x82\x61b\x61a", "\x82\x61a\x61a", "\x81\x01", "\x81"} {
		if s, err := aper.Decode[Set[string]]([]byte(encoded)); err == nil {
			t.Errorf("%x is accepted as %v", encoded, s)
		}
	}
	s, err := aper.FromJSON[Set[string]]([]byte(`["b","a"]`))
	if err != nil || !aper.Equal(s, NewSet("a", "b")) {
		t.Errorf("got %v, %v", s, err)
	}
	if s, err := aper.FromJSON[Set[string]]([]byte(`["a","a"]`)); err == nil {
		t.Errorf("a key that is there twice is accepted: %v", s)
	}
	damaged(t, NewSet("a", "b", "\xff"))
}

func TestSetTransitions(t *testing.T) {
	var s Set[string]
	sameTransition(t, s.Add("k"), Add("k"), `{"Add":{"key":"k"}}`)
	sameTransition(t, s.Remove("k"), Remove("k"), `{"Remove":{"key":"k"}}`)
	apertest.Check(t, s, Add("a"), Add(""), Add("c"), Remove("a"), Remove("none"), aper.All(Add("x"), Remove("c")))
}
