package socket

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/cbor"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/journal/journaltest"
	"github.com/aper-go/aper/wire"
)

func TestMain(m *testing.M) {
	if runtime.GOOS == "windows" {
		return // there are no such sockets
	}
	goleak.VerifyTestMain(m)
}

// listen serves a store, and returns a client and the path.
func listen(t *testing.T, o Options) (*Socket, *Client, string) {
	t.Helper()
	path := filepath.Join(shortDir(t), "rooms.sock")
	s, err := Listen(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return s, c, path
}

// shortDir returns a directory whose name leaves room for that of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "aper")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// A split store writes by itself and is looked into through a socket.
type split struct {
	journal.Store
	client *Client
	t      *testing.T
}

func (s *split) Rooms(ctx context.Context) iter.Seq2[journal.Entry, error] {
	return s.client.Rooms(ctx)
}
func (s *split) Look(ctx context.Context, room aper.RoomID) (journal.Reader, journal.Head, error) {
	log, head, err := s.client.Look(ctx, room)
	if err == nil {
		s.t.Cleanup(func() { log.Close() }) // the suite leaves some open
	}
	return log, head, err
}
func (s *split) Delete(ctx context.Context, room aper.RoomID) error {
	return s.client.Delete(ctx, room)
}

// What a socket shows keeps the contract of a catalog, the identities and the places of errors included.
func TestConformance(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) journal.Store {
		store := journal.NewMemory()
		_, client, _ := listen(t, Options{Store: store})
		return &split{store, client, t}
	}, nil)
}

func openFile(t *testing.T) *bolt.Store {
	t.Helper()
	store, err := bolt.Open(filepath.Join(t.TempDir(), "rooms.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// fill makes a room with so many records.
func fill(t *testing.T, store journal.Store, room aper.RoomID, records int) {
	t.Helper()
	log, head, err := store.Open(t.Context(), room, journal.OpenOptions{Machine: "m", Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	for i := range records {
		r := wire.Record{LSN: wire.LSN(i + 1), Term: head.Term, Previous: wire.Tag(i), Tag: wire.Tag(i + 1), First: aper.Seq(i + 1)}
		r.Events.Add(wire.Event{Client: 1, ClientSeq: aper.ClientSeq(i + 1), Transition: cbor.AppendBytes(nil, make([]byte, 100))})
		if err := log.Append(t.Context(), &r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRightsOfTheFile(t *testing.T) {
	dir := shortDir(t)
	path := filepath.Join(dir, "rooms.sock")
	s, err := Listen(path, Options{Store: journal.NewMemory()})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("it is %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Error("more than the socket is there:", left, err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Error("it left behind", left, err)
	}
}

func TestWhatIsInTheWay(t *testing.T) {
	dir := shortDir(t)
	store := journal.NewMemory()
	fill(t, store, "lobby", 1)

	stale := filepath.Join(dir, "stale.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	living, err := Listen(stale, Options{Store: store})
	if err != nil {
		t.Fatal("a stale socket is in the way:", err)
	}
	defer living.Close()

	if _, err := Listen(stale, Options{Store: store}); !errors.Is(err, ErrInUse) {
		t.Error("where another listens:", err)
	}
	if c, err := Dial(t.Context(), stale); err != nil {
		t.Error("the living one does not listen any more:", err)
	} else if _, err := c.count(t.Context()); err != nil {
		t.Error(err)
	}

	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(file, Options{Store: store}); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "is no socket") {
		t.Error("where a file is:", err)
	}
	if b, _ := os.ReadFile(file); string(b) != "precious" {
		t.Errorf("the file holds %q", b)
	}
	long := filepath.Join(dir, strings.Repeat("x", 100))
	if _, err := Listen(long, Options{Store: store}); err == nil || !strings.Contains(err.Error(), "bytes shorter") {
		t.Error("a path that is too long:", err)
	}
	if _, err := Listen(filepath.Join(dir, "no", "such.sock"), Options{Store: store}); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a directory that is not there:", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".s*")); len(left) != 0 {
		t.Error("it left behind", left)
	}
}

func (c *Client) count(ctx context.Context) (n int, err error) {
	for _, err := range c.Rooms(ctx) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// A socket that another process has put in the place of ours is not ours to remove.
func TestCloseRemovesOnlyItsOwn(t *testing.T) {
	s, _, path := listen(t, Options{Store: journal.NewMemory()})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	other, err := Listen(path, Options{Store: journal.NewMemory()})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Dial(t.Context(), path); err != nil {
		t.Error("the other socket is gone:", err)
	}
}

func TestWhoMayLook(t *testing.T) {
	path := filepath.Join(shortDir(t), "rooms.sock")
	s, err := Listen(path, Options{
		Store: journal.NewMemory(),
		check: func(*net.UnixConn) error { return errors.New("the server belongs to user 7") },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := Dial(t.Context(), path); err == nil || !strings.Contains(err.Error(), "belongs to user 7") {
		t.Error("a stranger was let in:", err)
	}
}

func TestTooMany(t *testing.T) {
	store := journal.NewMemory()
	fill(t, store, "lobby", 1)
	_, c, _ := listen(t, Options{Store: store, MaxRequests: 1})
	log, _, err := c.Look(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.count(t.Context()); err == nil || !strings.Contains(err.Error(), "too many others") {
		t.Error("beyond the limit:", err)
	}
	log.Close()
	for { // the server notices when it does
		if _, err := c.count(t.Context()); err == nil {
			break
		}
	}
}

// Whatever comes, the socket goes on and nobody's memory is filled.
func TestHostileBytes(t *testing.T) {
	store := journal.NewMemory()
	fill(t, store, "lobby", 3)
	_, c, path := listen(t, Options{Store: store})
	for _, bytes := range []string{
		"", "\x00\x01\x02\xff\n\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST /aper/2/rooms HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST " + prefix + "read?look=1&from=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"POST " + prefix + "read?look=18446744073709551616 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"POST " + prefix + "look?room=%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"POST " + prefix + "backup?path=../x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"POST " + prefix + "delete HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 99999999999\r\n\r\n",
		"POST /" + strings.Repeat("x", 1<<20),
	} {
		raw, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(raw, bytes) // the server may hang up before the end
		if half, ok := raw.(*net.UnixConn); ok {
			_ = half.CloseWrite()
		}
		_, _ = io.Copy(io.Discard, raw)
		raw.Close()
	}
	if n, err := c.count(t.Context()); n != 1 || err != nil {
		t.Error("afterwards there are", n, "rooms:", err)
	}
	_, err := c.post(t.Context(), "nonsense", nil)
	if err == nil || !strings.Contains(err.Error(), "another version") {
		t.Error("an operation that there is not:", err)
	}
}

// A client believes no server more than it can check.
func TestHostileServer(t *testing.T) {
	for _, answer := range []string{
		"nonsense", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n\x00\x00", "HTTP/1.1 200 OK\r\n\r\n\xff\xff\xff\xff",
		"HTTP/1.1 200 OK\r\n\r\n\x40\x00\x00\x00abc", "HTTP/1.1 200 OK\r\n\r\n\x00\x00\x00\x01\xff",
		"HTTP/1.1 200 OK\r\n\r\n\x00\x00\x00\x07\x86\x41\x01\x00\x60\x60\x40", "HTTP/1.1 500 No\r\n\r\n" + strings.Repeat("x", 1<<16),
		"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: http://example.com/\r\n\r\n",
	} {
		path := filepath.Join(shortDir(t), "s")
		listener, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan struct{})
		go func() {
			defer close(served)
			for {
				c, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = io.ReadAtLeast(c, make([]byte, 1), 1)
				_, _ = io.WriteString(c, answer)
				c.Close()
			}
		}()
		c, err := Dial(t.Context(), path)
		if err == nil {
			t.Errorf("%.40q was believed", answer)
		}
		if _, err := c.count(t.Context()); err == nil {
			t.Errorf("%.40q was taken for a list of rooms", answer)
		}
		if _, _, err := c.Look(t.Context(), "lobby"); err == nil {
			t.Errorf("%.40q was taken for a room", answer)
		}
		listener.Close()
		<-served
	}
}

func FuzzFrame(f *testing.F) {
	for _, one := range []frame{{}, {value: []byte("x"), more: true}, {err: &journal.Error{Op: "read", Room: "r", LSN: 3, Err: journal.ErrTruncated}, more: true}} {
		f.Add(one.append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		one, err := readFrame(bufio.NewReader(bytes.NewReader(b)))
		if err != nil {
			return
		}
		again, err := readFrame(bufio.NewReader(bytes.NewReader(one.append(nil))))
		if err != nil || !bytes.Equal(again.value, one.value) || again.more != one.more || fmt.Sprint(again.err) != fmt.Sprint(one.err) {
			t.Errorf("%+v became %+v, %v", one, again, err)
		}
		_, _ = readEntry(one.value)
		_, _, _ = readLook(one.value)
	})
}

// What somebody stops reading ends in the server, too.
func TestCancelledReading(t *testing.T) {
	store := &watched{Memory: journal.NewMemory(), ended: make(chan struct{}, 10)}
	fill(t, store, "lobby", 5000)
	_, c, _ := listen(t, Options{Store: store})
	log, head, err := c.Look(t.Context(), "lobby")
	if err != nil || head.LSN != 5000 {
		t.Fatal(head.LSN, err)
	}
	for record, err := range log.Read(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		if record.LSN == 10 {
			break
		}
	}
	<-store.ended

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for record, err := range log.Read(ctx, 1) {
		if last = err; err == nil && record.LSN == 10 {
			cancel()
		}
	}
	if !errors.Is(last, context.Canceled) {
		t.Error("it ended with", last)
	}
	<-store.ended

	log.Close()
	<-store.ended // the look
	if _, err := log.Snapshot(t.Context(), 1); !errors.Is(err, journal.ErrClosed) {
		t.Error("after Close:", err)
	}
}

// A watched store says when readings and readers end.
type watched struct {
	*journal.Memory
	ended chan struct{}
}

func (w *watched) Look(ctx context.Context, room aper.RoomID) (journal.Reader, journal.Head, error) {
	log, head, err := w.Memory.Look(ctx, room)
	return &watchedReader{log, w.ended}, head, err
}

type watchedReader struct {
	journal.Reader
	ended chan struct{}
}

func (w *watchedReader) Read(ctx context.Context, from wire.LSN) iter.Seq2[*wire.Record, error] {
	return func(yield func(*wire.Record, error) bool) {
		defer func() { w.ended <- struct{}{} }()
		w.Reader.Read(ctx, from)(yield)
	}
}

func (w *watchedReader) Close() error {
	w.ended <- struct{}{}
	return w.Reader.Close()
}

// A server that ends takes those along who look into it, and they are told.
func TestCloseWhileSomebodyReads(t *testing.T) {
	store := openFile(t)
	fill(t, store, "lobby", 20)
	s, c, _ := listen(t, Options{Store: store})
	log, _, err := c.Look(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, err = range log.Read(t.Context(), 1) {
	}
	if err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Error("a reading afterwards:", err)
	}
}

func TestBackup(t *testing.T) {
	store := openFile(t)
	fill(t, store, "lobby", 20)
	_, c, _ := listen(t, Options{Store: store})
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := c.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if err := c.Backup(t.Context(), copied); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "choose another name") {
		t.Error("where something is:", err)
	}
	again, err := bolt.Open(copied, bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for report, err := range again.Verify(t.Context()) {
		if err != nil || report.Records != 20 {
			t.Error(report, err)
		}
	}
	_, memory, _ := listen(t, Options{Store: journal.NewMemory()})
	if err := memory.Backup(t.Context(), copied+"2"); !errors.Is(err, errors.ErrUnsupported) {
		t.Error("a store that cannot:", err)
	}
}

func TestOpensNothing(t *testing.T) {
	_, c, _ := listen(t, Options{Store: journal.NewMemory()})
	if _, _, err := c.Open(t.Context(), "lobby", journal.OpenOptions{Machine: "m", Create: true}); !errors.Is(err, journal.ErrRefused) {
		t.Error(err)
	}
}
