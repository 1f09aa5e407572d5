package sim

import (
	"github.com/aper-go/aper"
	"github.com/aper-go/aper/engine"
	"github.com/aper-go/aper/wire"
)

// A saying is how a client said something that is pending: on which base, or as void.
type saying struct {
	base      aper.Seq
	withdrawn bool
}

// made notes how a push was made.
func (w *World[S]) made(c *client[S], id engine.PushID) {
	if w.anchored {
		c.sayings[id] = saying{base: c.replica.Position().Seq}
	}
}

// said counts what a client says in another way than it did before. What it sends ends with what is pending last.
func (w *World[S]) said(c *client[S], message []byte) {
	if !w.anchored || len(message) == 0 {
		return
	}
	now := sayings(message)
	skip := c.replica.Pending() - len(now)
	said := map[engine.PushID]saying{}
	for id := range c.replica.Waiting() {
		before, known := c.sayings[id]
		said[id] = before
		if skip--; skip >= 0 {
			continue
		}
		said[id] = now[0]
		if known && now[0] != before {
			w.counts.Happened[now[0].happening()]++
		}
		now = now[1:]
	}
	c.sayings = said
}

func (s saying) happening() happening {
	if s.withdrawn {
		return pushWithdrawn
	}
	return pushReanchored
}

// sayings returns how a message says each transition that it pushes.
func sayings(message []byte) (list []saying) {
	for r := wire.NewReader(message); r.Next(); {
		if r.Code() != wire.CodePush {
			continue
		}
		push := r.Push()
		for raw := range push.All() {
			list = append(list, saying{push.Base, string(raw) == wire.Void})
		}
	}
	return list
}
