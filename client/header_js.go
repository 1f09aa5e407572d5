package client

import (
	"context"

	"github.com/coder/websocket"
)

// addHeader does nothing: a browser lets no page say what the header is.
func addHeader(context.Context, *websocket.DialOptions, Options) error { return nil }
