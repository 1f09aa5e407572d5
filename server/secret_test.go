package server_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
	"github.com/aper-go/aper/server/internal/vault"
	"github.com/aper-go/aper/wire"
)

// secrets serves a vault, whose users say who they are in a header. The user "guard" sees everything.
func secrets(t *testing.T) (*server.Server[vault.Vault], string) {
	t.Helper()
	rooms, err := server.New(vault.Vault{}, server.Options{
		Log:          slog.New(slog.NewTextHandler(io.Discard, nil)), // the rules panic
		Authenticate: func(r *http.Request) (string, error) { return r.Header.Get("User"), nil },
		Authorize: func(j *server.Joining) error {
			j.SeesAll = j.User == "guard"
			return nil
		},
	})
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
	return rooms, h.URL
}

// A tap is a connection, and all that was ever read from it.
type tap struct {
	view
	user string
	seen strings.Builder
}

func tapped(t *testing.T, url, user string, hello string) *tap {
	t.Helper()
	socket, _, err := websocket.Dial(limit(t), url+"/room", &websocket.DialOptions{
		Subprotocols: []string{"aper.json.1"}, HTTPHeader: http.Header{"User": {user}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.CloseNow() })
	p := &tap{view: view{t, socket}, user: user}
	p.send(hello)
	p.until(`"welcome"`)
	return p
}

// until reads up to a message with the text in it, and returns that.
func (p *tap) until(text string) string {
	p.t.Helper()
	for {
		_, data, err := p.socket.Read(limit(p.t))
		if err != nil {
			p.t.Fatal(err)
		}
		p.seen.Write(data)
		if strings.Contains(string(data), text) {
			return string(data)
		}
	}
}

// Whatever users do, and however careless the rules are, no connection carries a note that its user may not read.
func TestNothingHiddenLeaves(t *testing.T) {
	for _, hello := range []string{`{"hello": {}}`, `{"hello": {"patch": true}}`} {
		_, url := secrets(t)
		users := []*tap{}
		for _, name := range []string{"ann", "bob", "eve", ""} {
			users = append(users, tapped(t, url, name, hello))
		}
		random := rand.New(rand.NewPCG(1, 2))
		notes := map[string]string{} // to whom they belong
		opened := map[string]bool{}  // by their text
		current := map[string]string{}
		for n := 1; n <= 60; n++ {
			for _, p := range users {
				push := fmt.Sprintf(`{"Blab": {"how": %d}}`, n%4)
				switch random.IntN(6) {
				case 0, 1, 2:
					note := fmt.Sprintf("note-%d-of-%s.", n, p.user)
					push = fmt.Sprintf(`{"Write": {"text": %q}}`, note)
					if p.user != "" {
						notes[note], current[p.user] = p.user, note
					}
				case 3:
					push = `{"Reveal": {}}`
					opened[current[p.user]] = true
				case 4:
					push = `{"Nonsense": {}}`
				}
				p.send(fmt.Sprintf(`{"push": %d, "known": %d, "transition": %s}`, n, n-1, push))
				p.until(fmt.Sprintf(`"outcomes":[{"push":%d,`, n))
			}
		}
		for _, p := range users {
			p.send(`{"ping": {}, "known": 60}`)
			p.until(`"pong"`)
			for note, owner := range notes {
				if found := strings.Contains(p.seen.String(), note); found && owner != p.user && !opened[note] {
					t.Errorf("%q was shown %s", p.user, note)
				}
			}
			if p.user != "" && !strings.Contains(p.seen.String(), "-of-"+p.user) {
				t.Errorf("%q was not shown the own notes", p.user)
			}
		}
	}
}

// What a view is told of a rejection is a constant of the program, without a path.
func TestHiddenConflicts(t *testing.T) {
	_, url := secrets(t)
	ann := tapped(t, url, "ann", `{"hello": {}}`)
	ann.send(`{"push": 1, "transition": {"Write": {"text": "secret"}}}`)
	ann.until(`"outcomes"`)
	bob := tapped(t, url, "bob", `{"hello": {}}`)
	for how, want := range []string{
		`{"push":1,"rejected":"the rules do not allow this, and more cannot be told"}`,
		`{"push":2,"rejected":"you have no name"}`,
		`{"push":3,"rejected":"you have no name"}`,
		`{"push":4,"rejected":"internal error: the rule of this transition failed"}`,
	} {
		bob.send(fmt.Sprintf(`{"push": %d, "transition": {"Blab": {"how": %d}}}`, how+1, how))
		if got := bob.until(`"outcomes"`); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Who is not shown a change is not told of it, until there is something to be told.
func TestUnseenChangesAreNotTold(t *testing.T) {
	_, url := secrets(t)
	ann := tapped(t, url, "ann", `{"hello": {}}`)
	ann.send(`{"push": 1, "transition": {"Write": {"text": "one"}}}`)
	ann.until(`"outcomes"`)
	bob := tapped(t, url, "bob", `{"hello": {"patch": true}}`)
	before := bob.seen.Len()
	for n := 2; n < 20; n++ {
		ann.send(fmt.Sprintf(`{"push": %d, "transition": {"Write": {"text": "%d"}}}`, n, n))
		ann.until(fmt.Sprintf(`"outcomes":[{"push":%d,`, n))
	}
	ann.send(`{"push": 20, "transition": {"Reveal": {}}}`)
	bob.until(`"patch"`)
	want := `{"seq":20,"patch":[{"op":"replace","path":"/notes/ann/text","value":"19"},{"op":"replace","path":"/notes/ann/open","value":true}]}`
	if got := strings.TrimSpace(bob.seen.String()[before:]); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Nobody gets at the state itself but who may see everything.
func TestReplicasOfSecretsAreRefused(t *testing.T) {
	rooms, url := secrets(t)
	ann := tapped(t, url, "ann", `{"hello": {}}`)
	ann.send(`{"push": 1, "transition": {"Write": {"text": "secret"}}}`)
	ann.until(`"outcomes"`)

	as := func(user string) client.Options {
		return client.Options{Header: func(context.Context) (http.Header, error) { return http.Header{"User": {user}}, nil }}
	}
	if _, err := client.Dial[vault.Vault](limit(t), url+"/room", as("bob")); err == nil || !strings.Contains(err.Error(), "hides information") {
		t.Errorf("a replica was let in: %v", err)
	}
	guard, err := client.Dial[vault.Vault](limit(t), url+"/room", as("guard"))
	if err != nil {
		t.Fatal(err)
	}
	defer guard.Close()
	if note, _ := guard.State().Notes.Get("ann"); note.Text != "secret" {
		t.Errorf("the guard sees %q", note.Text)
	}
	if whole := tapped(t, url, "guard", `{"hello": {}}`); !strings.Contains(whole.seen.String(), "secret") {
		t.Error("the guard's view is blanked")
	}

	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for user, want := range map[string]int{"bob": http.StatusForbidden, "ann": http.StatusForbidden, "guard": http.StatusOK} {
			request, _ := http.NewRequestWithContext(limit(t), method, url+"/room", nil)
			request.Header.Set("User", user)
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			if answer.StatusCode != want || answer.Header.Get("ETag") != "" && want != http.StatusOK {
				t.Errorf("%s by %s is answered %d %s %v", method, user, answer.StatusCode, body, answer.Header)
			}
		}
	}

	if _, err := rooms.Client(limit(t), "room", room.Principal{User: "bot"}, client.Options{}); err == nil || !strings.Contains(err.Error(), "hides information") {
		t.Errorf("a replica in the process was let in unasked: %v", err)
	}
	bot, err := rooms.Client(limit(t), "room", room.Principal{User: "bot", SeesAll: true}, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bot.Close()
}

// A connection for replicas is none for views, also when its Hello says so.
func TestDisguisedReplica(t *testing.T) {
	rooms, _ := secrets(t)
	in, err := rooms.Room(limit(t), "room", true)
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan closing, 10)
	session, err := in.Join(spy(told), room.Principal{User: "eve"})
	if err != nil {
		t.Fatal(err)
	}
	hello := wire.Hello{Protocol: wire.Version, View: true}
	if err := session.Receive(hello.Append(nil)); err != nil {
		t.Fatal(err)
	}
	if got := <-told; got.code != wire.CloseProtocol {
		t.Errorf("told %d %s", got.code, got.reason)
	}
}

type closing struct {
	code   wire.CloseCode
	reason string
}

// A spy is a connection that says how it is closed, or what else it is told.
type spy chan closing

func (s spy) Write(parts [][]byte) error {
	for _, part := range parts {
		for r := wire.NewReader(part); r.Next(); {
			if r.Code() != wire.CodeClose {
				s <- closing{reason: fmt.Sprint("a message with code ", r.Code())}
			}
		}
	}
	return nil
}

func (s spy) Close(code wire.CloseCode, reason string) { s <- closing{code, reason} }

// A view that cannot be made is not sent, and neither is anything else.
func TestViewThatPanics(t *testing.T) {
	_, url := secrets(t)
	ann := tapped(t, url, "ann", `{"hello": {}}`)
	ann.send(`{"push": 1, "transition": {"Write": {"text": "panic"}}}`)
	if got := ann.until(`"close"`); !strings.Contains(got, `"code":4002`) {
		t.Error(got)
	}
	bob := tapped(t, url, "bob", `{"hello": {}}`)
	if strings.Contains(ann.seen.String()+bob.seen.String(), "panic") {
		t.Errorf("told %s and %s", ann.seen.String(), bob.seen.String())
	}
}

// Somebody else's session is not resumed, and the own one shows what its user may see.
func TestSecretsOfAResumedSession(t *testing.T) {
	_, url := secrets(t)
	ann := tapped(t, url, "ann", `{"hello": {}}`)
	ann.send(`{"push": 1, "transition": {"Write": {"text": "secret"}}}`)
	ann.until(`"outcomes"`)
	_, session, _ := strings.Cut(ann.seen.String(), `"session":`)
	session, _, _ = strings.Cut(session, "}")
	hello := fmt.Sprintf(`{"hello": {"session": %s}, "known": 1, "sent": 1}}`, session)
	for user, want := range map[string]bool{"bob": false, "ann": true} {
		again := tapped(t, url, user, hello)
		if got := strings.Contains(again.seen.String(), "secret"); got != want {
			t.Errorf("%s resumes ann's session and is shown %s", user, again.seen.String())
		}
	}
}
