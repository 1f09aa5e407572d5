package engine

import (
	"github.com/aper-go/aper"
)

// ErrInternal is the conflict of a transition whose rule panicked. It is decided and journaled like every rejection, so
// that it happens once and the room goes on.
const ErrInternal = aper.Conflict("internal error: the rule of this transition failed")

// A PanicError is a panic in the rule of a transition. Whoever drives the engine reports it to the program's author.
type PanicError struct {
	Value any
	Stack []byte // nil in a browser
}

func (e *PanicError) Error() string {
	text := "engine: panic in the program"
	switch v := e.Value.(type) {
	case error:
		text += ": " + v.Error()
	case string:
		text += ": " + v
	}
	return text
}

// Unwrap returns ErrInternal.
func (e *PanicError) Unwrap() error { return ErrInternal }

// apply runs a rule and turns a panic into a conflict.
func apply[S any](t aper.Transition[S], s S, m *aper.Meta) (next S, err error) {
	defer func() {
		if value := recover(); value != nil {
			next, err = s, &PanicError{Value: value, Stack: stack()}
		}
	}()
	return t.Apply(s, m)
}

// maxConflict limits what travels of a conflict, in bytes of path and text together.
const maxConflict = 256

// conflictOf returns what travels of a conflict: its path, and the constant it is made of. An error that is made of no
// Conflict travels as its text.
func conflictOf(err error) (path string, conflict aper.Conflict) {
	if at, ok := err.(*aper.ConflictError); ok {
		path, err = at.Path, at.Err
	}
	conflict, ok := constantOf(err)
	if !ok {
		conflict = aper.Conflict(err.Error())
	}
	conflict = aper.Conflict(truncate(string(conflict), maxConflict))
	return truncate(path, maxConflict-len(conflict)), conflict
}

// constantOf returns the Conflict that errors.Is would find.
func constantOf(err error) (aper.Conflict, bool) {
	switch e := err.(type) {
	case aper.Conflict:
		return e, true
	case interface{ Unwrap() error }:
		return constantOf(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if constant, ok := constantOf(inner); ok {
				return constant, true
			}
		}
	}
	return "", false
}

// truncate cuts text to at most limit bytes, between characters, and replaces what is not UTF-8.
func truncate(text string, limit int) string {
	valid := make([]rune, 0, min(len(text), limit))
	size := 0
	for _, r := range text {
		if size += len(string(r)); size > limit {
			break
		}
		valid = append(valid, r)
	}
	return string(valid)
}

// conflictError is the inverse of conflictOf.
func conflictError(path string, conflict aper.Conflict) error {
	if path == "" {
		return conflict
	}
	return &aper.ConflictError{Path: path, Err: conflict}
}
