package admin_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/admin"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/examples/todo"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// rare is a number that stands nowhere else in a file.
const rare = 0x1122334455667788

// lobbyEvents is how many events the lobby has, of which some hundred are kept.
const lobbyEvents = 240

// made is the file that all tests begin with; it is made once.
var made []byte

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "admin")
	if err == nil {
		made, err = makeFile(filepath.Join(dir, "counter.db"))
		os.RemoveAll(dir)
	}
	if err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// makeFile lets two servers use a file: one has a lobby that has forgotten its beginning and a kitchen that has not, the
// other one a room of another machine.
func makeFile(path string) ([]byte, error) {
	ctx := context.Background()
	var user atomic.Value
	counters, err := server.New(counter.Counter{}, server.Options{
		File:         path,
		Authenticate: func(*http.Request) (string, error) { return user.Load().(string), nil },
		Room:         room.Options{SnapshotAfter: 2000, History: 100, Rate: -1, UserRate: -1},
	})
	if err != nil {
		return nil, err
	}
	web := httptest.NewServer(counters)
	defer web.Close()
	push := func(who, in string, transitions ...aper.Transition[counter.Counter]) error {
		user.Store(who)
		c, err := client.Dial[counter.Counter](ctx, "ws"+strings.TrimPrefix(web.URL, "http")+"/"+in, client.Options{})
		if err != nil {
			return err
		}
		defer c.Close()
		for _, t := range transitions {
			if err := c.Do(ctx, t); err != nil && err.Error() != counter.ErrNegative.Error() {
				return err
			}
		}
		return nil
	}
	var many []aper.Transition[counter.Counter]
	for range lobbyEvents - 1 {
		many = append(many, counter.Increment{By: 2})
	}
	for _, err := range []error{
		push("ann", "lobby", many...),
		push("bob\x1b[2J", "lobby", counter.Decrement{By: 1000}, counter.Reset{}),
		push("", "kitchen", counter.Increment{By: 1}, counter.Decrement{By: 5}),
		push("ann", "kitchen", counter.Increment{By: rare}, aper.All[counter.Counter](counter.Increment{By: 1}, counter.Decrement{By: 2})),
		counters.Close(ctx),
	} {
		if err != nil {
			return nil, err
		}
	}
	lists, err := server.New(todo.Todo{}, server.Options{File: path})
	if err != nil {
		return nil, err
	}
	if _, err := lists.Room(ctx, "shopping", true); err != nil {
		return nil, err
	}
	if err := lists.Close(ctx); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// newFile returns a copy of the file, and the directory it is in.
func newFile(t *testing.T) (path, dir string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, "counter.db")
	if err := os.WriteFile(path, made, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, dir
}

type result struct {
	status         int
	stdout, stderr string
}

func run(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr strings.Builder
	status := admin.Run(t.Context(), counter.Counter{}, append([]string{"admin"}, args...), &stdout, &stderr)
	return result{status, masked(stdout.String()), masked(stderr.String())}
}

var times = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)

// masked replaces what is another each time.
func masked(text string) string { return times.ReplaceAllString(text, "<time>") }

// wants checks the status and what stands in both streams together.
func (r result) wants(t *testing.T, status int, texts ...string) {
	t.Helper()
	if r.status != status {
		t.Errorf("status %d, want %d", r.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(r.stdout+r.stderr, text) {
			t.Errorf("%q is missing", text)
		}
	}
	if t.Failed() {
		t.Logf("stdout:\n%s\nstderr:\n%s", r.stdout, r.stderr)
	}
}

func TestRooms(t *testing.T) {
	file, _ := newFile(t)
	r := run(t, "rooms", file)
	r.wants(t, 0)
	for _, line := range []string{
		`ROOM +MACHINE +RECORDS +LAST EVENT +LAST WRITTEN *`,
		`counter.Counter/kitchen +counter.Counter +\d+ +3 +<time> *`,
		`counter.Counter/lobby +counter.Counter +\d+ +240 +<time> *`,
		`todo.Todo/shopping +todo.Todo +\d+ +0 +<time> *`,
	} {
		if !regexp.MustCompile(`(?m)^` + line + `$`).MatchString(r.stdout) {
			t.Errorf("no line is %s in\n%s", line, r.stdout)
		}
	}
	r = run(t, "rooms", "-json", file)
	r.wants(t, 0, `"room":"counter.Counter/lobby","machine":"counter.Counter","records":`, `,"seq":240,"time":"<time>"}`)
	if n := strings.Count(r.stdout, "\n"); n != 3 {
		t.Errorf("%d lines", n)
	}
}

func TestLog(t *testing.T) {
	file, _ := newFile(t)
	r := run(t, "log", file, "kitchen")
	r.wants(t, 0)
	want := `     1  <time>  client 1          {"Increment":{"by":1}}
     2  <time>  ann               {"Increment":{"by":"1234605616436508552"}}
     3  <time>  ann               {"All":{"transitions":[{"Increment":{"by":1}},{"Decrement":{"by":2}}]}}
`
	if normal(r.stdout) != normal(want) {
		t.Errorf("it is\n%swant\n%s", r.stdout, want)
	}
	r = run(t, "log", file, "counter.Counter/lobby", "-from", "239")
	r.wants(t, 0)
	if want := "   239  <time>  ann               {\"Increment\":{\"by\":2}}\n   240  <time>  \"bob\\x1b[2J\"      {\"Reset\":{}}\n"; r.stdout != want {
		t.Errorf("it is\n%swant\n%s", r.stdout, want)
	}
	run(t, "log", file, "lobby", "-from", "240", "-json").wants(t, 0, `{"seq":240,"time":"<time>","user":"bob\u001b[2J","client":`, `"transition":{"Reset":{}}}`)
	if r := run(t, "log", "-from=241", file, "lobby"); r.status != 0 || r.stdout != "" {
		t.Errorf("after the last event: %+v", r)
	}
}

// normal leaves out which session it was.
func normal(text string) string {
	return regexp.MustCompile(`client \d+ *`).ReplaceAllString(text, "client N ")
}

// Without a number the log begins where what is kept begins, and so can the state.
func TestWhatIsKept(t *testing.T) {
	file, _ := newFile(t)
	r := run(t, "log", file, "lobby")
	r.wants(t, 0)
	first, _ := strconv.Atoi(strings.Fields(r.stdout)[0])
	if first < 2 || first > lobbyEvents-100 || strings.Count(r.stdout, "\n") != lobbyEvents-first+1 {
		t.Errorf("it begins with event %d and has %d lines", first, strings.Count(r.stdout, "\n"))
	}
	begins := "what is kept begins with the state at " + strconv.Itoa(first-1)
	run(t, "log", file, "lobby", "-from", "1").wants(t, 1, "admin log: room ", "truncated", begins)
	run(t, "state", file, "lobby", "-at", strconv.Itoa(first-2)).wants(t, 1, "truncated", begins)
	run(t, "state", file, "lobby", "-at", strconv.Itoa(first-1)).wants(t, 0, `{"value":`+strconv.Itoa(2*(first-1))+`}`)
}

func TestState(t *testing.T) {
	file, _ := newFile(t)
	for _, test := range []struct {
		args           []string
		stdout, stderr string
	}{
		{[]string{"lobby"}, `{"value":0}`, `room "counter.Counter/lobby" after event 240:`},
		{[]string{"lobby", "-at", "239"}, `{"value":478}`, `room "counter.Counter/lobby" after event 239:`},
		{[]string{"kitchen"}, `{"value":"1234605616436508552"}`, `room "counter.Counter/kitchen" after event 3:`},
		{[]string{"kitchen", "-at", "1"}, `{"value":1}`, `room "counter.Counter/kitchen" after event 1:`},
		{[]string{"-at", "0", "--", "kitchen"}, `{"value":0}`, `room "counter.Counter/kitchen" after event 0:`},
	} {
		r := run(t, append([]string{"state", file}, test.args...)...)
		if want := (result{0, test.stdout + "\n", test.stderr + "\n"}); r != want {
			t.Errorf("state %v: %+v", test.args, r)
		}
	}
	run(t, "state", file, "kitchen", "-at", "4").wants(t, 1, "the last event is 3")
}

func TestCommandLine(t *testing.T) {
	file, dir := newFile(t)
	missing := filepath.Join(dir, "missing.db")
	for _, test := range []struct {
		status int
		want   string
		args   []string
	}{
		{2, "usage: admin <verb>", nil},
		{0, "restore BACKUP FILE ROOM bring back", []string{"help"}},
		{0, "admin log FILE ROOM: tell what happened", []string{"help", "log"}},
		{0, "-from number", []string{"log", "-h"}},
		{2, `there is no verb "lgo"`, []string{"lgo", file}},
		{2, "admin rooms: FILE is missing", []string{"rooms"}},
		{2, "admin log: FILE and ROOM is missing", []string{"log"}},
		{2, `admin verify: "lobby" is too much`, []string{"verify", file, "lobby"}},
		{2, "-form", []string{"log", file, "lobby", "-form", "3"}},
		{2, "it is not the number of an event", []string{"log", file, "lobby", "-from", "x"}},
		{1, "there is no file " + missing, []string{"verify", missing}},
		{1, "there is no file " + missing, []string{"delete", missing, "lobby", "-yes"}},
		{1, "there is no file " + missing, []string{"restore", file, missing, "lobby"}},
		{1, `neither a room "cellar" nor "counter.Counter/cellar"`, []string{"log", file, "cellar"}},
		{1, `neither a room "cellar" nor "counter.Counter/cellar"`, []string{"restore", file, file, "cellar"}},
		{1, "belongs to the machine todo.Todo, and this program knows the rules of counter.Counter", []string{"state", file, "todo.Todo/shopping"}},
	} {
		r := run(t, test.args...)
		if r.wants(t, test.status, test.want); t.Failed() {
			t.Fatalf("admin %v", test.args)
		}
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a file was made")
	}
}

// A file that a program uses can neither be looked at nor changed, and it is said what to do.
func TestFileInUse(t *testing.T) {
	file, dir := newFile(t)
	used, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	backup := filepath.Join(dir, "backup.db")
	if err := used.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"rooms", file}, {"log", file, "lobby"}, {"state", file, "lobby"}, {"verify", file}, {"backup", file, backup}} {
		run(t, args...).wants(t, 1, "has it open", "look at a backup that its server makes (server.Server.Backup)")
	}
	run(t, "delete", file, "lobby", "-yes").wants(t, 1, "has it open", "let the server delete the room")
	run(t, "restore", backup, file, "lobby").wants(t, 1, "has it open", "stop that program")
	run(t, "verify", backup).wants(t, 0)
}

func TestVerify(t *testing.T) {
	file, _ := newFile(t)
	r := run(t, "verify", file)
	r.wants(t, 0, "3 rooms: 3 well, 0 not\n", "counter.Counter/kitchen: well; ", "; events 1 to 3 were replayed",
		"todo.Todo/shopping: well; ", "its events were not replayed: it belongs to the machine todo.Todo")
	if !regexp.MustCompile(`counter.Counter/lobby: well; .*; events \d+ to 240 were replayed, and agree with [1-9]\d* snapshots? on the way\n`).MatchString(r.stdout) {
		t.Errorf("the lobby:\n%s", r.stdout)
	}
	if b, err := os.ReadFile(file); err != nil || !bytes.Equal(b, made) {
		t.Error("it changed the file", err)
	}
}

func TestVerifyFindsAFlippedBit(t *testing.T) {
	file, _ := newFile(t)
	number := binary.BigEndian.AppendUint64(nil, rare)
	flipped := binary.BigEndian.AppendUint64(nil, rare^1)
	if err := os.WriteFile(file, bytes.ReplaceAll(made, number, flipped), 0o600); err != nil {
		t.Fatal(err)
	}
	r := run(t, "verify", file)
	r.wants(t, 1, "counter.Counter/kitchen: NOT WELL\n", "counter.Counter/lobby: well", "3 rooms: 2 well, 1 not", "see what is said of 1 room;")
	if !regexp.MustCompile(`verify room "counter.Counter/kitchen" at record \d+: `).MatchString(r.stdout) {
		t.Errorf("it names no record:\n%s", r.stdout)
	}
}

// A snapshot that is not what the records give is found, though all its bytes are as they were written.
func TestVerifyComparesSnapshots(t *testing.T) {
	file, _ := newFile(t)
	writeWrongSnapshot(t, file)
	run(t, "verify", file).wants(t, 1, "counter.Counter/kitchen: NOT WELL\n", "holds another state of seq 3", "3 rooms: 2 well, 1 not")
}

func writeWrongSnapshot(t *testing.T, file string) {
	t.Helper()
	store, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	log, head, err := store.Open(t.Context(), "counter.Counter/kitchen", journal.OpenOptions{Machine: "counter.Counter"})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	authority := engine.New[counter.Counter](engine.Options{})
	for record, err := range log.Read(t.Context(), 1) {
		if err == nil {
			err = authority.Replay(record)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	snapshot, err := authority.Snapshot()
	if err == nil {
		snapshot.Term = head.Term
		snapshot.State, err = aper.Encode(counter.Counter{Value: math.MaxInt64})
	}
	if err == nil {
		err = log.PutSnapshot(t.Context(), snapshot)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A room is deleted, comes back as it was earlier, and a server goes on with it.
func TestBackupDeleteRestore(t *testing.T) {
	file, dir := newFile(t)
	backup := filepath.Join(dir, "backup.db")
	run(t, "backup", file, backup).wants(t, 0, "All rooms of "+file+" are in "+backup)
	run(t, "backup", file, backup).wants(t, 1, "backup.db")

	run(t, "restore", backup, file, "lobby").wants(t, 1, `has a room "counter.Counter/lobby"`, "delete it first")
	run(t, "delete", file, "lobby").wants(t, 1, `room "counter.Counter/lobby" would be gone`, "say -yes")
	run(t, "state", file, "lobby").wants(t, 0)
	run(t, "delete", file, "lobby", "-yes").wants(t, 0, `Room "counter.Counter/lobby" is deleted.`)
	run(t, "state", file, "lobby").wants(t, 1, "neither a room")
	run(t, "delete", file, "lobby", "-yes").wants(t, 1, "neither a room")

	run(t, "restore", backup, file, "lobby", "-at", "241").wants(t, 1, "has no event 241: the last one is 240")
	run(t, "restore", backup, file, "lobby", "-at", "1").wants(t, 1, "truncated", "what is kept begins with the state at ")
	run(t, "restore", backup, file, "lobby", "-at", "200").wants(t, 0, "is as it was after event 200. It begins a new epoch")
	run(t, "rooms", file).wants(t, 0, "restored, not opened since")
	run(t, "state", file, "lobby").wants(t, 0, `{"value":400}`, "after event 200")

	rooms, err := server.New(counter.Counter{}, server.Options{File: file})
	if err != nil {
		t.Fatal(err)
	}
	defer rooms.Close(context.Background())
	bot, err := rooms.Client(t.Context(), "lobby", room.Principal{User: "bot"}, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := bot.Do(t.Context(), counter.Increment{By: 1}); err != nil {
		t.Error(err)
	}
	bot.Close()
	if err := rooms.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	run(t, "log", file, "lobby", "-from", "201").wants(t, 0, "   201  <time>  bot ")
	run(t, "verify", file).wants(t, 0, "3 rooms: 3 well, 0 not")

	run(t, "delete", file, "kitchen", "-yes").wants(t, 0)
	run(t, "restore", backup, file, "counter.Counter/kitchen").wants(t, 0, "after event 3.")
	run(t, "delete", file, "todo.Todo/shopping", "-yes").wants(t, 0)
	run(t, "restore", backup, file, "todo.Todo/shopping", "-at", "0").wants(t, 0, "after event 0.")
}
