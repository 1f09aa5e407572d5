//go:build !unix || solaris || aix || android

package bolt

import "os"

// abandon closes a file that bbolt did not get to close, which gives up its lock.
func abandon(file *os.File) error { return file.Close() }
