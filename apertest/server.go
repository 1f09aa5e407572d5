package apertest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/server"
)

// Server returns a server for tests of your own program: its rooms are in memory, what it logs is in the test's output, and it
// is closed at the end of the test. Join its rooms with Client, which needs no network.
//
// In a bubble of testing/synctest its clock is the bubble's: a second, or a week, passes at once when everyone waits, so
// timers, rates and reconnecting can be tested without waiting for them.
func Server[S aper.StateMachine[S]](t testing.TB, initial S, o server.Options) *server.Server[S] {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	s, err := server.New(initial, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("closing the server: %v", err)
		}
	})
	return s
}
