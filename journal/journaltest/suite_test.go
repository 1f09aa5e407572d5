package journaltest_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/journaltest"
	"github.com/aper-go/aper/wire"
)

// A mutant is the reference implementation with one rule broken. The suite must notice each.
type mutant struct {
	caught string // the case that must fail
	open   openFunc
	log    func(l journal.Log) journal.Log
	loses  bool // forgets everything on a restart

	catalog func(c journal.Catalog) journal.Store // instead of open and log
}

// mutants by name. Those that swallow an error pretend to have done what the rules forbid.
var mutants = map[string]mutant{
	"makes absent rooms": {caught: "absent", open: changeOpen(func(o *journal.OpenOptions) { o.Create = true })},
	"calls empty rooms absent": {caught: "empty", open: changeHead(func(h *journal.Head) error {
		if h.LSN == 0 && h.Term > 1 {
			return &journal.Error{Op: "open", Room: "lobby", Err: journal.ErrAbsent}
		}
		return nil
	})},
	"ignores the machine":      {caught: "another machine", open: changeOpen(func(o *journal.OpenOptions) { o.Machine = "counter.Counter" })},
	"loses the LSN":            {caught: "append", open: changeHead(func(h *journal.Head) error { h.LSN = 0; return nil })},
	"loses the tag":            {caught: "append", open: changeHead(func(h *journal.Head) error { h.Tag = 0; return nil })},
	"repeats the term":         {caught: "terms", open: changeHead(func(h *journal.Head) error { h.Term = 1; return nil })},
	"shows no snapshot":        {caught: "snapshot", open: changeHead(func(h *journal.Head) error { h.Snapshot = nil; return nil })},
	"drops a session":          {caught: "snapshot", open: changeHead(dropSession)},
	"puts rooms together":      {caught: "many rooms", open: oneRoom},
	"fences in vain":           {caught: "another machine", open: fenceFirst},
	"creates before cancelled": {caught: "cancelled", open: deaf},
	"forgets":                  {caught: "restart", loses: true},
	"does not close":           {caught: "closed", log: func(l journal.Log) journal.Log { return unclosed{l} }},

	"swallows refused appends":   {caught: "out of line", log: swallow("append", journal.ErrRefused)},
	"swallows fenced appends":    {caught: "fenced", log: swallow("append", journal.ErrFenced)},
	"acknowledges fenced":        {caught: "contest", log: swallow("append", journal.ErrFenced)},
	"acknowledges in flight":     {caught: "concurrent opens", log: swallow("append", journal.ErrFenced)},
	"swallows refused snapshots": {caught: "snapshot out of line", log: swallow("put snapshot", journal.ErrRefused)},
	"swallows fenced snapshots":  {caught: "fenced", log: swallow("put snapshot", journal.ErrFenced)},
	"swallows old snapshots":     {caught: "snapshot of what is truncated", log: swallow("put snapshot", journal.ErrRefused)},
	"swallows truncations":       {caught: "truncate too far", log: swallow("truncate", journal.ErrRefused)},
	"swallows fenced truncation": {caught: "fenced", log: swallow("truncate", journal.ErrFenced)},
	"hides truncation":           {caught: "truncate", log: swallow("read", journal.ErrTruncated)},
	"reads nowhere":              {caught: "read nowhere", log: swallow("read", journal.ErrRefused)},
	"goes on after an error":     {caught: "after an error", log: func(l journal.Log) journal.Log { return &lenient{l} }},

	"does not append":        {caught: "append", log: func(l journal.Log) journal.Log { return noAppend{l} }},
	"does not truncate":      {caught: "truncate", log: func(l journal.Log) journal.Log { return noTruncate{l} }},
	"does not put snapshots": {caught: "snapshot", log: func(l journal.Log) journal.Log { return noSnapshot{l} }},
	"skips a record":         {caught: "append", log: rereading(func(i int, r *wire.Record) bool { return i != 3 })},
	"skips beside a writer":  {caught: "read beside a writer", log: rereading(func(i int, r *wire.Record) bool { return i != 30 })},
	"alters a record": {caught: "append", log: rereading(func(i int, r *wire.Record) bool {
		r.Acknowledged = nil
		return true
	})},
	"reads from the start": {caught: "read from the middle", log: func(l journal.Log) journal.Log { return fromStart{l} }},
	"ends early":           {caught: "read from the middle", log: rereading(func(i int, r *wire.Record) bool { return i < 256 })},
	"keeps the record":     {caught: "ownership of values", log: func(l journal.Log) journal.Log { return &keeping{Log: l} }},
	"ignores contexts":     {caught: "cancelled", log: func(l journal.Log) journal.Log { return deafLog{l} }},
	"runs ahead of a gap":  {caught: "truncate while reading", log: func(l journal.Log) journal.Log { return jumping{l} }},
	"chases the writer":    {caught: "append while reading", log: func(l journal.Log) journal.Log { return chasing{l} }},
	"shortens names": {caught: "long names", open: func(s journal.Store, ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
		return s.Open(ctx, room[:min(len(room), 200)], o)
	}},

	"keeps all snapshots": {caught: "snapshots kept", log: func(l journal.Log) journal.Log { return &hoarding{Log: l} }},
	"drops named snapshots": {caught: "snapshots named", log: lookingBack(func(newest, s *wire.RoomSnapshot, at wire.LSN) bool {
		return s.LSN+2 >= newest.LSN
	})},
	"keeps old snapshots for ever": {caught: "snapshots named", log: func(l journal.Log) journal.Log { return &hoarding{Log: l} }},
	"drops truncated snapshots": {caught: "snapshots of what is truncated", log: lookingBack(func(newest, s *wire.RoomSnapshot, at wire.LSN) bool {
		return s == newest
	})},
	"wants an exact match": {caught: "snapshot at", log: lookingBack(func(newest, s *wire.RoomSnapshot, at wire.LSN) bool {
		return s.LSN == at
	})},
	"has only the newest snapshot": {caught: "snapshot at", log: func(l journal.Log) journal.Log { return newestOnly{l} }},
	"reads snapshots when closed":  {caught: "snapshot for readers", log: func(l journal.Log) journal.Log { return unclosed{l} }},
	"fences readers":               {caught: "snapshot for readers", log: func(l journal.Log) journal.Log { return &fencing{Log: l} }},
	"shows an old snapshot":        {caught: "snapshot beside a writer", log: func(l journal.Log) journal.Log { return &stale{Log: l} }},

	"lists no records":        {caught: "rooms", catalog: listing(func(i int, e *journal.Entry) bool { e.Last = 0; return true })},
	"lists a part":            {caught: "many rooms listed", catalog: listing(func(i int, e *journal.Entry) bool { return i < 512 })},
	"becomes the owner":       {caught: "look", catalog: func(c journal.Catalog) journal.Store { return owning{c, false} }},
	"makes what is looked at": {caught: "look at nothing", catalog: func(c journal.Catalog) journal.Store { return owning{c, true} }},
	"does not delete":         {caught: "delete", catalog: func(c journal.Catalog) journal.Store { return keepingRooms{c} }},
	"does not fence deleted":  {caught: "deleted under an owner", catalog: func(c journal.Catalog) journal.Store { return &renaming{Catalog: c} }},
	"begins terms anew":       {caught: "made again", catalog: func(c journal.Catalog) journal.Store { return &renaming{Catalog: c} }},
	"hides what is deleted":   {caught: "delete beside a writer", catalog: func(c journal.Catalog) journal.Store { return &hiding{Catalog: c} }},
	"deletes when cancelled":  {caught: "delete cancelled", catalog: func(c journal.Catalog) journal.Store { return deafCatalog{c} }},
	"loses the term":          {caught: "deleted and restarted", loses: true},
}

const mutantName = "JOURNALTEST_MUTANT"

// TestMutants runs the case that must fail for each mutant in a process of its own.
func TestMutants(t *testing.T) {
	if name, is := os.LookupEnv(mutantName); is {
		m := mutants[name]
		open := func(*testing.T) journal.Store {
			switch memory := journal.NewMemory(); {
			case m.catalog != nil:
				return m.catalog(memory)
			case m.loses:
				return memory
			default:
				return m.store(memory)
			}
		}
		restart := func(_ *testing.T, s journal.Store) journal.Store {
			if m.loses {
				return journal.NewMemory()
			}
			return s
		}
		journaltest.Run(t, open, restart)
		return
	}
	for name, m := range mutants {
		t.Run(name, func(t *testing.T) {
			pattern := "^TestMutants$/^" + strings.ReplaceAll(m.caught, " ", "_") + "$"
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.timeout=30s", "-test.run", pattern)
			child.Env = append(os.Environ(), mutantName+"="+name)
			out, err := child.CombinedOutput()
			if err == nil {
				t.Errorf("a store that %s passes the case %q\n%s", name, m.caught, out)
			} else if !strings.Contains(string(out), "--- FAIL: TestMutants/") || strings.Contains(string(out), "panic:") {
				t.Errorf("the case %q did not fail, but: %v\n%s", m.caught, err, out)
			}
		})
	}
}

type storeFunc func(ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error)

func (f storeFunc) Open(ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
	return f(ctx, room, o)
}

func (m mutant) store(s journal.Store) journal.Store {
	return storeFunc(func(ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
		open := m.open
		if open == nil {
			open = journal.Store.Open
		}
		log, head, err := open(s, ctx, room, o)
		if err == nil && m.log != nil {
			log = m.log(log)
		}
		return log, head, err
	})
}

type openFunc = func(s journal.Store, ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error)

func changeOpen(change func(*journal.OpenOptions)) openFunc {
	return func(s journal.Store, ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
		change(&o)
		return s.Open(ctx, room, o)
	}
}

func changeHead(change func(*journal.Head) error) openFunc {
	return func(s journal.Store, ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
		log, head, err := s.Open(ctx, room, o)
		if err == nil {
			err = change(&head)
		}
		return log, head, err
	}
}

func dropSession(h *journal.Head) error {
	if h.Snapshot != nil {
		h.Snapshot.Sessions = h.Snapshot.Sessions[1:]
	}
	return nil
}

func oneRoom(s journal.Store, ctx context.Context, _ aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
	return s.Open(ctx, "room", o)
}

func fenceFirst(s journal.Store, ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
	if o.Machine != "counter.Counter" {
		_, _, _ = s.Open(ctx, room, journal.OpenOptions{Machine: "counter.Counter"})
	}
	return s.Open(ctx, room, o)
}

func deaf(s journal.Store, ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
	log, head, err := s.Open(context.WithoutCancel(ctx), room, o)
	return log, head, errors.Join(err, ctx.Err())
}

type swallowing struct {
	journal.Log
	op  string
	err error
}

// swallow pretends that an operation did what the rules forbid.
func swallow(op string, err error) func(journal.Log) journal.Log {
	return func(l journal.Log) journal.Log { return swallowing{l, op, err} }
}

func (l swallowing) filter(op string, err error) error {
	if l.op == op && errors.Is(err, l.err) {
		return nil
	}
	return err
}

func (l swallowing) Append(ctx context.Context, r *wire.Record) error {
	return l.filter("append", l.Log.Append(ctx, r))
}

func (l swallowing) PutSnapshot(ctx context.Context, s *wire.RoomSnapshot) error {
	return l.filter("put snapshot", l.Log.PutSnapshot(ctx, s))
}

func (l swallowing) Truncate(ctx context.Context, before wire.LSN) error {
	return l.filter("truncate", l.Log.Truncate(ctx, before))
}

func (l swallowing) Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error] {
	return func(yield func(*wire.Record, error) bool) {
		for r, err := range l.Log.Read(ctx, from) {
			if err != nil && l.filter("read", err) == nil || !yield(r, err) {
				return
			}
		}
	}
}

type noAppend struct{ journal.Log }

func (noAppend) Append(context.Context, *wire.Record) error { return nil }

type noTruncate struct{ journal.Log }

func (noTruncate) Truncate(context.Context, wire.LSN) error { return nil }

type noSnapshot struct{ journal.Log }

func (noSnapshot) PutSnapshot(context.Context, *wire.RoomSnapshot) error { return nil }

type unclosed struct{ journal.Log }

func (unclosed) Close() error { return nil }

// lenient refuses what is out of line before the log can take offence.
type lenient struct{ journal.Log }

func (l *lenient) Append(ctx context.Context, r *wire.Record) error {
	for last := range l.Log.Read(ctx, 1) {
		if last != nil && last.LSN+2 == r.LSN && last.Tag == r.Previous {
			return &journal.Error{Op: "append", Room: "lobby", LSN: r.LSN, Err: journal.ErrRefused}
		}
	}
	return l.Log.Append(ctx, r)
}

type reread struct {
	journal.Log
	take func(i int, r *wire.Record) bool
}

func rereading(take func(i int, r *wire.Record) bool) func(journal.Log) journal.Log {
	return func(l journal.Log) journal.Log { return reread{l, take} }
}

func (l reread) Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error] {
	return func(yield func(*wire.Record, error) bool) {
		i := 0
		for r, err := range l.Log.Read(ctx, from) {
			if (err != nil || l.take(i, r)) && !yield(r, err) {
				return
			}
			i++
		}
	}
}

type fromStart struct{ journal.Log }

func (l fromStart) Read(ctx context.Context, _ wire.LSN) iter.Seq2[*wire.Record, error] {
	return l.Log.Read(ctx, 1)
}

// keeping gives the caller's own first record back.
type keeping struct {
	journal.Log
	first *wire.Record
}

func (l *keeping) Append(ctx context.Context, r *wire.Record) error {
	if l.first == nil {
		l.first = r
	}
	return l.Log.Append(ctx, r)
}

func (l *keeping) Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error] {
	return func(yield func(*wire.Record, error) bool) {
		for r, err := range l.Log.Read(ctx, from) {
			if l.first != nil && r != nil && r.LSN == l.first.LSN {
				r = l.first
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

type deafLog struct{ journal.Log }

func (l deafLog) Append(ctx context.Context, r *wire.Record) error {
	return errors.Join(l.Log.Append(context.WithoutCancel(ctx), r), ctx.Err())
}

// jumping passes over what was truncated.
type jumping struct{ journal.Log }

func (l jumping) Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error] {
	return func(yield func(*wire.Record, error) bool) {
		for next := from; ; {
			for r, err := range l.Log.Read(ctx, next) {
				if errors.Is(err, journal.ErrTruncated) {
					break
				}
				if !yield(r, err) {
					return
				}
				next = r.LSN
			}
			if next++; next > 600 {
				return
			}
		}
	}
}

// chasing reads on while there is more.
type chasing struct{ journal.Log }

func (l chasing) Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error] {
	return func(yield func(*wire.Record, error) bool) {
		for next := from; ; {
			begin := next
			for r, err := range l.Log.Read(ctx, next) {
				if !yield(r, err) || err != nil {
					return
				}
				next = r.LSN + 1
			}
			if next == begin {
				return
			}
		}
	}
}
