package socket

import (
	"cmp"
	"context"
	"errors"
	"io/fs"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// identities are the errors that callers branch on. Each has a bit, so the order stays, and new ones come last.
var identities = []error{
	journal.ErrAbsent, journal.ErrMachine, journal.ErrFenced, journal.ErrTruncated, journal.ErrRefused, journal.ErrUnreadable,
	journal.ErrClosed, errors.ErrUnsupported, fs.ErrExist, fs.ErrNotExist, fs.ErrPermission, context.Canceled, context.DeadlineExceeded,
}

// A toldError is one that happened in the server.
type toldError struct {
	text string
	is   uint64 // bits of identities
}

func (e *toldError) Error() string { return e.text }

func (e *toldError) Is(target error) bool {
	for bit, identity := range identities {
		if target == identity {
			return e.is>>bit&1 != 0
		}
	}
	return false
}

// wordless is what an error says that says nothing.
const wordless = "an error without words"

// appendError appends five items of a frame. All are empty when there is no error.
func appendError(b []byte, err error) []byte {
	located, _ := err.(*journal.Error)
	if located == nil {
		located = &journal.Error{Err: err}
	}
	is, text := uint64(0), ""
	for bit, identity := range identities {
		if errors.Is(located.Err, identity) {
			is |= 1 << bit
		}
	}
	if err != nil {
		text = cmp.Or(located.Err.Error(), wordless)
	}
	b = cbor.AppendUint(b, is)
	b = cbor.AppendText(b, text)
	b = cbor.AppendText(b, located.Op)
	b = cbor.AppendBytes(b, []byte(located.Room))
	return cbor.AppendUint(b, uint64(located.LSN))
}

func readError(in *cbor.Reader) error {
	told := &toldError{is: in.Uint(), text: in.Text()}
	located := &journal.Error{Op: in.Text(), Room: aper.RoomID(in.Bytes()), LSN: wire.LSN(in.Uint()), Err: told}
	if located.Op == "" && told.text == "" && told.is == 0 {
		return nil
	}
	told.text = cmp.Or(told.text, wordless)
	if located.Op != "" {
		return located
	}
	return told
}
