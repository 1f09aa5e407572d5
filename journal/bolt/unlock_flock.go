//go:build unix && !solaris && !aix && !android

package bolt

import (
	"errors"
	"os"
	"syscall"
)

// abandon closes a file that bbolt did not get to close. Its lock is given up expressly: while bbolt's mapping of the
// file is there, which nobody can undo any more, closing the file does not.
func abandon(file *os.File) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var unlocked error
	err = raw.Control(func(fd uintptr) { unlocked = syscall.Flock(int(fd), syscall.LOCK_UN) })
	return errors.Join(err, unlocked, file.Close())
}
