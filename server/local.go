package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/wire"
)

// Client returns a client in this process: a bot, an agent, or a job that runs now and then. It has no network between
// itself and the room, which it opens or makes, and is a session like any other. Authenticate and Authorize are not asked.
func (s *Server[S]) Client(ctx context.Context, id aper.RoomID, who room.Principal, o client.Options) (*client.Client[S], error) {
	return client.Join[S](ctx, id, func(ctx context.Context) (client.Transport, error) { return s.dial(ctx, id, who) }, o)
}

func (s *Server[S]) dial(ctx context.Context, id aper.RoomID, who room.Principal) (client.Transport, error) {
	in, err := s.open(ctx, id, true)
	if err != nil {
		return nil, err
	}
	p := &pipe{messages: make(chan []byte), closed: make(chan struct{})}
	session, err := in.Join(pipeEnd{p}, who)
	if err != nil {
		return nil, err
	}
	p.session = session
	return p, nil
}

// A pipe connects a client in this process with a session. It is the client's end.
type pipe struct {
	session interface {
		Receive(message []byte) error
		Leave()
	}
	messages chan []byte
	closed   chan struct{}
	once     sync.Once
}

func (p *pipe) Read(ctx context.Context) ([]byte, error) {
	select {
	case message := <-p.messages:
		return message, nil
	case <-p.closed:
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipe) Write(_ context.Context, message []byte) error { return p.session.Receive(message) }

func (p *pipe) Close() error {
	p.hangUp()
	p.session.Leave()
	return nil
}

func (p *pipe) hangUp() { p.once.Do(func() { close(p.closed) }) }

// A pipeEnd is the session's.
type pipeEnd struct{ pipe *pipe }

func (e pipeEnd) Write(parts [][]byte) error {
	select {
	case e.pipe.messages <- slices.Concat(parts...):
		return nil
	case <-e.pipe.closed:
		return io.ErrClosedPipe
	}
}

func (e pipeEnd) Close(wire.CloseCode, string) { e.pipe.hangUp() }

// Room returns a room, which it opens, for programs that look at it from within: its state, its members, its past. When it
// must not be made it returns an error that is journal.ErrAbsent where there is none. A room that nobody is in ends after
// a while; ask for it again, then.
func (s *Server[S]) Room(ctx context.Context, id aper.RoomID, create bool) (*room.Room[S], error) {
	return s.open(ctx, id, create)
}

// Delete removes a room for good. Who is in it is told to come back later, and finds a new room if he may make one.
func (s *Server[S]) Delete(ctx context.Context, id aper.RoomID) error {
	catalog, ok := s.store.(journal.Catalog)
	if !ok {
		return fmt.Errorf("server: cannot delete room %q: the store cannot delete: %w", id, errors.ErrUnsupported)
	}
	if err := s.closeRoom(ctx, id); err != nil {
		return err
	}
	return catalog.Delete(ctx, s.key(id))
}

func (s *Server[S]) closeRoom(ctx context.Context, id aper.RoomID) error {
	s.mu.Lock()
	found := s.rooms[id]
	s.mu.Unlock()
	if found == nil {
		return nil
	}
	select {
	case <-found.ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	if found.room == nil {
		return nil
	}
	return found.room.Close(ctx)
}

// Backup writes all rooms as they are now to a new file, while the server goes on. What is written is itself a file that a
// server can use. It needs Options.File, or a store with such a method.
func (s *Server[S]) Backup(ctx context.Context, path string) error {
	store, ok := s.store.(interface {
		Backup(ctx context.Context, path string) error
	})
	if !ok {
		return fmt.Errorf("server: cannot back up to %s: the store cannot be backed up: %w", path, errors.ErrUnsupported)
	}
	return store.Backup(ctx, path)
}
