package admin

import (
	"context"
	"errors"
	"testing"

	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/examples/counter"
	"github.com/aper-go/aper/journal"
	"github.com/aper-go/aper/wire"
)

// A forgetful reader is one beside a server that has just removed a snapshot: an older one is there, or none.
type forgetful struct {
	journal.Reader
	older *wire.RoomSnapshot
}

func (f forgetful) Snapshot(context.Context, wire.LSN) (*wire.RoomSnapshot, error) {
	return f.older, nil
}

func TestSnapshotRemovedMeanwhile(t *testing.T) {
	for _, older := range []*wire.RoomSnapshot{nil, {LSN: 3}} {
		r := replaying[counter.Counter]{authority: engine.New[counter.Counter](engine.Options{}), log: forgetful{older: older}}
		if err := r.all(t.Context(), wire.Milestone{LSN: 7}); !errors.Is(err, journal.ErrTruncated) {
			t.Errorf("replaying from it: %v", err)
		}
		if err := r.compare(t.Context(), 7); err != nil {
			t.Errorf("comparing with it: %v", err)
		}
	}
}
