package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lxzan/gws"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/wire"
)

// Options configure a Server. The zero value keeps rooms in memory.
type Options struct {
	// File is where rooms are kept. It is made when it does not exist. Without File and Store they are kept in memory and
	// are lost with the process.
	File string
	// Store keeps the rooms somewhere else than in File.
	Store journal.Store
	// Name is what rooms are kept under: room "lobby" is "Name/lobby" in the journal, so that servers of several machines can
	// share a store. Default: the name of the state's type, as in "counter.Counter". Set it to the old name when you
	// rename the type. At most 50 bytes.
	Name string
	// Room configures every room. Its Authorize says who may push what.
	Room room.Options
	// Authenticate returns who makes a request, in at most 64 bytes, from a cookie for example. The name is in the Meta of
	// all that user's transitions. An error refuses the request, and is what the user is told. By default nobody has a name.
	Authenticate func(r *http.Request) (user string, err error)
	// Authorize decides who may join which room, before the room is opened or made. An error refuses, and is what the user is
	// told. By default everyone may join, and make, every room.
	Authorize func(j *Joining) error
	// Origins are the hosts, such as "example.com" or "localhost:5173", whose pages may connect beside those of the
	// server's own host. "*" lets every page connect. Programs that are no browsers send no origin and may connect.
	Origins []string
	// MaxMessage limits one transport message from a client, in bytes. Default 1 MiB.
	MaxMessage int
	// MaxRooms limits how many rooms are open. Default 10,000.
	MaxRooms int
	// NewRooms limits how many rooms may be made in a minute. Default 600; negative for no limit.
	NewRooms int
	// HelloTimeout is how long a connection may say nothing at first. Default 10 seconds.
	HelloTimeout time.Duration
	// MaxPerUser limits how many connections one authenticated user has. Default 100; negative for no limit.
	MaxPerUser int
	// MaxPerAddress limits how many connections come from one address. Default 500; negative for no limit.
	MaxPerAddress int
	// Address returns the address that a request comes from, or nothing when it is not to be counted. By default it is that of
	// the connection, if it is a public one: behind a proxy, set it to what your proxy says in X-Forwarded-For.
	Address func(r *http.Request) string
	// Socket is the path of a Unix socket, of at most about a hundred bytes, by which the verbs of package admin look into this
	// server while it runs. Only programs of the same user, or of root, can use it. Default: File with ".sock" behind it, except
	// on Windows, where there is none; NoSocket for none, as tests need it that run in a bubble of testing/synctest.
	Socket string
	// Log receives what operators should know. Default slog.Default().
	Log *slog.Logger
}

// A Joining is somebody who wants to join a room.
type Joining struct {
	Request *http.Request
	Room    aper.RoomID
	User    string // as Authenticate said

	ReadOnly bool // set it to let him look but not change anything
	NoCreate bool // set it to refuse where there is no such room yet
	SeesAll  bool // set it to show him everything, also what the machine hides from others

	// Until is when this has to be asked again, because a token expires for example. The connection is closed then, and the
	// client comes back by itself, to Authenticate. Zero means never.
	Until time.Time
}

// A Server serves the rooms of one state machine. It is an http.Handler.
type Server[S aper.StateMachine[S]] struct {
	initial  S
	options  Options
	store    journal.Store
	release  func() error // closes what New opened
	socket   io.Closer    // for the verbs of package admin
	upgrader *gws.Upgrader

	addresses callers
	users     callers

	mu     sync.Mutex
	rooms  map[aper.RoomID]*slot[S]
	made   quota
	closed bool
}

// The subprotocols; see the package's description.
const (
	replicaProtocol = "aper.1"
	viewProtocol    = "aper.json.1"
)

// New returns a server whose rooms begin with the initial state.
func New[S aper.StateMachine[S]](initial S, o Options) (*Server[S], error) {
	if o.File != "" && o.Store != nil {
		return nil, errors.New("server: both File and Store are set; choose one")
	}
	o.MaxMessage = cmp.Or(o.MaxMessage, 1<<20)
	o.MaxRooms = cmp.Or(o.MaxRooms, 10_000)
	o.NewRooms = cmp.Or(o.NewRooms, 600)
	o.HelloTimeout = cmp.Or(o.HelloTimeout, 10*time.Second)
	o.MaxPerUser = cmp.Or(o.MaxPerUser, 100)
	o.MaxPerAddress = cmp.Or(o.MaxPerAddress, 500)
	if o.Address == nil {
		o.Address = publicAddress
	}
	o.Name = cmp.Or(o.Name, engine.MachineName[S]())
	if len(o.Name) > maxName {
		return nil, fmt.Errorf("server: Name has %d bytes, %d are possible", len(o.Name), maxName)
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Room.Log == nil {
		o.Room.Log = o.Log
	}
	s := &Server[S]{initial: initial, options: o, store: o.Store, release: func() error { return nil }}
	s.rooms = map[aper.RoomID]*slot[S]{}
	switch {
	case o.File != "":
		store, err := bolt.Open(o.File, bolt.Options{})
		if err != nil {
			return nil, fmt.Errorf("server: %w", err)
		}
		s.store, s.release = store, store.Close
	case o.Store == nil:
		s.store = journal.NewMemory()
	}
	s.upgrader = gws.NewUpgrader(events{}, &gws.ServerOption{
		ReadMaxPayloadSize:  o.MaxMessage,
		WriteMaxPayloadSize: 1 << 30, // the state's own limit decides
		ReadBufferSize:      1 << 10,
		SubProtocols:        []string{replicaProtocol, viewProtocol},
		Logger:              quiet{},
	})
	s.socket = s.listen()
	return s, nil
}

// ServeHTTP joins a WebSocket to the room that the path names, and answers other requests with the room's state as JSON.
func (s *Server[S]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == healthPath || r.URL.Path == readyPath {
		s.health(w, r)
		return
	}
	id, err := aper.ParseRoomID(strings.TrimPrefix(r.URL.Path, "/"))
	switch {
	case err != nil:
		s.refuse(w, r, http.StatusNotFound, wire.CloseRefused, err.Error())
		return
	case !strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		s.get(w, r, id)
		return
	case !s.allowed(r):
		s.refuse(w, r, http.StatusForbidden, wire.CloseRefused,
			fmt.Sprintf("pages of %s may not connect here; add its host to server.Options.Origins", r.Header.Get("Origin")))
		return
	case !offers(r, replicaProtocol) && !offers(r, viewProtocol):
		http.Error(w, fmt.Sprintf("offer the subprotocol %s or %s", replicaProtocol, viewProtocol), http.StatusBadRequest)
		return
	}
	g, status, err := s.admit(r, id)
	if err != nil {
		s.refuse(w, r, status, wire.CloseRefused, err.Error())
		return
	}
	if offers(r, replicaProtocol) && !s.whole(g) { // the engine would refuse it, too
		http.Error(w, s.secret()+"; offer only the subprotocol "+viewProtocol, http.StatusForbidden)
		return
	}
	opened, err := s.open(r.Context(), id, g.mayCreate)
	if err != nil {
		status, code, why := s.problem(id, err)
		s.refuse(w, r, status, code, why)
		return
	}
	leave, err := s.count(r, g.principal.User)
	if err != nil {
		s.refuse(w, r, http.StatusTooManyRequests, wire.CloseOverloaded, err.Error())
		return
	}
	if !s.join(w, r, g, opened, leave) {
		leave()
	}
}

// refuse answers a request that cannot be joined. A page cannot see why a WebSocket was refused, so one that offers the
// view protocol is let in and told there.
func (s *Server[S]) refuse(w http.ResponseWriter, r *http.Request, status int, code wire.CloseCode, why string) {
	if !offers(r, viewProtocol) || offers(r, replicaProtocol) {
		http.Error(w, why, status)
		return
	}
	if socket, err := s.upgrader.Upgrade(w, r); err == nil {
		closeView(socket, code, why)
	}
}

func offers(r *http.Request, protocol string) bool {
	for _, header := range r.Header.Values("Sec-WebSocket-Protocol") {
		for offered := range strings.SplitSeq(header, ",") {
			if strings.TrimSpace(offered) == protocol {
				return true
			}
		}
	}
	return false
}

// allowed keeps other people's pages from using a visitor's cookies here. Browsers send the origin and do not let pages
// change it.
func (s *Server[S]) allowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	if strings.EqualFold(u.Host, r.Host) {
		return true
	}
	for _, allowed := range s.options.Origins {
		if allowed == "*" || strings.EqualFold(allowed, u.Host) {
			return true
		}
	}
	return false
}

// Close closes all rooms. What came in before is decided, made durable and published first; clients are told to come
// back. Call it after http.Server.Shutdown.
func (s *Server[S]) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	slots := make([]*slot[S], 0, len(s.rooms))
	for _, one := range s.rooms {
		slots = append(slots, one)
	}
	s.mu.Unlock()
	unseen := s.socket.Close()
	var wait sync.WaitGroup
	failed := make([]error, len(slots))
	for i, one := range slots {
		wait.Go(func() {
			<-one.ready
			if one.room != nil {
				failed[i] = one.room.Close(ctx)
			}
		})
	}
	wait.Wait()
	return errors.Join(append(failed, unseen, s.release())...)
}
