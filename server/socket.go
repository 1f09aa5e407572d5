package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/internal/socket"
	"github.com/aper-go/aper/journal"
)

// NoSocket, as Options.Socket, is none.
const NoSocket = "-"

// A Deleter is a Server, whatever its machine is.
type Deleter interface {
	Delete(ctx context.Context, id aper.RoomID) error
	named(key aper.RoomID) (id aper.RoomID, ok bool)
}

// ListenAdmin lets the verbs of package admin look into a store while it is in use, by way of a Unix socket at the path. A
// server with Options.File does this by itself; this is for programs whose servers share a store. The verbs look for the
// socket beside the file, at its path with ".sock" behind it, or are given its own path. A room that they delete is closed
// first by the one of the servers that has it. Close what is returned before the store.
func ListenAdmin(path string, store journal.Catalog, servers ...Deleter) (io.Closer, error) {
	s, err := socket.Listen(path, socket.Options{Store: store, Delete: func(ctx context.Context, key aper.RoomID) error {
		for _, one := range servers {
			if id, ok := one.named(key); ok {
				return one.Delete(ctx, id)
			}
		}
		return store.Delete(ctx, key)
	}})
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	return s, nil
}

// named returns the name of the room that the journal knows by the key, if it is one of this server.
func (s *Server[S]) named(key aper.RoomID) (id aper.RoomID, ok bool) {
	name, ok := strings.CutPrefix(string(key), s.options.Name+"/")
	return aper.RoomID(name), ok
}

// listen opens the socket that Options ask for. A server is as good without it, so a failure is only told.
func (s *Server[S]) listen() io.Closer {
	path := s.options.Socket
	if path == "" && s.options.File != "" && runtime.GOOS != "windows" {
		path = s.options.File + ".sock"
	}
	if path == "" || path == NoSocket {
		return nothing{}
	}
	err := errors.New("server: the store cannot be looked into: it is no journal.Catalog")
	if catalog, ok := s.store.(journal.Catalog); ok {
		var opened io.Closer
		if opened, err = ListenAdmin(path, catalog, s); err == nil {
			return opened
		}
	}
	s.options.Log.Warn("the verbs of package admin cannot look into this server while it runs; set server.Options.Socket to another path, or to \""+
		NoSocket+"\" for none", "error", err)
	return nothing{}
}

// nothing needs no closing.
type nothing struct{}

func (nothing) Close() error { return nil }
