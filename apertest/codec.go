package apertest

import "github.com/aper-go/aper"

// A codec describes a value to a coder. There are two: of states and of transitions.
type codec[V any] func(*aper.Coder, V) V

func codeState[S aper.StateMachine[S]](c *aper.Coder, s S) S { return s.Code(c) }

func codeTransition[S aper.StateMachine[S]](c *aper.Coder, t aper.Transition[S]) aper.Transition[S] {
	return aper.CodeTransition(c, t)
}

func encode[V any](describe codec[V], v V) ([]byte, error) {
	return write(describe, v, func(c *aper.Coder) { c.EncodeTo(nil) })
}

func toJSON[V any](describe codec[V], v V) ([]byte, error) {
	return write(describe, v, func(c *aper.Coder) { c.JSONTo(nil) })
}

func decode[V any](describe codec[V], b []byte) (V, error) {
	return read(describe, func(c *aper.Coder) { c.DecodeFrom(b) })
}

func fromJSON[V any](describe codec[V], b []byte) (V, error) {
	return read(describe, func(c *aper.Coder) { c.JSONFrom(b) })
}

// write and read return a panic of the machine's code as an error.
func write[V any](describe codec[V], v V, begin func(*aper.Coder)) (b []byte, err error) {
	panicked := catch(func() {
		c := &aper.Coder{}
		begin(c)
		describe(c, v)
		b, err = c.Finish()
	})
	if panicked != nil {
		return nil, panicked
	}
	return b, err
}

func read[V any](describe codec[V], begin func(*aper.Coder)) (v V, err error) {
	var zero V
	panicked := catch(func() {
		c := &aper.Coder{}
		begin(c)
		v = describe(c, zero)
		_, err = c.Finish()
	})
	if panicked != nil {
		return zero, panicked
	}
	return v, err
}
