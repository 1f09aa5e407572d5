package server

import (
	"bufio"
	"encoding/binary"
	"net"
	"net/http"
	"time"
)

// frames watches the frames of a WebSocket (RFC 6455, 5.2) before the library reads them. That takes pings and the pieces of a
// message as fast as they come, so somebody who sends nothing but these would take the CPU from everyone else. Who sends more
// than rate a second, and as many at once, is read more slowly.
type frames struct {
	net.Conn
	rate int       // 0 for no limit
	paid time.Time // until when the time is used up

	head [10]byte // of the frame that begins
	have int      // bytes of it
	skip uint64   // bytes until the next frame begins
}

// frameRate returns how many frames a second one connection may send whose session may send so many messages (room.Options.Rate).
func frameRate(messages int) int {
	const least, forEach = 1000, 4
	if messages < 0 {
		return 0
	}
	return max(least, forEach*messages)
}

func (f *frames) Read(b []byte) (int, error) {
	n, err := f.Conn.Read(b)
	if count := f.pass(b[:n]); f.rate > 0 {
		time.Sleep(f.charge(count, time.Now())) // as long as those frames take that fit into the library's buffer
	}
	return n, err
}

// charge notes that so many frames came, and returns how long to wait for that.
func (f *frames) charge(count int, now time.Time) time.Duration {
	if f.paid.Before(now) {
		f.paid = now
	}
	f.paid = f.paid.Add(time.Duration(count) * time.Second / time.Duration(f.rate))
	return f.paid.Sub(now.Add(time.Second))
}

// pass returns how many frames begin in what came next.
func (f *frames) pass(b []byte) (count int) {
	for len(b) > 0 {
		if f.skip > 0 {
			n := min(f.skip, uint64(len(b)))
			f.skip, b = f.skip-n, b[n:]
			continue
		}
		if f.have == 2 && f.head[1]&lengthBits == longerLength { // the highest bit is never set; the library panics when it is (gws 1.8.9)
			b[0] &= lengthBits
		}
		f.head[f.have] = b[0]
		f.have, b = f.have+1, b[1:]
		if length, ok := f.length(); ok {
			f.skip, f.have = length, 0
			count++
		}
	}
	return count
}

const (
	lengthBits, longLength, longerLength = 0x7f, 126, 127

	maskSize = 4
)

// length returns how much follows the frame's head, when enough of that is there.
func (f *frames) length() (length uint64, ok bool) {
	code := f.head[1] & lengthBits
	switch {
	case f.have == 2 && code < longLength:
		length = uint64(code)
	case f.have == 4 && code == longLength:
		length = uint64(binary.BigEndian.Uint16(f.head[2:]))
	case f.have == 10:
		length = binary.BigEndian.Uint64(f.head[2:])
	default:
		return 0, false
	}
	if f.head[1] > lengthBits {
		length += maskSize
	}
	return length, true
}

// A watchedWriter is a response whose connection is watched once it is a WebSocket.
type watchedWriter struct {
	http.ResponseWriter
	rate int
}

func (w watchedWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffer, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return &frames{Conn: conn, rate: w.rate}, buffer, nil
}
