package main

import (
	"bufio"
	"context"
	"fmt"
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

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/examples/todo"
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
		code := run(ctx, append([]string{"demo", "-addr", "localhost:0", "-file", ""}, args...), stdout, &stderr)
		if stderr.Len() > 0 {
			t.Error("stderr:", stderr.String())
		}
		stdout.Close()
		status <- code
	}()
	stop := sync.OnceValue(func() int { cancel(); return <-status })
	t.Cleanup(func() { stop() })
	printed := untilItRuns(t, reader)
	found := regexp.MustCompile(`http://(localhost:[1-9]\d*)/`).FindStringSubmatch(printed)
	if found == nil {
		t.Fatal("it printed no address:", printed)
	}
	wants := []string{"go run ./examples/counter/cmd/client ws://" + found[1] + "/counter/lobby"}
	for _, e := range examples {
		wants = append(wants, "http://"+found[1]+"/"+e.name+"/ ")
	}
	for _, want := range wants {
		if !strings.Contains(printed, want) {
			t.Errorf("it printed %q, without %q", printed, want)
		}
	}
	return running{found[1], stop}
}

// untilItRuns returns what a demo prints when it has begun.
func untilItRuns(t *testing.T, stdout io.Reader) string {
	t.Helper()
	var printed strings.Builder
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		fmt.Fprintln(&printed, lines.Text())
		if strings.Contains(lines.Text(), "Ctrl-C ends") {
			go io.Copy(io.Discard, stdout)
			return printed.String()
		}
	}
	t.Fatal("it did not begin:", printed.String())
	return ""
}

func TestDemoServesThePagesAndTheRooms(t *testing.T) {
	const (
		html       = "text/html; charset=utf-8"
		javascript = "text/javascript; charset=utf-8"
		plain      = "text/plain; charset=utf-8"
	)
	demo := start(t)
	tests := []struct {
		path        string
		status      int
		contentType string
		content     string
	}{
		{"/", 200, html, "<!doctype html>"},
		{"/counter/", 200, html, "counter.js"},
		{"/counter/?room=kitchen", 200, html, "counter.js"},
		{"/page/page.css", 200, "text/css; charset=utf-8", ":root"},
		{"/page/counter.js", 200, javascript, "join("},
		{"/page/view.js", 200, javascript, "export class View"},
		{"/page/icon.svg", 200, "image/svg+xml", "<svg"},
		{"/page/page.go", 404, plain, "not found"},
		{"/page/counter.html", 404, plain, "not found"},
		{"/index/", 404, plain, "not found"},
		{"/page/", 404, plain, "not found"},
		{"/counter/lobby", 404, plain, "there is no such room"},
		{"/counter/-/no", 404, plain, "cannot name a room"},
		{"/nothing/lobby", 404, plain, "not found"},
		{"/-/health", 200, plain, "ok"},
	}
	for _, test := range tests {
		response, content := get(t, demo.address, test.path)
		if response.StatusCode != test.status || response.Header.Get("Content-Type") != test.contentType ||
			!strings.Contains(content, test.content) {
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

func get(t *testing.T, address, path string) (*http.Response, string) {
	t.Helper()
	response, err := http.Get("http://" + address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(content)
}

// Each example has a page, which the list of all leads to, with all that it asks for.
func TestEveryExampleHasAPage(t *testing.T) {
	demo := start(t)
	_, index := get(t, demo.address, "/")
	for _, e := range examples {
		if !strings.Contains(index, `href="`+e.name+`/"`) {
			t.Errorf("the list does not lead to %s", e.name)
		}
		at := "/" + e.name + "/"
		response, page := get(t, demo.address, at)
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", at, response.Status)
		}
		for _, link := range regexp.MustCompile(`(?:href|src)="\.\.(/[^"]*)"`).FindAllStringSubmatch(page, -1) {
			if response, _ := get(t, demo.address, link[1]); response.StatusCode != http.StatusOK {
				t.Errorf("%s: %s: %s", at, link[1], response.Status)
			}
		}
		if !strings.Contains(page, "../page/"+e.name+".js") {
			t.Errorf("%s does not load %s.js", at, e.name)
		}
		if response, _ := get(t, demo.address, at+"-/health"); response.StatusCode != http.StatusOK {
			t.Errorf("the rooms of %s: %s", e.name, response.Status)
		}
	}
}

// Rooms of all machines live in one file, and are there when it is opened again.
func TestDemoKeepsTheRoomsOfAllExamples(t *testing.T) {
	file := filepath.Join(t.TempDir(), "aper.db")
	demo := start(t, "-file", file)
	do(t, demo, "counter", counter.Counter{}, counter.Increment{By: 7})
	do(t, demo, "todo", todo.Todo{}, todo.TodoTitle{To: "Saturday"})
	if status := demo.stop(); status != 0 {
		t.Error("exit status", status)
	}
	wants(t, 0, "counter.Counter/lobby", "rooms", file)
	wants(t, 0, "todo.Todo/lobby", "rooms", file)
	again := start(t, "-file", file)
	for path, want := range map[string]string{"/counter/lobby": `{"value":7}`, "/todo/lobby": `"title":"Saturday"`} {
		if _, state := get(t, again.address, path); !strings.Contains(state, want) {
			t.Errorf("%s is %s, want %s in it", path, state, want)
		}
	}
}

// do does one thing in the lobby of an example.
func do[S aper.StateMachine[S]](t *testing.T, demo running, example string, _ S, transition aper.Transition[S]) {
	t.Helper()
	c, err := client.Dial[S](t.Context(), "ws://"+demo.address+"/"+example+"/lobby", client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Do(t.Context(), transition); err != nil {
		t.Error(err)
	}
}

func TestDemoEndsSoonAndWell(t *testing.T) {
	file := filepath.Join(t.TempDir(), "aper.db")
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
