package socket

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/aper-go/aper/cbor"
)

// maxFrame limits one frame: it has room for the largest snapshot that wire can read.
const maxFrame = 1<<30 + 1<<20

// A frame is a value, an error, or both. The zero frame is the end of an answer.
type frame struct {
	value []byte
	err   error
	more  bool
}

// append appends the frame behind its length.
func (f *frame) append(b []byte) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0)
	if f.more {
		b = cbor.AppendBytes(cbor.AppendArray(b, 6), f.value)
		b = appendError(b, f.err)
	} else {
		b = cbor.AppendArray(b, 0)
	}
	binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start-4))
	return b
}

// readFrame reads what append wrote. It takes no more memory than bytes that came.
func readFrame(in *bufio.Reader) (f frame, err error) {
	var length [4]byte
	if _, err := io.ReadFull(in, length[:]); err != nil {
		return f, cutShort(err)
	}
	size := int64(binary.BigEndian.Uint32(length[:]))
	if size > maxFrame {
		return f, fmt.Errorf("a frame has %d bytes, %d are possible", size, int64(maxFrame))
	}
	var b bytes.Buffer
	if _, err := io.CopyN(&b, in, size); err != nil {
		return f, cutShort(err)
	}
	items := cbor.NewReader(b.Bytes())
	if n := items.Array(); n > 0 {
		f.more, f.value = true, items.Bytes()
		f.err = readError(&items)
	}
	return f, items.End()
}

var errCutShort = errors.New("the answer was cut short: the server ended, or the connection did")

func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errCutShort
	}
	return err
}
