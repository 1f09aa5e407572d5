package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// get answers a request that is no WebSocket with the state as JSON. It makes no room. The ETag names the position, so that who
// asks again with If-None-Match is told in a few bytes that nothing has changed.
func (s *Server[S]) get(w http.ResponseWriter, r *http.Request, id aper.RoomID) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, fmt.Sprintf("This is room %q of an Aper server. GET its state, or join it with a WebSocket that offers the subprotocol %s or %s.",
			id, replicaProtocol, viewProtocol), http.StatusMethodNotAllowed)
		return
	}
	g, status, err := s.admit(r, id)
	if err != nil {
		http.Error(w, err.Error(), status)
		return
	}
	if !s.whole(g) {
		http.Error(w, s.secret()+"; join with a WebSocket that offers the subprotocol "+viewProtocol, http.StatusForbidden)
		return
	}
	opened, err := s.open(r.Context(), g.room, false)
	if err != nil {
		status, _, why := s.problem(id, err)
		http.Error(w, why, status)
		return
	}
	state, position := opened.State()
	tag := fmt.Sprintf(`"%x-%d"`, uint64(position.Epoch), position.Seq)
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "private, no-cache")
	if r.Header.Get("If-None-Match") == tag { // before the state is encoded
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body, err := aper.ToJSON(state)
	if err != nil {
		s.options.Log.Error("the state cannot be written as JSON", "room", id, "error", err)
		http.Error(w, "the state cannot be written as JSON", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// problem returns how to tell somebody that a room could not be opened, and logs what operators should know.
func (s *Server[S]) problem(id aper.RoomID, err error) (status int, code wire.CloseCode, why string) {
	switch {
	case errors.Is(err, journal.ErrAbsent):
		return http.StatusNotFound, wire.CloseRefused, "there is no such room"
	case errors.Is(err, errTooMany), errors.Is(err, errTooManyNew):
		return http.StatusServiceUnavailable, wire.CloseOverloaded, "there are too many rooms; try again later"
	}
	s.options.Log.Error("a room cannot be opened", "room", id, "error", err)
	return http.StatusServiceUnavailable, wire.CloseUnavailable, "the room cannot be opened"
}

// The paths that the server keeps for itself.
const (
	healthPath = "/-/health"
	readyPath  = "/-/ready"
)

// health says that the process lives, and ready that it takes connections: not any more once Close was called.
func (s *Server[S]) health(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed && r.URL.Path == readyPath {
		http.Error(w, "closing", http.StatusServiceUnavailable)
		return
	}
	io.WriteString(w, "ok\n")
}
