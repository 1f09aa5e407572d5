package server_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/server"
)

func get(t *testing.T, method, url, tag string) (status int, header http.Header, body string) {
	t.Helper()
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if tag != "" {
		request.Header.Set("If-None-Match", tag)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(b)
}

func TestGet(t *testing.T) {
	_, h := start(t, server.Options{})
	if status, _, said := get(t, "GET", h.URL+"/lobby", ""); status != 404 || said != "there is no such room\n" {
		t.Errorf("a room that is not there: %d %q", status, said)
	}
	c, err := dial(t, h, "lobby")
	if err != nil {
		t.Fatal(err)
	}
	status, header, state := get(t, "GET", h.URL+"/lobby", "")
	if status != 200 || state != `{"value":0}` || header.Get("Content-Type") != "application/json" {
		t.Errorf("the state: %d %q %v", status, state, header)
	}
	first := header.Get("ETag")
	if status, _, state := get(t, "GET", h.URL+"/lobby", first); status != 304 || state != "" {
		t.Errorf("the same again: %d %q", status, state)
	}
	if err := c.Do(limit(t), counter.Increment{By: 5}); err != nil {
		t.Fatal(err)
	}
	status, header, state = get(t, "GET", h.URL+"/lobby", first)
	if status != 200 || state != `{"value":5}` || header.Get("ETag") == first {
		t.Errorf("after an event: %d %q %v", status, state, header)
	}
	if status, _, state := get(t, "HEAD", h.URL+"/lobby", ""); status != 200 || state != "" {
		t.Errorf("HEAD: %d %q", status, state)
	}
	if status, header, _ := get(t, "POST", h.URL+"/lobby", ""); status != 405 || header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", status, header)
	}
}

func TestGetAsksWhoMayLook(t *testing.T) {
	_, h := start(t, server.Options{Authorize: func(*server.Joining) error { return errors.New("members only") }})
	if status, _, said := get(t, "GET", h.URL+"/lobby", ""); status != 403 || said != "members only\n" {
		t.Errorf("%d %q", status, said)
	}
}

func TestHealth(t *testing.T) {
	rooms, err := server.New(counter.Counter{}, server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(http.StripPrefix("/rooms", rooms))
	defer h.Close()
	for _, path := range []string{"/-/health", "/-/ready"} {
		if status, _, _ := get(t, "GET", h.URL+"/rooms"+path, ""); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
	}
	if err := rooms.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/-/health": 200, "/-/ready": 503} {
		if status, _, _ := get(t, "GET", h.URL+"/rooms"+path, ""); status != want {
			t.Errorf("%s after Close: %d", path, status)
		}
	}
}
