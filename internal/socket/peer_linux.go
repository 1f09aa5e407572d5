package socket

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

// checkPeer returns why the program at the other end may not look: it must belong to this user, or to root.
func checkPeer(c *net.UnixConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var peer *syscall.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		peer, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err != nil {
		return err
	}
	if failed != nil {
		return fmt.Errorf("who is at the other end cannot be known: %w", failed)
	}
	return mayLook(int(peer.Uid), os.Geteuid())
}

func mayLook(peer, owner int) error {
	if peer == owner || peer == 0 {
		return nil
	}
	return fmt.Errorf("the server belongs to user %d, and you are user %d: be that one, or root", owner, peer)
}
