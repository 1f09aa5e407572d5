package bolt

import (
	"fmt"
	"runtime/debug"

	"github.com/aper-go/aper/journal"
)

// A panicError is a panic of bbolt, which is how it answers to pages that make no sense.
type panicError struct{ value any }

func (e *panicError) Error() string {
	return fmt.Sprintf("the file is damaged or was cut short (%v)", e.value)
}

// guard turns panics into errors, and with them the faults of reading a memory-mapped file beyond its end, which would
// otherwise end the process.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value}
		}
	}()
	return f()
}

// guardRead is guard for a function that writes nothing, where a panic certainly means that something is unreadable.
func guardRead(f func() error) error {
	err := guard(f)
	if panicked, ok := err.(*panicError); ok {
		return fmt.Errorf("%w: %w", journal.ErrUnreadable, panicked)
	}
	return err
}
