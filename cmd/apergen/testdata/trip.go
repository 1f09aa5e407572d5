// Package trip sends values on every round trip that generated code makes possible, for the tests in the archives.
package trip

import (
	"bytes"
	"strings"
	"testing"

	"github.com/aper-go/aper"
)

// State checks that s comes back from CBOR and from JSON, and that its encoding is its only one.
func State[S interface {
	aper.StateMachine[S]
	comparable
}](t *testing.T, s S) {
	t.Helper()
	b, err := aper.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	back, err := aper.Decode[S](b)
	if err != nil || back != s {
		t.Errorf("CBOR made %+v of %+v (%v)", back, s, err)
	}
	j, err := aper.ToJSON(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", j)
	back, err = aper.FromJSON[S](j)
	if err != nil || back != s {
		t.Errorf("JSON made %+v of %+v by %s (%v)", back, s, j, err)
	}
	if again, _ := aper.Encode(back); !bytes.Equal(b, again) {
		t.Errorf("%x came back as %x", b, again)
	}
	if text := aper.Schema[S](); text == "" {
		t.Error("no schema")
	}
}

// Transition checks that x comes back from CBOR and from JSON.
func Transition[S aper.StateMachine[S]](t *testing.T, x aper.Transition[S]) {
	t.Helper()
	c := &aper.Coder{}
	c.EncodeTo(nil)
	aper.CodeTransition(c, x)
	b, err := c.Finish()
	if err != nil {
		t.Fatal(err)
	}
	c.DecodeFrom(b)
	same(t, "CBOR", b, aper.CodeTransition[S](c, nil), c)

	c.JSONTo(nil)
	aper.CodeTransition(c, x)
	j, err := c.Finish()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", j)
	c.JSONFrom(j)
	same(t, "JSON", b, aper.CodeTransition[S](c, nil), c)
}

// same checks that what c has decoded has the encoding b.
func same[S aper.StateMachine[S]](t *testing.T, by string, b []byte, x aper.Transition[S], c *aper.Coder) {
	t.Helper()
	if _, err := c.Finish(); err != nil {
		t.Errorf("%s: %v", by, err)
		return
	}
	c.EncodeTo(nil)
	aper.CodeTransition(c, x)
	again, err := c.Finish()
	if err != nil || !bytes.Equal(b, again) {
		t.Errorf("%s made %+v of it, which is %x and was %x (%v)", by, x, again, b, err)
	}
}

// Diff returns what changed from old to new: "replace /pos/x 3".
func Diff[S aper.StateMachine[S]](t *testing.T, old, new S) []string {
	t.Helper()
	var changes []string
	aper.Diff(old, new, func(change aper.Change) bool {
		c := &aper.Coder{}
		c.JSONTo(nil)
		change.Code(c)
		j, err := c.Finish()
		if err != nil {
			t.Error(err)
		}
		changes = append(changes, strings.TrimSpace(change.Op+" /"+strings.Join(change.Path, "/")+" "+string(j)))
		return true
	})
	return changes
}

// Decode returns what the bytes of a transition say.
func Decode[S aper.StateMachine[S]](b []byte) (aper.Transition[S], error) {
	c := &aper.Coder{}
	c.DecodeFrom(b)
	x := aper.CodeTransition[S](c, nil)
	_, err := c.Finish()
	return x, err
}
