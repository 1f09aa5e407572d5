package server

import (
	"net/http"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/room"
)

// A guest is somebody who was admitted to a room.
type guest struct {
	room      aper.RoomID
	principal room.Principal
	mayCreate bool
	until     time.Time
}

// admit finds out who makes a request and whether he may join the room. When he may not, the error is what he is told.
func (s *Server[S]) admit(r *http.Request, id aper.RoomID) (g guest, status int, err error) {
	j := Joining{Request: r, Room: id}
	if s.options.Authenticate != nil {
		if j.User, err = s.options.Authenticate(r); err != nil {
			return g, http.StatusUnauthorized, err
		}
	}
	if s.options.Authorize != nil {
		if err := s.options.Authorize(&j); err != nil {
			return g, http.StatusForbidden, err
		}
	}
	return guest{id, room.Principal{User: j.User, ReadOnly: j.ReadOnly, SeesAll: j.SeesAll}, !j.NoCreate, j.Until}, 0, nil
}

// whole reports whether a guest may have the state itself, and not just a view of it.
func (s *Server[S]) whole(g guest) bool { return g.principal.SeesAll || !engine.Hides[S]() }

// secret begins what those are told who may not.
func (s *Server[S]) secret() string {
	return engine.MachineName[S]() + " hides information, so each session is shown its own view"
}
