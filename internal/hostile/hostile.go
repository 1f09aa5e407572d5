// Package hostile makes connections that keep to no protocol. Tests and benchmarks find out with them what a server makes of
// those.
package hostile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/aper-go/aper/wire"
)

// The first byte of a WebSocket frame is an opcode with flags (RFC 6455, 5.2).
const (
	Final    = 0x80 // the last frame of its message
	Reserved = 0x40

	Continuation = 0x0
	Text         = 0x1
	Binary       = 0x2
	Close        = 0x8
	Ping         = 0x9
	Pong         = 0xa
)

// A Conn is one connection.
type Conn struct {
	net.Conn
	in *bufio.Reader
}

// New returns a Conn over a connection to a server.
func New(c net.Conn) *Conn { return &Conn{c, bufio.NewReaderSize(c, 512)} }

// Request returns the request for a WebSocket, with more lines in its header.
func Request(path, protocol string, more ...string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: aper\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " + protocol + "\r\n" + strings.Join(more, "") + "\r\n"
}

// Send writes bytes as they are.
func (c *Conn) Send(b []byte) error {
	_, err := c.Write(b)
	return err
}

// Ask sends a request and returns the answer. That it could not be sent whole is no failure: the server may answer earlier.
func (c *Conn) Ask(request string) (*http.Response, error) {
	c.Send([]byte(request))
	return http.ReadResponse(c.in, &http.Request{Method: http.MethodGet})
}

// A Refusal is an HTTP status in place of a WebSocket.
type Refusal int

func (r Refusal) Error() string { return fmt.Sprintf("HTTP %d", int(r)) }

// Open makes a WebSocket of the connection. The error may be a Refusal.
func (c *Conn) Open(path, protocol string) error {
	response, err := c.Ask(Request(path, protocol))
	switch {
	case err != nil:
		return err
	case response.StatusCode != http.StatusSwitchingProtocols:
		return Refusal(response.StatusCode)
	}
	return nil
}

// Join opens a WebSocket, says hello and waits for the welcome.
func (c *Conn) Join(path string, hello *wire.Hello) (wire.Welcome, error) {
	if err := c.Open(path, "aper.1"); err != nil {
		return wire.Welcome{}, err
	}
	if err := c.Send(Frame(Final|Binary, hello.Append(nil))); err != nil {
		return wire.Welcome{}, err
	}
	for {
		opcode, payload, err := c.Receive()
		if err != nil || opcode == Close {
			return wire.Welcome{}, fmt.Errorf("no welcome, but opcode %d with %q (%w)", opcode, payload, err)
		}
		for r := wire.NewReader(payload); r.Next(); {
			if r.Code() == wire.CodeWelcome {
				return r.Welcome(), nil
			}
		}
	}
}

// Frame returns a WebSocket frame of a client. Its mask is a legal one that changes nothing.
func Frame(first byte, payload []byte) []byte {
	return append(FrameHead(first, uint64(len(payload))), payload...)
}

// FrameHead returns the head of a frame, which says that so many bytes follow.
func FrameHead(first byte, length uint64) []byte {
	const masked = 0x80
	var head []byte
	switch {
	case length < 126:
		head = []byte{first, masked | byte(length)}
	case length < 1<<16:
		head = binary.BigEndian.AppendUint16([]byte{first, masked | 126}, uint16(length))
	default:
		head = binary.BigEndian.AppendUint64([]byte{first, masked | 127}, length)
	}
	return append(head, 0, 0, 0, 0)
}

// Receive reads one frame of the server.
func (c *Conn) Receive() (opcode byte, payload []byte, err error) {
	var head [10]byte
	if _, err := io.ReadFull(c.in, head[:2]); err != nil {
		return 0, nil, err
	}
	length := uint64(head[1])
	switch length {
	case 126:
		_, err = io.ReadFull(c.in, head[2:4])
		length = uint64(binary.BigEndian.Uint16(head[2:]))
	case 127:
		_, err = io.ReadFull(c.in, head[2:10])
		length = binary.BigEndian.Uint64(head[2:])
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(c.in, payload)
	return head[0] &^ Final, payload, err
}

const alive = "alive?"

// Ping asks whether the connection is alive.
func (c *Conn) Ping() { c.Send(Frame(Final|Ping, []byte(alive))) }

// Ending reads until the connection ends and returns how: "close" with a code, or "cut". One that answers Ping "stays", and
// until the deadline there may be "no answer".
func (c *Conn) Ending() string {
	for {
		opcode, payload, err := c.Receive()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return "no answer"
		case err != nil:
			return "cut"
		case opcode == Close && len(payload) >= 2:
			return fmt.Sprintf("close %d", binary.BigEndian.Uint16(payload))
		case opcode == Close:
			return "close"
		case opcode == Pong && string(payload) == alive:
			return "stays"
		}
	}
}
