package journal

import (
	"context"
	"sync"

	"github.com/aper-go/aper"
)

// Memory is a store that lives and dies with its value: the reference implementation of the contract, for tests and for
// rooms that need not outlive the process. What it acknowledged is there when a room is opened again, as after a crash
// of everything but the store. It keeps records encoded, as a store on a disk does, so that a record which cannot make
// the journey is found out.
type Memory struct {
	mu    sync.Mutex
	rooms map[aper.RoomID]*memoryRoom
}

type memoryRoom struct {
	Row
	records   [][]byte // from Row.First
	snapshots []memorySnapshot
}

type memorySnapshot struct {
	Mark
	encoded []byte
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{rooms: make(map[aper.RoomID]*memoryRoom)} }

// Open is the method of Store.
func (m *Memory) Open(ctx context.Context, room aper.RoomID, o OpenOptions) (Log, Head, error) {
	head, err := m.open(ctx, room, o)
	if err != nil {
		return nil, Head{}, &Error{"open", room, 0, err}
	}
	return &memoryLog{memoryReader: memoryReader{store: m, room: room, term: head.Term}}, head, nil
}

func (m *Memory) open(ctx context.Context, id aper.RoomID, o OpenOptions) (Head, error) {
	if err := ctx.Err(); err != nil {
		return Head{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	room := m.rooms[id]
	if room == nil {
		room = &memoryRoom{}
	}
	row := room.Row
	if row.Look() != nil {
		if err := row.Create(id, o); err != nil {
			return Head{}, err
		}
	}
	if err := row.Open(o); err != nil {
		return Head{}, err
	}
	room.Row = row
	m.rooms[id] = room
	return room.head()
}

func (r *memoryRoom) head() (Head, error) {
	s, err := r.snapshot(r.Last)
	return Head{Term: r.Term, Snapshot: s, LSN: r.Last, Tag: r.Tag, Restored: r.Restored}, err
}
