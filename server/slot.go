package server

import (
	"context"
	"errors"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/room"
)

var (
	errClosed     = errors.New("server: closed")
	errTooMany    = errors.New("server: too many rooms are open; see server.Options.MaxRooms")
	errTooManyNew = errors.New("server: too many rooms were made in the last minute; see server.Options.NewRooms")
)

const (
	openTimeout = 30 * time.Second
	maxName     = 50
)

// A slot is a room that is open or being opened.
type slot[S aper.StateMachine[S]] struct {
	create bool          // it is made where there is none
	ready  chan struct{} // closed when the rest is set
	room   *room.Room[S]
	err    error
}

// open returns the room, which it opens when nobody has, or when it has ended.
func (s *Server[S]) open(ctx context.Context, id aper.RoomID, create bool) (*room.Room[S], error) {
	for {
		s.mu.Lock()
		found, err := s.slot(id, create)
		s.mu.Unlock()
		if err != nil {
			return nil, err
		}
		select {
		case <-found.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if create && !found.create && errors.Is(found.err, journal.ErrAbsent) {
			continue // it was opened for somebody who may not make it
		}
		return found.room, found.err
	}
}

// slot returns the room's slot, or a new one that is being filled. The mutex is held.
func (s *Server[S]) slot(id aper.RoomID, create bool) (*slot[S], error) {
	found := s.rooms[id]
	switch {
	case s.closed:
		return nil, errClosed
	case found != nil && !found.ended():
		return found, nil
	case found == nil && len(s.rooms) >= s.options.MaxRooms:
		return nil, errTooMany
	}
	found = &slot[S]{create: create, ready: make(chan struct{})}
	s.rooms[id] = found
	go s.load(id, found)
	return found, nil
}

// load does not use the context of the request that came first: others wait for the same room.
func (s *Server[S]) load(id aper.RoomID, into *slot[S]) {
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	into.room, into.err = s.openOrMake(ctx, id, into)
	close(into.ready)
	if into.err != nil {
		s.forget(id, into)
	}
}

// openOrMake opens a room, and makes it only after it turned out to be absent.
func (s *Server[S]) openOrMake(ctx context.Context, id aper.RoomID, into *slot[S]) (*room.Room[S], error) {
	o := s.options.Room
	o.OnEnd = func() { s.forget(id, into) }
	o.MustExist = true
	opened, err := room.Open(ctx, s.store, s.key(id), s.initial, o)
	if !into.create || !errors.Is(err, journal.ErrAbsent) {
		return opened, err
	}
	if !s.mayMake() {
		return nil, errTooManyNew
	}
	o.MustExist = false
	return room.Open(ctx, s.store, s.key(id), s.initial, o)
}

// key returns the name of a room in the journal.
func (s *Server[S]) key(id aper.RoomID) aper.RoomID { return aper.RoomID(s.options.Name) + "/" + id }

// mayMake reports whether another room may be made, and counts it.
func (s *Server[S]) mayMake() bool {
	if s.options.NewRooms < 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made.take(s.options.NewRooms, time.Now())
}

// A quota allows so many in every minute.
type quota struct {
	since time.Time
	count int
}

func (q *quota) take(limit int, now time.Time) bool {
	if now.Sub(q.since) >= time.Minute {
		q.since, q.count = now, 0
	}
	q.count++
	return q.count <= limit
}

// forget drops the slot of a room that is not open any more.
func (s *Server[S]) forget(id aper.RoomID, ended *slot[S]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[id] == ended {
		delete(s.rooms, id)
	}
}

// ended reports whether the slot has to be filled anew: the room could not be opened, or its journal failed.
func (s *slot[S]) ended() bool {
	select {
	case <-s.ready:
	default:
		return false
	}
	if s.err != nil {
		return true
	}
	select {
	case <-s.room.Ended():
		return true
	default:
		return false
	}
}
