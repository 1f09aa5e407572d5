//go:build !js

package client

import (
	"context"
	"fmt"

	"github.com/coder/websocket"
)

// addHeader asks the program for the header of a connection.
func addHeader(ctx context.Context, to *websocket.DialOptions, o Options) (err error) {
	if o.Header == nil {
		return nil
	}
	if to.HTTPHeader, err = o.Header(ctx); err != nil {
		return fmt.Errorf("client: Options.Header: %w", err)
	}
	return nil
}
