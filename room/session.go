package room

import (
	"slices"
	"sync"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// A Connection carries transport messages to one peer. A room calls it from one goroutine at a time.
type Connection interface {
	// Write sends one transport message, the concatenation of parts, and may block. The parts must not be changed.
	Write(parts [][]byte) error
	// Close closes the connection. It must not block.
	Close(code wire.CloseCode, reason string)
}

// A Viewer is shown states instead of being sent messages. A room calls it from one goroutine at a time.
type Viewer[S aper.StateMachine[S]] interface {
	// Show is called with the latest state whenever it or an outcome is new, and may block. States that come while it
	// runs are skipped.
	Show(v View[S]) error
	// Close closes the connection. It must not block.
	Close(code wire.CloseCode, reason string)
}

// A View is what a Viewer is shown.
type View[S aper.StateMachine[S]] struct {
	State    S
	Position wire.Position
	Messages [][]byte // of the protocol: Welcome first, Verdicts, Pong, and Presences for those that follow them
	Partial  bool     // the state is what this session may see of it
}

// A Principal is who connects, as authentication and authorisation found it.
type Principal struct {
	User     string // at most 64 bytes; empty without authentication
	ReadOnly bool   // may look but not change anything
	SeesAll  bool   // is shown everything, also what the machine hides (engine.Secretive)
}

// A Session is one connection of a room.
type Session[S aper.StateMachine[S]] struct {
	room   *Room[S]
	attach engine.Attach
	peer   engine.Peer
	credit chan struct{} // tells the reader that the queue has room again
	gone   chan struct{} // closed when the connection is
	pace   pace
	user   *userPace // nil without authentication
	slowed sync.Once // it was said that it is
	queue  queue     // the inbox's

	connection Connection // exactly one of these
	viewer     Viewer[S]
	follows    bool // viewers: presences, too; never changed after the Hello

	// The room's mutex protects what follows.
	client  aper.ClientID // 0 before it has joined
	joined  bool
	opening [][]byte      // to be sent before anything else
	start   *published[S] // to be sent as a snapshot after it
	cursor  uint64
	repair  *published[S] // to be sent as a snapshot when the cursor has come there
	present uint64        // version of the presences that were sent
	shown   wire.Position // viewers: the position shown last
	lane    [][]byte      // messages to this session alone, after the frames
	waiting int           // bytes in it
	closing []byte        // the last message; nothing follows it
	writing bool
	left    bool
}

// Join announces a connection. The caller passes what it receives to the session's Receive, and calls Leave at the end.
func (r *Room[S]) Join(c Connection, p Principal) (*Session[S], error) {
	return r.enter(&Session[S]{connection: c}, p)
}

// JoinView announces a viewer. Its Hello must ask for a view.
func (r *Room[S]) JoinView(v Viewer[S], p Principal) (*Session[S], error) {
	return r.enter(&Session[S]{viewer: v}, p)
}

func (r *Room[S]) enter(s *Session[S], p Principal) (*Session[S], error) {
	s.room, s.credit, s.gone = r, make(chan struct{}, 1), make(chan struct{})
	s.peer = engine.Peer{User: p.User, ReadOnly: p.ReadOnly, SeesAll: p.SeesAll, Token: newToken()}
	if err := r.admit(s); err != nil {
		return nil, err
	}
	if _, open := r.inbox.put(s, item{kind: joins}); !open {
		r.remove(s)
		return nil, ErrClosed
	}
	return s, nil
}

// admit puts a session among those that are connected.
func (r *Room[S]) admit(s *Session[S]) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return ErrClosed
	case len(r.sessions) >= r.options.MaxConnections:
		return ErrFull
	}
	r.last++
	s.attach = r.last
	r.sessions[s.attach] = s
	s.user = r.paceOf(s.peer.User)
	return nil
}

// remove forgets a session.
func (r *Room[S]) remove(s *Session[S]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sessions, s.attach)
	if s.user == nil {
		return
	}
	if s.user.sessions--; s.user.sessions == 0 {
		delete(r.users, s.peer.User)
	}
}

// FollowPresences lets a viewer be told who is present, too: everyone in its first View, and in later ones what changed since.
// Call it before the Hello is received.
func (s *Session[S]) FollowPresences() {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	s.follows = true
}

// Receive takes one transport message, which the room keeps. It waits while too many of this session's messages wait
// for the room, or it has sent more than Options.Rate allows. It returns ErrClosed when the room has ended or Leave was called.
func (s *Session[S]) Receive(data []byte) error {
	if err := s.calmDown(); err != nil {
		return err
	}
	for {
		full, open := s.room.inbox.put(s, item{sends, data})
		switch {
		case !open:
			return ErrClosed
		case !full:
			return nil
		}
		select {
		case <-s.credit:
		case <-s.gone:
			return ErrClosed
		case <-s.room.ended:
			return ErrClosed
		}
	}
}

// Leave announces that the connection is gone.
func (s *Session[S]) Leave() {
	s.room.mu.Lock()
	already := s.left
	s.left = true
	s.room.mu.Unlock()
	if !already {
		close(s.gone)
		s.room.inbox.put(s, item{kind: leaves})
	}
}

// join lets the session have the state, and what follows, unless its Hello asked for another kind of session than its
// connection is: a view's Hello must not bring a replica in where only views may be.
func (s *Session[S]) join(j engine.Joined) bool {
	r := s.room
	if j.View != (s.viewer != nil) {
		m := wire.Close{Code: wire.CloseProtocol, Reason: "this connection is for the other kind of session"}
		s.closeAfter(m.Append(nil))
		return false
	}
	s.joined, s.client = true, j.Client
	s.opening = append(s.opening, j.Welcome)
	if j.Outcomes != nil {
		s.lane = append(s.lane, j.Outcomes)
	}
	if s.viewer == nil || s.follows {
		s.lane = append(s.lane, j.Presences)
		s.present = r.presence.version
	}
	if s.viewer != nil {
		return true
	}
	if j.Resumes {
		s.opening = append(s.opening, j.Missing...)
		s.cursor = r.ring.head()
		return true
	}
	s.start = r.snapshotForJoiner()
	s.cursor = s.start.cursor
	return true
}

// signal passes on what may be lost, and is when the connection is busy.
func (s *Session[S]) signal(message []byte) {
	if s.receives() && !s.writing {
		s.post(message)
	}
}

// post puts a message for this session alone where the writer finds it. A peer that asks for more than it takes is too
// slow, like one that does not keep up with the frames. What comes after the connection fell off is not sent, because of
// what came before some is missing.
func (s *Session[S]) post(message []byte) {
	if s.closing != nil {
		return
	}
	s.lane = append(s.lane, message)
	if s.waiting += len(message); s.waiting > s.room.options.Ring {
		s.fallOff()
	}
}

// fallOff closes a connection that cannot keep up. What it missed it gets when it comes back.
func (s *Session[S]) fallOff() {
	slow := wire.Close{Code: wire.CloseSlow, Reason: "too far behind; connect again"}
	s.drop()
	s.closeAfter(slow.Append(nil))
}

// receives reports whether the session has a cursor in the ring.
func (s *Session[S]) receives() bool { return s.joined && s.viewer == nil && !s.left }

// drop takes back what was not sent yet.
func (s *Session[S]) drop() {
	s.joined, s.opening, s.start, s.repair, s.lane, s.waiting = false, nil, nil, nil, nil, 0
}

func (s *Session[S]) closeAfter(message []byte) {
	if s.closing == nil {
		s.closing = message
	}
}

// wake starts the writer when there is something to write and it does not run.
func (s *Session[S]) wake() {
	if s.writing || s.left || !s.behind() {
		return
	}
	s.writing = true
	s.room.writers.Go(s.write)
}

// behind reports whether there is something to write.
func (s *Session[S]) behind() bool {
	switch {
	case s.closing != nil || len(s.lane) > 0 || len(s.opening) > 0 || s.repair != nil:
		return true
	case !s.joined:
		return false
	case s.viewer != nil:
		return s.shown != s.room.latest.Load().ready.Position || s.missesPresences()
	}
	return s.cursor < s.room.ring.head() || s.missesPresences()
}

// missesPresences reports whether there is somebody's presence that the session has not been told.
func (s *Session[S]) missesPresences() bool {
	return (s.viewer == nil || s.follows) && s.present != s.room.presence.version
}

// write sends until there is nothing more.
func (s *Session[S]) write() {
	for {
		s.room.mu.Lock()
		if s.left || !s.behind() {
			s.writing = false
			s.room.mu.Unlock()
			return
		}
		send, closing := s.take()
		s.room.mu.Unlock()

		err := send()
		if closing != nil || err != nil {
			s.finish(closing)
			return
		}
	}
}

// take returns what is to be written now, as a function that writes it, and the last message when there is one. The
// room's mutex is held; the function is called without it.
func (s *Session[S]) take() (send func() error, closing []byte) {
	lane := append(s.opening, s.lane...)
	if s.viewer != nil {
		s.opening, s.lane, s.waiting = nil, nil, 0
		return s.takeView(lane), s.closing
	}
	o := s.takeOutput()
	if s.closing != nil {
		o.lane = append(o.lane, s.closing)
	}
	return func() error { return s.send(&o) }, s.closing
}

// output is what goes to a replica, in this order.
type output[S aper.StateMachine[S]] struct {
	opening [][]byte
	start   *published[S]
	frames  [][]byte
	repair  *published[S]
	after   [][]byte // frames after the repair
	lane    [][]byte
}

// takeOutput moves the session's cursors over what it returns. When the ring has moved past the cursor, that is nothing,
// and the connection is closed.
func (s *Session[S]) takeOutput() (o output[S]) {
	r := s.room
	if s.joined {
		frames, ok := r.ring.from(s.cursor)
		if !ok {
			s.fallOff()
			return o
		}
		o.frames = slices.Clone(frames)
		if s.repair != nil && s.repair.cursor >= s.cursor {
			split := s.repair.cursor - s.cursor
			o.frames, o.repair, o.after = o.frames[:split], s.repair, o.frames[split:]
		}
		s.cursor = r.ring.head()
	}
	o.opening, o.start, o.lane = s.opening, s.start, s.lane
	s.opening, s.start, s.repair, s.lane, s.waiting = nil, nil, nil, nil, 0
	if s.joined && s.missesPresences() {
		o.lane = append(o.lane, s.takePresences())
	}
	return o
}

func (s *Session[S]) takePresences() []byte {
	r := s.room
	missed := r.presence.version - s.present
	s.present = r.presence.version
	if missed == 1 {
		return r.presence.change
	}
	return r.latest.Load().ready.AllPresences()
}

// send writes an output: all of it in one transport message, but for the parts of a large snapshot, each of which has one.
func (s *Session[S]) send(o *output[S]) error {
	message := o.opening
	for _, step := range []struct {
		snapshot *published[S]
		then     [][]byte
	}{{o.start, o.frames}, {o.repair, o.after}} {
		var err error
		if message, err = s.sendParts(message, step.snapshot); err != nil {
			return err
		}
		message = append(message, step.then...)
	}
	if message = append(message, o.lane...); len(message) == 0 {
		return nil
	}
	return s.connection.Write(message)
}

// sendParts writes all parts of a snapshot but the last, which it appends to the message.
func (s *Session[S]) sendParts(message [][]byte, p *published[S]) ([][]byte, error) {
	if p == nil {
		return message, nil
	}
	parts, err := p.snapshot(&s.room.encoded)
	if err != nil {
		s.room.options.Log.Error("the state cannot be encoded", "room", s.room.id, "error", err)
		return nil, err
	}
	for _, part := range parts[:len(parts)-1] {
		if err := s.connection.Write(append(message, part)); err != nil {
			return nil, err
		}
		message = nil
	}
	return append(message, parts[len(parts)-1]), nil
}

// takeView shows the latest state. Who has not joined sees none.
func (s *Session[S]) takeView(lane [][]byte) func() error {
	latest := &s.room.latest.Load().ready
	if s.joined && s.missesPresences() {
		lane = append(lane, s.takePresences())
	}
	if !s.joined || len(lane) == 0 && s.shown == latest.Position {
		return func() error { return nil }
	}
	s.shown = latest.Position
	view := View[S]{State: latest.State, Position: latest.Position, Messages: lane}
	if !engine.Hides[S]() || s.peer.SeesAll {
		return func() error { return s.viewer.Show(view) }
	}
	client := s.client
	return func() (err error) {
		if view.State, err = engine.ViewOf(view.State, client, s.peer.User); err != nil {
			s.room.options.Log.Error("the view of the state panicked; the session is closed", "room", s.room.id, "client", client, "error", err)
			return err
		}
		view.Partial = true
		return s.viewer.Show(view)
	}
}

// finish closes the connection, with the reason that message gives.
func (s *Session[S]) finish(message []byte) {
	closing := wire.Close{Code: wire.CloseUnavailable}
	if r := wire.NewReader(message); r.Next() {
		closing = r.Close()
	}
	if s.viewer != nil {
		s.viewer.Close(closing.Code, closing.Reason)
	} else {
		s.connection.Close(closing.Code, closing.Reason)
	}
	s.Leave()
}
