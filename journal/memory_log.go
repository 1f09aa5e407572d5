package journal

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

type memoryLog struct {
	store *Memory
	room  aper.RoomID
	term  wire.Term

	mu     sync.Mutex
	ended  error // the error after which nothing is written any more
	closed bool
}

func (l *memoryLog) Append(ctx context.Context, r *wire.Record) error {
	err := l.write(ctx, func(room *memoryRoom) error {
		if err := room.Row.Append(l.term, r); err != nil {
			return err
		}
		room.records = append(room.records, r.Append(nil))
		return nil
	})
	if err == nil {
		return nil
	}
	l.end(err)
	return &Error{"append", l.room, r.LSN, err}
}

func (l *memoryLog) PutSnapshot(ctx context.Context, s *wire.RoomSnapshot) error {
	err := l.write(ctx, func(room *memoryRoom) error {
		if err := room.Row.PutSnapshot(l.term, s, room.newest(), room.tagAt); err != nil {
			return err
		}
		room.keep(memorySnapshot{Mark{s.LSN, s.RecordTag}, s.Append(nil)})
		return nil
	})
	if err != nil {
		return &Error{"put snapshot", l.room, s.LSN, err}
	}
	return nil
}

func (l *memoryLog) Truncate(ctx context.Context, before wire.LSN) error {
	err := l.write(ctx, func(room *memoryRoom) error {
		from, to, err := room.Row.Truncate(l.term, before, room.newest().LSN)
		if err != nil {
			return err
		}
		room.records = append([][]byte(nil), room.records[to-from:]...)
		return nil
	})
	if err != nil {
		return &Error{"truncate", l.room, before, err}
	}
	return nil
}

func (l *memoryLog) Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error] {
	return func(yield func(*wire.Record, error) bool) {
		var to wire.LSN
		err := l.look(ctx, func(room *memoryRoom) (err error) {
			to, err = room.Row.Read(from)
			return err
		})
		if err != nil {
			yield(nil, &Error{"read", l.room, from, err})
			return
		}
		for lsn := from; lsn <= to; lsn++ {
			var r wire.Record
			err := l.look(ctx, func(room *memoryRoom) error {
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

func (l *memoryLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return nil
}

// write changes the room, unless the log has ended.
func (l *memoryLog) write(ctx context.Context, change func(*memoryRoom) error) error {
	return l.look(ctx, func(room *memoryRoom) error {
		if ended := l.end(nil); ended != nil {
			return fmt.Errorf("this log ended with an earlier error: %w", ended)
		}
		return change(room)
	})
}

func (l *memoryLog) look(ctx context.Context, visit func(*memoryRoom) error) error {
	l.mu.Lock()
	closed := l.closed
	l.mu.Unlock()
	if closed {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	return visit(l.store.rooms[l.room])
}

// end ends the log if err is not nil, and returns the error it ended with.
func (l *memoryLog) end(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended == nil {
		l.ended = err
	}
	return l.ended
}

func (r *memoryRoom) newest() Mark {
	if len(r.snapshots) == 0 {
		return Mark{}
	}
	return r.snapshots[len(r.snapshots)-1].Mark
}

func (r *memoryRoom) keep(s memorySnapshot) {
	r.snapshots = append(r.snapshots, s)
	if extra := len(r.snapshots) - keptSnapshots; extra > 0 {
		r.snapshots = append([]memorySnapshot(nil), r.snapshots[extra:]...)
	}
}

func (r *memoryRoom) at(lsn wire.LSN) (wire.Record, error) {
	record, err := wire.ReadRecord(r.records[lsn-r.First])
	if err != nil {
		return record, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return record, nil
}

func (r *memoryRoom) tagAt(lsn wire.LSN) (wire.Tag, error) {
	record, err := r.at(lsn)
	return record.Tag, err
}
