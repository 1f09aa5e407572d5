package socket

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/journal"
)

// Options say what a Socket offers.
type Options struct {
	// Store is what is looked into. When it has a method Backup(ctx, path), it can be backed up.
	Store journal.Catalog
	// Delete removes a room that may be in use. Default Store.Delete.
	Delete func(ctx context.Context, room aper.RoomID) error
	// MaxRequests limits how much goes on at a time: rooms that are looked at, readings, copies. Default 100.
	MaxRequests int

	check func(*net.UnixConn) error // who is at the other end; checkPeer, but for tests
}

// A Socket is where others look into a store.
type Socket struct {
	options Options
	path    string
	made    fs.FileInfo // of the file at the path
	http    *http.Server
	cancel  context.CancelFunc
	served  chan struct{} // closed when nothing is accepted any more

	mu       sync.Mutex
	closed   bool
	number   uint64 // of the last look
	looks    map[uint64]journal.Reader
	requests sync.WaitGroup
	running  int // requests
}

// Listen makes a socket at a path, which has at most about a hundred bytes, and serves it until Close.
func Listen(path string, o Options) (*Socket, error) {
	if o.Delete == nil {
		o.Delete = o.Store.Delete
	}
	if o.MaxRequests == 0 {
		o.MaxRequests = 100
	}
	if o.check == nil {
		o.check = checkPeer
	}
	listener, made, err := bind(path)
	if err != nil {
		return nil, fmt.Errorf("socket %s: %w", path, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Socket{
		options: o, path: path, made: made, cancel: cancel,
		served: make(chan struct{}), looks: map[uint64]journal.Reader{},
	}
	s.http = &http.Server{
		Handler:           s.handler(),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext:       func(ctx context.Context, c net.Conn) context.Context { return s.introduce(ctx, c) },
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       5 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(listener) // it ends with Close
	}()
	return s, nil
}

// Close removes the socket, and ends whatever goes on through it. Closing twice does nothing.
func (s *Socket) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	var err error
	if there, statErr := os.Lstat(s.path); statErr == nil && os.SameFile(there, s.made) {
		err = removed(s.path) // before others could take the path, because nobody listens there
	}
	s.cancel()
	_ = s.http.Close() // and with it the listener
	<-s.served
	s.requests.Wait()
	return err
}

// begin counts a request, or says why it cannot be answered.
func (s *Socket) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return errClosing
	case s.running >= s.options.MaxRequests:
		return errTooMany
	}
	s.running++
	s.requests.Add(1)
	return nil
}

func (s *Socket) end() {
	s.mu.Lock()
	s.running--
	s.mu.Unlock()
	s.requests.Done()
}

// remember gives a reader the number by which other requests find it.
func (s *Socket) remember(log journal.Reader) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	s.looks[s.number] = log
	return s.number
}

func (s *Socket) forget(number uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.looks, number)
}

func (s *Socket) lookOf(number uint64) journal.Reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.looks[number]
}
