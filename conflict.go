package aper

// A Conflict says that a transition is not valid in a state. It is a string type, so that a package declares its
// conflicts as constants and a program finds them with errors.Is, on the authority, on a replica and behind a view:
//
//	const ErrNegative = aper.Conflict("the counter cannot go below zero")
//
// Write what a user can be shown. At most 256 bytes travel, path and text together.
type Conflict string

func (c Conflict) Error() string { return string(c) }

// A ConflictError is a conflict inside a nested machine, with the path to it.
type ConflictError struct {
	Path string // field names, keys and IDs from the outermost state inwards, joined by dots
	Err  error
}

func (e *ConflictError) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap returns the conflict without its path.
func (e *ConflictError) Unwrap() error { return e.Err }

// In returns the conflict err of a nested machine as a conflict at path, and nil when err is nil. Nested calls make one
// path: In("Cards", In("7-3-1", err)) says "Cards.7-3-1: …".
func In(path string, err error) error {
	if err == nil {
		return nil
	}
	if inner, ok := err.(*ConflictError); ok {
		return &ConflictError{Path: path + "." + inner.Path, Err: inner.Err}
	}
	return &ConflictError{Path: path, Err: err}
}
