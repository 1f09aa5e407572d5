package journal

import (
	"context"
	"fmt"
	"sync"

	"github.com/aper-go/aper/wire"
)

type memoryLog struct {
	memoryReader

	mu    sync.Mutex
	ended error // the error after which nothing is written any more
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
		room.keep(s)
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

// write changes the room, unless the log has ended.
func (l *memoryLog) write(ctx context.Context, change func(*memoryRoom) error) error {
	return l.look(ctx, func(room *memoryRoom) error {
		if ended := l.end(nil); ended != nil {
			return fmt.Errorf("this log ended with an earlier error: %w", ended)
		}
		return change(room)
	})
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

// keep stores a snapshot, and keeps of the others the newest and those that this one names.
func (r *memoryRoom) keep(s *wire.RoomSnapshot) {
	named := make(map[wire.LSN]bool)
	for _, m := range s.Earlier {
		named[m.LSN] = true
	}
	var kept []memorySnapshot
	for i, old := range r.snapshots {
		if i == len(r.snapshots)-1 || named[old.LSN] {
			kept = append(kept, old)
		}
	}
	r.snapshots = append(kept, memorySnapshot{Mark{s.LSN, s.RecordTag}, s.Append(nil)})
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
