package data

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/aper-go/aper"
)

type change struct {
	op, path, from string
	value          any
}

func diffLists(t *testing.T, old, new counters) (changes []change) {
	t.Helper()
	aper.Diff(old, new, func(c aper.Change) bool {
		var coder aper.Coder
		coder.JSONTo(nil)
		c.Code(&coder)
		text, err := coder.Finish()
		if err != nil {
			t.Fatal(err)
		}
		one := change{op: c.Op, path: fmt.Sprint(c.Path), from: c.From}
		if c.Op != "remove" {
			if err := json.Unmarshal(text, &one.value); err != nil {
				t.Fatal(err)
			}
		}
		changes = append(changes, one)
		return true
	})
	return changes
}

func parseList(t *testing.T, s counters) (items []any) {
	t.Helper()
	text, err := aper.ToJSON(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &items); err != nil {
		t.Fatal(err)
	}
	return items
}

// patchList does what RFC 6902 says.
func patchList(t *testing.T, items []any, c change) []any {
	t.Helper()
	var index int
	var rest string
	if n, _ := fmt.Sscanf(c.path, "[%d %s", &index, &rest); n == 0 {
		t.Fatalf("path %s", c.path)
	}
	switch c.op {
	case "add":
		return slices.Insert(items, index, c.value)
	case "remove":
		return slices.Delete(items, index, index+1)
	case "move":
		from, err := strconv.Atoi(c.from)
		if err != nil {
			t.Fatal(err)
		}
		moved := items[from]
		if !reflect.DeepEqual(moved, c.value) {
			t.Fatalf("what is moved is %v, not %v", moved, c.value)
		}
		return slices.Insert(slices.Delete(items, from, from+1), index, moved)
	case "replace":
		if rest != "value]" {
			t.Fatalf("path %s", c.path)
		}
		items[index] = map[string]any{"id": items[index].(map[string]any)["id"], "value": c.value}
		return items
	}
	t.Fatalf("operation %s", c.op)
	return nil
}

func checkListDiff(t *testing.T, old, new counters) []change {
	t.Helper()
	items, changes := parseList(t, old), diffLists(t, old, new)
	for _, c := range changes {
		items = patchList(t, items, c)
	}
	if want := parseList(t, new); !slices.EqualFunc(items, want, func(a, b any) bool { return reflect.DeepEqual(a, b) }) {
		t.Fatalf("from %v\nto   %v\nthe changes %v\nlead to %v", old, new, changes, items)
	}
	return changes
}

func TestListDiffLeadsFromOldToNew(t *testing.T) {
	seed := newRandom(t).Uint64()
	for round := range rounds(uint64(30)) {
		w := newListWalk(seed, round)
		kept := []counters{{}}
		for range 1 + 30*(round%5) {
			if err := w.step(); err != nil {
				t.Fatal(err)
			}
			if w.list.Len() > 0 && w.random.IntN(10) == 0 {
				w.list = w.list.spread()
			}
			kept = append(kept, w.list)
		}
		for range 30 {
			checkListDiff(t, kept[w.random.IntN(len(kept))], kept[w.random.IntN(len(kept))])
			checkListDiff(t, kept[w.random.IntN(len(kept))], decodeList(t, encodeList(t, w.list)))
		}
	}
}

func TestListDiffOfPermutations(t *testing.T) {
	random := newRandom(t)
	for n := range 40 {
		ids := make([]aper.ID, n)
		for i := range ids {
			ids[i] = id(1, uint64(i), 1)
		}
		one := listOf(ids...)
		random.Shuffle(n, func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		checkListDiff(t, one, listOf(ids...))
	}
}

func TestListDiffSaysLittle(t *testing.T) {
	many := many(1000, func(s counters, _ int) int { return s.Len() })
	first, _ := many.At(0)
	last, _ := many.At(999)
	middle, _ := many.At(500)
	do := func(t aper.Transition[counters]) counters {
		after, _ := t.Apply(many, &aper.Meta{Client: 9, ClientSeq: 1})
		return after
	}
	for _, c := range []struct {
		name string
		new  counters
		want []change
	}{
		{"nothing", many, nil},
		{"other labels", many.spread(), nil},
		{"decoded", decodeList(t, encodeList(t, many)), nil},
		{"far move", do(MoveLast[Counter](first)), []change{{op: "move", path: "[999]", from: "0"}}},
		{"far move back", do(MoveFirst[Counter](last)), []change{{op: "move", path: "[0]", from: "999"}}},
		{"move and other labels", do(MoveAfter[Counter](first, middle)).spread(), []change{{op: "move", path: "[500]", from: "0"}}},
		{"change", do(ChangeItem(middle, Increment(1))), []change{{op: "replace", path: "[500 value]"}}},
		{"delete", do(DeleteItem[Counter](middle)), []change{{op: "remove", path: "[500]"}}},
		{"insert", do(InsertAfter(middle, Counter{})), []change{{op: "add", path: "[501]"}}},
	} {
		got := checkListDiff(t, many, c.new)
		for i := range got {
			got[i].value = nil
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestListDiffStops(t *testing.T) {
	one, other := listOf(id(1, 1, 1), id(1, 2, 1), id(1, 3, 1)), listOf(id(1, 3, 1), id(2, 2, 1), id(1, 2, 1))
	all := len(checkListDiff(t, one, other))
	for most := 1; most <= all; most++ {
		visited := 0
		aper.Diff(one, other, func(aper.Change) bool { visited++; return visited < most })
		if visited != most {
			t.Errorf("%d changes after it was to stop at %d", visited, most)
		}
	}
}
