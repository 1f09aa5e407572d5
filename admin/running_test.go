package admin_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// serve lets a server use a file until stop is called.
func serve(t *testing.T, file string) (rooms *server.Server[counter.Counter], stop func()) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there are no such sockets")
	}
	rooms, err := server.New(counter.Counter{}, server.Options{
		File: file, Room: room.Options{SnapshotAfter: 2000, History: 100, Rate: -1, UserRate: -1},
	})
	if err != nil {
		t.Fatal(err)
	}
	stop = func() {
		if err := rooms.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return rooms, stop
}

func bot(t *testing.T, rooms *server.Server[counter.Counter], in string) *client.Client[counter.Counter] {
	t.Helper()
	c, err := rooms.Client(t.Context(), aper.RoomID(in), room.Principal{User: "bot"}, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// What the verbs tell of a room while others push into it is what they tell when the server has stopped.
func TestBesideAServer(t *testing.T) {
	file, dir := newFile(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	rooms, stop := serve(t, file)
	pushes, pushed := make(chan struct{}, 100), make(chan error, 1)
	c := bot(t, rooms, "lobby")
	go func() {
		for range pushes {
			if err := c.Do(t.Context(), counter.Increment{By: 3}); err != nil {
				pushed <- err
				return
			}
		}
		pushed <- nil
	}()
	beside := func(args ...string) result {
		for range 3 { // few, so that event 200 is always kept
			pushes <- struct{}{}
		}
		return run(t, args...)
	}
	verbs := [][]string{
		{"log", file, "kitchen"}, {"log", file, "kitchen", "-json", "-from", "2"}, {"state", file, "kitchen"}, {"state", file, "kitchen", "-at", "1"},
		{"log", file, "attic"}, {"state", file, "kitchen", "-at", "9"}, {"state", file, "todo.Todo/shopping"}, {"log", file, "lobby", "-from", "1"},
	}
	var seen []result
	for _, verb := range verbs {
		seen = append(seen, beside(verb...))
	}
	busy := beside("log", file, "lobby", "-from", "200")
	busy.wants(t, 0, "   240  <time>  ")
	beside("rooms", file).wants(t, 0, "counter.Counter/kitchen", "counter.Counter/lobby", "todo.Todo/shopping")
	beside("verify", file).wants(t, 0, "3 rooms: 3 well, 0 not", "counter.Counter/kitchen: well;", "; events 1 to 3 were replayed",
		"todo.Todo/shopping: well;", "This is what the running server reads")
	backup := filepath.Join(dir, "backup.db")
	beside("backup", file, backup).wants(t, 0, "All rooms of "+file)
	beside("backup", file, backup).wants(t, 1, "choose another name")
	beside("verify", backup).wants(t, 0, "3 rooms: 3 well, 0 not")

	close(pushes)
	if err := <-pushed; err != nil {
		t.Error(err)
	}
	c.Close()
	stop()
	for i, verb := range verbs {
		if after := run(t, verb...); withoutBounds(after) != withoutBounds(seen[i]) {
			t.Errorf("admin %v: beside the server it was\n%+v\nand is\n%+v", verb, seen[i], after)
		}
	}
	if after := run(t, "log", file, "lobby", "-from", "200"); !strings.HasPrefix(after.stdout, busy.stdout) {
		t.Errorf("beside the server the log was\n%s\nand is\n%s", busy.stdout, after.stdout)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*sock*")); len(left) != 0 {
		t.Error("the server left behind", left)
	}
}

// withoutBounds leaves out which events of a busy room are kept.
func withoutBounds(r result) result {
	bounds := regexp.MustCompile(`(first one that is kept is|state at|at record) \d+`)
	return result{r.status, r.stdout, bounds.ReplaceAllString(r.stderr, "$1 N")}
}

// Who is in a room that is deleted finds a new one.
func TestDeleteBesideAServer(t *testing.T) {
	file, _ := newFile(t)
	rooms, _ := serve(t, file)
	c := bot(t, rooms, "cellar")
	if err := c.Do(t.Context(), counter.Increment{By: 5}); err != nil {
		t.Fatal(err)
	}
	run(t, "delete", file, "cellar").wants(t, 1, "say -yes to delete it")
	run(t, "delete", file, "attic", "-yes").wants(t, 1, "neither a room")
	run(t, "delete", file, "cellar", "-yes").wants(t, 0, `Room "counter.Counter/cellar" is deleted.`)
	run(t, "delete", file, "todo.Todo/shopping", "-yes").wants(t, 0, "is deleted")
	for s := range c.Watch(t.Context()) {
		if s.Value == 0 {
			break
		}
	}
	if err := c.Do(t.Context(), counter.Increment{By: 1}); err != nil {
		t.Error(err)
	}
	run(t, "state", file, "cellar").wants(t, 0, `{"value":1}`)
}

func TestRestoreBesideAServer(t *testing.T) {
	file, dir := newFile(t)
	backup, _ := newFile(t)
	_, stop := serve(t, file)
	run(t, "restore", backup, file, "lobby").wants(t, 1, "another process has it open", "stop that program, which cannot restore a room")
	run(t, "restore", backup, file+".sock", "lobby").wants(t, 1, "is the socket of a running server", "stop that program")
	run(t, "restore", file, backup, "lobby").wants(t, 1, "make a backup of it with the verb backup")

	// The socket itself will do, too.
	run(t, "state", file+".sock", "kitchen", "-at", "1").wants(t, 0, `{"value":1}`)
	run(t, "rooms", file+".sock").wants(t, 0, "todo.Todo/shopping")
	stop()
	run(t, "rooms", filepath.Join(dir, "counter.db.sock")).wants(t, 1, "there is no file")
}

// A socket that is no server's of rooms, or that a dead one has left, is in nobody's way.
func TestBesideNoServer(t *testing.T) {
	file, _ := newFile(t)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: file + ".sock", Net: "unix"})
	if err != nil {
		t.Skip("there are no such sockets:", err)
	}
	listener.SetUnlinkOnClose(false)
	listener.Close()
	run(t, "state", file, "kitchen", "-at", "1").wants(t, 0, `{"value":1}`)

	store, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	run(t, "state", file, "kitchen").wants(t, 1, "has it open", "cannot be looked into", "connection refused", "stop that program, or look at a backup")
	if err := os.Remove(file + ".sock"); err != nil {
		t.Fatal(err)
	}
	run(t, "delete", file, "kitchen", "-yes").wants(t, 1, "has it open", "or let the server delete the room")
}
