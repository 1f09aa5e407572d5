package client

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// A Store keeps one session over the end of the program. File is one; a browser's storage can be another. What is kept is
// a secret: whoever has it can push as this session. Its methods are called one at a time.
type Store interface {
	// Open keeps everyone else from using the store, until Close, and returns what Save was given last: nil when there was
	// never anything. It returns an error, and leaves all as it is, when the store is in use or cannot be read.
	Open() ([]byte, error)
	// Save puts this in the place of what was saved before, in one step. When it returns nil that is durable: the client
	// sends what is in it only then. While it fails nothing that needs it is sent; the client tries again, and Status says why.
	Save(session []byte) error
	Close() error
}

// Errors of File, and in a browser of LocalStorage.
var (
	// ErrInUse says that another client uses the store: another run of this program, or another page, perhaps.
	ErrInUse = errors.New("another client uses it; close that one first")
	// ErrDamaged says that what is in the file is not what was written, and that it was left as it is.
	ErrDamaged = errors.New("it is damaged, or no stored session")
)

// recall makes the replica: that which is in the store, or a new one.
func (c *Client[S]) recall(room aper.RoomID) error {
	o := engine.ReplicaOptions{Room: room, Build: c.options.Build, Instance: rand.Uint64()}
	if c.options.Store == nil {
		c.replica = engine.NewReplica[S](o)
		return nil
	}
	saved, err := c.options.Store.Open()
	if err != nil {
		return fmt.Errorf("client: the stored session cannot be used: %w", err)
	}
	if c.replica, err = replicaOf[S](o, saved); err != nil {
		c.options.Store.Close()
		return fmt.Errorf("client: the stored session cannot be used, and stays as it is: %w; "+
			"to begin without it, and lose what is pending in it, move it away", err)
	}
	c.kept = newKeeper(c.options.Store)
	for id := range c.replica.Waiting() {
		c.waiting[id] = &Pending{done: make(chan struct{})}
	}
	return nil
}

// replicaOf returns the replica that was saved. One of another version of the machine is of no use when nothing is pending
// in it.
func replicaOf[S aper.StateMachine[S]](o engine.ReplicaOptions, saved []byte) (*engine.Replica[S], error) {
	if saved == nil {
		return engine.NewReplica[S](o), nil
	}
	s, err := wire.ReadSaved(saved)
	if err != nil {
		return nil, err
	}
	if len(s.Pending) == 0 && s.Room == o.Room && s.Schema != wire.FingerprintOf(aper.Schema[S]()) {
		return engine.NewReplica[S](o), nil
	}
	return engine.Import[S](o, saved)
}
