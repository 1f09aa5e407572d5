package room

// A ring holds the recent frames. Cursors count frames from the room's opening; those from base to head are there.
type ring struct {
	frames [][]byte
	base   uint64
	bytes  int
}

func (r *ring) head() uint64 { return r.base + uint64(len(r.frames)) }

func (r *ring) add(frame []byte) {
	r.frames = append(r.frames, frame)
	r.bytes += len(frame)
}

// from returns the frames at the cursor and after it; ok is false when some of them are gone.
func (r *ring) from(cursor uint64) (frames [][]byte, ok bool) {
	if cursor < r.base {
		return nil, false
	}
	return r.frames[cursor-r.base:], true
}

// size returns how many bytes of frames follow the cursor.
func (r *ring) size(cursor uint64) int {
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

// trim drops the frames before the cursor needed, and as many more as it takes to come down to limit bytes.
func (r *ring) trim(needed uint64, limit int) {
	drop := 0
	for drop < len(r.frames) && (r.base < needed || r.bytes > limit) {
		r.bytes -= len(r.frames[drop])
		r.frames[drop] = nil
		drop++
		r.base++
	}
	r.frames = r.frames[drop:]
}
