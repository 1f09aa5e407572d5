package engine

import (
	"strings"

	"github.com/aper-go/aper"
)

// ErrUnencodable rejects a transition after which nobody could be sent the state, or store it.
const ErrUnencodable = aper.Conflict("the state that follows holds NaN or an infinity, or is nested too deep")

// A verifier finds states that cannot be encoded. It looks at what changed, in machines where that can happen at all.
type verifier[S aper.StateMachine[S]] struct {
	coder  aper.Coder
	buffer []byte
}

// levelsPerStep is how many values a step of a Change's path leads into, at most: a list and an item of it, for example.
const levelsPerStep = 2

// verify returns ErrUnencodable when the state that follows an encodable one is not.
func (v *verifier[S]) verify(before, after S) (err error) {
	aper.Diff(before, after, func(c aper.Change) bool {
		v.coder.EncodeTo(v.buffer[:0])
		v.coder.Deepen(levelsPerStep * len(c.Path))
		c.Code(&v.coder)
		encoded, failed := v.coder.Finish()
		if failed != nil {
			err = ErrUnencodable
		} else {
			v.buffer = encoded
		}
		return err == nil
	})
	return err
}

// isFragile reports whether a machine may have states that cannot be encoded: those with floats, and those with types
// that hold themselves, whose name stands in the schema without a description.
func isFragile(schema string) bool {
	state, _, _ := strings.Cut(schema, machineName(schema)+" transitions")
	for word := range strings.FieldsSeq(state) {
		if strings.HasPrefix(word, "float") || strings.Contains(word, ".") && !strings.HasSuffix(word, "{") {
			return true
		}
	}
	return false
}
