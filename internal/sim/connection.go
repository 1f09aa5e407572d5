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
	toOwner  [][]byte
	toClient [][]byte
	left     bool // the client's side is gone
	ended    bool // the owner's side is: nothing follows what is on the way

	joined  bool
	start   *published[S] // to be sent as a snapshot before anything else
	cursor  int
	lane    [][]byte // messages to this client alone, after the frames
	closing []byte   // the last message; nothing follows it
}

// window is how many transport messages are on the way in one direction before the writer has to wait. What there is to
// write meanwhile goes as one message.
const window = 4

// published is the state at one position, once it is durable. Joiners at that position share its encoding.
type published[S aper.StateMachine[S]] struct {
	ready   engine.Ready[S]
	cursor  int // in the ring, of the first frame after it
	encoded []byte
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

// join lets the connection have the state, and what follows.
func (l *connection[S]) join(j *engine.Joined, start *published[S]) {
	l.joined = true
	l.lane = append(l.lane, j.Welcome)
	if j.Outcomes != nil {
		l.lane = append(l.lane, j.Outcomes)
	}
	l.start, l.cursor = start, start.cursor
}

// drop takes back what was not sent yet.
func (l *connection[S]) drop() { l.joined, l.start, l.lane = false, nil, nil }

func (l *connection[S]) closeAfter(message []byte) {
	if l.closing == nil {
		l.closing = message
	}
}

// behind reports whether there is something to write.
func (l *connection[S]) behind() bool {
	return l.closing != nil || len(l.lane) > 0 || l.joined && l.cursor < l.owner.ring.head()
}

// write sends what there is, as one transport message, unless too many are on the way.
func (w *World[S]) write(l *connection[S]) {
	if l.ended || l.left || len(l.toClient) >= window || !l.behind() {
		return
	}
	parts := w.parts(l)
	last := l.closing != nil
	message := join(parts)
	if len(message) > 0 {
		l.toClient = append(l.toClient, message)
		w.sent(l, message)
	}
	if last {
		l.ended = true
		l.owner.detach(w, l)
	}
}

// parts takes what is to be written now: the welcome, the state, the frames since, then the rest.
func (w *World[S]) parts(l *connection[S]) [][]byte {
	lane, frames := l.lane, [][]byte(nil)
	l.lane = nil
	if l.joined {
		var ok bool
		if frames, ok = l.owner.ring.from(l.cursor); !ok {
			w.counts.Happened[ringOverrun]++
			slow := wire.Close{Code: wire.CloseSlow, Reason: "too far behind; connect again for a snapshot"}
			l.closing, l.start, lane = slow.Append(nil), nil, nil
		}
		l.cursor = l.owner.ring.head()
	}
	var parts [][]byte
	if l.start != nil {
		parts = append(parts, lane[0], w.encoded(l.start))
		l.start, lane = nil, lane[1:]
	}
	parts = append(append(parts, frames...), lane...)
	if l.closing != nil {
		parts = append(parts, l.closing)
	}
	return parts
}

// encoded returns the snapshot, which joiners share.
func (w *World[S]) encoded(p *published[S]) []byte {
	if p.encoded == nil {
		var err error
		if p.encoded, err = p.ready.Snapshot(); err != nil {
			w.fail(err)
		}
	}
	return p.encoded
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
