package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/server"
)

func serve(t *testing.T, o server.Options) *httptest.Server {
	t.Helper()
	rooms, err := server.New(counter.Counter{}, o)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(rooms)
	t.Cleanup(func() {
		h.Close()
		if err := rooms.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return h
}

func limit(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// A view is a client without a library: it sends and receives JSON.
type view struct {
	t      *testing.T
	socket *websocket.Conn
}

func join(t *testing.T, h *httptest.Server, room string) *view {
	t.Helper()
	address := "ws" + strings.TrimPrefix(h.URL, "http") + "/" + room
	socket, _, err := websocket.Dial(limit(t), address, &websocket.DialOptions{Subprotocols: []string{"aper.json.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.CloseNow() })
	return &view{t, socket}
}

func (v *view) send(text string) {
	v.t.Helper()
	if err := v.socket.Write(limit(v.t), websocket.MessageText, []byte(text)); err != nil {
		v.t.Fatal(err)
	}
}

func (v *view) receive() map[string]any {
	v.t.Helper()
	_, data, err := v.socket.Read(limit(v.t))
	if err != nil {
		v.t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		v.t.Fatalf("%v: %s", err, data)
	}
	return m
}

// receiveUntil skips messages without the member.
func (v *view) receiveUntil(member string) map[string]any {
	v.t.Helper()
	for {
		if m := v.receive(); m[member] != nil {
			return m
		}
	}
}

func compact(t *testing.T, value any) string {
	t.Helper()
	b, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The dialogue of the package's description, word for word.
func TestViewProtocol(t *testing.T) {
	h := serve(t, server.Options{})
	v := join(t, h, "lobby")
	v.send(`{"hello": {}}`)
	welcome := v.receive()
	if got := compact(t, welcome["state"]); got != `{"value":0}` || welcome["seq"] != 0.0 {
		t.Fatalf("welcomed with %v", welcome)
	}
	said := welcome["welcome"].(map[string]any)
	if said["mode"] != "fresh" || said["decided"] != 0.0 {
		t.Fatalf("welcome is %v", said)
	}
	steps := []struct{ send, outcomes, state string }{
		{`{"push": 1, "known": 0, "transition": {"Increment": {"by": 4}}}`, `[{"confirmed":1,"push":1}]`, `{"value":4}`},
		{`{"push": 2, "known": 1, "transition": {"Decrement": {"by": 5}}}`,
			`[{"push":2,"rejected":"the counter cannot go below zero"}]`, `{"value":4}`},
		{`{"push": 3, "known": 2, "transition": {"Increment": {"buy": 5}}}`,
			`[{"problem":"aper: Increment: the member \"buy\" is unknown","push":3,` +
				`"rejected":"the authority cannot read this transition"}]`, `{"value":4}`},
		{`{"push": 4, "known": 3, "transition": {"Reset": {}}}`, `[{"confirmed":2,"push":4}]`, `{"value":0}`},
	}
	for _, step := range steps {
		v.send(step.send)
		m := v.receiveUntil("outcomes")
		if got := compact(t, m["outcomes"]); got != step.outcomes {
			t.Errorf("%s\n got %s\nwant %s", step.send, got, step.outcomes)
		}
		if got := compact(t, m["state"]); got != step.state {
			t.Errorf("%s: state %s, want %s", step.send, got, step.state)
		}
	}
}

// A push that was sent and whose outcome was not seen is pushed again over the next connection, and happens once.
func TestViewResumes(t *testing.T) {
	h := serve(t, server.Options{})
	v := join(t, h, "lobby")
	v.send(`{"hello": {}}`)
	session := compact(t, v.receive()["welcome"].(map[string]any)["session"])
	v.send(`{"push": 1, "transition": {"Increment": {"by": 1}}}`)
	v.receiveUntil("outcomes")
	v.socket.CloseNow()

	again := join(t, h, "lobby")
	again.send(`{"hello": {"session": ` + session + `, "known": 0, "sent": 2}}`)
	m := again.receive()
	if said := m["welcome"].(map[string]any); said["mode"] != "resumed" || said["decided"] != 1.0 {
		t.Fatalf("welcome is %v", said)
	}
	if got := compact(t, m["outcomes"]); got != `[{"confirmed":1,"push":1}]` {
		t.Fatalf("outcomes %s", got)
	}
	again.send(`{"push": 1, "transition": {"Increment": {"by": 1}}}`)
	again.send(`{"push": 2, "known": 1, "transition": {"Increment": {"by": 10}}}`)
	if m := again.receiveUntil("outcomes"); compact(t, m["state"]) != `{"value":11}` {
		t.Fatalf("state %v, want 11", m["state"])
	}
}

func TestViewIsToldWhatItDidWrong(t *testing.T) {
	for send, want := range map[string]string{
		`hello`:                             "not a message of the view protocol",
		`{}`:                                `a message has one of the members "hello", "push", "ping" and "presence"`,
		`{"push": 1, "transition": null}`:   "the first message must be Hello",
		`{"hello": {"session": {}}}`:        "hello.session is not what the welcome said",
		`{"hello": {}}{"hello": {}}`:        "not a message of the view protocol",
		`{"push": "1"}`:                     "not a message of the view protocol",
		`{"hello": {"session": {"token":1}`: "not a message of the view protocol",
	} {
		t.Run(send, func(t *testing.T) {
			v := join(t, serve(t, server.Options{}), "lobby")
			v.send(send)
			closing := v.receiveUntil("close")["close"].(map[string]any)
			if reason := closing["reason"].(string); !strings.HasPrefix(reason, want) || closing["action"] != "stop" {
				t.Errorf("closed with %v, want %q and to stop", closing, want)
			}
		})
	}
}

// Law L12 and the first three minutes of a stranger: what is wrong with a request is said.
func TestRefusals(t *testing.T) {
	h := serve(t, server.Options{Origins: []string{"friend.example"}})
	upgrade := http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Sec-Websocket-Protocol": {"aper.1"}}
	with := func(name, value string) http.Header {
		header := upgrade.Clone()
		header.Set(name, value)
		return header
	}
	for name, c := range map[string]struct {
		path   string
		header http.Header
		status int
		says   string
	}{
		"a browser's address bar": {"/nowhere", http.Header{}, 404, "there is no such room"},
		"no room":                 {"/", upgrade, 404, "cannot name a room"},
		"the server's own names":  {"/-/secret", upgrade, 404, `names below "-" belong to the server`},
		"another page":            {"/lobby", with("Origin", "https://evil.example"), 403, "server.Options.Origins"},
		"a friend's page":         {"/lobby", with("Origin", "https://friend.example"), 101, ""},
		"its own page":            {"/lobby", with("Origin", h.URL), 101, ""},
		"another protocol":        {"/lobby", with("Sec-Websocket-Protocol", "graphql-ws"), 400, "offer the subprotocol aper.1 or aper.json.1"},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequest("GET", h.URL+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header = c.header
			response, err := http.DefaultTransport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			var said []byte
			if response.StatusCode != 101 {
				said, _ = io.ReadAll(response.Body)
			}
			if response.StatusCode != c.status || !strings.Contains(string(said), c.says) {
				t.Errorf("got %d %q, want %d %q", response.StatusCode, said, c.status, c.says)
			}
		})
	}
}

// Nothing is shown to who has not said hello, and a close is said once.
func TestViewThatPushesBeforeHelloSeesNoState(t *testing.T) {
	v := join(t, serve(t, server.Options{}), "lobby")
	v.send(`{"push": 1, "transition": {"Reset": {}}}`)
	m := v.receive()
	if m["close"] == nil || m["state"] != nil || m["seq"] != nil {
		t.Errorf("got %v, want the close alone", m)
	}
	if _, data, err := v.socket.Read(limit(t)); err == nil {
		t.Errorf("after the close came %s", data)
	}
}

// A page cannot see the status of a refused WebSocket.
func TestViewIsToldWhyItCannotJoin(t *testing.T) {
	h := serve(t, server.Options{MaxRooms: 1})
	join(t, h, "first").send(`{"hello": {}}`)
	for room, want := range map[string]string{"a//b": "stop", "-/secret": "stop", "second": "retry"} {
		closing := join(t, h, room).receive()["close"].(map[string]any)
		if closing["action"] != want {
			t.Errorf("%s: closed with %v, want %s", room, closing, want)
		}
	}
}

func TestRoomsAreSeparate(t *testing.T) {
	h := serve(t, server.Options{Store: journal.NewMemory()})
	one, two := join(t, h, "one"), join(t, h, "two")
	for _, v := range []*view{one, two} {
		v.send(`{"hello": {}}`)
		v.receive()
	}
	one.send(`{"push": 1, "transition": {"Increment": {"by": 1}}}`)
	one.receiveUntil("outcomes")
	two.send(`{"push": 1, "transition": {"Increment": {"by": 5}}}`)
	if m := two.receiveUntil("outcomes"); compact(t, m["state"]) != `{"value":5}` {
		t.Fatalf("state %v, want 5", m["state"])
	}
}

func TestBothStoresIsAnError(t *testing.T) {
	if _, err := server.New(counter.Counter{}, server.Options{File: "x.db", Store: journal.NewMemory()}); err == nil {
		t.Error("no error")
	}
}
