package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
)

// What was counted in a demo can be looked at while it runs, and when it has ended.
func TestLookingIntoADemo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "counter.db")
	demo := start(t, "-file", file)
	c, err := client.Dial[counter.Counter](t.Context(), "ws://"+demo.address+"/counter/lobby", client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(t.Context(), counter.Increment{By: 2}); err != nil {
		t.Error(err)
	}
	wants(t, 0, `client 1          {"Increment":{"by":2}}`, "log", file, "lobby")
	c.Close()
	if status := demo.stop(); status != 0 {
		t.Error("the demo ended with status", status)
	}
	wants(t, 0, "counter.Counter/lobby", "rooms", file)
	wants(t, 0, `client 1          {"Increment":{"by":2}}`, "log", file, "lobby")
	wants(t, 0, `{"value":2}`, "state", file, "lobby")
	wants(t, 0, "1 room: 1 well, 0 not", "verify", file)
	wants(t, 0, "-from", "help", "log")
	wants(t, 2, "aper log: ROOM is missing", "log", file)
	wants(t, 0, "verify ", "help")
}

// wants runs a verb and looks for a text in what it prints.
func wants(t *testing.T, status int, text string, args ...string) {
	t.Helper()
	var printed strings.Builder
	if got := run(context.Background(), args, &printed, &printed); got != status || !strings.Contains(printed.String(), text) {
		t.Errorf("aper %s: status %d, want %d, and %q in\n%s", strings.Join(args, " "), got, status, text, &printed)
	}
}
