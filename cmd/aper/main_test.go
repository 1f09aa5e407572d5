package main

import (
	"context"
	"net"
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	busy, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	_, port, _ := net.SplitHostPort(busy.Addr().String())

	tests := []struct {
		args           string
		status         int
		stdout, stderr string // what is in it; empty means that it is empty
	}{
		{"", 2, "", "usage: aper <verb>"},
		{"help", 0, "demo ", ""},
		{"-h", 0, "demo ", ""},
		{"--help", 0, "demo ", ""},
		{"help demo", 0, "-file", ""},
		{"help bench", 0, "-window", ""},
		{"help bench rooms", 0, "aper bench rooms: ", ""},
		{"bench flood -h", 0, "", "-phases"},
		{"bench rooms flood", 2, "", `"flood" is too much`},
		{"demo -h", 0, "", "-file"},
		{"dmeo", 2, "", `there is no verb "dmeo"`},
		{"help dmeo", 2, `there is no verb "dmeo"`, ""},
		{"demo -port 8080", 2, "", "-port"},
		{"demo 8080", 2, "", `"8080" is too much`},
		{"demo -addr 8080", 1, "", "missing port"},
		{"demo -addr localhost:" + port, 1, "", "port " + port + " is in use, perhaps by another demo: stop that, or take a free port with -addr localhost:0"},
		{"demo -addr localhost:0 -file " + t.TempDir(), 1, "", "aper demo: journal/bolt: open "},
	}
	for _, test := range tests {
		var stdout, stderr strings.Builder
		status := run(context.Background(), strings.Fields(test.args), &stdout, &stderr)
		if status != test.status {
			t.Errorf("aper %s: status %d, want %d", test.args, status, test.status)
		}
		check := func(name, got, want string) {
			if !strings.Contains(got, want) || want == "" && got != "" {
				t.Errorf("aper %s: %s is %q, want %q in it", test.args, name, got, want)
			}
		}
		check("stdout", stdout.String(), test.stdout)
		check("stderr", stderr.String(), test.stderr)
	}
}
