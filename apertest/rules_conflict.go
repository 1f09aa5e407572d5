package apertest

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/aper-go/aper"
)

// maxConflict is how many bytes of a conflict travel, path and text together.
const maxConflict = 256

// travels returns the conflict that the other side gets: the first constant along the chain of Unwrap methods that
// return one error, and the text of an error that wraps none.
func travels(err error) aper.Conflict {
	for e := err; e != nil; e = errors.Unwrap(e) {
		if constant, ok := e.(aper.Conflict); ok {
			return constant
		}
	}
	if at, ok := err.(*aper.ConflictError); ok {
		err = at.Err
	}
	return aper.Conflict(err.Error())
}

// losesConstant compares what errors.Is finds here with what it finds where the conflict arrives.
func losesConstant(err error) string {
	arrives := travels(err)
	for _, constant := range constants(err) {
		if constant != arrives {
			return fmt.Sprintf("errors.Is finds %q in the conflict here, and on the other side only %q.", constant, arrives)
		}
	}
	return ""
}

// constants returns all that errors.Is finds.
func constants(err error) []aper.Conflict {
	switch e := err.(type) {
	case aper.Conflict:
		return []aper.Conflict{e}
	case interface{ Unwrap() error }:
		return constants(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all []aper.Conflict
		for _, one := range e.Unwrap() {
			all = slices.Concat(all, constants(one))
		}
		return all
	}
	return nil
}

func cannotTravel(err error) string {
	path, text := "", string(travels(err))
	if at, ok := err.(*aper.ConflictError); ok {
		path = at.Path
	}
	switch size := len(path) + len(text); {
	case text == "":
		return "The conflict has no text."
	case size > maxConflict:
		return fmt.Sprintf("It has %d bytes: %s", size, cut(err.Error()))
	case !utf8.ValidString(path + text):
		return fmt.Sprintf("It is not valid UTF-8: %q.", err.Error())
	}
	return ""
}
