package data

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
)

// Who edits in these tests.
const (
	ann aper.ClientID = iota + 1
	bob
	cy
)

// A desk is where several people edit one text. Each sees what had been accepted when he looked last, and what he did since.
// The model does all edits, too.
type desk struct {
	t      *testing.T
	text   Text
	model  naiveText
	seq    aper.Seq
	looked [4]aper.Seq
	number aper.ClientSeq
}

func newDesk(t *testing.T, text string) *desk {
	d := &desk{t: t, text: NewText(text)}
	for _, r := range text {
		d.model = append(d.model, naiveCharacter{char: r, client: nobody})
	}
	return d
}

// look shows somebody what everybody has done.
func (d *desk) look(clients ...aper.ClientID) {
	for _, c := range clients {
		d.looked[c] = d.seq
	}
}

// meta is that of the next transition of somebody.
func (d *desk) meta(client aper.ClientID) *aper.Meta {
	d.number++
	return &aper.Meta{Seq: d.seq + 1, Client: client, ClientSeq: d.number, Base: d.looked[client]}
}

// does accepts what somebody does.
func (d *desk) does(client aper.ClientID, transitions ...aper.Transition[Text]) {
	d.t.Helper()
	for _, do := range transitions {
		next, err := do.Apply(d.text, d.meta(client))
		if err != nil {
			d.t.Fatalf("%#v: %v", do, err)
		}
		d.seq++
		edits, _ := editsOf(do)
		for _, e := range edits {
			d.model = d.model.edit(perspective{d.looked[client], client}, d.seq, e)
		}
		d.text = next
		if err := d.text.check(); err != nil || d.text.String() != d.model.String() {
			d.t.Fatalf("after %#v the text is %q, want %q, %v", do, d.text, d.model, err)
		}
	}
}

func (d *desk) want(text string) {
	d.t.Helper()
	if got := d.text.String(); got != text {
		d.t.Errorf("the text is %q, want %q", got, text)
	}
}

// sees returns what somebody sees.
func (d *desk) sees(client aper.ClientID) (view []rune) {
	for _, i := range d.model.visible(perspective{d.looked[client], client}) {
		view = append(view, d.model[i].char)
	}
	return view
}

// busy lets somebody do something at random, with characters of which there is only one.
func (d *desk) busy(random *rand.Rand, client aper.ClientID) aper.Transition[Text] {
	length := len(d.sees(client))
	e := TextEdit{At: random.IntN(length + 1)}
	if random.IntN(3) == 0 {
		e.Delete = random.IntN(min(length-e.At, 5) + 1)
	}
	for range random.IntN(4) {
		d.number++
		e.Insert += string(rune(0x4E00 + d.number))
	}
	return EditText(e)
}

func TestTextTypedAtTwoPlacesStaysAtItsPlaces(t *testing.T) {
	d := newDesk(t, "The cat sleeps.")
	d.does(ann, InsertText(4, "old "))
	d.does(bob, InsertText(14, " well"))
	d.does(ann, InsertText(8, "grey "))
	d.does(bob, InsertText(0, "Look! "))
	d.want("Look! The old grey cat sleeps well.")
}

func TestTextTypedForwardsAtOnePlaceStaysWhole(t *testing.T) {
	d := newDesk(t, "()")
	for i := range 3 {
		d.does(ann, InsertText(1+i, "abc"[i:i+1]))
		d.does(bob, InsertText(1+i, "xyz"[i:i+1]))
	}
	d.want("(xyzabc)") // Bob began last
}

func TestTextTypedBackwardsAtOnePlaceStaysWhole(t *testing.T) {
	d := newDesk(t, "()")
	for i := range 3 {
		d.does(ann, InsertText(1, "cba"[i:i+1]))
		d.does(bob, InsertText(1, "zyx"[i:i+1]))
	}
	d.want("(xyzabc)")
}

func TestTextTypedForwardsAndBackwardsAtOnePlaceStaysWhole(t *testing.T) {
	d := newDesk(t, "()")
	for i := range 3 {
		d.does(ann, InsertText(1+i, "abc"[i:i+1]))
		d.does(bob, InsertText(1, "zyx"[i:i+1]))
	}
	d.want("(xyzabc)")
}

// Any number of people, each in any direction, accepted in any order, at the beginning, in the middle and at the end.
func TestTextOfThreeAtOnePlaceStaysWhole(t *testing.T) {
	random := newRandom(t)
	words := [...]string{ann: "abcdef", bob: "ghijkl", cy: "mnopqr"}
	for range 500 {
		text := []string{"", "()"}[random.IntN(2)]
		d, place := newDesk(t, text), random.IntN(len(text)+1)
		var typed [4]int
		backwards := [4]bool{ann: random.IntN(2) == 0, bob: random.IntN(2) == 0, cy: random.IntN(2) == 0}
		for range 3 * 6 {
			who := ann + aper.ClientID(random.IntN(3))
			for typed[who] == 6 {
				who = who%3 + 1
			}
			if i := typed[who]; backwards[who] {
				d.does(who, InsertText(place, words[who][5-i:6-i]))
			} else {
				d.does(who, InsertText(place+i, words[who][i:i+1]))
			}
			typed[who]++
		}
		for _, word := range words[ann:] {
			if !strings.Contains(d.text.String(), word) {
				t.Fatalf("%q is torn in %q", word, d.text)
			}
		}
	}
}

func TestTextTypedIntoWhatIsDeletedSurvives(t *testing.T) {
	d := newDesk(t, "abcdef")
	d.does(bob, InsertText(3, "XY"))
	d.does(ann, DeleteText(1, 4))
	d.want("aXYf")

	d = newDesk(t, "abcdef") // and the other way round
	d.does(ann, DeleteText(1, 4))
	d.does(bob, InsertText(3, "X"))
	d.does(bob, InsertText(4, "Y"))
	d.want("aXYf")
}

// What others typed right before or behind what somebody deletes survives, too; what he saw of it does not.
func TestTextDeletionTakesWhatItsAuthorSaw(t *testing.T) {
	d := newDesk(t, "abc")
	d.does(bob, InsertText(1, "X"))
	d.look(ann)
	d.does(bob, InsertText(2, "Y"))
	d.does(ann, DeleteText(1, 2)) // Xb
	d.want("aYc")
}

func TestTextTwoDeleteOverlappingRanges(t *testing.T) {
	d := newDesk(t, "abcdef")
	d.does(ann, DeleteText(1, 3))
	d.does(bob, DeleteText(2, 3))
	d.want("af")
	d.does(bob, InsertText(2, "X")) // he sees "abf"
	d.does(bob, DeleteText(3, 1))   // and "abXf", since what both deleted is gone for him as well
	d.want("aX")
}

func TestTextTwoReplaceOneWord(t *testing.T) {
	d := newDesk(t, "my cat!")
	d.does(ann, EditText(TextEdit{3, 3, "dog"}))
	d.does(bob, EditText(TextEdit{3, 3, "cow"}))
	d.want("my cowdog!")
}

func TestTextOwnEditsInFlightDefinePositions(t *testing.T) {
	d := newDesk(t, "")
	d.does(ann, InsertText(0, "hello"))
	d.does(bob, InsertText(0, ">> "))
	d.does(ann, InsertText(5, " world"), DeleteText(0, 1), InsertText(0, "H"))
	d.want(">> Hello world")
}

func TestTextEditsInOneTransitionAreAllOrNothing(t *testing.T) {
	d := newDesk(t, "abc")
	d.does(ann, EditText(TextEdit{At: 0, Insert: "X"}, TextEdit{At: 4, Insert: "Y"}, TextEdit{At: 1, Delete: 1}))
	d.want("XbcY")
	before := d.text
	next, err := EditText(TextEdit{At: 0, Insert: "Z"}, TextEdit{At: 9, Insert: "Z"}).Apply(d.text, d.meta(ann))
	if !errors.Is(err, ErrRange) || !aper.Equal(next, before) || !aper.Equal(d.text, before) {
		t.Errorf("got %q, %v", next, err)
	}
}

func TestTextConflicts(t *testing.T) {
	s := NewText("aé🙂")
	many := make([]TextEdit, MaxEdits+1)
	for name, c := range map[string]struct {
		do   aper.Transition[Text]
		want error
	}{
		"before the beginning":  {InsertText(-1, "x"), ErrRange},
		"beyond the end":        {InsertText(4, "x"), ErrRange},
		"deleting beyond it":    {DeleteText(2, 2), ErrRange},
		"deleting less":         {DeleteText(2, -1), ErrRange},
		"deleting so much":      {DeleteText(2, 1<<63-1), ErrRange},
		"what is not UTF-8":     {InsertText(0, "\xff"), ErrNotText},
		"a surrogate":           {InsertText(0, "\xed\xa0\x80"), ErrNotText},
		"too many edits":        {EditText(many...), ErrManyEdits},
		"an anchor beyond it":   {AddAnchor(4, StickLeft), ErrRange},
		"an anchor before it":   {AddAnchor(-1, StickRight), ErrRange},
		"an anchor that is not": {RemoveAnchor(aper.ID{Client: 1, Seq: 1, N: 1}), ErrNoAnchor},
	} {
		if next, err := c.do.Apply(s, &aper.Meta{}); !errors.Is(err, c.want) || next.String() != "aé🙂" {
			t.Errorf("%s: %q, %v, want %v", name, next, err, c.want)
		}
	}
	if next, err := EditText(many[1:]...).Apply(s, &aper.Meta{}); err != nil || next.String() != s.String() {
		t.Errorf("as many edits as are allowed: %v", err)
	}
}

func TestTextCannotGrowForEver(t *testing.T) {
	s := NewText(strings.Repeat("x", MaxText-1))
	if _, err := InsertText(7, "é").Apply(s, &aper.Meta{}); !errors.Is(err, ErrTextFull) {
		t.Errorf("a byte too many: %v", err)
	}
	next, err := InsertText(7, "e").Apply(s, &aper.Meta{})
	if err != nil || next.Bytes() != MaxText {
		t.Errorf("as many as are allowed: %v, %d", err, next.Bytes())
	}
}

// A text remembers a while beyond the floor. Then nobody knows what a position meant.
func TestTextBehindTheWindowIsStale(t *testing.T) {
	s := apply(t, NewText("abc"))
	s, err := InsertText(0, "X").Apply(s, &aper.Meta{Seq: 3001, Client: bob, Base: 3000, Floor: 3000})
	if err != nil {
		t.Fatal(err)
	}
	meta := aper.Meta{Seq: 3002, Client: ann, Base: 3000 - remembered - 1, Floor: 3000}
	for _, do := range []aper.Transition[Text]{InsertText(1, "Y"), AddAnchor(1, StickLeft)} {
		if _, err := do.Apply(s, &meta); !errors.Is(err, ErrStale) {
			t.Errorf("older than what is remembered: %v", err)
		}
	}
	if _, ok := s.Locate(1, meta.Base, ann); ok {
		t.Error("a cursor was found that is older than what is remembered")
	}
	meta.Base++
	next, err := InsertText(1, "Y").Apply(s, &meta)
	if err != nil || next.String() != "XaYbc" {
		t.Errorf("as old as what is remembered: %q, %v", next, err)
	}
}

func TestTextEditOnTopOfWhatWasRejectedIsLost(t *testing.T) {
	for _, do := range []aper.Transition[Text]{InsertText(0, "x"), DeleteText(0, 1), EditText(), AddAnchor(0, StickLeft)} {
		if _, err := do.Apply(NewText("abc"), &aper.Meta{Lost: true}); !errors.Is(err, ErrLost) {
			t.Errorf("%#v: %v, want ErrLost", do, err)
		}
	}
}

// What a stale edit was to insert goes to its author with the error, through containers and groups, too.
func TestTextStaleErrorHasWhatWasTyped(t *testing.T) {
	s, err := InsertText(0, "X").Apply(NewText("abc"), &aper.Meta{Seq: 3001, Client: bob, Base: 3000, Floor: 3000})
	if err != nil {
		t.Fatal(err)
	}
	typed := TextEdit{1, 1, "long and dear"}
	all := Map[string, Text]{}.With("essay", s)
	_, err = Reanchor(all, aper.All(Change("essay", EditText(typed))), &aper.Meta{Client: ann, Base: 5}, 3001)
	var stale *StaleTextError
	if _, lost := Reanchor(s, EditText(typed), &aper.Meta{Lost: true, Base: 3001}, 3001); !errors.As(lost, &stale) || !errors.Is(lost, ErrLost) {
		t.Errorf("lost: got %v", lost)
	}
	if !errors.As(err, &stale) || !slices.Equal(stale.Edits, []TextEdit{typed}) || !errors.Is(err, ErrStale) {
		t.Errorf("got %v", err)
	}
	if want := "essay: " + ErrStale.Error(); err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

// What a replica restates has the result that the original would have had, one after the other for all that is in flight.
func TestTextReanchorMeansTheSame(t *testing.T) {
	random := newRandom(t)
	for range 300 {
		d := newDesk(t, "some text to begin with")
		for range random.IntN(20) {
			who := ann + aper.ClientID(random.IntN(3))
			if random.IntN(4) == 0 {
				d.look(who)
			}
			d.does(who, d.busy(random, who))
		}
		confirmed, head := d.text, d.seq
		var again []aper.Transition[Text]
		optimistic := confirmed
		for range 1 + random.IntN(3) {
			do := d.busy(random, ann)
			made := aper.Meta{Client: ann, Base: d.looked[ann]}
			restated, err := optimistic.Reanchor(do, &made, head)
			if err != nil {
				t.Fatal(err)
			}
			if optimistic, err = do.Apply(optimistic, &made); err != nil {
				t.Fatal(err)
			}
			again = append(again, restated)
			d.does(ann, do)
		}
		d.want(optimistic.String())
		for i, do := range again {
			var err error
			if confirmed, err = do.Apply(confirmed, &aper.Meta{Seq: head + 1 + aper.Seq(i), Client: ann, Base: head}); err != nil {
				t.Fatal(err)
			}
		}
		d.want(confirmed.String())
	}
}

// A text keeps its promises as a value in other containers, where a group is restated member by member.
func TestTextInContainers(t *testing.T) {
	id := aper.ID{Client: cy, Seq: 1, N: 1}
	byKey := Map[string, Text]{}.With("a", NewText("abc"))
	byID, err := Append(NewText("abc")).Apply(List[Text]{}, &aper.Meta{Client: cy, ClientSeq: 1})
	if err != nil {
		t.Fatal(err)
	}
	before := aper.Meta{Seq: 2, Client: bob, Base: 1}
	old := aper.Meta{Client: ann, Base: 1}
	first, second := InsertText(3, "X"), InsertText(4, "Y")

	m, err := Change("a", InsertText(0, ">> ")).Apply(byKey, &before)
	if err != nil {
		t.Fatal(err)
	}
	group, err := Reanchor(m, aper.All(Change("a", first), Change("a", second)), &old, 2)
	if err != nil {
		t.Fatal(err)
	}
	m, err = group.Apply(m, &aper.Meta{Seq: 3, Client: ann, Base: 2})
	if text, _ := m.Get("a"); err != nil || text.String() != ">> abcXY" {
		t.Errorf("in a map: %q, %v", text, err)
	}

	l, err := ChangeItem(id, InsertText(0, ">> ")).Apply(byID, &before)
	if err != nil {
		t.Fatal(err)
	}
	list, err := Reanchor(l, aper.All(ChangeItem(id, first), ChangeItem(id, second)), &old, 2)
	if err != nil {
		t.Fatal(err)
	}
	l, err = list.Apply(l, &aper.Meta{Seq: 3, Client: ann, Base: 2})
	if text, _ := l.Get(id); err != nil || text.String() != ">> abcXY" {
		t.Errorf("in a list: %q, %v", text, err)
	}
	if !byKey.Anchors() || !byID.Anchors() || (Map[string, Counter]{}).Anchors() {
		t.Error("a container is to be anchored when what it holds is")
	}
}

// Old versions stay as they were, whatever comes after, and differ by what leads from one to the other.
func TestTextVersionsStay(t *testing.T) {
	random := newRandom(t)
	d := newDesk(t, "a beginning")
	var versions []Text
	var strings []string
	for range 200 {
		who := ann + aper.ClientID(random.IntN(3))
		d.look(who)
		d.does(who, d.busy(random, who))
		versions, strings = append(versions, d.text), append(strings, d.text.String())
	}
	for i, v := range versions {
		if v.String() != strings[i] {
			t.Fatalf("version %d became %q, and was %q", i, v, strings[i])
		}
		checkDiff(t, versions[random.IntN(len(versions))], v)
	}
}

// What is not an encoding of a text is refused, and nothing panics.
func TestTextRefusesDamage(t *testing.T) {
	d := newDesk(t, "añ🙂")
	d.does(ann, InsertText(1, "xyz"), AddAnchor(2, StickRight), AddAnchor(4, StickLeft))
	d.does(bob, DeleteText(0, 2), InsertText(1, "é"))
	d.does(cy, DeleteText(0, 1))
	damaged(t, d.text)
}
