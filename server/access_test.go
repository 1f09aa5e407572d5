package server_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// start serves rooms and closes them at the end.
func start(t *testing.T, o server.Options) (*server.Server[counter.Counter], *httptest.Server) {
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
	return rooms, h
}

func dial(t *testing.T, h *httptest.Server, room string) (*client.Client[counter.Counter], error) {
	t.Helper()
	c, err := client.Dial[counter.Counter](limit(t), "ws"+strings.TrimPrefix(h.URL, "http")+"/"+room, client.Options{})
	if err == nil {
		t.Cleanup(func() { c.Close() })
	}
	return c, err
}

// Who may not join does not even make a room, and is told why.
func TestWhoMayJoin(t *testing.T) {
	user := ""
	store := journal.NewMemory()
	_, h := start(t, server.Options{
		Store: store,
		Authenticate: func(*http.Request) (string, error) {
			if user == "" {
				return "", errors.New("log in first")
			}
			return user, nil
		},
		Authorize: func(j *server.Joining) error {
			if j.Room == "secret" && j.User != "ann" {
				return errors.New("this room is ann's")
			}
			j.ReadOnly = j.User == "guest"
			j.NoCreate = j.ReadOnly
			return nil
		},
	})
	refused := func(room, why string) {
		t.Helper()
		if _, err := dial(t, h, room); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s joins %s: %v, want %q", user, room, err, why)
		}
	}
	refused("lobby", "log in first")
	user = "bob"
	refused("secret", "this room is ann's")
	user = "guest"
	refused("lobby", "there is no such room")
	for entry := range store.Rooms(t.Context()) {
		t.Errorf("room %s was made", entry.Room)
	}

	user = "ann"
	ann, err := dial(t, h, "lobby")
	if err != nil {
		t.Fatal(err)
	}
	if err := ann.Do(limit(t), counter.Increment{By: 3}); err != nil {
		t.Error(err)
	}
	user = "guest"
	guest, err := dial(t, h, "lobby")
	if err != nil {
		t.Fatal(err)
	}
	if guest.State().Value != 3 {
		t.Errorf("the guest sees %v", guest.State())
	}
	if err := guest.Do(limit(t), counter.Reset{}); !errors.Is(err, engine.ErrReadOnly) {
		t.Errorf("the guest resets: %v", err)
	}
	for entry, err := range store.Rooms(t.Context()) {
		if entry.Room != "counter.Counter/lobby" || err != nil {
			t.Errorf("there is a room %s (%v)", entry.Room, err)
		}
	}
}

func TestNewRoomsAreLimited(t *testing.T) {
	_, h := start(t, server.Options{NewRooms: 2})
	for _, name := range []string{"one", "two"} {
		if _, err := dial(t, h, name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := dial(t, h, "three"); err == nil || !strings.Contains(err.Error(), "too many rooms") {
		t.Errorf("the third room: %v", err)
	}
	if _, err := dial(t, h, "two"); err != nil {
		t.Errorf("a room that is there: %v", err)
	}
}

// A client in the same process is a member like any other, comes back when its room ends, and leaves nothing behind.
func TestClientInTheProcess(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	rooms, err := server.New(counter.Counter{}, server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bot, err := rooms.Client(limit(t), "lobby", room.Principal{User: "bot"}, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := rooms.Client(limit(t), "lobby", room.Principal{ReadOnly: true}, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := bot.Do(limit(t), counter.Increment{By: 2}); err != nil {
		t.Error(err)
	}
	await(t, other, 2)
	in, err := rooms.Room(limit(t), "lobby", false)
	if err != nil {
		t.Fatal(err)
	}
	if members := in.Members(); len(members) != 2 {
		t.Errorf("the members are %v", members)
	}
	if err := in.Close(limit(t)); err != nil {
		t.Error(err)
	}
	if err := bot.Do(limit(t), counter.Increment{By: 2}); err != nil {
		t.Error(err)
	}
	await(t, other, 4)
	if err := errors.Join(bot.Close(), other.Close(), rooms.Close(limit(t))); err != nil {
		t.Error(err)
	}
}

func await(t *testing.T, c *client.Client[counter.Counter], want int64) {
	t.Helper()
	for s := range c.Watch(limit(t)) {
		if s.Value == want {
			return
		}
	}
	t.Fatalf("it has %v, want %d", c.State(), want)
}

func TestDeleteAndBackup(t *testing.T) {
	dir := t.TempDir()
	rooms, h := start(t, server.Options{File: filepath.Join(dir, "rooms.db")})
	c, err := dial(t, h, "lobby")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Do(limit(t), counter.Increment{By: 7}); err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(dir, "saved.db")
	if err := rooms.Backup(limit(t), saved); err != nil {
		t.Fatal(err)
	}
	if err := rooms.Delete(limit(t), "lobby"); err != nil {
		t.Fatal(err)
	}
	await(t, c, 0) // it came back, to a new room
	if _, err := rooms.Room(limit(t), aper.RoomID("nowhere"), false); !errors.Is(err, journal.ErrAbsent) {
		t.Errorf("a room that never was: %v", err)
	}

	again, _ := start(t, server.Options{File: saved})
	in, err := again.Room(limit(t), "lobby", false)
	if err != nil {
		t.Fatal(err)
	}
	if state, _ := in.State(); state.Value != 7 {
		t.Errorf("the backup has %v", state)
	}
}

// A room that is restored from a backup into a file that goes on begins another epoch: who was ahead of it is told, and what
// he had pending happens in the new history.
func TestRestoredRoom(t *testing.T) {
	dir := t.TempDir()
	store, err := bolt.Open(filepath.Join(dir, "rooms.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	rooms, h := start(t, server.Options{Store: store})
	ahead, err := dial(t, h, "lobby")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := ahead.Do(limit(t), counter.Increment{By: 1}); err != nil {
			t.Fatal(err)
		}
	}
	saved := filepath.Join(dir, "saved.db")
	if err := rooms.Backup(limit(t), saved); err != nil {
		t.Fatal(err)
	}
	if err := ahead.Do(limit(t), counter.Increment{By: 10}); err != nil {
		t.Fatal(err)
	}
	_, before := ahead.Confirmed()

	h.CloseClientConnections()
	backup, err := bolt.Open(saved, bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer backup.Close()
	if err := rooms.Delete(limit(t), "lobby"); err != nil {
		t.Fatal(err)
	}
	for { // its client may have made it anew meanwhile
		err := store.Restore(limit(t), backup, "counter.Counter/lobby", 0)
		if err == nil {
			break
		}
		if !errors.Is(err, journal.ErrRefused) {
			t.Fatal(err)
		}
		if err := rooms.Delete(limit(t), "lobby"); err != nil && !errors.Is(err, journal.ErrAbsent) {
			t.Fatal(err)
		}
	}
	await(t, ahead, 3)
	if err := ahead.Do(limit(t), counter.Increment{By: 1}); err != nil {
		t.Error(err)
	}
	if state, after := ahead.Confirmed(); state.Value != 4 || after.Epoch == before.Epoch {
		t.Errorf("it goes on at %+v with %v after %+v", after, state, before)
	}
}

// One address, and one user, cannot take all connections.
func TestConnectionsAreLimited(t *testing.T) {
	for name, o := range map[string]server.Options{
		"address": {MaxPerAddress: 2, Address: func(*http.Request) string { return "203.0.113.7" }},
		"user":    {MaxPerUser: 2, Authenticate: func(*http.Request) (string, error) { return "ann", nil }},
	} {
		t.Run(name, func(t *testing.T) {
			_, h := start(t, o)
			first, err := dial(t, h, "lobby")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := dial(t, h, "other"); err != nil {
				t.Fatal(err)
			}
			if _, err := dial(t, h, "lobby"); err == nil || !strings.Contains(err.Error(), "429") {
				t.Errorf("a third connection: %v", err)
			}
			if err := first.Close(); err != nil {
				t.Error(err)
			}
			for { // until the server has noticed
				if _, err := dial(t, h, "lobby"); err == nil {
					break
				} else if !strings.Contains(err.Error(), "429") {
					t.Fatal(err)
				}
			}
		})
	}
}

// Who connects and says nothing is sent away, also when he pings.
func TestHelloTimeout(t *testing.T) {
	_, h := start(t, server.Options{HelloTimeout: 50 * time.Millisecond})
	socket, _, err := websocket.Dial(limit(t), "ws"+strings.TrimPrefix(h.URL, "http")+"/lobby", &websocket.DialOptions{Subprotocols: []string{"aper.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.CloseNow()
	go socket.Ping(limit(t))
	if _, _, err := socket.Read(limit(t)); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it may stay: %v", err)
	}
	c, err := dial(t, h, "lobby")
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, func() { c.Push(counter.Increment{By: 1}) })
	await(t, c, 1)
	if err := c.Do(limit(t), counter.Increment{By: 1}); err != nil || c.Err() != nil {
		t.Errorf("who has said hello: %v, %v", err, c.Err())
	}
}

// Where a token expires the connection is closed, and the client comes back by itself with what it had pending.
func TestTokenExpires(t *testing.T) {
	var asked atomic.Int32
	_, h := start(t, server.Options{Authorize: func(j *server.Joining) error {
		if asked.Add(1); asked.Load() < 4 {
			j.Until = time.Now().Add(50 * time.Millisecond)
		}
		return nil
	}})
	c, err := dial(t, h, "lobby")
	if err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for asked.Load() < 4 {
		if err := c.Do(limit(t), counter.Increment{By: 1}); err != nil {
			t.Fatal(err)
		}
		sum++
	}
	await(t, c, sum)
}
