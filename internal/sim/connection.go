package sim

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// A connection carries transport messages between a client and an owner, in both directions, each in order. Its owner's
// side is what room.Session is.
type connection[S aper.StateMachine[S]] struct {
	attach   engine.Attach
	client   Client
	owner    *owner[S]
	build    uint64 // that the client's hello named
	instance uint64 // of the client's program
	toOwner  [][]byte
	toClient [][]byte
	expelled bool
	left     bool // the client's side is gone
	ended    bool // the owner's side is: nothing follows what is on the way

	joined  bool
	opening [][]byte      // to be sent before anything else
	start   *published[S] // to be sent as a snapshot after it
	cursor  int
	repair  *published[S] // to be sent as a snapshot when the cursor has come there
	present int           // version of the presences that were sent
	lane    [][]byte      // messages to this client alone, after the frames
	waiting int           // bytes in it
	closing []byte        // the last message; nothing follows it
}

// window is how many transport messages are on the way in one direction before the writer has to wait. What there is to
// write meanwhile goes as one message.
const window = 4

// published is the state at one position, once it is durable. Joiners at that position share its encoding.
type published[S aper.StateMachine[S]] struct {
	ready  engine.Ready[S]
	cursor int // in the ring, of the first frame after it
	parts  [][]byte
}

// A ring holds the recent frames. Cursors count frames from the opening; those from base on are there.
type ring struct {
	frames [][]byte
	base   int
	bytes  int
}

func (r *ring) head() int { return r.base + len(r.frames) }

func (r *ring) add(frame []byte, limit int) {
	r.frames = append(r.frames, frame)
	r.bytes += len(frame)
	for r.bytes > limit {
		r.bytes -= len(r.frames[0])
		r.frames = r.frames[1:]
		r.base++
	}
}

// from returns the frames at the cursor and after it; ok is false when some of them are gone.
func (r *ring) from(cursor int) (frames [][]byte, ok bool) {
	if cursor < r.base {
		return nil, false
	}
	return r.frames[cursor-r.base:], true
}

// behind returns how many bytes of frames follow the cursor.
func (r *ring) behind(cursor int) int {
	frames, ok := r.from(cursor)
	if !ok {
		return r.bytes
	}
	total := 0
	for _, frame := range frames {
		total += len(frame)
	}
	return total
}

// join lets the connection have the state, and what follows. What it gets to begin with is not taken for being behind: it
// would get the same the next time.
func (w *World[S]) join(l *connection[S], j *engine.Joined) {
	l.joined = true
	l.opening = append(l.opening, j.Welcome)
	if j.Outcomes != nil {
		l.lane = append(l.lane, j.Outcomes)
	}
	l.lane = append(l.lane, j.Presences)
	l.present = l.owner.presence.version
	if j.Resumes {
		w.counts.Happened[joinedByEvents]++
		l.opening = append(l.opening, j.Missing...)
		l.cursor = l.owner.ring.head()
		return
	}
	w.counts.Happened[joinedByState]++
	l.start = w.snapshotForJoiner(l.owner)
	l.cursor = l.start.cursor
}

// post puts a message for this client alone where the writer finds it. A peer that asks for more than it takes is too
// slow, like one that does not keep up with the frames.
func (w *World[S]) post(l *connection[S], message []byte) {
	if l.closing != nil {
		return
	}
	l.lane = append(l.lane, message)
	if l.waiting += len(message); l.waiting > w.ringLimit {
		w.fallOff(l)
	}
}

// fallOff closes a connection that cannot keep up.
func (w *World[S]) fallOff(l *connection[S]) {
	w.counts.Happened[fellBehind]++
	l.drop()
	l.closeAfter(tooFarBehind)
}

// signal passes on what may be lost, and is when the connection is busy.
func (w *World[S]) signal(l *connection[S], message []byte) {
	if l.joined && len(l.toClient) < window {
		w.post(l, message)
	}
}

// drop takes back what was not sent yet.
func (l *connection[S]) drop() {
	l.joined, l.opening, l.start, l.repair, l.lane, l.waiting = false, nil, nil, nil, nil, 0
}

func (l *connection[S]) closeAfter(message []byte) {
	if l.closing == nil {
		l.closing = message
	}
}

// behind reports whether there is something to write.
func (l *connection[S]) behind() bool {
	if l.closing != nil || len(l.lane) > 0 || len(l.opening) > 0 || l.repair != nil {
		return true
	}
	return l.joined && (l.cursor < l.owner.ring.head() || l.present != l.owner.presence.version)
}

// write sends what there is, as one transport message but for the parts of a large snapshot, unless too many are on the
// way.
func (w *World[S]) write(l *connection[S]) {
	if l.ended || l.left || len(l.toClient) >= window || !l.behind() {
		return
	}
	o := w.takeOutput(l)
	if l.closing != nil {
		o.lane = append(o.lane, l.closing)
	}
	message := w.sendParts(l, o.opening, o.start)
	message = w.sendParts(l, append(message, o.frames...), o.repair)
	message = append(append(message, o.after...), o.lane...)
	w.sendMessage(l, message)
	if l.closing != nil {
		l.ended = true
		l.owner.detach(w, l)
	}
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

// takeOutput moves the connection's cursors over what it returns. When the ring has moved past the cursor, that is
// nothing, and the connection is closed.
func (w *World[S]) takeOutput(l *connection[S]) (o output[S]) {
	if l.joined {
		frames, ok := l.owner.ring.from(l.cursor)
		if !ok {
			w.fallOff(l)
			return o
		}
		o.frames = frames[:len(frames):len(frames)]
		if l.repair != nil && l.repair.cursor >= l.cursor {
			split := l.repair.cursor - l.cursor
			o.frames, o.repair, o.after = o.frames[:split:split], l.repair, o.frames[split:]
		}
		l.cursor = l.owner.ring.head()
	}
	o.opening, o.start, o.lane = l.opening, l.start, l.lane
	l.opening, l.start, l.repair, l.lane, l.waiting = nil, nil, nil, nil, 0
	if l.joined && l.present != l.owner.presence.version {
		o.lane = append(o.lane, l.takePresences())
	}
	return o
}

var tooFarBehind = (&wire.Close{Code: wire.CloseSlow, Reason: "too far behind; connect again"}).Append(nil)

// presence is what a connection needs to follow the presences: the latest change, or when it missed one, all of them.
type presence struct {
	version int
	change  []byte
}

func (l *connection[S]) takePresences() []byte {
	missed := l.owner.presence.version - l.present
	l.present = l.owner.presence.version
	if missed == 1 {
		return l.owner.presence.change
	}
	return l.owner.latest.ready.AllPresences()
}

// sendParts writes all parts of a snapshot but the last, which it appends to the message.
func (w *World[S]) sendParts(l *connection[S], message [][]byte, p *published[S]) [][]byte {
	if p == nil {
		return message
	}
	parts := w.encoded(l.owner, p)
	for _, part := range parts[:len(parts)-1] {
		w.sendMessage(l, append(message, part))
		message = nil
	}
	return append(message, parts[len(parts)-1])
}

// encoded returns the snapshot, which joiners share.
func (w *World[S]) encoded(o *owner[S], p *published[S]) [][]byte {
	if p.parts != nil {
		return p.parts
	}
	parts, err := p.ready.Snapshot()
	if err != nil {
		w.fail(err)
		return [][]byte{nil}
	}
	o.encoded = len(parts[0])
	p.parts = split(parts, w.partSize)
	return p.parts
}

// split divides a snapshot into smaller parts than an engine would. Size 0 leaves it as it is.
func split(parts [][]byte, size int) [][]byte {
	r := wire.NewReader(parts[0])
	if len(parts) > 1 || size == 0 || !r.Next() {
		return parts
	}
	whole := r.Snapshot()
	m := whole
	m.Parts = (len(whole.State) + size - 1) / size
	parts = nil
	for m.Part = 0; m.Part < m.Parts; m.Part++ {
		m.State, m.Users, m.Sum = whole.State[m.Part*size:min(len(whole.State), (m.Part+1)*size)], nil, 0
		if m.Last() {
			m.Users, m.Sum = whole.Users, whole.Sum
		}
		parts = append(parts, m.Append(nil))
	}
	return parts
}

// sendMessage puts one transport message on the way.
func (w *World[S]) sendMessage(l *connection[S], parts [][]byte) {
	message := join(parts)
	if len(message) == 0 {
		return
	}
	l.toClient = append(l.toClient, message)
	w.sent(l, message)
}

// join returns the parts one after the other. A single part is not copied.
func join(parts [][]byte) []byte {
	if len(parts) == 1 {
		return parts[0]
	}
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	message := make([]byte, 0, size)
	for _, part := range parts {
		message = append(message, part...)
	}
	return message
}

func (w *World[S]) sent(l *connection[S], message []byte) {
	w.tell(func(o Observer[S]) error { return o.Sent(l.owner.number, l.client, message) })
	if w.trace.on() {
		w.effect("%v to %v: %s", l.owner.number, l.client, w.describe(message))
	}
}
