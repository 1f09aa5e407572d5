//go:build !js

package client_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/examples/editor"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// forbidden is what nobody may insert.
const forbidden = "forbidden"

// serveText runs a server of texts and returns the address of one.
func serveText(t *testing.T, text string) string {
	t.Helper()
	return serveRoom(t, data.NewText(text), server.Options{Room: room.Options{
		Rate:     1_000_000,
		UserRate: 1_000_000,
		Authorize: func(p *room.Proposal) error {
			if t, ok := p.Transition.(data.TextInsert); ok && t.Text == forbidden {
				return aper.Conflict(forbidden)
			}
			return nil
		},
	}})
}

// A writer works on a text over a line.
type writer struct {
	*line
	*client.Client[data.Text]
	undo *client.Undo[data.Text] // of the first writer
}

// An essay is written by several people at once. No character is typed twice, so that each has an author.
type essay struct {
	*testing.T
	random  *rand.Rand
	address string
	writers []*writer
	last    rune
	typed   map[rune]int     // by whom
	deleted map[rune][2]bool // by the first writer, by others
	seen    []sight
}

// A sight is what somebody saw at some time.
type sight struct {
	by   int
	text []rune
}

func newEssay(t *testing.T, seed uint64, writers int) *essay {
	e := &essay{T: t, random: rand.New(rand.NewPCG(seed, 0)), last: 0x10000, typed: map[rune]int{}, deleted: map[rune][2]bool{}}
	e.address = serveText(t, "0123456789")
	for range writers {
		l := &line{address: e.address}
		c, err := client.Join[data.Text](limit(t), "lobby", l.connect, client.Options{MaxBackoff: 10 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		e.writers = append(e.writers, &writer{l, c, nil})
	}
	e.writers[0].undo = client.NewUndo(e.writers[0].Client, client.UndoOptions{Steps: 1000})
	return e
}

// edit makes an edit at random of a text that has so many characters.
func (e *essay) edit(length int) data.TextEdit {
	edit := data.TextEdit{At: e.random.IntN(length + 1)}
	if e.random.IntN(3) == 0 {
		edit.Delete = e.random.IntN(min(length-edit.At, 5) + 1)
	}
	for range e.random.IntN(4) {
		e.last++
		edit.Insert += string(e.last)
	}
	return edit
}

// act lets somebody edit what he sees, while nothing else comes in.
func (e *essay) act(who int) {
	w := e.writers[who]
	w.held.Lock()
	defer w.held.Unlock()
	before := w.State().String()
	length := w.State().Len()
	var edits []data.TextEdit
	for range 1 + e.random.IntN(2)*e.random.IntN(3) {
		edit := e.edit(length)
		length += len([]rune(edit.Insert)) - edit.Delete
		edits = append(edits, edit)
	}
	do := data.EditText(edits...)
	if e.random.IntN(5) == 0 {
		edits = append(edits, e.edit(length))
		do = aper.All(do, data.EditText(edits[len(edits)-1]))
	}
	push := w.Push
	switch {
	case w.undo != nil && e.random.IntN(3) == 0:
		push = w.undo.Extend
	case w.undo != nil:
		push = w.undo.Push
	}
	if _, err := push(do); err != nil {
		e.Fatal(err)
	}
	gone := map[rune]bool{}
	for _, r := range before {
		gone[r] = true
	}
	for _, edit := range edits {
		for _, r := range edit.Insert {
			e.typed[r], gone[r] = who, true
		}
	}
	for _, r := range w.State().String() {
		delete(gone, r)
	}
	for r := range gone {
		d := e.deleted[r]
		d[min(who, 1)] = true
		e.deleted[r] = d
	}
	e.seen = append(e.seen, sight{who, []rune(before)})
}

// settle waits until everyone has seen everything.
func (e *essay) settle() string {
	e.Helper()
	var last aper.Seq
	for _, w := range e.writers {
		if err := w.Flush(limit(e.T)); err != nil {
			e.Fatal(err)
		}
		_, position := w.Confirmed()
		last = max(last, position.Seq)
	}
	for _, w := range e.writers {
		for range w.Watch(limit(e.T)) {
			if _, position := w.Confirmed(); position.Seq >= last {
				break
			}
		}
		if got, want := w.State().String(), e.writers[0].State().String(); got != want {
			e.Fatalf("two see different texts: %q and %q", got, want)
		}
	}
	return e.writers[0].State().String()
}

// check sees that exactly what the first writer typed is gone, and that what others typed is there unless others deleted it. What
// was deleted by both may be there. All stands in the order in which anybody ever saw it, but for what was restored: that
// knows no more than who deleted it.
func (e *essay) check(text string) {
	e.Helper()
	place := map[rune]int{}
	for i, r := range []rune(text) {
		place[r] = i + 1
	}
	wrong := 0
	for r, who := range e.typed {
		switch deleted := e.deleted[r]; {
		case who == 0 && place[r] > 0:
			e.Errorf("%q is there, which was taken back", r)
			wrong++
		case who != 0 && place[r] == 0 && !deleted[1]:
			e.Errorf("%q is gone, which nobody else deleted (%v)", r, deleted)
			wrong++
		case who != 0 && place[r] > 0 && deleted[1] && !deleted[0]:
			e.Errorf("%q is there, which others deleted", r)
			wrong++
		}
	}
	for _, seen := range e.seen {
		last := 0
		for _, r := range seen.text {
			if seen.by != 0 && e.deleted[r][0] {
				continue
			}
			if at := place[r]; at > 0 && at < last {
				e.Errorf("%q stands before what it stood behind", r)
				wrong++
			} else if at > 0 {
				last = at
			}
		}
		if wrong > 10 {
			e.FailNow()
		}
	}
}

// essays returns how many are written, which is ten times as many in a long test.
func essays(n int) int {
	if os.Getenv("APER_LONG") != "" {
		return 10 * n
	}
	return n
}

// must takes what Undo and Redo return.
func (e *essay) must(_ *client.Pending, err error) {
	e.Helper()
	if err != nil && !errors.Is(err, client.ErrNothingToUndo) {
		e.Fatal(err)
	}
}

// Law B11: after one person undoes everything, exactly that person's characters are gone, and those of the others are there unless
// somebody else deleted them. Done again, the text is what it was.
func TestUndoOfTextTakesBackExactlyOnesOwn(t *testing.T) {
	for range essays(3) {
		seed := rand.Uint64()
		e := newEssay(t, seed, 3)
		for range 300 {
			if e.act(e.random.IntN(3)); e.random.IntN(10) == 0 {
				e.settle()
			}
		}
		before := e.settle()
		me := e.writers[0].undo
		for me.CanUndo() {
			e.must(me.Undo())
		}
		e.check(e.settle())
		for me.CanRedo() {
			e.must(me.Redo())
		}
		if after := e.settle(); after != before {
			t.Errorf("done again it is %q, want %q", after, before)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// The same while the others go on, for so long that the text has forgotten who typed what was typed first, and while the line of
// the one who undoes is cut now and then.
func TestUndoOfTextWhileOthersWrite(t *testing.T) {
	for range essays(1) {
		seed := rand.Uint64()
		e := newEssay(t, seed, 3)
		me := e.writers[0]
		for range 20 {
			for range 5 {
				e.act(0)
			}
			if e.random.IntN(4) == 0 {
				cut(t, me.line, me.Client)
				e.act(0)
				e.act(1)
				me.lead(e.address)
			}
			for range 200 {
				e.act(1 + e.random.IntN(2))
			}
			e.settle()
			for range e.random.IntN(4) {
				if me.undo.CanUndo() {
					e.must(me.undo.Undo())
				}
				e.act(2)
				if e.random.IntN(2) == 0 && me.undo.CanRedo() {
					e.must(me.undo.Redo())
				}
			}
		}
		for me.undo.CanUndo() {
			e.must(me.undo.Undo())
			e.act(1)
		}
		if e.check(e.settle()); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// Two editors on one page have an Undo each, and what the program pushes by itself belongs to neither.
func TestUndoOfTextBesideOtherPushes(t *testing.T) {
	e := newEssay(t, 1, 1)
	w := e.writers[0]
	other := client.NewUndo(w.Client, client.UndoOptions{})
	e.must(w.undo.Push(data.InsertText(10, "abc")))
	e.must(other.Push(data.InsertText(0, "xyz")))
	e.must(w.Push(data.InsertText(3, "-")))
	e.must(w.undo.Push(data.DeleteText(3, 2))) // -0
	e.must(other.Push(data.InsertText(13, "!")))
	for _, step := range []struct {
		do   func() (*client.Pending, error)
		want string
	}{
		{w.undo.Undo, "xyz-0123456789a!bc"},
		{other.Undo, "xyz-0123456789abc"},
		{w.undo.Undo, "xyz-0123456789"},
		{other.Undo, "-0123456789"},
		{w.undo.Redo, "-0123456789abc"},
		{other.Redo, "xyz-0123456789abc"},
	} {
		if e.must(step.do()); w.State().String() != step.want {
			t.Fatalf("it is %q, want %q", w.State(), step.want)
		}
		if e.random.IntN(2) == 0 {
			e.settle()
		}
	}
}

// When something that was pushed is rejected, what was typed before and after it is still taken back.
func TestUndoOfTextAfterARejection(t *testing.T) {
	e := newEssay(t, 1, 2)
	me, other := e.writers[0], e.writers[1]
	e.must(me.undo.Push(data.InsertText(10, "abc")))
	e.settle()
	e.must(me.undo.Push(data.InsertText(0, forbidden)))
	e.must(me.undo.Push(data.DeleteText(0, len(forbidden))))
	e.settle()
	e.must(other.Push(data.InsertText(10, "<other>")))
	if got := e.settle(); got != "0123456789<other>abc" {
		t.Fatalf("it is %q", got)
	}
	for me.undo.CanUndo() {
		e.must(me.undo.Undo())
	}
	if got := e.settle(); got != "0123456789<other>" {
		t.Errorf("taken back it is %q", got)
	}
}

// Where a step cannot be taken back because somebody has overwritten a part of it, those before it still can.
func TestUndoOfTextBelowWhatWasOverwritten(t *testing.T) {
	c, err := client.Dial[editor.Editor](limit(t), serveRoom(t, editor.Editor{}, server.Options{}), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	u := client.NewUndo(c, client.UndoOptions{})
	e := &essay{T: t}
	type do = aper.Transition[editor.Editor]
	body := func(edit aper.Transition[data.Text]) do { return editor.EditorBody{Do: edit} }
	for _, t := range []do{
		body(data.InsertText(0, "one two three")),
		body(data.DeleteText(4, 4)),
		aper.All[editor.Editor](body(data.InsertText(0, "zero ")), editor.EditorTitle{To: "Numbers"}),
	} {
		e.must(u.Push(t))
	}
	e.must(c.Push(editor.EditorTitle{To: "Figures"})) // as if by somebody else
	if _, err := u.Undo(); !errors.Is(err, data.ErrOverwritten) {
		t.Fatalf("got %v, want ErrOverwritten", err)
	}
	for _, want := range []string{"zero one two three", "zero "} {
		if e.must(u.Undo()); c.State().Body.String() != want {
			t.Errorf("it is %q, want %q", c.State().Body, want)
		}
	}
	for _, want := range []string{"zero one two three", "zero one three"} {
		if e.must(u.Redo()); c.State().Body.String() != want {
			t.Errorf("done again it is %q, want %q", c.State().Body, want)
		}
	}
}
