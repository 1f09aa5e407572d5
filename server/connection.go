package server

import (
	"bytes"
	"errors"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/lxzan/gws"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/wire"
)

// writeTimeout is how long one transport message may take to leave. A peer that takes none for so long is gone.
const writeTimeout = 30 * time.Second

// idleTimeout is how long a peer may be silent. Clients ping three times as often.
const idleTimeout = 75 * time.Second

// A peer is one WebSocket, whichever kind of session it has.
type peer interface {
	receive(m *gws.Message)
	leave()
}

// A caller is a peer that has a place.
type caller struct {
	peer
	free  func() // gives the place back
	heard bool   // it has said something
}

func (c *caller) receive(m *gws.Message) {
	c.heard = true
	c.peer.receive(m)
}

func (c *caller) leave() {
	c.peer.leave()
	c.free()
}

// join makes a WebSocket of the request and joins it to the room. It reports whether the place is taken.
func (s *Server[S]) join(w http.ResponseWriter, r *http.Request, g guest, in *room.Room[S], leave func()) bool {
	socket, err := s.upgrader.Upgrade(watchedWriter{w, frameRate(s.options.Room.Rate)}, r)
	if err != nil {
		return false // the library has answered
	}
	joined, err := enter(socket, in, g.principal)
	if errors.Is(err, room.ErrClosed) { // nobody was in it, and it has just been closed for that
		<-in.Ended()
		if in, err = s.open(r.Context(), g.room, false); err == nil {
			joined, err = enter(socket, in, g.principal)
		}
	}
	switch {
	case errors.Is(err, room.ErrFull):
		refuseSocket(socket, wire.CloseOverloaded, "the room is full; try again later")
		return false
	case err != nil:
		refuseSocket(socket, wire.CloseRetry, "the room is closing")
		return false
	}
	if !g.until.IsZero() {
		leave = expire(socket, g.until, leave)
	}
	socket.Session().Store(peerKey, &caller{peer: joined, free: leave})
	socket.SetReadDeadline(time.Now().Add(s.options.HelloTimeout))
	go socket.ReadLoop() // on a stack of its own: that of the HTTP handler is large
	return true
}

// expire closes a connection at a time, unless it is gone before. It returns what is to be called then.
func expire(socket *gws.Conn, at time.Time, leave func()) func() {
	timer := time.AfterFunc(time.Until(at), func() { refuseSocket(socket, wire.CloseExpired, "please authenticate again") })
	return func() {
		timer.Stop()
		leave()
	}
}

// refuseSocket closes a WebSocket from this side.
func refuseSocket(socket *gws.Conn, code wire.CloseCode, why string) {
	if socket.SubProtocol() == viewProtocol {
		closeView(socket, code, why)
		return
	}
	(&connection{socket}).Close(code, why)
}

func enter[S aper.StateMachine[S]](socket *gws.Conn, in *room.Room[S], p room.Principal) (peer, error) {
	if socket.SubProtocol() == viewProtocol {
		return joinView(socket, in, p)
	}
	return joinReplica(socket, in, p)
}

const peerKey = "peer"

// events passes what a socket does to its peer.
type events struct{}

func callerOf(socket *gws.Conn) *caller {
	value, _ := socket.Session().Load(peerKey)
	c, _ := value.(*caller)
	return c
}

func (events) OnOpen(*gws.Conn)         {}
func (events) OnPong(*gws.Conn, []byte) {}
func (events) OnPing(socket *gws.Conn, payload []byte) {
	if c := callerOf(socket); c != nil && c.heard {
		socket.SetReadDeadline(time.Now().Add(idleTimeout))
	}
	socket.SetWriteDeadline(time.Now().Add(writeTimeout)) // else the one of the last message holds, or none
	socket.WritePong(payload)
}

func (events) OnClose(socket *gws.Conn, _ error) {
	if c := callerOf(socket); c != nil {
		c.leave()
	}
}

func (events) OnMessage(socket *gws.Conn, m *gws.Message) {
	defer m.Close()
	socket.SetReadDeadline(time.Now().Add(idleTimeout))
	if c := callerOf(socket); c != nil {
		c.receive(m)
	}
}

// quiet keeps the library from writing to the standard logger: a peer that breaks off is nothing to report.
type quiet struct{}

func (quiet) Error(...any) {}

// connection is a room.Connection over a WebSocket.
type connection struct{ socket *gws.Conn }

func (c *connection) Write(parts [][]byte) error {
	c.socket.SetWriteDeadline(time.Now().Add(writeTimeout))
	return c.socket.Writev(gws.OpcodeBinary, parts...)
}

func (c *connection) Close(code wire.CloseCode, reason string) {
	for len(reason) > maxCloseReason { // between characters, as RFC 6455 wants valid UTF-8
		_, size := utf8.DecodeLastRuneInString(reason)
		reason = reason[:len(reason)-size]
	}
	c.socket.SetWriteDeadline(time.Now().Add(writeTimeout))
	c.socket.WriteClose(uint16(code), []byte(reason))
}

// maxCloseReason is what fits into a close frame (RFC 6455, 5.5).
const maxCloseReason = 123

// A replica is a session that speaks the binary protocol.
type replica[S aper.StateMachine[S]] struct {
	*room.Session[S]
	connection
}

func joinReplica[S aper.StateMachine[S]](socket *gws.Conn, in *room.Room[S], who room.Principal) (peer, error) {
	p := &replica[S]{connection: connection{socket}}
	session, err := in.Join(&p.connection, who)
	p.Session = session
	return p, err
}

func (p *replica[S]) receive(m *gws.Message) {
	if p.Session.Receive(bytes.Clone(m.Bytes())) != nil {
		p.connection.Close(wire.CloseRetry, "the room is closing")
	}
}

func (p *replica[S]) leave() { p.Session.Leave() }
