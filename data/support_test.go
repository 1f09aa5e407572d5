package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/aper-go/aper"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the random tests; 0 means a new one each time")

// newRandom returns the chance of a test, which can be had again.
func newRandom(t *testing.T) *rand.Rand {
	seed := *seedFlag
	for seed == 0 {
		seed = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to see this again: go test ./data -run '^%s$' -seed %d", t.Name(), seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0))
}

// rounds says how often a test of chance plays, or how large it is: n, and with APER_LONG=1 ten times that. The race
// detector makes much of it slow.
func rounds[N int | uint64](n N) N {
	if os.Getenv("APER_LONG") != "" {
		return 10 * n
	}
	return n
}

// A user is a key of a named type, with the method that the generator would give it.
type user string

func (u user) Code(c *aper.Coder) user { return user(c.Text(string(u))) }

// A point is a plain value with a method Code.
type point struct{ x, y int64 }

func (p point) Code(c *aper.Coder) point {
	if c.Struct("test.point", 2) {
		p.x = c.Field("x").Int64(p.x)
		p.y = c.Field("y").Int64(p.y)
		c.End()
	}
	return p
}

// apply applies what must not conflict.
func apply[S any](t testing.TB, s S, transitions ...aper.Transition[S]) S {
	t.Helper()
	for _, transition := range transitions {
		next, err := transition.Apply(s, &aper.Meta{})
		if err != nil {
			t.Fatalf("%#v: %v", transition, err)
		}
		s = next
	}
	return s
}

// refused applies what must conflict, with this text.
func refused[S any](t testing.TB, s S, transition aper.Transition[S], conflict error, text string) {
	t.Helper()
	_, err := transition.Apply(s, &aper.Meta{})
	if !errors.Is(err, conflict) || err.Error() != text {
		t.Errorf("%#v: got %v, want %s", transition, err, text)
	}
}

func encode[S aper.StateMachine[S]](t testing.TB, s S) []byte {
	t.Helper()
	b, err := aper.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func toJSON[S aper.StateMachine[S]](t testing.TB, s S) string {
	t.Helper()
	b, err := aper.ToJSON(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// wantJSON checks what a state is in JSON, and that it comes back from JSON and from its encoding.
func wantJSON[S aper.StateMachine[S]](t testing.TB, s S, want string) {
	t.Helper()
	if got := toJSON(t, s); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	roundTrip(t, s)
}

func roundTrip[S aper.StateMachine[S]](t testing.TB, s S) {
	t.Helper()
	b := encode(t, s)
	if back, err := aper.Decode[S](b); err != nil || !bytes.Equal(encode(t, back), b) {
		t.Fatalf("%x comes back as %v, %v", b, back, err)
	}
	text := toJSON(t, s)
	if back, err := aper.FromJSON[S]([]byte(text)); err != nil || !bytes.Equal(encode(t, back), b) {
		t.Fatalf("%s comes back as %v, %v", text, back, err)
	}
}

// A version is a state with the JSON it had when it was made. Whatever happens later, it must still have that.
type state[S aper.StateMachine[S]] struct {
	S    S
	json string
}

// A history keeps versions of a state.
type history[S aper.StateMachine[S]] []state[S]

func (h *history[S]) keep(t *testing.T, s S) { *h = append(*h, state[S]{s, toJSON(t, s)}) }

// check looks at all versions, and whether the difference between any two is what leads from one to the other.
func (h history[S]) check(t *testing.T, r *rand.Rand) {
	t.Helper()
	for _, v := range h {
		if now := toJSON(t, v.S); now != v.json {
			t.Fatalf("an old version became %s, and was %s", now, v.json)
		}
		roundTrip(t, v.S)
		checkDiff(t, h[r.IntN(len(h))].S, v.S)
	}
}

// checkDiff sees whether the changes from old to new lead from the JSON of old to that of new.
func checkDiff[S aper.StateMachine[S]](t testing.TB, old, new S) (changes int) {
	t.Helper()
	got, want := parse(t, toJSON(t, old)), parse(t, toJSON(t, new))
	var log []string
	aper.Diff(old, new, func(c aper.Change) bool {
		var value any
		if c.Op != "remove" {
			coder := &aper.Coder{}
			coder.JSONTo(nil)
			c.Code(coder)
			b, err := coder.Finish()
			if err != nil {
				t.Fatal(err)
			}
			value = parse(t, string(b))
		}
		log = append(log, fmt.Sprint(c.Op, c.Path, value))
		got = patch(t, got, c.Op, c.Path, value)
		return true
	})
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("from %s the changes %v lead to %v, want %v", toJSON(t, old), log, got, want)
	}
	return len(log)
}

func parse(t testing.TB, text string) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// patch is an operation of JSON Patch (RFC 6902).
func patch(t testing.TB, in any, op string, path []string, value any) any {
	t.Helper()
	if len(path) == 0 {
		return value
	}
	step := path[0]
	switch in := in.(type) {
	case map[string]any:
		_, there := in[step]
		switch {
		case there == (op == "add" && len(path) == 1):
			t.Fatalf("%s of %v where it is there: %v", op, path, there)
		case len(path) > 1 || op != "remove":
			in[step] = patch(t, in[step], op, path[1:], value)
		default:
			delete(in, step)
		}
		return in
	case []any:
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i > len(in) || i == len(in) && op != "add" {
			t.Fatalf("%s at %v of %d items", op, path, len(in))
		}
		switch {
		case len(path) > 1 || op == "replace":
			in[i] = patch(t, in[i], op, path[1:], value)
		case op == "add":
			in = slices.Insert(in, i, value)
		case op == "remove":
			in = slices.Delete(in, i, i+1)
		}
		return in
	}
	t.Fatalf("%s of %v inside of %v", op, path, in)
	return nil
}

// sameTransition sees that a transition survives the journey and is the same value by method and by function.
func sameTransition[S aper.StateMachine[S]](t testing.TB, method, function aper.Transition[S], want string) {
	t.Helper()
	if method != function {
		t.Errorf("the method returns %#v, the function %#v", method, function)
	}
	c := &aper.Coder{}
	c.JSONTo(nil)
	aper.CodeTransition(c, method)
	text, err := c.Finish()
	if err != nil || string(text) != want {
		t.Errorf("in JSON it is %s, %v, want %s", text, err, want)
	}
	c.JSONFrom(text)
	back := aper.CodeTransition[S](c, nil)
	if _, err := c.Finish(); err != nil || back != method {
		t.Errorf("from JSON it is %#v, %v", back, err)
	}
	c.EncodeTo(nil)
	aper.CodeTransition(c, method)
	b, err := c.Finish()
	if err != nil {
		t.Fatal(err)
	}
	c.DecodeFrom(b)
	back = aper.CodeTransition[S](c, nil)
	if _, err := c.Finish(); err != nil || back != method {
		t.Errorf("decoded it is %#v, %v", back, err)
	}
}

// damaged decodes what is not quite the encoding of s. Nothing may panic, and what is accepted must be an encoding.
func damaged[S aper.StateMachine[S]](t *testing.T, s S) {
	t.Helper()
	b := encode(t, s)
	for i := range b {
		if _, err := aper.Decode[S](b[:i]); err == nil {
			t.Fatalf("%x is accepted without its end", b[:i])
		}
		for bit := range 8 {
			other := slices.Clone(b)
			other[i] ^= 1 << bit
			checkDecode[S](t, other)
		}
	}
}

// checkDecode decodes any bytes. What is accepted must be the one encoding of what comes out, or a shorter one, in which
// fields are missing that an older program did not know: they come out as zero.
func checkDecode[S aper.StateMachine[S]](t testing.TB, b []byte) {
	t.Helper()
	s, err := aper.Decode[S](b)
	if err != nil {
		return
	}
	again := encode(t, s)
	if len(again) <= len(b) && !bytes.Equal(again, b) {
		t.Fatalf("%x is accepted, and its state is encoded as %x", b, again)
	}
	back, err := aper.Decode[S](again)
	if err != nil || !bytes.Equal(encode(t, back), again) {
		t.Fatalf("%x becomes %x, which becomes %v, %v", b, again, back, err)
	}
}
