package data

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
)

// changesOf collects what leads from one text to another, and sees that it does.
func changesOf(t testing.TB, old, new Text) (edits []TextEdit) {
	t.Helper()
	runes := []rune(old.String())
	for e := range new.Changes(old) {
		if e.At < 0 || e.Delete < 0 || e.At+e.Delete > len(runes) || e.Delete == 0 && e.Insert == "" {
			t.Fatalf("%v is no edit of %d characters", e, len(runes))
		}
		runes = slices.Replace(runes, e.At, e.At+e.Delete, []rune(e.Insert)...)
		edits = append(edits, e)
	}
	if string(runes) != new.String() {
		t.Fatalf("%v lead to %.200q, want %.200q", edits, string(runes), new)
	}
	return edits
}

func TestTextChangesAreWhatWasDone(t *testing.T) {
	long := NewText(strings.Repeat("A line of text, as there are many é🙂.\n", 2000))
	for _, c := range []struct {
		old   Text
		edits []TextEdit
	}{
		{NewText(""), []TextEdit{{0, 0, "abc"}}},
		{NewText("abc"), []TextEdit{{0, 3, ""}}},
		{NewText("abc"), []TextEdit{{1, 1, "X"}}},
		{NewText("aé🙂b"), []TextEdit{{1, 1, "è"}}}, // whose first byte is the same
		{NewText("a🙂b"), []TextEdit{{1, 1, "🙃"}}},  // whose first bytes are the same
		{NewText("aéb"), []TextEdit{{1, 1, "©"}}},  // whose last byte is the same
		{long, []TextEdit{{40_000, 5, "other"}}},
		{long, []TextEdit{{0, 0, "X"}, {100, 1, ""}, {300, 0, "Y"}}}, // in one span or two
		{long, []TextEdit{{7, 0, "X"}, {35_000, 300, "Y"}, {75_000, 0, "Z"}}},
	} {
		next := apply(t, c.old, EditText(c.edits...))
		if got := changesOf(t, c.old, next); !slices.Equal(got, c.edits) && !strings.Contains(c.old.String(), "line") {
			t.Errorf("%v became %v", c.edits, got)
		} else if len(got) != len(c.edits) {
			t.Errorf("%v became %v", c.edits, got)
		}
	}
}

// Between any two versions of a text, also of a large one and in the opposite direction, and when it was decoded meanwhile.
func TestTextChangesLeadFromAnyVersionToAnyOther(t *testing.T) {
	random := newRandom(t)
	for _, size := range []int{0, 100, 10_000, 100_000} {
		versions := []Text{NewText(strings.Repeat("0123456789", size/10))}
		for seq := range 60 {
			s := versions[len(versions)-1]
			e := TextEdit{At: random.IntN(s.Len() + 1), Insert: strings.Repeat("é🙂ab", random.IntN(3)*random.IntN(2000)/100)}
			if random.IntN(2) == 0 {
				e.Delete = random.IntN(min(s.Len()-e.At, 2000) + 1)
			}
			next, err := EditText(e).Apply(s, &aper.Meta{Seq: aper.Seq(seq + 1), Client: 1, Base: aper.Seq(seq)})
			if err != nil {
				t.Fatal(err)
			}
			versions = append(versions, next)
		}
		for range 200 {
			changesOf(t, versions[random.IntN(len(versions))], versions[random.IntN(len(versions))])
		}
		again, err := aper.Decode[Text](encode(t, versions[60]))
		if err != nil {
			t.Fatal(err)
		}
		changesOf(t, versions[30], again)
		changesOf(t, again, versions[60])
	}
}

// One edit of a megabyte is found without reading the megabyte.
func TestTextChangesCostWhatDiffers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var b strings.Builder
	for b.Len() < 1<<20 {
		b.WriteByte(byte('a' + random.IntN(26)))
	}
	old := NewText(b.String())
	next := apply(t, old, InsertText(600_000, "X"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	edits := changesOfOnly(next, old)
	runtime.ReadMemStats(&after)
	if want := (TextEdit{600_000, 0, "X"}); len(edits) != 1 || edits[0] != want {
		t.Errorf("got %v", edits)
	}
	if cost := after.TotalAlloc - before.TotalAlloc; cost > 32<<10 {
		t.Errorf("it took %d bytes", cost)
	} else {
		t.Logf("it took %d bytes", cost)
	}
}

func changesOfOnly(new, old Text) (edits []TextEdit) {
	for e := range new.Changes(old) {
		edits = append(edits, e)
	}
	return edits
}

func TestTextChangesStopWhenAsked(t *testing.T) {
	old := NewText(strings.Repeat("0123456789", 10_000))
	next := apply(t, old, EditText(TextEdit{At: 5, Insert: "X"}, TextEdit{At: 300, Insert: "X"}, TextEdit{At: 50_000, Insert: "X"}))
	seen := 0
	for range next.Changes(old) {
		seen++
		break
	}
	if seen != 1 {
		t.Errorf("visited %d", seen)
	}
	for range next.Changes(next) {
		t.Error("a text differs from itself")
	}
}

func BenchmarkTextChanges(b *testing.B) {
	old := NewText(strings.Repeat("0123456789", 100_000))
	next := apply(b, old, InsertText(600_000, "X"))
	b.ReportAllocs()
	for b.Loop() {
		for range next.Changes(old) {
		}
	}
}
