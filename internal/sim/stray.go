package sim

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/wire"
)

// stray makes the client's replica do another transition than the room, as if its rules were others: in the next message
// that is one frame, the first event that is somebody else's is this one.
func (w *World[S]) stray(c *client[S], transition string) bool {
	if c.replica == nil {
		return false
	}
	w.coder.JSONFrom([]byte(transition))
	t := aper.CodeTransition[S](&w.coder, nil)
	if _, err := w.coder.Finish(); err != nil {
		w.fail(err)
		return true
	}
	c.strays = encodeTransition(&w.coder, t)
	return true
}

// strayed returns what arrives instead of a message.
func (w *World[S]) strayed(c *client[S], message []byte) []byte {
	r := wire.NewReader(message)
	if c.strays == nil || !r.Next() || r.Code() != wire.CodeFrame {
		return message
	}
	frame := r.Frame()
	if r.Next() || r.Err() != nil {
		return message
	}
	var events wire.Events
	for e := range frame.Events.All() {
		if e.Client != c.replica.Client() && c.strays != nil {
			e.Transition, c.strays = c.strays, nil
			c.astray, c.memory = true, nil
		}
		events.Add(e)
	}
	if c.strays != nil {
		return message
	}
	w.doubt(c, "its rules are others")
	w.tell(func(o Observer[S]) error { return o.Strayed(c.name) })
	frame.Events = events
	return frame.Append(nil)
}
