package aper

// Encode returns the encoding of a state: deterministic CBOR (RFC 8949, 4.2.1), so that equal states have equal bytes.
// It fails when the state holds what cannot be encoded: NaN, an infinity, or values nested more than 240 deep.
func Encode[S StateMachine[S]](s S) ([]byte, error) {
	c := &Coder{}
	c.EncodeTo(nil)
	s.Code(c)
	return c.Finish()
}

// Decode returns the state that b encodes. It refuses every byte string that Encode does not write, except that fields
// which an older program did not know are zero.
func Decode[S StateMachine[S]](b []byte) (S, error) {
	c := &Coder{}
	c.DecodeFrom(b)
	var zero S
	s := zero.Code(c)
	if _, err := c.Finish(); err != nil {
		return zero, err
	}
	return s, nil
}

// Equal reports whether two values have the same encoding. It takes states and single transitions alike. A value that
// cannot be encoded equals nothing, not even itself.
func Equal[T interface{ Code(*Coder) T }](a, b T) bool {
	c := &Coder{}
	c.EncodeTo(nil)
	a.Code(c)
	first, err := c.Finish()
	if err != nil {
		return false
	}
	c.EncodeTo(nil)
	b.Code(c)
	second, err := c.Finish()
	return err == nil && string(first) == string(second)
}
