package journal

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/aper-go/aper"
)

// Rooms is the method of Catalog.
func (m *Memory) Rooms(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		m.mu.Lock()
		rooms := slices.Sorted(maps.Keys(m.rooms))
		m.mu.Unlock()
		for _, id := range rooms {
			if err := ctx.Err(); err != nil {
				yield(Entry{}, err)
				return
			}
			m.mu.Lock()
			row := m.rooms[id].Row
			m.mu.Unlock()
			if row.Look() == nil && !yield(row.Entry(id), nil) {
				return
			}
		}
	}
}

// Look is the method of Catalog.
func (m *Memory) Look(ctx context.Context, id aper.RoomID) (Reader, Head, error) {
	head, err := m.look(ctx, id)
	if err != nil {
		return nil, Head{}, &Error{"look", id, 0, err}
	}
	return &memoryReader{store: m, room: id, term: head.Term}, head, nil
}

func (m *Memory) look(ctx context.Context, id aper.RoomID) (Head, error) {
	if err := ctx.Err(); err != nil {
		return Head{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	room := m.rooms[id]
	if room == nil {
		return Head{}, ErrAbsent
	}
	if err := room.Row.Look(); err != nil {
		return Head{}, err
	}
	return room.head()
}

// Delete is the method of Catalog.
func (m *Memory) Delete(ctx context.Context, id aper.RoomID) error {
	if err := m.delete(ctx, id); err != nil {
		return &Error{"delete", id, 0, err}
	}
	return nil
}

func (m *Memory) delete(ctx context.Context, id aper.RoomID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	room := m.rooms[id]
	if room == nil {
		return ErrAbsent
	}
	if err := room.Row.Delete(); err != nil {
		return err
	}
	room.records, room.snapshots = nil, nil
	return nil
}
