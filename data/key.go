package data

import (
	"cmp"
	"strings"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
)

// Key is what a Map or a Set can be ordered by. Floating-point numbers are not among it, because replicas must agree which
// keys are equal.
type Key interface {
	~string | ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// keyOrder returns the order of keys. For strings cmp.Compare would compare twice.
func keyOrder[K Key]() order[K] {
	if byText, ok := any(order[string](strings.Compare)).(order[K]); ok {
		return byText
	}
	return cmp.Compare[K]
}

// codeKey is aper.CodeValue, which finds out what a type is for every value anew, with a short way for strings.
func codeKey[K Key](c *aper.Coder, k K) K {
	if text, ok := any(k).(string); ok {
		return any(c.Text(text)).(K)
	}
	return aper.CodeValue(c, k)
}

// keyText returns a key the way paths and JSON show it. The type behind a type parameter cannot be asked without
// reflection, so its encoding is.
func keyText[K Key](k K) string {
	r := encoded(k)
	switch r.Kind() {
	case cbor.Text:
		return r.Text()
	case cbor.Bytes:
		return string(r.Bytes())
	case cbor.Uint, cbor.NegativeInt:
		return string(appendInteger(nil, &r))
	}
	return "?"
}

// encoded returns a reader at a value's encoding, or at nothing when it has none.
func encoded[T any](v T) cbor.Reader {
	var c aper.Coder
	c.EncodeTo(nil)
	aper.CodeValue(&c, v)
	b, err := c.Finish()
	if err != nil {
		b = nil
	}
	return cbor.NewReader(b)
}
