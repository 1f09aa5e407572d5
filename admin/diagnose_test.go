package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/admin"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
	"github.com/aper-go/aper/wire"
)

// A gate holds back what a server sends over its sockets.
type gate struct {
	net.Listener
	open sync.RWMutex
}

type gatedConn struct {
	net.Conn
	gate *gate
}

func (g *gate) Accept() (net.Conn, error) {
	conn, err := g.Listener.Accept()
	return gatedConn{conn, g}, err
}

func (c gatedConn) Write(b []byte) (int, error) {
	c.gate.open.RLock()
	defer c.gate.open.RUnlock()
	return c.Conn.Write(b)
}

// goRight makes the rules what they are on the server.
func goRight() {
	tax.Store(0)
	ceiling.Store(0)
	fickle.Store(false)
}

// diverged lets a client over a socket follow a server with rules that went wrong on its side only, and returns the file with
// the evidence and what was logged.
func diverged(t *testing.T, goWrong func()) (file, logged string) {
	t.Helper()
	t.Cleanup(goRight)
	goRight()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	rooms, err := server.New(till{}, server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer rooms.Close(context.Background())
	web := httptest.NewUnstartedServer(rooms)
	held := &gate{Listener: web.Listener}
	web.Listener = held
	web.Start()
	defer web.Close()
	ann, err := rooms.Client(ctx, "lobby", room.Principal{User: "ann"}, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer ann.Close()
	defer goRight()

	var log bytes.Buffer
	keep, kept := client.KeepEvidence(filepath.Join(t.TempDir(), "evidence")), make(chan string, 1)
	c, err := client.Dial[till](ctx, "ws"+strings.TrimPrefix(web.URL, "http")+"/lobby", client.Options{
		Build: "till 1.2",
		Log:   slog.New(slog.NewTextHandler(&log, nil)),
		Evidence: func(name string, file []byte) (string, error) {
			where, err := keep(name, file)
			kept <- where
			return where, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	held.open.Lock()
	err = ann.Do(ctx, pay{By: 5})
	goWrong()
	held.open.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	select {
	case file = <-kept:
	case <-ctx.Done():
		t.Fatalf("no evidence was kept; the log says %s", log.String())
	}
	if state, _ := c.Confirmed(); state.Sum != 5 {
		t.Errorf("the client was not repaired: %v", state)
	}
	c.Close() // it waits for the log
	return file, log.String()
}

func diagnose(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr strings.Builder
	status := admin.Run(t.Context(), till{}, append([]string{"admin", "diagnose"}, args...), &stdout, &stderr)
	return result{status, stdout.String(), stderr.String()}
}

// A client had other rules than its server. The evidence is kept in a file, and what the verb says depends on which rules its
// own program has.
func TestDiagnose(t *testing.T) {
	file, log := diverged(t, func() { tax.Store(1) })
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
	if name := filepath.Base(file); name != "divergence-test.till-lobby-2-1.aper" {
		t.Errorf("the file is %s", name)
	}
	if !strings.Contains(log, "the state was repaired") || !strings.Contains(log, "evidence="+file) {
		t.Errorf("the log does not say where the evidence is: %s", log)
	}
	for _, test := range []struct {
		name    string
		rules   func()
		verdict string
		texts   []string
	}{
		{"like the server", func() {}, "replica", []string{
			"agree with the server", "till 1.2; ", "this build: ", "client 2 in room \"lobby\" of test.till",
			"\nsum\n  the replica: 6\n  the server:  5\n  last changed by event 1 of ann, {\"Pay\":{\"by\":5}}\n",
			"from the state at 0, which was the server's, too; there are events up to 1, the replica's state at 1, the server's at 1",
		}},
		{"like the replica", func() { tax.Store(1) }, "server", []string{"this build has the replica's rules, and the server runs others"}},
		{"of its own", func() { tax.Store(2) }, "unclear", []string{"neither the replica's state nor the server's", "an input that is not in the events"}},
		{"that change", func() { fickle.Store(true) }, "impure", []string{"The rule of Pay is not deterministic", "event 1 of ann", "\nsum\n  once:"}},
		{"that refuse", func() { ceiling.Store(1) }, "unclear", []string{`Event 1 of ann, {"Pay":{"by":5}}, cannot be applied here: the till is full`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			defer goRight()
			test.rules()
			diagnose(t, file).wants(t, 0, test.texts...)
			r := diagnose(t, file, "-json")
			var said struct {
				Verdict string
				Seq     aper.Seq
				Proven  bool
			}
			if err := json.Unmarshal([]byte(r.stdout), &said); err != nil || r.status != 0 || said.Verdict != test.verdict || said.Seq != 1 || !said.Proven {
				t.Errorf("%v in %s", err, r.stdout)
			}
		})
	}
}

// A client could not apply an event at all.
func TestDiagnoseEventThatCannotBeApplied(t *testing.T) {
	file, _ := diverged(t, func() { ceiling.Store(1) })
	diagnose(t, file).wants(t, 0, "agree with the server", "noticed at event 1: the till is full", "the replica's state at 0, the server's at 1")
	ceiling.Store(1)
	diagnose(t, file).wants(t, 0, "this build has the replica's rules", "cannot be applied here: the till is full")
}

// Where the server's state is not known, or not what the frames lead to, no more is said than is known.
func TestDiagnoseWithoutTheServersState(t *testing.T) {
	goRight()
	frame := wire.Frame{First: 1, Tag: 2}
	frame.Events.Add(wire.Event{Client: 1, ClientSeq: 1, Transition: []byte{0x82, 1, 5}})
	d := wire.Divergence{
		Machine: "test.till", Schema: wire.FingerprintOf(aper.Schema[till]()), Seq: 1, Reason: "the till is full",
		Base: wire.StateAt{State: []byte{0x81, 0}}, Here: wire.StateAt{State: []byte{0x81, 0}}, Frames: frame.Append(nil),
		Pending: []wire.SavedPush{{ClientSeq: 3, Transition: []byte{0x82, 1, 7}}, {ClientSeq: 4, Transition: []byte{0xf6}, Withdrawn: "undone"}},
	}
	file := filepath.Join(t.TempDir(), "evidence")
	write := func() {
		t.Helper()
		if err := os.WriteFile(file, d.File(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write()
	diagnose(t, file).wants(t, 0, "Here event 1 can be applied", "and none of the server", "not compared with the server's",
		"pending in the replica:\n  3 {\"Pay\":{\"by\":7}}", "4 (it cannot be read), withdrawn: undone")
	d.Here = wire.StateAt{Position: wire.Position{Seq: 1}, State: []byte{0x81, 5}}
	write()
	diagnose(t, file).wants(t, 0, "this build has the replica's rules", "it may have been wrong already")
	d.Here.State = []byte{0x81, 9}
	write()
	diagnose(t, file).wants(t, 0, "the events do not give the replica's state", "it may have been wrong already", "  the replica: 9\n  replayed:    5\n")
	frame.First = 3
	d.Frames = frame.Append(nil)
	write()
	diagnose(t, file).wants(t, 1, "the frames of the divergence do not follow each other")
}

func TestDiagnoseRefuses(t *testing.T) {
	file, _ := diverged(t, func() { tax.Store(1) })
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	run(t, "diagnose", file).wants(t, 1, file, "it is of the machine test.till, and this program knows the rules of counter.Counter: use the program of that one")
	d, err := wire.ReadDivergenceFile(good)
	if err != nil {
		t.Fatal(err)
	}
	d.Schema++
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 4
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"torn":            {good[:len(good)-3], "it is damaged, or was cut short"},
		"flipped":         {flipped, "it is damaged, or was cut short"},
		"empty":           {nil, "it is something else, or its beginning is damaged"},
		"another version": {d.File(), "it is of another version of test.till"},
	} {
		path := filepath.Join(t.TempDir(), "evidence")
		if err := os.WriteFile(path, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { diagnose(t, path).wants(t, 1, path, test.want) })
	}
	diagnose(t, file+".missing").wants(t, 1, "no such file")
}
