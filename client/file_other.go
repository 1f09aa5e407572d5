//go:build !js && !windows && !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd

package client

import (
	"errors"
	"fmt"
	"os"
)

// lockFile refuses: a session that two programs use loses what is pending.
func lockFile(string) (*os.File, error) {
	return nil, fmt.Errorf("files cannot be locked on this system; give Options.Store another Store: %w", errors.ErrUnsupported)
}

func syncDirectory(string) error { return nil }
