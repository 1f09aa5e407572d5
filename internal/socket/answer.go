package socket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

var (
	errClosing = errors.New("the server is closing")
	errTooMany = errors.New("too many others look into this server at the same time; try again later")
)

// prefix is the version of what is said here.
const prefix = "/aper/1/"

func (s *Socket) handler() http.Handler {
	operations := http.NewServeMux()
	for name, answer := range map[string]func(*response, *http.Request) error{
		"hello": func(*response, *http.Request) error { return nil }, "rooms": s.rooms, "look": s.look, "read": s.read,
		"snapshot": s.snapshot, "delete": s.delete, "backup": s.backup,
	} {
		operations.HandleFunc("POST "+prefix+name, func(w http.ResponseWriter, r *http.Request) {
			to := &response{w: w}
			to.end(answer(to, r))
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err, _ := r.Context().Value(refusedKey{}).(error); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		if err := s.begin(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		defer s.end()
		operations.ServeHTTP(w, r)
	})
}

// refusedKey is where the context of a connection says why it may not look.
type refusedKey struct{}

func (s *Socket) introduce(ctx context.Context, c net.Conn) context.Context {
	if err := s.options.check(c.(*net.UnixConn)); err != nil {
		return context.WithValue(ctx, refusedKey{}, err)
	}
	return ctx
}

// A response writes frames. After an error, which is mostly that the client went away, it writes no more.
type response struct {
	w      http.ResponseWriter
	buffer []byte
	err    error
}

// send sends a value, an error, or both. It returns whether to go on.
func (r *response) send(value []byte, err error) bool {
	return r.write(&frame{value: value, err: err, more: true})
}

// end sends an error, if there is one, and that this is all.
func (r *response) end(err error) {
	if err == nil || r.send(nil, err) {
		r.write(&frame{})
	}
}

func (r *response) write(f *frame) bool {
	if r.err == nil {
		r.buffer = f.append(r.buffer[:0])
		_, r.err = r.w.Write(r.buffer)
	}
	return r.err == nil
}

func (s *Socket) rooms(to *response, r *http.Request) error {
	for entry, err := range s.options.Store.Rooms(r.Context()) {
		if !to.send(appendEntry(nil, entry), err) {
			return nil
		}
	}
	return nil
}

// look holds a room for as long as the request lasts.
func (s *Socket) look(to *response, r *http.Request) error {
	log, head, err := s.options.Store.Look(r.Context(), aper.RoomID(r.URL.Query().Get("room")))
	if err != nil {
		return err
	}
	defer log.Close()
	number := s.remember(log)
	defer s.forget(number)
	if to.send(appendLook(nil, number, head), nil) && http.NewResponseController(to.w).Flush() == nil {
		<-r.Context().Done()
	}
	return nil
}

func (s *Socket) read(to *response, r *http.Request) error {
	log, from, err := s.looking(r, "from")
	if err != nil {
		return err
	}
	var stored []byte
	for record, err := range log.Read(r.Context(), wire.LSN(from)) {
		if err != nil {
			return err
		}
		stored = record.Append(stored[:0])
		if !to.send(stored, nil) {
			return nil
		}
	}
	return nil
}

func (s *Socket) snapshot(to *response, r *http.Request) error {
	log, at, err := s.looking(r, "at")
	if err != nil {
		return err
	}
	found, err := log.Snapshot(r.Context(), wire.LSN(at))
	if err == nil {
		to.send(snapshotBytes(found), nil)
	}
	return err
}

// looking returns the room that a request is about, and the place in it.
func (s *Socket) looking(r *http.Request, place string) (log journal.Reader, at uint64, err error) {
	number, err := numberOf(r, "look")
	if err == nil {
		at, err = numberOf(r, place)
	}
	if err != nil {
		return nil, 0, err
	}
	if log = s.lookOf(number); log == nil {
		return nil, 0, journal.ErrClosed
	}
	return log, at, nil
}

func numberOf(r *http.Request, name string) (uint64, error) {
	n, err := strconv.ParseUint(r.URL.Query().Get(name), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %s has to be a number", journal.ErrRefused, name)
	}
	return n, nil
}

func (s *Socket) delete(_ *response, r *http.Request) error {
	return s.options.Delete(r.Context(), aper.RoomID(r.URL.Query().Get("room")))
}

// backup copies to a path of this machine. The file there is this program's.
func (s *Socket) backup(_ *response, r *http.Request) error {
	store, ok := s.options.Store.(interface {
		Backup(ctx context.Context, path string) error
	})
	if !ok {
		return fmt.Errorf("the store cannot be backed up: %w", errors.ErrUnsupported)
	}
	path := r.URL.Query().Get("path")
	if !filepath.IsAbs(path) {
		return fmt.Errorf("%w: the path of a backup has to be absolute", journal.ErrRefused)
	}
	return store.Backup(r.Context(), path)
}
