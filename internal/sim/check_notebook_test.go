package sim

import (
	"slices"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/data"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/internal/sim/notebook"
	"github.com/aper-go/aper/wire"
)

func watched(m Machine[notebook.Notebook]) Subject[notebook.Notebook] {
	return Subject[notebook.Notebook]{Machine: m, Observers: watchNotebook}
}

// watchNotebook adds to the laws of sync what a text promises.
func watchNotebook(m Machine[notebook.Notebook]) []Observer[notebook.Notebook] {
	all := All(m)
	log := all[0].(*history[notebook.Notebook])
	return append(all, &modelled{log: log, machine: m}, &intended{log: log, typed: map[rune]int{}})
}

// modelled checks that every accepted edit has the effect that the model says.
type modelled struct {
	Watcher[notebook.Notebook]
	log     *history[notebook.Notebook]
	machine Machine[notebook.Notebook]
	model   *notebook.Model
	looked  int // at what was taken back
}

func (o *modelled) Durable(_ Owner, r *wire.Record) error {
	if o.model == nil {
		o.model = notebook.NewModel(o.machine.Initial)
	}
	o.follow(o.log.events[len(o.log.events)-r.Events.Len():])
	if err := o.model.Compare(o.log.head().state); err != nil {
		return breach("text", "model", "at seq %d %v", o.log.head().position.Seq, err)
	}
	return nil
}

func (o *modelled) follow(events []*decision[notebook.Notebook]) {
	for _, d := range events {
		o.model.Follow(d.transition, aper.Meta{Seq: d.seq, Client: d.client, Base: d.base})
	}
}

// Settled: law B11, for those who took back all that they did.
func (o *modelled) Settled(w *World[notebook.Notebook]) error {
	for c := range Client(w.Clients()) {
		events := w.TakenBack(c)
		if events == nil {
			continue
		}
		looked, err := o.model.Undone(events)
		if err != nil {
			return breach("text", "B11", "client %v has taken back all of its edits, and %v", c, err)
		}
		o.looked += looked
	}
	return nil
}

func (o *modelled) Restored(wire.LSN) error {
	o.model = notebook.NewModel(o.machine.Initial)
	o.follow(o.log.events)
	return nil
}

// intended checks that a confirmed edit did what its author saw it do, however old it was and however often it was said anew:
// what was typed is in one piece between the characters between which it was typed, as far as they are still there, and what
// was deleted is gone, and nothing else. Characters are known again because each is typed once; what there is twice, as after
// a store was copied, is passed over.
type intended struct {
	Watcher[notebook.Notebook]
	log     *history[notebook.Notebook]
	typed   map[rune]int // how often, by what is in the log
	clients perClient[intentions]
}

type intentions struct {
	astray  bool // what it is shown may be wrong
	shared  bool // somebody else may go on with its session
	replica *engine.Replica[notebook.Notebook]
	shown   notebook.Notebook
	pushed  map[engine.PushID]intention
}

// An intention is what an edit did to what its author was shown.
type intention struct {
	made                wire.Position
	note                string // "" for the body
	left, insert, right string // left and right are a character, or nothing
	deleted             string
}

func (o *intended) Pushed(c Client, r *engine.Replica[notebook.Notebook], id engine.PushID, t aper.Transition[notebook.Notebook], err error) error {
	at := o.clients.of(c)
	if at.replica != r {
		at.begin(r)
	} else if err == nil && !at.astray {
		if note, e, ok := editOf(t); ok {
			text, _ := textOf(at.shown, note)
			at.pushed[id] = intentionOf(r.Position(), note, text, e)
		}
	}
	at.shown = r.Optimistic()
	return nil
}

func (o *intended) Durable(_ Owner, r *wire.Record) error {
	for e := range r.Events.All() {
		for _, char := range string(e.Transition) {
			o.typed[char]++
		}
	}
	return nil
}

// Forgot: somebody else may have gone on with the session.
func (o *intended) Forgot(c Client, _ string) error {
	o.clients.of(c).shared = true
	return nil
}

// Restored: what is told from now on of earlier pushes may be about a log that is gone.
func (o *intended) Restored(wire.LSN) error {
	for _, at := range o.clients {
		clear(at.pushed)
	}
	return nil
}

func (at *intentions) begin(r *engine.Replica[notebook.Notebook]) {
	*at = intentions{astray: at.astray, shared: at.shared && r.Client() != 0, replica: r, pushed: map[engine.PushID]intention{}}
}

// Strayed: nobody looks at this client any more, nor at those that get its store.
func (o *intended) Strayed(c Client) error {
	*o.clients.of(c) = intentions{astray: true}
	return nil
}

func (o *intended) Began(c, from Client, _ *engine.Replica[notebook.Notebook]) error {
	astray := o.clients.of(from).astray
	at := o.clients.of(c)
	at.astray = at.astray || astray
	return nil
}

// editOf returns the one edit that a transition is.
func editOf(t aper.Transition[notebook.Notebook]) (note string, e data.TextEdit, ok bool) {
	var do aper.Transition[data.Text]
	switch t := t.(type) {
	case notebook.NotebookBody:
		do = t.Do
	case notebook.NotebookNotes:
		if change, ok := t.Do.(data.MapChange[string, data.Text]); ok {
			note, do = change.Key, change.Do
		}
	}
	switch t := do.(type) {
	case data.TextInsert:
		return note, data.TextEdit{At: t.At, Insert: t.Text}, true
	case data.TextDelete:
		return note, data.TextEdit{At: t.At, Delete: t.Count}, true
	case data.TextReplace:
		return note, data.TextEdit{At: t.At, Delete: t.Count, Insert: t.Text}, true
	}
	return "", data.TextEdit{}, false
}

func textOf(s notebook.Notebook, note string) (text data.Text, ok bool) {
	if note == "" {
		return s.Body, true
	}
	return s.Notes.Get(note)
}

func intentionOf(made wire.Position, note string, shown data.Text, e data.TextEdit) intention {
	end := e.At + e.Delete
	return intention{
		made:    made,
		note:    note,
		left:    shown.Slice(max(e.At-1, 0), e.At),
		insert:  e.Insert,
		right:   shown.Slice(end, min(end+1, shown.Len())),
		deleted: shown.Slice(e.At, end),
	}
}

func (o *intended) Stepped(c Client, r *engine.Replica[notebook.Notebook], ready *engine.ReplicaReady) error {
	at := o.clients.of(c)
	if at.replica != r {
		at.begin(r)
	}
	at.shown = r.Optimistic()
	for _, outcome := range ready.Outcomes {
		intent, ok := at.pushed[outcome.ID]
		delete(at.pushed, outcome.ID)
		if !ok || at.shared || outcome.Conflict != nil || outcome.Unknown || int(outcome.Seq) > len(o.log.events) {
			continue
		}
		if err := o.check(c, intent, o.log.events[outcome.Seq-1], r.Client()); err != nil {
			return err
		}
	}
	return nil
}

func (o *intended) check(c Client, i intention, d *decision[notebook.Notebook], session aper.ClientID) error {
	before, _ := textOf(o.log.before(d.seq), i.note)
	after, ok := textOf(d.state, i.note)
	if d.client != session || o.log.forgot(session) || !ok || !o.present(i.made) || !strings.Contains(string(d.encoded), i.insert) || !o.once(i.left+i.insert+i.right+i.deleted) {
		return nil // the log was replaced, or somebody else has the session, or nobody can tell what is what
	}
	if what := i.missed(before.String(), after.String()); what != "" {
		return breach("text", "intention", "client %v: %s, in event %d from base %d, which made %+q of %+q; it was to put %+q in the place of %+q between %+q and %+q",
			c, what, d.seq, d.base, after, before, i.insert, i.deleted, i.left, i.right)
	}
	return nil
}

// present reports whether a position is in the log: not in one that was replaced by an older copy, which nobody need notice.
func (o *intended) present(p wire.Position) bool {
	point := o.log.points[p]
	switch {
	case point == nil || int(p.Seq) > len(o.log.events):
		return false
	case p.Seq == 0 || len(point.events) == 0:
		return true
	}
	return point.events[len(point.events)-1] == o.log.events[p.Seq-1]
}

// once reports whether all characters were typed once at most, as far as the log says.
func (o *intended) once(text string) bool {
	for _, char := range text {
		if o.typed[char] > 1 {
			return false
		}
	}
	return true
}

// missed says what of an intention an event did not do.
func (i intention) missed(before, after string) string {
	at := strings.Index(after, i.insert)
	switch left, right := strings.Index(after, i.left), strings.LastIndex(after, i.right); {
	case at < 0:
		return "what was typed is not there in one piece"
	case i.insert != "" && i.left != "" && left > at:
		return "what was typed is before what was on its left"
	case i.insert != "" && i.right != "" && right >= 0 && right < at:
		return "what was typed is behind what was on its right"
	case i.deleted != "" && strings.ContainsAny(after, i.deleted):
		return "what was deleted is still there"
	}
	for _, char := range before {
		if !strings.ContainsRune(after, char) && !strings.ContainsRune(i.deleted, char) {
			return "something else is gone"
		}
	}
	return ""
}

// A check of what was taken back that looks at nothing would find nothing.
func TestEditsAreTakenBack(t *testing.T) {
	var checks []*modelled
	s := Subject[notebook.Notebook]{Machine: notebookMachine, Observers: func(m Machine[notebook.Notebook]) []Observer[notebook.Notebook] {
		all := watchNotebook(m)
		for _, o := range all {
			if o, ok := o.(*modelled); ok {
				checks = append(checks, o)
			}
		}
		return all
	}}
	for seed := range uint64(100) {
		s.Run(seed, Options{Actions: 1000})
		if slices.ContainsFunc(checks, func(o *modelled) bool { return o.looked > 10 }) {
			return
		}
	}
	t.Error("in a hundred worlds nobody has taken back what he did")
}
