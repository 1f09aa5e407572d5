package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/aper-go/aper"
	"github.com/aper-go/aper/client"
	"github.com/aper-go/aper/examples/counter"
)

// A victim is somebody who does nothing wrong. push makes one transition, and returns when its outcome is there.
type victim struct {
	name      string
	push      func() (seq aper.Seq, err error)
	value     func(want int64) error // waits for the state
	confirmed int64
	slowest   time.Duration
	failed    error
}

func joinReplicaVictim(t *testing.T, url string, i int) *victim {
	t.Helper()
	name := fmt.Sprintf("replica-%d", i)
	c, err := client.Dial[counter.Counter](limit(t), "ws"+strings.TrimPrefix(url, "http")+"/lobby?"+name, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &victim{
		name: name,
		push: func() (aper.Seq, error) {
			p, err := c.Push(counter.Increment{By: 1})
			if err != nil {
				return 0, err
			}
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			err = p.Wait(ctx)
			return p.Seq(), err
		},
		value: func(want int64) error {
			for state := range c.Watch(limit(t)) {
				if state.Value == want {
					return nil
				}
			}
			return fmt.Errorf("it has %d, want %d", c.State().Value, want)
		},
	}
}

// A viewVictim speaks JSON.
type viewVictim struct {
	socket *websocket.Conn
	pushed int64
	latest int64 // value
}

func joinViewVictim(t *testing.T, url string, i int) *victim {
	t.Helper()
	name := fmt.Sprintf("view-%d", i)
	socket, _, err := websocket.Dial(limit(t), url+"/lobby?"+name, &websocket.DialOptions{Subprotocols: []string{"aper.json.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.CloseNow() })
	v := &viewVictim{socket: socket}
	if err := socket.Write(limit(t), websocket.MessageText, []byte(`{"hello": {}}`)); err != nil {
		t.Fatal(err)
	}
	return &victim{name: name, push: v.push, value: func(want int64) error {
		for v.latest != want {
			if _, err := v.receive(); err != nil {
				return fmt.Errorf("it has %d, want %d: %w", v.latest, want, err)
			}
		}
		return nil
	}}
}

func (v *viewVictim) push() (aper.Seq, error) {
	v.pushed++
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	text := fmt.Sprintf(`{"push": %d, "known": %d, "transition": {"Increment": {"by": 1}}}`, v.pushed, v.pushed-1)
	if err := v.socket.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		return 0, err
	}
	for {
		outcomes, err := v.receive()
		switch {
		case err != nil:
			return 0, err
		case len(outcomes) == 0:
			continue
		case len(outcomes) > 1 || outcomes[0].Push != v.pushed || outcomes[0].Confirmed == 0:
			return 0, fmt.Errorf("the outcome of push %d is %v", v.pushed, outcomes)
		}
		return outcomes[0].Confirmed, nil
	}
}

type viewOutcome struct {
	Push      int64
	Confirmed aper.Seq
}

func (v *viewVictim) receive() ([]viewOutcome, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, data, err := v.socket.Read(ctx)
	if err != nil {
		return nil, err
	}
	var m struct {
		State    counter.Counter
		Outcomes []viewOutcome
		Close    any
	}
	if err := json.Unmarshal(data, &m); err != nil || m.Close != nil {
		return nil, fmt.Errorf("the server said %s (%w)", data, err)
	}
	v.latest = m.State.Value
	return m.Outcomes, nil
}
