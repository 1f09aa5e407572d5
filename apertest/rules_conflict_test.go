package apertest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aper-go/aper"
)

// What the engine sends of a conflict.
func TestTravels(t *testing.T) {
	const full, other = aper.Conflict("the board is full"), aper.Conflict("another reason")
	plain := errors.New("no constant")
	tests := []struct {
		err  error
		want aper.Conflict
		lost bool
	}{
		{full, full, false},
		{aper.In("cards", full), full, false},
		{fmt.Errorf("no room: %w", aper.In("cards", full)), full, false},
		{plain, "no constant", false},
		{aper.In("cards", plain), "no constant", false},
		{errors.Join(full), full, false}, // the text alone happens to be the constant,
		{fmt.Errorf("%w and %w", full, other), "the board is full and another reason", true},
	}
	for _, test := range tests {
		if got := travels(test.err); got != test.want && !test.lost {
			t.Errorf("%v travels as %q, want %q", test.err, got, test.want)
		}
		if evidence := losesConstant(test.err); (evidence != "") != test.lost {
			t.Errorf("%v: evidence %q, want some: %t", test.err, evidence, test.lost)
		}
	}
}
