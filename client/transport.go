package client

import (
	"context"

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
		options := websocket.DialOptions{Subprotocols: []string{subprotocol}}
		if err := addHeader(ctx, &options, o); err != nil {
			return nil, err
		}
		conn, response, err := websocket.Dial(ctx, address, &options)
		if err != nil {
			return nil, refused(response, err)
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
