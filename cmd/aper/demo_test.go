package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A demo that runs until the test ends, or it is stopped.
type running struct {
	address string
	stop    func() int // returns the exit status
}

func start(t *testing.T, args ...string) running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	reader, stdout := io.Pipe()
	status := make(chan int, 1)
	go func() {
		var stderr strings.Builder
		code := run(ctx, append([]string{"demo", "-addr", "localhost:0"}, args...), stdout, &stderr)
		if stderr.Len() > 0 {
			t.Error("stderr:", stderr.String())
		}
		stdout.Close()
		status <- code
	}()
	stop := sync.OnceValue(func() int { cancel(); return <-status })
	t.Cleanup(func() { stop() })
	buffer := make([]byte, 4096)
	n, err := reader.Read(buffer)
	if err != nil {
		t.Fatal("it printed nothing:", err)
	}
	go io.Copy(io.Discard, reader)
	printed := string(buffer[:n])
	found := regexp.MustCompile(`http://(localhost:[1-9]\d*)/`).FindStringSubmatch(printed)
	if found == nil {
		t.Fatal("it printed no address:", printed)
	}
	if want := "go run ./examples/counter/cmd/client ws://" + found[1] + "/counter/lobby"; !strings.Contains(printed, want) {
		t.Errorf("it printed %q, without %q", printed, want)
	}
	return running{found[1], stop}
}

func TestDemoServesThePageAndTheRooms(t *testing.T) {
	demo := start(t)
	tests := []struct {
		path        string
		status      int
		contentType string
		content     string
	}{
		{"/", 200, "text/html; charset=utf-8", "<!doctype html>"},
		{"/?room=kitchen", 200, "text/html; charset=utf-8", "<!doctype html>"},
		{"/page.css", 200, "text/css; charset=utf-8", ":root"},
		{"/page.js", 200, "text/javascript; charset=utf-8", "new View("},
		{"/view.js", 200, "text/javascript; charset=utf-8", "export class View"},
		{"/icon.svg", 200, "image/svg+xml", "<svg"},
		{"/page.go", 404, "text/plain; charset=utf-8", "not found"},
		{"/counter/lobby", 404, "text/plain; charset=utf-8", "there is no such room"},
		{"/counter/", 404, "text/plain; charset=utf-8", "cannot name a room"},
	}
	for _, test := range tests {
		response, err := http.Get("http://" + demo.address + test.path)
		if err != nil {
			t.Fatal(err)
		}
		content, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != test.status || response.Header.Get("Content-Type") != test.contentType ||
			!strings.Contains(string(content), test.content) {
			t.Errorf("%s: %s, %q, %.60q", test.path, response.Status, response.Header.Get("Content-Type"), content)
		}
	}
	response, err := http.Post("http://"+demo.address+"/", "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Error("POST /:", response.Status)
	}
}

func TestDemoEndsSoonAndWell(t *testing.T) {
	file := filepath.Join(t.TempDir(), "counter.db")
	demo := start(t, "-file", file)
	idle, err := net.Dial("tcp", demo.address) // as browsers do, in case that they will need it
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	began := time.Now()
	if status := demo.stop(); status != 0 {
		t.Error("exit status", status)
	}
	if took := time.Since(began); took > 4*time.Second { // http.Server.Shutdown alone takes five
		t.Error("it took", took)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
	start(t, "-file", file) // it can be opened again
}
