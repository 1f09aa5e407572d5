package journal

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

type memoryReader struct {
	store  *Memory
	room   aper.RoomID
	term   wire.Term
	closed atomic.Bool
}

func (l *memoryReader) Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error] {
	return func(yield func(*wire.Record, error) bool) {
		var to wire.LSN
		err := l.read(ctx, func(room *memoryRoom) (err error) {
			to, err = room.Row.Read(from)
			return err
		})
		if err != nil {
			yield(nil, &Error{"read", l.room, from, err})
			return
		}
		for lsn := from; lsn <= to; lsn++ {
			var r wire.Record
			err := l.read(ctx, func(room *memoryRoom) error {
				if _, err := room.Row.Read(lsn); err != nil {
					return err
				}
				var err error
				r, err = room.at(lsn)
				return err
			})
			if err != nil {
				yield(nil, &Error{"read", l.room, lsn, err})
				return
			}
			if !yield(&r, nil) {
				return
			}
		}
	}
}

func (l *memoryReader) Snapshot(ctx context.Context, at wire.LSN) (s *wire.RoomSnapshot, err error) {
	err = l.read(ctx, func(room *memoryRoom) error {
		s, err = room.snapshot(at)
		return err
	})
	if err != nil {
		return nil, &Error{"snapshot", l.room, at, err}
	}
	return s, nil
}

func (l *memoryReader) Close() error {
	l.closed.Store(true)
	return nil
}

// read looks at the room, if it is still the one that was opened.
func (l *memoryReader) read(ctx context.Context, visit func(*memoryRoom) error) error {
	return l.look(ctx, func(room *memoryRoom) error {
		if err := room.Holds(l.term); err != nil {
			return err
		}
		return visit(room)
	})
}

func (l *memoryReader) look(ctx context.Context, visit func(*memoryRoom) error) error {
	if l.closed.Load() {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	return visit(l.store.rooms[l.room])
}

// snapshot returns the newest snapshot of a record not after the given one, or nil.
func (r *memoryRoom) snapshot(at wire.LSN) (*wire.RoomSnapshot, error) {
	for i := len(r.snapshots) - 1; i >= 0; i-- {
		if r.snapshots[i].LSN > at {
			continue
		}
		s, err := wire.ReadRoomSnapshot(r.snapshots[i].encoded)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		return &s, nil
	}
	return nil, nil
}
