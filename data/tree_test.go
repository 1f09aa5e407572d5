package data

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// check reports what is wrong inside a tree.
func (t tree[K, V]) check(compare order[K]) error {
	if t.root == nil {
		return nil
	}
	_, err := t.root.check(compare, true)
	return err
}

func (n *node[K, V]) check(compare order[K], isRoot bool) (height int, err error) {
	switch {
	case n.width() > maxWidth:
		return 0, fmt.Errorf("a node has %d items", n.width())
	case n.width() < minWidth && !isRoot, n.width() == 0, isRoot && len(n.kids) == 1:
		return 0, fmt.Errorf("a node has only %d items", n.width())
	case n.kids != nil && n.entries != nil:
		return 0, fmt.Errorf("a node has kids and entries")
	}
	for i := 1; i < len(n.entries); i++ {
		if compare(n.entries[i-1].key, n.entries[i].key) >= 0 {
			return 0, fmt.Errorf("keys are out of order: %v, %v", n.entries[i-1].key, n.entries[i].key)
		}
	}
	for i := range n.kids {
		kid := &n.kids[i]
		below, err := kid.node.check(compare, false)
		switch {
		case err != nil:
			return 0, err
		case i > 0 && below+1 != height:
			return 0, fmt.Errorf("leaves at different depths")
		case kid.size != kid.node.size() || compare(kid.low, kid.node.low()) != 0:
			return 0, fmt.Errorf("a kid says size %d and low %v, and has %d and %v", kid.size, kid.low, kid.node.size(), kid.node.low())
		case i > 0 && compare(n.kids[i-1].low, kid.low) >= 0:
			return 0, fmt.Errorf("kids are out of order")
		}
		height = below + 1
	}
	return height, nil
}

// A version is a tree together with what must be in it, to see that later changes do not touch it.
type version struct {
	tree tree[int, int]
	want map[int]int
}

func TestTreeAgainstAGoMap(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for round := range rounds(uint64(24)) {
		random := rand.New(rand.NewPCG(seed, round))
		keys := 1 + random.IntN(2000)
		now := version{want: map[int]int{}}
		var kept []version
		for step := range 1500 {
			k := random.IntN(keys)
			before := now
			now.want = maps.Clone(now.want)
			if random.IntN(3) == 0 || round%3 == 0 && step > 700 {
				_, there := now.want[k]
				delete(now.want, k)
				after, found := now.tree.delete(k, cmp.Compare[int])
				if now.tree = after; found != there {
					t.Fatalf("delete(%d) = %v, want %v", k, found, there)
				}
			} else {
				now.want[k] = step
				now.tree = now.tree.put(k, step, cmp.Compare[int])
			}
			if err := now.tree.check(cmp.Compare[int]); err != nil {
				t.Fatalf("round %d, step %d: %v", round, step, err)
			}
			if random.IntN(50) == 0 {
				kept = append(kept, before, now)
			}
		}
		for i, v := range kept {
			compareTree(t, v)
			compareDiff(t, kept[random.IntN(i+1)], v)
		}
	}
}

func compareTree(t *testing.T, v version) {
	t.Helper()
	if got := maps.Collect(v.tree.all); !maps.Equal(got, v.want) {
		t.Fatalf("got %v, want %v", got, v.want)
	}
	sorted := slices.Sorted(maps.Keys(v.want))
	if v.tree.len() != len(sorted) {
		t.Fatalf("len is %d, want %d", v.tree.len(), len(sorted))
	}
	for i, k := range sorted {
		if value, ok := v.tree.get(k, cmp.Compare[int]); !ok || value != v.want[k] {
			t.Fatalf("get(%d) = %d, %v", k, value, ok)
		}
		if key, value := v.tree.at(i); key != k || value != v.want[k] {
			t.Fatalf("at(%d) = %d, %d", i, key, value)
		}
		if rank := v.tree.rank(k, cmp.Compare[int]); rank != i {
			t.Fatalf("rank(%d) = %d, want %d", k, rank, i)
		}
	}
	if len(sorted) > 0 {
		from := sorted[len(sorted)/2] - 1
		var got []int
		v.tree.from(from, cmp.Compare[int], func(k, _ int) bool { got = append(got, k); return true })
		if want := sorted[v.tree.rank(from, cmp.Compare[int]):]; !slices.Equal(got, want) {
			t.Fatalf("from(%d) = %v, want %v", from, got, want)
		}
	}
	var entries []entry[int, int]
	for k, value := range v.tree.all {
		entries = append(entries, entry[int, int]{k, value})
	}
	built := build(entries)
	if err := built.check(cmp.Compare[int]); err != nil {
		t.Fatalf("built: %v", err)
	}
	if !maps.Equal(maps.Collect(built.all), v.want) {
		t.Fatal("what was built has other entries")
	}
}

func compareDiff(t *testing.T, old, now version) {
	t.Helper()
	got := maps.Clone(old.want)
	last := -1
	now.tree.diff(old.tree, cmp.Compare[int], func(k int, was, is *int) bool {
		if k <= last {
			t.Fatalf("diff visits %d after %d", k, last)
		}
		last = k
		if value, ok := old.want[k]; ok != (was != nil) || ok && value != *was {
			t.Fatalf("diff says that %d was %v", k, was)
		}
		if delete(got, k); is != nil {
			got[k] = *is
		}
		return true
	})
	if !maps.Equal(got, now.want) {
		t.Fatalf("the difference leads to %v, want %v", got, now.want)
	}
}

// The cost of a difference is that of the change.
func TestTreeDiffSkipsWhatIsShared(t *testing.T) {
	var tr tree[int, int]
	for i := range 100_000 {
		tr = tr.put(i, i, cmp.Compare[int])
	}
	changed := tr.put(50_000, -1, cmp.Compare[int])
	changed, _ = changed.delete(7, cmp.Compare[int])
	visited := 0
	changed.diff(tr, cmp.Compare[int], func(int, *int, *int) bool { visited++; return true })
	if visited > 4*maxWidth {
		t.Errorf("two changes made it visit %d entries", visited)
	}
}
