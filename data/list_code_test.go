package data

import (
	"bytes"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
)

func encodeList(t testing.TB, s counters) []byte {
	t.Helper()
	b, err := aper.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decodeList(t testing.TB, b []byte) counters {
	t.Helper()
	s, err := aper.Decode[counters](b)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestListRoundTrip(t *testing.T) {
	seed := newRandom(t).Uint64()
	for round := range uint64(20) {
		w := newListWalk(seed, round)
		for range 10 * round {
			if err := w.step(); err != nil {
				t.Fatal(err)
			}
			w.model.compareReading(t, decodeList(t, encodeList(t, w.list)))
			text, err := aper.ToJSON(w.list)
			if err != nil {
				t.Fatal(err)
			}
			fromText, err := aper.FromJSON[counters](text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			w.model.compareReading(t, fromText)
		}
	}
}

// listOf returns a list of counters 0, 1, 2, … with these IDs.
func listOf(ids ...aper.ID) (s counters) {
	for i, id := range ids {
		s = s.insert(i, id, NewCounter(int64(i)))
	}
	return s
}

func id(client, seq, n uint64) aper.ID {
	return aper.ID{Client: aper.ClientID(client), Seq: aper.ClientSeq(seq), N: n}
}

func TestListEncoding(t *testing.T) {
	const max = 1<<64 - 1
	for _, c := range []struct {
		ids  []aper.ID
		want []byte
	}{
		{nil, array()},
		{[]aper.ID{id(7, 3, 1)}, array(array(7, 3, 1, 0))},
		{[]aper.ID{id(7, 3, 1), id(7, 4, 1), id(7, 5, 1)}, array(array(7, 3, 1, 1, 0, 0, 1, 2))},
		{[]aper.ID{id(7, 5, 1), id(7, 4, 1)}, array(array(7, 5, 1, -1, 0, 0, 1))},
		{[]aper.ID{id(7, 5, 1), id(7, 5, 2)}, array(array(7, 5, 1, 0, 1, 0, 1))},
		{[]aper.ID{id(7, 5, 1), id(8, 5, 1)}, array(array(7, 5, 1, 0), array(8, 5, 1, 1))},
		{[]aper.ID{id(7, 5, 1), id(7, 6, 1), id(7, 8, 1)}, array(array(7, 5, 1, 1, 0, 0, 1), array(7, 8, 1, 2))},
		{[]aper.ID{id(7, max, 1), id(7, 0, 1)}, array(array(7, uint64(max), 1, 1, 0, 0, 1))},
	} {
		if got := encodeList(t, listOf(c.ids...)); !bytes.Equal(got, c.want) {
			t.Errorf("%v: got %x, want %x", c.ids, got, c.want)
		}
		if got := decodeList(t, c.want); !aper.Equal(got, listOf(c.ids...)) {
			t.Errorf("%x became %v", c.want, got)
		}
	}
}

func TestListJSON(t *testing.T) {
	got, err := aper.ToJSON(listOf(id(7, 3, 1), id(8, 1, 2)))
	if want := `[{"id":"7-3-1","value":0},{"id":"8-1-2","value":1}]`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	for _, text := range []string{
		`[{"value":0}]`, `[{"id":"7-3-0","value":0}]`, `[{"id":"7-3-1"},{"id":"7-3-1"}]`, `{}`, `[7]`,
	} {
		if s, err := aper.FromJSON[counters]([]byte(text)); err == nil {
			t.Errorf("%s became %v", text, s)
		}
	}
}

func TestListSchema(t *testing.T) {
	const want = "[ [ uint64 uint64 uint64 int64 int64 int64]] data.List transitions{"
	if got := aper.Schema[counters](); !strings.HasPrefix(got, want) {
		t.Errorf("got %s", got)
	}
}

// array writes an array; ints write theirs.
func array(items ...any) []byte {
	b := cbor.AppendArray(nil, len(items))
	for _, item := range items {
		switch x := item.(type) {
		case int:
			b = cbor.AppendInt(b, int64(x))
		case uint64:
			b = cbor.AppendUint(b, x)
		case []byte:
			b = append(b, x...)
		}
	}
	return b
}

func TestListHasOneSpelling(t *testing.T) {
	for name, b := range map[string][]byte{
		"a run that another continues":     array(array(7, 3, 1, 1, 0, 0, 0), array(7, 5, 1, 0)),
		"two items of one client apart":    array(array(7, 3, 1, 0), array(7, 9, 1, 0)),
		"an empty run":                     array(array(7, 3, 1)),
		"an empty run with steps":          array(array(7, 3, 1, 1, 0)),
		"a run of one with steps":          array(array(7, 3, 1, 1, 0, 0)),
		"an empty array as a run":          array(array()),
		"the same item twice in a run":     array(array(7, 3, 1, 0, 0, 0, 0)),
		"the same item in two runs":        array(array(7, 3, 1, 0), array(8, 3, 1, 0), array(7, 3, 1, 0)),
		"no N":                             array(array(7, 3, 0, 0)),
		"no N later":                       array(array(7, 3, 1, 0, -1, 0, 0)),
		"more items than bytes":            {0x81, 0x9b, 0, 0, 0, 1, 0, 0, 0, 0, 7, 3, 1},
		"more runs than bytes":             {0x9b, 0, 0, 0, 1, 0, 0, 0, 0},
		"something else":                   array(7),
		"a run that begins as another did": array(array(7, 3, 1, 1, 0, 0, 0), array(7, 4, 1, 1, 0, 0, 0)),
	} {
		if s, err := aper.Decode[counters](b); err == nil {
			t.Errorf("%s became %v", name, s)
		}
	}
}

func TestListTransitionsRoundTrip(t *testing.T) {
	var s counters
	a, b, c := id(7, 3, 1), id(7, 4, 1), id(8, 1, 2)
	v := NewCounter(5)
	for _, pair := range [][2]aper.Transition[counters]{
		{s.Append(v), Append(v)},
		{s.Prepend(v), Prepend(v)},
		{s.InsertAfter(a, v), InsertAfter(a, v)},
		{s.InsertBefore(a, v), InsertBefore(a, v)},
		{s.InsertBetween(a, b, v), InsertBetween(a, b, v)},
		{s.Delete(a), DeleteItem[Counter](a)},
		{s.Change(a, Increment(2)), ChangeItem(a, Increment(2))},
		{s.MoveFirst(a), MoveFirst[Counter](a)},
		{s.MoveLast(a), MoveLast[Counter](a)},
		{s.MoveAfter(a, b), MoveAfter[Counter](a, b)},
		{s.MoveBefore(a, b), MoveBefore[Counter](a, b)},
		{s.MoveBetween(a, b, c), MoveBetween[Counter](a, b, c)},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%#v and %#v differ", pair[0], pair[1])
		}
		var coder aper.Coder
		coder.EncodeTo(nil)
		aper.CodeTransition(&coder, pair[0])
		encoded, err := coder.Finish()
		if err != nil {
			t.Fatal(err)
		}
		coder.DecodeFrom(encoded)
		if got := aper.CodeTransition[counters](&coder, nil); got != pair[0] {
			t.Errorf("%#v became %#v", pair[0], got)
		}
		coder.JSONTo(nil)
		aper.CodeTransition(&coder, pair[0])
		text, err := coder.Finish()
		if err != nil {
			t.Fatal(err)
		}
		coder.JSONFrom(text)
		if got := aper.CodeTransition[counters](&coder, nil); got != pair[0] {
			t.Errorf("%s became %#v", text, got)
		}
	}
	var coder aper.Coder
	coder.EncodeTo(nil)
	aper.CodeTransition(&coder, Append(v))
	if encoded, _ := coder.Finish(); !bytes.Equal(encoded, array(1, 5)) {
		t.Errorf("an append is %x", encoded)
	}
}

func FuzzListDecode(f *testing.F) {
	f.Add(encodeList(f, listOf()))
	f.Add(encodeList(f, listOf(id(7, 3, 1), id(7, 4, 1), id(8, 1, 1), id(7, 9, 2), id(7, 9, 1))))
	f.Add(array(array(7, 3, 1, 1, 0, 0, 0), array(7, 5, 1, 0)))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := aper.Decode[counters](b)
		if err != nil {
			return
		}
		if err := s.check(); err != nil {
			t.Fatal(err)
		}
		if again := encodeList(t, s); !bytes.Equal(again, b) {
			t.Fatalf("%x is encoded as %x", b, again)
		}
	})
}

func TestListRefusesDamage(t *testing.T) {
	good := encodeList(t, listOf(id(7, 3, 1), id(7, 4, 1), id(8, 1, 1), id(7, 9, 2), id(7, 9, 1)))
	for i := range good {
		if s, err := aper.Decode[counters](good[:i]); err == nil {
			t.Errorf("the first %d bytes became %v", i, s)
		}
		for b := range 256 {
			damaged := bytes.Clone(good)
			damaged[i] = byte(b)
			if s, err := aper.Decode[counters](damaged); err == nil && !bytes.Equal(encodeList(t, s), damaged) {
				t.Errorf("%x has another encoding, %x", damaged, encodeList(t, s))
			}
		}
	}
}

// many returns a list after n inserts.
func many(n int, where func(s counters, i int) int) (s counters) {
	for i := range n {
		s = s.insert(where(s, i), id(7, uint64(1+i), 1), Counter{})
	}
	return s
}

type spotOf struct {
	name  string
	where func(s counters, i int) int
}

var spots = []spotOf{
	{"append", func(s counters, _ int) int { return s.Len() }},
	{"prepend", func(counters, int) int { return 0 }},
	{"after one item", func(s counters, _ int) int { return min(1, s.Len()) }},
	{"before one item", func(s counters, _ int) int { return max(0, s.Len()-1) }},
	{"both ends in turn", func(s counters, i int) int { return i % 2 * s.Len() }},
	{"two ends of a gap in turn", func(s counters, i int) int { return s.Len() / 2 }},
}

func TestListEncodingIsShort(t *testing.T) {
	const most = 4.0
	n := rounds(10_000)
	for _, spot := range spots[:3] {
		encoded := encodeList(t, many(n, spot.where))
		beyond := float64(len(encoded)-n) / float64(n) // a value is one byte
		t.Logf("%s: %.4f bytes per item beyond the value", spot.name, beyond)
		if beyond > most {
			t.Errorf("%s: %.2f bytes per item beyond the value", spot.name, beyond)
		}
	}
}
