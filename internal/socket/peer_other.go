//go:build !linux

package socket

import "net"

// checkPeer lets everyone look who got past the rights of the socket file.
func checkPeer(*net.UnixConn) error { return nil }
