package bolt

import (
	"encoding/binary"
	"hash/fnv"
	"io"
)

// A bbolt file begins with two header pages, written in turn by every commit. When one of them is invalid bbolt uses the
// other without a word, which is right after a commit that a power failure tore apart, and loses the last commit when
// the header was damaged later. The two cannot be told apart, so it is said aloud and left to people.

const (
	headerMagic    = 0xed0cdaed
	headerVersion  = 2
	headerOffset   = 16 // of the header proper, within its page
	headerChecksum = 56 // offset of the checksum, within the header
	headerSize     = headerChecksum + 8
)

// headersValid reports whether both header pages are whole.
func headersValid(file io.ReaderAt, pageSize int) (bool, error) {
	for page := range 2 {
		var b [headerSize]byte
		if _, err := file.ReadAt(b[:], int64(page*pageSize+headerOffset)); err != nil {
			return false, err
		}
		hash := fnv.New64a()
		_, _ = hash.Write(b[:headerChecksum])
		native := binary.NativeEndian
		if native.Uint32(b[0:]) != headerMagic || native.Uint32(b[4:]) != headerVersion || native.Uint64(b[headerChecksum:]) != hash.Sum64() {
			return false, nil
		}
	}
	return true, nil
}
