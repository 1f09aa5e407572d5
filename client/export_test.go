package client

import "context"

// Connect makes one connection, for tests that look at what goes over it.
func Connect(ctx context.Context, address string) (Transport, error) {
	return dialer(address, Options{}.withDefaults())(ctx)
}
