package journaltest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// hoarding removes no snapshot.
type hoarding struct {
	journal.Log
	all []*wire.RoomSnapshot
}

func (l *hoarding) PutSnapshot(ctx context.Context, s *wire.RoomSnapshot) error {
	l.all = append(l.all, s)
	return l.Log.PutSnapshot(ctx, s)
}

func (l *hoarding) Snapshot(ctx context.Context, at wire.LSN) (found *wire.RoomSnapshot, err error) {
	for _, s := range l.all {
		if s.LSN <= at {
			found = s
		}
	}
	return found, nil
}

type selective struct {
	journal.Log
	show func(newest, s *wire.RoomSnapshot, at wire.LSN) bool
}

// lookingBack shows only some of the older snapshots.
func lookingBack(show func(newest, s *wire.RoomSnapshot, at wire.LSN) bool) func(journal.Log) journal.Log {
	return func(l journal.Log) journal.Log { return selective{l, show} }
}

func (l selective) Snapshot(ctx context.Context, at wire.LSN) (*wire.RoomSnapshot, error) {
	s, err := l.Log.Snapshot(ctx, at)
	if err != nil || s == nil {
		return s, err
	}
	newest, err := l.Log.Snapshot(ctx, 1<<62)
	if err != nil || !l.show(newest, s, at) {
		return nil, err
	}
	return s, nil
}

type newestOnly struct{ journal.Log }

func (l newestOnly) Snapshot(ctx context.Context, _ wire.LSN) (*wire.RoomSnapshot, error) {
	return l.Log.Snapshot(ctx, 1<<62)
}

// fencing does not read any more after an error of Append.
type fencing struct {
	journal.Log
	err error
}

func (l *fencing) Append(ctx context.Context, r *wire.Record) error {
	err := l.Log.Append(ctx, r)
	l.err = errors.Join(l.err, err)
	return err
}

func (l *fencing) Snapshot(ctx context.Context, at wire.LSN) (*wire.RoomSnapshot, error) {
	if l.err != nil {
		return nil, l.err
	}
	return l.Log.Snapshot(ctx, at)
}

// stale shows the snapshot that it has shown before.
type stale struct {
	journal.Log
	once sync.Once
	s    *wire.RoomSnapshot
	err  error
}

func (l *stale) Snapshot(ctx context.Context, at wire.LSN) (*wire.RoomSnapshot, error) {
	l.once.Do(func() { l.s, l.err = l.Log.Snapshot(ctx, at) })
	return l.s, l.err
}

type relisting struct {
	journal.Catalog
	take func(i int, e *journal.Entry) bool
}

func listing(take func(i int, e *journal.Entry) bool) func(journal.Catalog) journal.Store {
	return func(c journal.Catalog) journal.Store { return relisting{c, take} }
}

func (c relisting) Rooms(ctx context.Context) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		i := 0
		for entry, err := range c.Catalog.Rooms(ctx) {
			if c.take(i, &entry) && !yield(entry, err) {
				return
			}
			i++
		}
	}
}

// owning opens what it should look at.
type owning struct {
	journal.Catalog
	create bool
}

func (c owning) Look(ctx context.Context, room aper.RoomID) (journal.Reader, journal.Head, error) {
	return c.Open(ctx, room, journal.OpenOptions{Machine: "counter.Counter", Create: c.create})
}

type keepingRooms struct{ journal.Catalog }

func (keepingRooms) Delete(context.Context, aper.RoomID) error { return nil }

// renaming gives the next room of the same name another place, and leaves the deleted one where it is.
type renaming struct {
	journal.Catalog
	deleted int
}

func (c *renaming) name(room aper.RoomID) aper.RoomID {
	return aper.RoomID(fmt.Sprintf("%s#%d", room, c.deleted))
}

func (c *renaming) Open(ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
	return c.Catalog.Open(ctx, c.name(room), o)
}

func (c *renaming) Look(ctx context.Context, room aper.RoomID) (journal.Reader, journal.Head, error) {
	return c.Catalog.Look(ctx, c.name(room))
}

func (c *renaming) Delete(context.Context, aper.RoomID) error {
	c.deleted++
	return nil
}

// hiding fences the owner of a deleted room, and shows the room again when it should be made anew.
type hiding struct {
	journal.Catalog
	hidden bool
}

func (c *hiding) Open(ctx context.Context, room aper.RoomID, o journal.OpenOptions) (journal.Log, journal.Head, error) {
	if c.hidden && !o.Create {
		return nil, journal.Head{}, &journal.Error{Op: "open", Room: room, Err: journal.ErrAbsent}
	}
	c.hidden = false
	return c.Catalog.Open(ctx, room, o)
}

func (c *hiding) Delete(ctx context.Context, room aper.RoomID) error {
	_, _, err := c.Catalog.Open(ctx, room, journal.OpenOptions{Machine: "counter.Counter"})
	c.hidden = true
	return err
}

type deafCatalog struct{ journal.Catalog }

func (c deafCatalog) Delete(ctx context.Context, room aper.RoomID) error {
	return errors.Join(c.Catalog.Delete(context.WithoutCancel(ctx), room), ctx.Err())
}
