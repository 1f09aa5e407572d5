package metrics_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/apertest"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/metrics"
	"github.com/aper-go/aper/room"
	"github.com/aper-go/aper/server"
)

const errNoReset = aper.Conflict("nobody resets")

func noResets(p *room.Proposal) error {
	if _, is := p.Transition.(counter.Reset); is {
		return errNoReset
	}
	return nil
}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		figures, passedOn := metrics.New(), 0
		trace := figures.Trace(room.Trace{Committed: func(aper.RoomID, room.Committed) { passedOn++ }})
		rooms := apertest.Server(t, counter.Counter{}, server.Options{Room: room.Options{Trace: trace, Authorize: noResets}})
		join := func() *client.Client[counter.Counter] {
			c, err := rooms.Client(t.Context(), "lobby", room.Principal{}, client.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		ann, bob := join(), join()
		defer ann.Close()
		defer bob.Close()
		for range 4 {
			if err := ann.Do(t.Context(), counter.Increment{By: 1}); err != nil {
				t.Error(err)
			}
		}
		if err := ann.Do(t.Context(), counter.Reset{}); !errors.Is(err, errNoReset) {
			t.Error(err)
		}
		if err := bob.Close(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		time.Sleep(time.Second)
		want(t, figures, "aper_rooms_open 1", "aper_connections 1", "aper_rooms_made_total 1", "aper_events_total 4", "aper_rejections_total 1",
			"aper_rooms_failed_total 0", `aper_batch_events_bucket{le="1"}`, "aper_commit_seconds_count")
		if passedOn == 0 {
			t.Error("nothing is passed on")
		}
		if err := errors.Join(rooms.Close(t.Context()), ann.Close()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		want(t, figures, "aper_rooms_open 0", "aper_connections 0")
	})
}

func want(t *testing.T, figures *metrics.Metrics, lines ...string) {
	t.Helper()
	w := httptest.NewRecorder()
	figures.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range lines {
		if !strings.Contains(w.Body.String(), "\n"+line) {
			t.Errorf("there is no %q in\n%s", line, w.Body)
		}
	}
}
