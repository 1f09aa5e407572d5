package wire_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/aper-go/aper/wire"
)

// A file with a divergence is whole or refused: no prefix is read, nothing behind it, and no bit that is another.
func TestDivergenceFile(t *testing.T) {
	d := kindOf("Divergence").full.(*wire.Divergence)
	good := d.File()
	read, err := wire.ReadDivergenceFile(good)
	if err != nil || !same(&read, d) {
		t.Fatalf("%+v\nis read as\n%+v, %v", d, read, err)
	}
	damaged := [][]byte{append(bytes.Clone(good), 0)}
	for n := range good {
		damaged = append(damaged, good[:n])
		for bit := range 8 {
			flipped := bytes.Clone(good)
			flipped[n] ^= 1 << bit
			damaged = append(damaged, flipped)
		}
	}
	for _, b := range damaged {
		var located *wire.ReadError
		if read, err := wire.ReadDivergenceFile(b); !errors.As(err, &located) || !strings.Contains(err.Error(), "damaged") {
			t.Fatalf("%x is read as %+v, %v", b, read, err)
		}
	}
}
