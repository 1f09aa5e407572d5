package room

import (
	"time"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// A Trace is told what a room does, for metrics and traces. Any of its functions may be nil. They are called from the room's
// own goroutines, sometimes from several at once, and must be quick.
type Trace struct {
	Opened    func(room aper.RoomID, o Opened)
	Committed func(room aper.RoomID, c Committed) // a batch is durable and was published
	Stored    func(room aper.RoomID, s Stored)
	Joined    func(room aper.RoomID, m Member)
	Left      func(room aper.RoomID, m Member) // the connection is gone; the session may come back
	Ended     func(room aper.RoomID, err error)
}

// Opened says how a room was opened.
type Opened struct {
	Created  bool // there was no such room
	Replayed int  // records after the snapshot
	Took     time.Duration
}

// Committed is one batch.
type Committed struct {
	Events     int
	Rejections int
	Bytes      int           // of the events
	Took       time.Duration // until it was durable
}

func committedOf(r *wire.Record, took time.Duration) Committed {
	return Committed{Events: r.Events.Len(), Rejections: len(r.Rejections), Bytes: r.Events.Size(), Took: took}
}

// Stored is a snapshot of the whole room.
type Stored struct {
	Seq   aper.Seq
	Bytes int // of the state
	Took  time.Duration
}
