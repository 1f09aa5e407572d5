package engine

import (
	"cmp"
	"slices"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// A tail holds the frames of the recent batches, so that a replica which was away for a short time gets what it missed
// instead of a snapshot.
type tail struct {
	frames []tailFrame
	bytes  int
	start  tailEnd   // where the first frame begins
	older  []tailEnd // of batches whose frames are gone, the last being start
}

// maxOlder is how many batches are known longer than their frames, so that a client that comes from another history is
// told so.
const maxOlder = 1024

type tailFrame struct {
	bytes []byte
	end   tailEnd
}

// A tailEnd is where one batch ends and the next begins. Only there are replicas.
type tailEnd struct {
	seq aper.Seq
	tag wire.Tag
}

// add appends a frame, and drops the oldest to keep within limit bytes.
func (t *tail) add(frame []byte, end tailEnd, limit int) {
	t.frames = append(t.frames, tailFrame{frame, end})
	t.bytes += len(frame)
	drop := 0
	for t.bytes > limit {
		t.bytes -= len(t.frames[drop].bytes)
		t.begin(t.frames[drop].end)
		drop++
	}
	clear(t.frames[:drop])
	t.frames = t.frames[drop:]
}

// begin makes the tail begin at the end of a batch.
func (t *tail) begin(at tailEnd) {
	if t.older = append(t.older, at); len(t.older) > 2*maxOlder {
		t.older = slices.Delete(t.older, 0, len(t.older)-maxOlder)
	}
	t.start = at
}

// end returns the head of the room.
func (t *tail) end() tailEnd {
	if len(t.frames) == 0 {
		return t.start
	}
	return t.frames[len(t.frames)-1].end
}

// since returns the frames that a replica misses, and whether they are all there. Contradicts reports that the replica
// is in another history: no batch of this one ended there.
func (t *tail) since(p tailEnd) (frames []tailFrame, ok, contradicts bool) {
	switch {
	case p.seq > t.end().seq:
		return nil, false, true
	case p == t.start:
		return t.frames, true, false
	case p.seq <= t.start.seq:
		return nil, false, t.contradicts(p)
	}
	at, found := slices.BinarySearchFunc(t.frames, p.seq, func(f tailFrame, seq aper.Seq) int { return cmp.Compare(f.end.seq, seq) })
	switch {
	case found && t.frames[at].end == p:
		return t.frames[at+1:], true, false
	case p.tag == 0: // it gave up in the middle of a batch, and asks for a snapshot
		return nil, false, false
	}
	return nil, false, true
}

// contradicts is for a place before the frames.
func (t *tail) contradicts(p tailEnd) bool {
	if len(t.older) == 0 || p.seq < t.older[0].seq || p.tag == 0 {
		return false
	}
	_, found := slices.BinarySearchFunc(t.older, p, func(x, y tailEnd) int {
		return cmp.Or(cmp.Compare(x.seq, y.seq), cmp.Compare(x.tag, y.tag))
	})
	return !found
}
