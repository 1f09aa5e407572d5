package server_test

import (
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/server"
)

// A client in another language needs no library: testdata/view.py is one.
func TestClientInPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed (Debian's package python3)")
	}
	_, h := start(t, server.Options{})
	c, err := dial(t, h, "lobby")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(limit(t), counter.Increment{By: 1}); err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(limit(t), python, "testdata/view.py", at.Hostname(), at.Port(), "/lobby", "20").CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != `{"value": 41}` {
		t.Errorf("%v: %s", err, out)
	}
	await(t, c, 41)
	if out, err := exec.CommandContext(limit(t), python, "testdata/view.py", at.Hostname(), at.Port(), "/a//b", "1").CombinedOutput(); err == nil ||
		!strings.Contains(string(out), "cannot name a room") {
		t.Errorf("a room that cannot be: %v: %s", err, out)
	}
}
