package crash

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aper-go/aper/internal/crash/ledger"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/journal/bolt"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

// The tests start their own program again as a child, which these variables tell what to do.
const (
	roleVariable    = "APER_CRASH_ROLE"
	fileVariable    = "APER_CRASH_FILE"
	addressVariable = "APER_CRASH_ADDRESS"
)

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "serve":
		exit(serve(os.Getenv(fileVariable), os.Getenv(addressVariable)))
	case "record":
		exit(recordLoad(os.Getenv(fileVariable), false))
	case "record early":
		exit(recordLoad(os.Getenv(fileVariable), true))
	case "check":
		exit(checkFile(os.Getenv(fileVariable)))
	}
	os.Exit(m.Run())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Names of rooms begin with how much of their journal is kept: all of it, or what is recent.
const (
	keepsAll    = "all"
	keepsRecent = "recent"
)

var roomNames = []string{keepsAll + "-1", keepsAll + "-2", keepsRecent + "-1", keepsRecent + "-2"}

// recentEvents is how many events the rooms keep that do not keep all.
const recentEvents = 40

// A service is the rooms of one journal at one address. Two servers have them, because how much is kept is an option of
// the server.
type service struct {
	all, recent *server.Server[ledger.Ledger]
	web         *http.Server
	listener    net.Listener
	served      chan error
}

// startService serves the rooms of a store. The rooms store themselves often, so that crashes meet that, too.
func startService(store journal.Store, address string, log *slog.Logger) (*service, error) {
	s := &service{served: make(chan error, 1)}
	var err error
	if s.all, err = server.New(ledger.Ledger{}, serverOptions(store, -1, log)); err != nil {
		return nil, err
	}
	if s.recent, err = server.New(ledger.Ledger{}, serverOptions(store, recentEvents, log)); err != nil {
		return nil, err
	}
	if s.listener, err = net.Listen("tcp", address); err != nil {
		return nil, err
	}
	s.web = &http.Server{Handler: http.HandlerFunc(s.route), ReadHeaderTimeout: 10 * time.Second}
	go func() { s.served <- s.web.Serve(s.listener) }()
	return s, nil
}

func serverOptions(store journal.Store, history int, log *slog.Logger) server.Options {
	return server.Options{Store: store, Log: log, Room: room.Options{SnapshotAfter: 4 << 10, History: history, Rate: -1}}
}

func (s *service) route(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/"+keepsAll) {
		s.all.ServeHTTP(w, r)
	} else {
		s.recent.ServeHTTP(w, r)
	}
}

func (s *service) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err := s.web.Close()
	return errors.Join(err, s.all.Close(ctx), s.recent.Close(ctx))
}

// listening is what the child says when clients can come.
const listening = "listening"

// serve is the child: it serves the rooms in a file until it is told to end, or its parent is gone.
func serve(file, address string) error {
	store, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		return err
	}
	service, err := startService(store, address, slog.Default())
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(3) // nobody would ever end this process
	}()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	fmt.Println(listening)
	select {
	case err = <-service.served:
	case <-ctx.Done():
	}
	return errors.Join(err, service.close(), store.Close())
}

// A hosted service has a store of its own.
type hosted struct {
	*service
	store *bolt.Store
}

func host(t *testing.T, file, address string, said *lines) *hosted {
	t.Helper()
	log := slog.New(slog.NewTextHandler(said, nil))
	store, err := bolt.Open(file, bolt.Options{Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	s, err := startService(store, address, log)
	if err != nil {
		t.Fatal(err)
	}
	return &hosted{s, store}
}

func (h *hosted) close() error { return errors.Join(h.service.close(), h.store.Close()) }
