package client

import (
	"context"
	"fmt"

	"github.com/coder/websocket"

	"github.com/aper-go/aper/wire"
)

// A Transport carries messages between a client and the authority of its room, whole and in order. Read and Write are called
// by one goroutine each, Close by any, also more than once.
type Transport interface {
	Read(ctx context.Context) ([]byte, error)
	Write(ctx context.Context, message []byte) error // it keeps the message
	Close() error                                    // at once; Read and Write return
}

const subprotocol = "aper.1"

// dialer returns what connects to the room at a ws:// or wss:// address.
func dialer(address string, o Options) func(ctx context.Context) (Transport, error) {
	return func(ctx context.Context) (Transport, error) {
		conn, response, err := websocket.Dial(ctx, address, &websocket.DialOptions{Subprotocols: []string{subprotocol}})
		if err != nil {
			if response != nil && response.StatusCode >= 400 {
				err = fmt.Errorf("%w%s", err, bodyOf(response))
			}
			return nil, err
		}
		conn.SetReadLimit(o.MaxMessage)
		if conn.Subprotocol() != subprotocol {
			conn.CloseNow()
			return nil, &StopError{Code: wire.CloseVersion, Reason: "it does not speak " + subprotocol}
		}
		return socket{conn}, nil
	}
}

// A socket is a Transport over a WebSocket.
type socket struct{ conn *websocket.Conn }

func (s socket) Read(ctx context.Context) ([]byte, error) {
	_, data, err := s.conn.Read(ctx)
	return data, err
}

func (s socket) Write(ctx context.Context, message []byte) error {
	return s.conn.Write(ctx, websocket.MessageBinary, message)
}

func (s socket) Close() error { return s.conn.CloseNow() }
