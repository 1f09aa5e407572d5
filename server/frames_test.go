package server

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper/internal/hostile"
)

// A readConn is a connection from which these bytes come.
type readConn struct {
	net.Conn
	io.Reader
}

func (c readConn) Read(b []byte) (int, error) { return c.Reader.Read(b) }

// However the bytes of frames come, they are counted and pass unchanged.
func TestFramesAreCounted(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var sent []byte
	for _, size := range []int{0, 1, 125, 126, 1000, 1<<16 - 1, 1 << 16, 1<<16 + 1, 0, 0} {
		payload := make([]byte, size)
		for i := range payload {
			payload[i] = byte(random.Uint32())
		}
		sent = append(sent, hostile.Frame(hostile.Binary, payload)...)
	}
	for name, reader := range map[string]io.Reader{
		"at once": bytes.NewReader(sent), "byte by byte": iotest.OneByteReader(bytes.NewReader(sent)), "in halves": iotest.HalfReader(bytes.NewReader(sent)),
	} {
		f := &frames{Conn: readConn{Reader: reader}}
		count := 0
		var got []byte
		for b := make([]byte, 1<<10); ; {
			n, err := f.Conn.Read(b)
			count += f.pass(b[:n])
			got = append(got, b[:n]...)
			if err != nil {
				break
			}
		}
		if count != 10 || f.have != 0 || f.skip != 0 || !bytes.Equal(got, sent) {
			t.Errorf("%s: %d frames, %d and %d bytes open, %t", name, count, f.have, f.skip, bytes.Equal(got, sent))
		}
	}
}

// An unmasked frame is a mistake that the library finds. It must not be read as if it had a mask.
func TestFrameWithoutAMask(t *testing.T) {
	f := &frames{}
	if n := f.pass([]byte{0x82, 1, 'x', 0x82, 0}); n != 2 || f.have != 0 {
		t.Errorf("there are %d frames, and %d bytes of another", n, f.have)
	}
}

// The length of a frame is never negative.
func TestNegativeLength(t *testing.T) {
	for range 100 {
		b := hostile.FrameHead(hostile.Binary, 1<<63|rand.Uint64())
		if f := (&frames{}); f.pass(b[:5])+f.pass(b[5:]) != 1 || b[2] >= 0x80 {
			t.Fatalf("the head % x passes", b)
		}
	}
}

// Frames of one second may come at once, and then as many as the rate says.
func TestFramesArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate, seconds = 1000, 5
		sent := bytes.Repeat(hostile.Frame(hostile.Continuation, nil), rate*seconds)
		f := &frames{Conn: readConn{Reader: bytes.NewReader(sent)}, rate: rate}
		began := time.Now()
		if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f}, make([]byte, 1<<10)); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != (seconds-1)*time.Second {
			t.Errorf("%d frames took %v", rate*seconds, took)
		}
	})
}

func TestFrameRate(t *testing.T) {
	for messages, want := range map[int]int{-1: 0, 0: 1000, 100: 1000, 250: 1000, 1000: 4000} {
		if got := frameRate(messages); got != want {
			t.Errorf("with %d messages a second: %d frames, want %d", messages, got, want)
		}
	}
}
