package admin

import (
	"io"
	"os"
	"strings"
	"testing"
)

// A person sees one line, which is gone in the end.
func TestProgressAtATerminal(t *testing.T) {
	var terminal strings.Builder
	p := &progress{terminal: &terminal}
	p.say("read %s", plural(1, "event"))
	p.say("read %s", plural(2, "event")) // too soon
	p.clear()
	p.clear()
	p.note("done")
	if want := "\r\x1b[Kread 1 event\r\x1b[Kdone\n"; terminal.String() != want {
		t.Errorf("it is %q, want %q", &terminal, want)
	}
}

func TestProgressElsewhere(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p := newProgress(&attentive{w: w})
	p.say("a")
	p.note("b")
	err = p.during(func() string { return "c" }, func() error { return os.ErrClosed })
	if err != os.ErrClosed {
		t.Error("the error is", err)
	}
	w.Close()
	if told, err := io.ReadAll(r); err != nil || len(told) != 0 {
		t.Errorf("a pipe was told %q, %v", told, err)
	}
}

func TestDigits(t *testing.T) {
	for v, want := range map[float64]string{0: "0.0", 3.14: "3.1", 123.4: "123", 1234: "1,230", 98765: "98,800", 12345678: "12,300,000"} {
		if got := digits(v); got != want {
			t.Errorf("%v is shown as %s, want %s", v, got, want)
		}
	}
}
