package data

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
)

// keyText returns a key the way paths and JSON show it. The type behind a type parameter cannot be asked without
// reflection, so its encoding is.
func keyText[K Key](k K) string {
	var c aper.Coder
	c.EncodeTo(nil)
	aper.CodeValue(&c, k)
	encoded, err := c.Finish()
	if err != nil {
		return "?"
	}
	r := cbor.NewReader(encoded)
	switch r.Kind() {
	case cbor.Text:
		return r.Text()
	case cbor.Bytes:
		return string(r.Bytes())
	case cbor.Uint:
		return decimal(r.Uint())
	case cbor.NegativeInt:
		return "-" + decimal(uint64(-r.Int()))
	}
	return "?"
}

func decimal(n uint64) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return decimal(n/10) + decimal(n%10)
}
