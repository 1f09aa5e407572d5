package server_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// presences reads until there are some, and returns them as JSON.
func (v *view) presences() string {
	v.t.Helper()
	return compact(v.t, v.receiveUntil("presences")["presences"])
}

// A view that asks is told who is present, all at first and then what changes; one that does not ask is not.
func TestViewsArePresent(t *testing.T) {
	h := serve(t, server.Options{})
	one, other, blind := join(t, h, "lobby"), join(t, h, "lobby"), join(t, h, "lobby")
	one.send(`{"hello": {"presence": true}}`)
	welcome := one.receive()
	if got := compact(t, welcome["presences"]); got != `{}` || welcome["all"] != true || welcome["welcome"] == nil {
		t.Fatalf("welcomed with %v", welcome)
	}
	blind.send(`{"hello": {}}`)
	blind.receive() // so it is the second
	one.send(`{"presence": {"name": "Ann", "at": [1, null]}}`)
	if got, want := one.presences(), `{"1":{"user":"","value":{"at":[1,null],"name":"Ann"}}}`; got != want {
		t.Errorf("its own presence is %s, want %s", got, want)
	}
	other.send(`{"hello": {"presence": true}}`)
	if got, want := other.presences(), `{"1":{"user":"","value":{"at":[1,null],"name":"Ann"}}}`; got != want {
		t.Errorf("who came later was told %s, want %s", got, want)
	}
	for _, step := range []struct{ set, want string }{
		{`7`, `{"3":{"user":"","value":7}}`},
		{`""`, `{"3":{"user":"","value":""}}`},
		{`null`, `{"3":null}`},
		{`false`, `{"3":{"user":"","value":false}}`},
	} {
		other.send(`{"presence": ` + step.set + `}`)
		m := one.receiveUntil("presences")
		if got := compact(t, m["presences"]); got != step.want || m["state"] != nil || m["seq"] != nil || m["all"] != nil {
			t.Errorf("after %s it was told %v, want %s alone", step.set, m, step.want)
		}
	}
	other.send(`{"presence": "` + strings.Repeat("x", 5000) + `"}`) // too large: ignored
	other.socket.CloseNow()
	if got := one.presences(); got != `{"3":null}` {
		t.Errorf("when it went, %s was told", got)
	}
	blind.send(`{"ping": {}, "known": 0}`)
	if m := blind.receive(); m["pong"] != true || m["presences"] != nil {
		t.Errorf("who did not ask was told %v", m)
	}
}

// What a view sets arrives at a replica as it was sent, and what a replica sets at a view if it is JSON.
func TestPresencesOfViewsAndReplicas(t *testing.T) {
	rooms, err := server.New(counter.Counter{}, server.Options{})
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
	replica, err := rooms.Client(t.Context(), "lobby", room.Principal{User: "bob"}, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer replica.Close()
	v := join(t, h, "lobby")
	v.send(`{"hello": {"presence": true}}`)
	v.receive()
	v.send(`{"presence": {"at":  3}}`)
	v.receiveUntil("presences")
	for all := range replica.WatchPresences(t.Context()) {
		if len(all) == 1 {
			if got := string(all[0].Value); got != `{"at":  3}` {
				t.Errorf("the replica was told %s", got)
			}
			break
		}
	}
	for _, step := range []struct{ set, want string }{
		{`{"here": "<b>"}`, `{"1":{"user":"bob","value":{"here":"\u003cb\u003e"}}}`},
		{`no JSON`, `{"1":{"user":"bob","value":null}}`},
		{``, `{"1":null}`},
	} {
		if err := replica.SetPresence([]byte(step.set)); err != nil {
			t.Fatal(err)
		}
		if got := v.presences(); got != step.want {
			t.Errorf("after %q the view was told %s, want %s", step.set, got, step.want)
		}
	}
}

// Who does not read is told the latest when it reads again, and not all that it missed; nor does it keep others waiting.
func TestPresencesAreNotQueued(t *testing.T) {
	h := serve(t, server.Options{Room: room.Options{Rate: -1}})
	slow, quick := join(t, h, "lobby"), join(t, h, "lobby")
	slow.send(`{"hello": {"presence": true}}`)
	slow.receive()
	quick.send(`{"hello": {"presence": true}}`)
	quick.receive()
	filler := strings.Repeat("x", 4000)
	const last = 4000 // 16 MB, which no buffer between them holds
	for n := 1; n <= last; n++ {
		quick.send(fmt.Sprintf(`{"presence": "%d %s"}`, n, filler))
	}
	quick.send(`{"push": 1, "known": 0, "transition": {"Increment": {"by": 1}}}`)
	quick.receiveUntil("outcomes")
	messages := 0
	for want := fmt.Sprintf(`"%d %s"`, last, filler); ; messages++ {
		if m := slow.receive(); m["presences"] != nil && strings.Contains(compact(t, m["presences"]), want) {
			break
		}
	}
	if messages >= last/2 {
		t.Errorf("it was sent %d messages for %d changes", messages, last)
	}
	t.Logf("%d changes of 4 kB were %d messages to who did not read", last, messages)
}

// Where information is hidden, presences are told as anywhere, and without what else has happened.
func TestPresencesBesideWhatIsHidden(t *testing.T) {
	_, url := secrets(t)
	ann := tapped(t, url, "ann", `{"hello": {"presence": true}}`)
	bob := tapped(t, url, "bob", `{"hello": {}}`)
	bob.send(`{"push": 1, "transition": {"Write": {"text": "secret"}}}`)
	bob.until(`"outcomes"`)
	ann.until(`"seq":1`)
	bob.send(`{"presence": "here"}`)
	if got, want := ann.until(`"presences":{"2"`), `{"presences":{"2":{"user":"bob","value":"here"}}}`; got != want {
		t.Errorf("ann was told %s, want %s", got, want)
	}
	if strings.Contains(ann.seen.String(), "secret") {
		t.Error("ann was told what is hidden")
	}
	if err := ann.socket.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
}
