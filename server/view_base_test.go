package server_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/aper-go/aper/internal/sim/line"
	"github.com/aper-go/aper/server"
)

// What a view pushes means what it meant on the state that it names. Without one it is decided on whatever there is.
func TestViewNamesTheStateItSaw(t *testing.T) {
	rooms, err := server.New(line.Line{Text: "abc"}, server.Options{})
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
	one, other := join(t, h, "lobby"), join(t, h, "lobby")
	one.send(`{"hello": {}}`)
	if welcome := one.receive()["welcome"].(map[string]any); welcome["anchored"] != true {
		t.Errorf("the welcome is %v", welcome)
	}
	other.send(`{"hello": {"seq": 0}}`)
	other.receive()
	one.send(`{"push": 1, "known": 0, "transition": {"Insert": {"at": 0, "text": "xx"}}}`)
	one.receiveUntil("outcomes")
	for _, step := range []struct{ send, want string }{
		{`{"push": 1, "known": 0, "seq": 0, "transition": {"Insert": {"at": 3, "text": "!"}}}`, "xxabc!"},
		{`{"push": 2, "known": 0, "seq": 0, "transition": {"Insert": {"at": 4, "text": "?"}}}`, "xxabc!?"}, // after its own
		{`{"push": 3, "known": 0, "transition": {"Insert": {"at": 3, "text": "-"}}}`, "xxa-bc!?"},
	} {
		other.send(step.send)
		if state := other.receiveUntil("outcomes")["state"].(map[string]any); state["text"] != step.want {
			t.Errorf("%s: the text is %q, want %q", step.send, state["text"], step.want)
		}
	}
	other.send(`{"ping": {}, "known": 3, "seq": 4}`)
	other.receiveUntil("pong")
	other.send(`{"push": 4, "known": 3, "seq": 5, "transition": {"Insert": {"at": 0, "text": "y"}}}`)
	if closed := other.receiveUntil("close")["close"].(map[string]any); closed["code"] != 4300.0 {
		t.Errorf("it pushed on a state that is still to come, and was told %v", closed)
	}
}
